package suite

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"evenhand"
)

const (
	root = "../../../../"
	// Differences that are shown; the rest are counted.
	shown = 3
)

var planner *evenhand.Planner

func TestMain(m *testing.M) {
	var err error
	if planner, err = evenhand.New(context.Background()); err != nil {
		panic(err)
	}
	code := m.Run()
	if err := planner.Close(context.Background()); err != nil {
		panic(err)
	}
	if err := goleak.Find(); err != nil {
		panic(err)
	}
	os.Exit(code)
}

// question is one input of the suite, and the answer that every runtime gives to it.
type question struct {
	name          string
	input, answer []byte
}

func TestEveryAnswerIsThatOfNativeRust(t *testing.T) {
	given := sha256.New()
	differences := 0
	questions := questions(t)
	for _, q := range questions {
		answer := answered(t, q.input)
		given.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(answer))))
		given.Write(answer)
		if bytes.Equal(answer, q.answer) {
			continue
		}
		if differences++; differences <= shown {
			t.Errorf("%s\n wazero %s\n native %s", q.name, answer, q.answer)
		}
	}
	if differences > 0 {
		t.Errorf("%d differences", differences)
	}
	fmt.Printf("wazero: %d answers, SHA-256 %x\n", len(questions), given.Sum(nil))
}

// A snapshot that is read into the types and a plan that is read into them lose nothing and gain nothing.
func TestTheTypesAreThoseOfTheWire(t *testing.T) {
	plans := 0
	for _, q := range questions(t) {
		want, accepted := bytes.CutPrefix(q.answer, []byte(`{"ok":`))
		if !accepted {
			continue
		}
		want = bytes.TrimSuffix(want, []byte("}"))
		var snapshot evenhand.Snapshot
		if err := strictly(q.input, &snapshot); err != nil {
			t.Fatalf("%s: %v", q.name, err)
		}
		plan, err := planner.Plan(t.Context(), snapshot)
		if err != nil {
			t.Fatalf("%s: %v", q.name, err)
		}
		if got := written(t, plan); !bytes.Equal(got, want) {
			t.Fatalf("%s\n types %s\n text  %s", q.name, got, want)
		}
		var known evenhand.Plan
		if err := strictly(want, &known); err != nil {
			t.Fatalf("%s: %v", q.name, err)
		}
		plans++
	}
	fmt.Printf("types: %d plans\n", plans)
	if plans == 0 {
		t.Error("no plans")
	}
}

// questions reads the suite that `cargo xtask suite` writes.
func questions(t *testing.T) []question {
	t.Helper()
	inputs, answers := framed(t, "inputs.bin"), framed(t, "answers.bin")
	names := strings.Split(strings.TrimSuffix(string(file(t, "dist/suite/names.txt")), "\n"), "\n")
	if len(inputs) == 0 || len(inputs) != len(answers) || len(inputs) != len(names) {
		t.Fatalf("%d inputs, %d answers, %d names", len(inputs), len(answers), len(names))
	}
	all := make([]question, len(inputs))
	for i, name := range names {
		all[i] = question{name, inputs[i], answers[i]}
	}
	return all
}

// framed reads a file in which each text stands after its length.
func framed(t *testing.T, name string) [][]byte {
	t.Helper()
	var texts [][]byte
	for rest := file(t, "dist/suite/"+name); len(rest) > 0; {
		if len(rest) < 4 || uint64(len(rest)-4) < uint64(binary.LittleEndian.Uint32(rest)) {
			t.Fatalf("%s ends in the middle of a text", name)
		}
		end := 4 + int(binary.LittleEndian.Uint32(rest))
		texts, rest = append(texts, rest[4:end]), rest[end:]
	}
	return texts
}

func file(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.FromSlash(root + path))
	if err != nil {
		t.Fatalf("%v: `cargo xtask test go-host` makes what the tests need", err)
	}
	return content
}

// answered returns the envelope that the core module would give.
func answered(t *testing.T, input []byte) []byte {
	t.Helper()
	plan, err := planner.PlanJSON(t.Context(), input)
	if err == nil {
		return fmt.Appendf(nil, `{"ok":%s}`, plan)
	}
	var refused *evenhand.RefusedError
	if !errors.As(err, &refused) {
		t.Fatal(err)
	}
	return written(t, map[string]any{"error": refusal{refused.Code, refused.Path, refused.Message}})
}

type refusal struct {
	Code    evenhand.Code `json:"code"`
	Path    string        `json:"path"`
	Message string        `json:"message"`
}

// written returns the value in canonical JSON: as Go writes it, but for U+2028 and U+2029, which it always escapes.
func written(t *testing.T, value any) []byte {
	t.Helper()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	// A backslash in a string is written as two, which the first pairs see to.
	plain := strings.NewReplacer(`\\`, `\\`, `\u2028`, "\u2028", `\u2029`, "\u2029").Replace(text.String())
	return []byte(strings.TrimSuffix(plain, "\n"))
}

// strictly reads JSON in which every field has to be known.
func strictly(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}
