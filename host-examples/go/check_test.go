package evenhand

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestWhatIsWrongWithAPlanIsFound(t *testing.T) {
	p := started(t, WithCheck())
	snapshot := Snapshot{
		Agents:        []Agent{{ID: "mia", Availability: "away", Load: Ptr(0)}, {ID: "ben", Availability: "online", Load: Ptr(1)}},
		Teams:         []Team{{ID: "billing", Assignment: AssignmentRoundRobin, Members: []Member{{Agent: "mia"}, {Agent: "ben"}}}},
		Conversations: []Conversation{{ID: "c1", Team: "billing"}},
	}
	plan, err := p.Plan(t.Context(), snapshot)
	if err != nil {
		t.Fatal(err)
	}
	if found, err := p.Check(t.Context(), snapshot, plan); len(found) > 0 || err != nil {
		t.Error(found, err)
	}
	plan.Decisions[0].Agent = Ptr("mia")
	found, err := p.Check(t.Context(), snapshot, plan)
	if err != nil || len(found) == 0 || found[0].Code != ViolationUnavailable || found[0].Path != "/decisions/0/agent" || found[0].Message == "" {
		t.Error(found, err)
	}
	var refused *RefusedError
	if _, err := p.CheckJSON(t.Context(), []byte(`{"version":1,"agents":[],"teams":[],"conversations":[]}`), []byte("{}")); !errors.As(err, &refused) ||
		refused.Code != CodeMissingField || refused.Path != "/plan/version" {
		t.Error(err)
	}
	snapshot.Version = 2
	if _, err := p.Check(t.Context(), snapshot, plan); !errors.As(err, &refused) || refused.Path != "/version" {
		t.Error(err)
	}
}

func TestAPlanThatIsNotSoundIsAnError(t *testing.T) {
	if err := soundness([]byte("[]")); err != nil {
		t.Error(err)
	}
	var unsound *UnsoundError
	err := soundness([]byte(`[{"code":"rule","path":"/decisions/0/agent","message":"expected another"}]`))
	if !errors.As(err, &unsound) || unsound.Violations[0].Code != ViolationRule {
		t.Fatal(err)
	}
	if want := "evenhand: the plan is not sound: 1 violations, the first at /decisions/0/agent: expected another"; err.Error() != want {
		t.Error(err)
	}
}

// The plans of the cases are sound; those that are broken on purpose, and where, the core module's own tests know.
func TestThePlansOfTheBrokenDesksAreSound(t *testing.T) {
	p := started(t)
	files, err := filepath.Glob("../../tests/check/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var c struct{ Snapshot, Plan json.RawMessage }
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatal(file, err)
		}
		if found, err := p.CheckJSON(t.Context(), c.Snapshot, c.Plan); err != nil || string(found) != "[]" {
			t.Errorf("%s: %v %s", file, err, found)
		}
	}
}
