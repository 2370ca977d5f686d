package evenhand

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestEveryConversationIsExplainedAsItIsWritten(t *testing.T) {
	p := started(t)
	files, err := filepath.Glob("../../tests/explain/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var c struct {
			Snapshot, Explanation json.RawMessage
			Conversation          string
		}
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatal(file, err)
		}
		var want bytes.Buffer
		if err := json.Compact(&want, c.Explanation); err != nil {
			t.Fatal(file, err)
		}
		got, err := p.ExplainJSON(t.Context(), c.Snapshot, c.Conversation)
		if got == nil {
			got = []byte("null")
		}
		if err != nil || !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s: %v\n%s\n%s", file, err, got, &want)
		}
		// Every field has a place in the types, and nothing else is in them.
		var explanation *Explanation
		decoder := json.NewDecoder(bytes.NewReader(got))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&explanation); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		if again, err := json.Marshal(explanation); err != nil || !bytes.Equal(again, got) {
			t.Errorf("%s: %v\n%s\n%s", file, err, again, got)
		}
	}
}

func TestAConversationIsExplained(t *testing.T) {
	p := started(t)
	snapshot := Snapshot{
		Agents:        []Agent{{ID: "mia", Availability: "away", Load: Ptr(0)}, {ID: "ben", Availability: "online", Load: Ptr(1)}},
		Teams:         []Team{{ID: "billing", Assignment: AssignmentRoundRobin, Members: []Member{{Agent: "mia"}, {Agent: "ben"}}}},
		Conversations: []Conversation{{ID: "c1", Team: "billing"}},
	}
	explanation, err := p.Explain(t.Context(), snapshot, "c1")
	if err != nil || *explanation.Decision.Agent != "ben" || explanation.Members[0].Position != 1 || explanation.Members[1].Gate != WhyUnavailable {
		t.Fatal(explanation, err)
	}
	for _, id := range []string{"", "c2", "c1\xff"} {
		if explanation, err := p.Explain(t.Context(), snapshot, id); explanation != nil || err != nil {
			t.Errorf("%q: %v %v", id, explanation, err)
		}
	}
	snapshot.Version = 2
	var refused *RefusedError
	if _, err := p.Explain(t.Context(), snapshot, "c1"); !errors.As(err, &refused) || refused.Code != CodeUnsupportedVersion {
		t.Error(err)
	}
}
