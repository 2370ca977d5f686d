package suite

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
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
	snapshot.Objective = evenhand.ObjectiveMost
	snapshot.Teams[0].Assignment = evenhand.AssignmentRoundRobin
	snapshot.Cursors[0].Rule = evenhand.RuleRoundRobin
	// The seat of the one turn, and the difference from the set before.
	snapshot.Cursors[0].Sets = []evenhand.SeatSet{{Seats: []int{0}}, {From: evenhand.Ptr(0), Seats: []int{0}}}
	if _, err := planner.Plan(t.Context(), snapshot); err != nil {
		t.Fatal(err)
	}
}

// record is a JSON Schema: of a record, of a field, or of a list of words.
type record struct {
	Ref        string            `json:"$ref"`
	AnyOf      []record          `json:"anyOf"`
	OneOf      []record          `json:"oneOf"`
	Const      any               `json:"const"`
	Type       any               `json:"type"`
	Items      *record           `json:"items"`
	Maximum    int64             `json:"maximum"`
	Properties map[string]record `json:"properties"`
	Required   []string          `json:"required"`
}

func (r record) name() string { return strings.TrimPrefix(r.Ref, "#/$defs/") }

// zeroIsNothing are the numbers of which 0 says the same as nothing.
var zeroIsNothing = []string{"hold_for", "level", "position", "priority", "set", "tier"}

// The schema that the npm package has is the wire; it is held against the engine's own types.
func TestTheStructsAreTheRecordsOfTheSchema(t *testing.T) {
	var schema struct {
		AnyOf []record          `json:"anyOf"`
		Defs  map[string]record `json:"$defs"`
	}
	if err := json.Unmarshal(file(t, "pkg/schema.json"), &schema); err != nil {
		t.Fatal(err)
	}
	roots := map[string]reflect.Type{"Snapshot": reflect.TypeFor[evenhand.Snapshot](), "Plan": reflect.TypeFor[evenhand.Plan](),
		"Explanation": reflect.TypeFor[evenhand.Explanation](), "Violation": reflect.TypeFor[evenhand.Violation]()}
	words := constants(t)
	seen := map[string]bool{}
	fields := 0

	var check func(place, name string, held reflect.Type)
	// fits says whether a Go type holds what the schema says of a field.
	var fits func(place string, says record, held reflect.Type) bool
	fits = func(place string, says record, held reflect.Type) bool {
		switch kind := held.Kind(); {
		case says.Ref != "":
			check(place, says.name(), held)
			return true
		case says.Type == "array":
			return kind == reflect.Slice && fits(place, *says.Items, held.Elem())
		case says.Type == "string":
			return kind == reflect.String
		case says.Type == "boolean":
			return kind == reflect.Bool
		case says.Type == "integer" && says.Maximum > math.MaxUint32:
			return kind == reflect.Int64 || kind == reflect.Uint64
		case says.Type == "integer":
			return kind == reflect.Int
		default:
			return false
		}
	}
	check = func(place, name string, held reflect.Type) {
		says, known := schema.Defs[name]
		if held.Name() != name && len(says.OneOf) == 0 || !known {
			t.Errorf("%s: the schema has %s, the package %v", place, name, held)
			return
		}
		for _, word := range says.OneOf {
			if !slices.Contains(words[held.Name()], word.Const.(string)) {
				t.Errorf("%s: %v has no constant for %v of %s", place, held, word.Const, name)
			}
		}
		if seen[name] || len(says.OneOf) > 0 {
			seen[name] = true
			return
		}
		seen[name] = true
		// A decision is one of two records there, and here both in one.
		if says.Properties == nil {
			says = both(t, says)
		}
		for i := range held.NumField() {
			field := held.Field(i)
			key, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			place := name + "." + field.Name
			value, known := says.Properties[key]
			if !known {
				t.Errorf("%s: the schema has no %q", place, key)
				continue
			}
			delete(says.Properties, key)
			fields++
			if needed := slices.Contains(says.Required, key); needed != (options == "") {
				t.Errorf("%s: required is %v, its tag has %q", place, needed, options)
			}
			kind := field.Type
			null, nullable := value.Type.([]any)
			if nullable {
				value.Type = null[0]
			}
			// Null is nil, and so are a record that may be left out and a number that may where 0 would say something else.
			number := value.Type == "integer" && !slices.Contains(zeroIsNothing, key)
			pointer := nullable || options != "" && (number || schema.Defs[value.name()].Properties != nil)
			if pointer != (kind.Kind() == reflect.Pointer) {
				t.Errorf("%s: to be a pointer: %v; it is %v", place, pointer, kind)
			} else if pointer {
				kind = kind.Elem()
			}
			if !fits(place, value, kind) {
				t.Errorf("%s: the schema has %v, the package %v", place, value.Type, field.Type)
			}
		}
		for key := range says.Properties {
			t.Errorf("%s has no field for %q", name, key)
		}
	}
	for _, root := range schema.AnyOf {
		check("the schema", root.name(), roots[root.name()])
	}
	for name := range schema.Defs {
		if !seen[name] {
			t.Errorf("%s is in no record", name)
		}
	}
	t.Logf("%d fields of %d records and lists of words", fields, len(seen))
}

// both returns the record that holds either of two: of a field that is null in one of them, the other's type and null.
func both(t *testing.T, says record) record {
	t.Helper()
	if len(says.AnyOf) != 2 {
		t.Fatalf("%d kinds of a record", len(says.AnyOf))
	}
	one, other := says.AnyOf[0], says.AnyOf[1]
	for key, value := range other.Properties {
		first, known := one.Properties[key]
		switch {
		case !known:
			one.Properties[key] = value
		case value.Type == "null":
			first.Type = []any{first.Type, "null"}
			one.Properties[key] = first
		}
	}
	one.Required = slices.DeleteFunc(one.Required, func(key string) bool { return !slices.Contains(other.Required, key) })
	return one
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
		"objective": "Objective", "violation": "ViolationCode",
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
	for _, name := range []string{"Code", "Why", "Assignment", "Rule", "Objective"} {
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
	for _, name := range []string{"errors.go", "plan.go", "snapshot.go", "violation.go"} {
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
