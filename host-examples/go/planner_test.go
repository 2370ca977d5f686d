package evenhand

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// compiled is the cache of the tests, since compiling under the race detector takes seconds.
var compiled string

func TestMain(m *testing.M) {
	var err error
	if compiled, err = os.MkdirTemp("", "evenhand-"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.RemoveAll(compiled)
		os.Exit(code)
	}))
}

func withModule(module []byte) Option {
	return func(c *config) { c.module = module }
}

// started returns a planner that is closed when the test ends.
func started(t testing.TB, options ...Option) *Planner {
	t.Helper()
	p, err := New(context.Background(), append([]Option{WithCache(compiled)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

// answered fails the test unless the planner gives this answer.
func answered(t *testing.T, p *Planner, input, want string) {
	t.Helper()
	if plan, err := p.PlanJSON(t.Context(), []byte(input)); err != nil || `{"ok":`+string(plan)+`}` != want {
		t.Fatalf("%q %v, and not %q", plan, err, want)
	}
}

func TestARefusalSaysWhere(t *testing.T) {
	p := started(t)
	_, err := p.PlanJSON(t.Context(), []byte(`{"version":1,"agents":[{"id":"a","availability":"online","load":0,"capcity":3}]}`))
	var refused *RefusedError
	if !errors.As(err, &refused) {
		t.Fatal(err)
	}
	if refused.Code != CodeUnknownField || refused.Path != "/agents/0/capcity" || refused.Message == "" {
		t.Fatalf("%+v", refused)
	}
	_, err = p.Plan(t.Context(), Snapshot{Teams: []Team{{ID: "t", Assignment: "round_table"}}})
	if !errors.As(err, &refused) || refused.Code != CodeUnknownValue || refused.Path != "/teams/0/assignment" {
		t.Fatal(err)
	}
}

func TestAnEmptyDeskIsPlanned(t *testing.T) {
	plan, err := started(t).Plan(t.Context(), Snapshot{})
	if err != nil || plan.Version != WireVersion || len(plan.Decisions) != 0 {
		t.Fatal(plan, err)
	}
}

func TestAnIDThatIsNoTextIsRefused(t *testing.T) {
	p := started(t)
	for id, code := range map[string]Code{"a\xff": CodeMalformedJSON, "a\ufffd": "", `a\ufffd`: "", `\\ufffd`: "", "\\\xff": CodeMalformedJSON} {
		plan, err := p.Plan(t.Context(), Snapshot{Conversations: []Conversation{{ID: id, Team: "t"}}})
		var refused *RefusedError
		switch {
		case code == "" && (err != nil || plan.Decisions[0].Conversation != id):
			t.Errorf("%q: %v %v", id, plan, err)
		case code != "" && (!errors.As(err, &refused) || refused.Code != code || refused.Path != "/conversations/0/id"):
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestATrapIsTypedAndItsInstanceReplaced(t *testing.T) {
	for input, want := range map[byte]TrapError{
		traps:           {Panic: panicText},
		recurses:        {Panic: panicText},
		grows:           {Panic: panicText, OutOfMemory: true},
		answersOutside:  {Panic: panicText},
		answersNonsense: {},
	} {
		p := started(t, withModule(guest(abi)), WithInstances(1), WithMemoryLimit(1<<20))
		answered(t, p, "{", firstAnswer)
		answered(t, p, "{", laterAnswer)
		_, err := p.PlanJSON(t.Context(), []byte{input})
		var trap *TrapError
		if !errors.As(err, &trap) || trap.Panic != want.Panic || trap.OutOfMemory != want.OutOfMemory || trap.Err == nil {
			t.Fatalf("input %d: %v", input, err)
		}
		answered(t, p, "{", firstAnswer)
	}
}

func TestARefusalKeepsItsInstance(t *testing.T) {
	p := started(t)
	before := p.idle[0]
	if _, err := p.PlanJSON(t.Context(), []byte("nonsense")); err == nil {
		t.Fatal("no refusal")
	}
	if len(p.idle) != 1 || p.idle[0] != before {
		t.Fatal(p.idle)
	}
}

func TestASnapshotIsLeftAsItIs(t *testing.T) {
	snapshot := Snapshot{Teams: []Team{{ID: "t"}}, Cursors: []Cursor{{Rotation: "t"}, {Rotation: "u", Sets: []SeatSet{{}}}}}
	if _, err := json.Marshal(snapshot); err != nil {
		t.Fatal(err)
	}
	if snapshot.Version != 0 || snapshot.Agents != nil || snapshot.Teams[0].Members != nil ||
		snapshot.Cursors[0].Turns != nil || snapshot.Cursors[1].Sets[0].Seats != nil {
		t.Fatalf("%+v", snapshot)
	}
}

// A nil list is an empty one, in every record.
func TestWhatIsNilIsEmptyOnTheWire(t *testing.T) {
	text, err := Snapshot{
		Teams:      []Team{{ID: "t", Assignment: AssignmentManual}},
		Cursors:    []Cursor{{Rotation: "t", Rule: RuleLeastRecent, Sets: []SeatSet{{}}}},
		LostClaims: []LostClaim{{Conversation: "c", Team: "t"}},
	}.MarshalJSON()
	want := `{"version":1,"agents":[],"teams":[{"id":"t","assignment":"manual","members":[]}],"conversations":[],` +
		`"cursors":[{"rotation":"t","rule":"least_recent","turns":[],"sets":[{"seats":[]}]}],` +
		`"lost_claims":[{"conversation":"c","team":"t","agent":null}]}`
	if err != nil || string(text) != want {
		t.Fatalf("%s %v, and not %s", text, err, want)
	}
	if _, err := started(t).PlanJSON(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}

// Three take part in the first pick; then the one who took it is full, and two take part. Each pick is given back among its own.
func TestALostClaimIsTheDecisionAsItWas(t *testing.T) {
	p := started(t)
	s := Snapshot{Teams: []Team{{ID: "t", Assignment: AssignmentRoundRobin, MaxLoad: Ptr(1)}}}
	for _, id := range []string{"a", "b", "c"} {
		s.Agents = append(s.Agents, Agent{ID: id, Availability: "online", Load: Ptr(0)})
		s.Teams[0].Members = append(s.Teams[0].Members, Member{Agent: id})
	}
	s.Conversations = []Conversation{{ID: "c1", Team: "t"}, {ID: "c2", Team: "t"}}
	plan, err := p.Plan(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	second := plan.Decisions[1]
	if plan.Decisions[0].Set != 0 || second.Set != 1 || *second.Agent != "b" {
		t.Fatalf("%+v", plan.Decisions)
	}
	s.Conversations, s.Cursors, s.LostClaims = nil, plan.Cursors, []LostClaim{LostClaim(second)}
	if plan, err = p.Plan(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	// As after the first pick: two thirds were paid, one third each is owed.
	const third = 5354228880 / 3
	for i, want := range []Turn{{"a", Ptr(int64(-2 * third))}, {"b", Ptr(int64(third))}, {"c", Ptr(int64(third))}} {
		if got := plan.Cursors[0].Turns[i]; got.Agent != want.Agent || *got.Owed != *want.Owed {
			t.Errorf("%s is owed %d, expected %s, %d", got.Agent, *got.Owed, want.Agent, *want.Owed)
		}
	}
}

func TestARuleThatOwesNothingWritesNothing(t *testing.T) {
	s := desk(2, 3)
	for i := range s.Teams {
		s.Teams[i].Assignment, s.Teams[i].Rotation = AssignmentLeastRecent, "all"
	}
	plan, err := started(t).Plan(t.Context(), s)
	if err != nil || len(plan.Cursors) != 1 || plan.Cursors[0].Rotation != "all" || plan.Cursors[0].Rule != RuleLeastRecent {
		t.Fatalf("%+v %v", plan.Cursors, err)
	}
	for i, want := range []string{"agent-0", "agent-1", "agent-0"} {
		if d := plan.Decisions[i]; *d.Agent != want || d.Why != WhyLeastRecent {
			t.Errorf("%+v", d)
		}
	}
	for i, want := range []string{"agent-1", "agent-0"} {
		if turn := plan.Cursors[0].Turns[i]; turn.Agent != want || turn.Owed != nil {
			t.Errorf("%+v", turn)
		}
	}
}

func TestTeamsThatDifferShareNoRotation(t *testing.T) {
	s := Snapshot{Teams: []Team{
		{ID: "t", Assignment: AssignmentRoundRobin, Rotation: "r"}, {ID: "u", Assignment: AssignmentLeastLoaded, Rotation: "r"},
	}}
	_, err := started(t).Plan(t.Context(), s)
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Code != CodeMixedRotation || refused.Path != "/teams/1/rotation" {
		t.Fatal(err)
	}
}

func TestNoRoomForASnapshotIsOutOfMemory(t *testing.T) {
	p := started(t, withModule(guest(abi)))
	_, err := p.PlanJSON(t.Context(), make([]byte, noRoom))
	var trap *TrapError
	if !errors.As(err, &trap) || !trap.OutOfMemory {
		t.Fatal(err)
	}
	answered(t, p, "{", firstAnswer)
}

func TestMemoryIsLimited(t *testing.T) {
	p := started(t, WithMemoryLimit(4<<20))
	_, err := p.Plan(t.Context(), desk(10, 20_000))
	var trap *TrapError
	if !errors.As(err, &trap) || !trap.OutOfMemory {
		t.Fatal(err)
	}
	if _, err := p.Plan(t.Context(), desk(10, 20)); err != nil {
		t.Fatal(err)
	}
	if _, err := New(t.Context(), WithMemoryLimit(1<<16)); err == nil {
		t.Fatal("a limit below what the module starts with")
	}
}

func TestAStrangeModuleIsRefused(t *testing.T) {
	for name, module := range map[string][]byte{
		"another ABI":   guest(2),
		"no exports":    []byte("\x00asm\x01\x00\x00\x00"),
		"another name":  bytes.Replace(guest(abi), []byte("evenhand_plan"), []byte("evenhand_plot"), 1),
		"no tick":       assembled(abi, false),
		"not a module":  []byte("hello"),
		"cut in halves": core[:len(core)/2],
	} {
		p, err := New(t.Context(), withModule(module))
		if p != nil || err == nil || !strings.HasPrefix(err.Error(), "evenhand: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// desk returns a desk of ten teams, in each of which every agent is a member.
func desk(agents, conversations int) Snapshot {
	var s Snapshot
	for i := range agents {
		s.Agents = append(s.Agents, Agent{ID: fmt.Sprint("agent-", i), Availability: "online", Load: Ptr(i % 7)})
	}
	for i := range 10 {
		team := Team{ID: fmt.Sprint("team-", i), Assignment: AssignmentRoundRobin}
		for j := range agents {
			team.Members = append(team.Members, Member{Agent: fmt.Sprint("agent-", j)})
		}
		s.Teams = append(s.Teams, team)
	}
	for i := range conversations {
		s.Conversations = append(s.Conversations, Conversation{ID: fmt.Sprint("conversation-", i), Team: fmt.Sprint("team-", i%10)})
	}
	return s
}
