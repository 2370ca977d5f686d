package suite

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"evenhand"
)

// The wire knows every field that the types have, if only by refusing none.
func TestEveryFieldOfASnapshotIsKnown(t *testing.T) {
	var snapshot evenhand.Snapshot
	filled(reflect.ValueOf(&snapshot).Elem())
	snapshot.Teams[0].Assignment = evenhand.AssignmentRoundRobin
	snapshot.Cursors[0].Rule = evenhand.RuleRoundRobin
	// The seat of the one turn, and the difference from the set before.
	snapshot.Cursors[0].Sets = []evenhand.SeatSet{{Seats: []int{0}}, {From: new(0), Seats: []int{0}}}
	if _, err := planner.Plan(t.Context(), snapshot); err != nil {
		t.Fatal(err)
	}
}

// filled gives every field a value: 1, x, or a list of one record.
func filled(value reflect.Value) {
	switch value.Kind() {
	case reflect.Struct:
		for i := range value.NumField() {
			filled(value.Field(i))
		}
	case reflect.Slice:
		value.Set(reflect.MakeSlice(value.Type(), 1, 1))
		filled(value.Index(0))
	case reflect.Pointer:
		value.Set(reflect.New(value.Type().Elem()))
		filled(value.Elem())
	case reflect.String:
		value.SetString("x")
	case reflect.Int, reflect.Int64:
		value.SetInt(1)
	case reflect.Uint64:
		value.SetUint(1)
	default:
		panic(value.Type())
	}
}

func TestTheCodesAreThoseOfTheList(t *testing.T) {
	kinds := map[string]string{
		"error": "Code", "assign": "Why", "wait": "Why", "gate": "Why", "assignment": "Assignment", "rule": "Rule",
	}
	want := map[string][]string{}
	for line := range strings.Lines(string(file(t, "tests/codes.txt"))) {
		kind, code, _ := strings.Cut(strings.TrimSpace(line), " ")
		constants, known := kinds[kind]
		if !known {
			t.Fatalf("a code of another kind: %s", line)
		}
		want[constants] = append(want[constants], code)
	}
	got := constants(t)
	for _, name := range []string{"Code", "Why", "Assignment", "Rule"} {
		slices.Sort(want[name])
		slices.Sort(got[name])
		// A wait and a gate may share a code, and then share the constant.
		if codes := slices.Compact(want[name]); !slices.Equal(got[name], codes) || len(codes) == 0 {
			t.Errorf("%s: the package has %v, the list %v", name, got[name], codes)
		}
	}
}

// constants returns the values of the package's constants, by their type.
func constants(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for _, name := range []string{"errors.go", "plan.go", "snapshot.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), "../../"+name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok || spec.Type == nil {
				return true
			}
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Error(err)
			}
			kind := spec.Type.(*ast.Ident).Name
			found[kind] = append(found[kind], value)
			return true
		})
	}
	return found
}
