package libredesk

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"evenhand"
	"evenhand/libredesk/internal/standin"
)

// newDesk returns a desk with one team, 1, of so many agents, all online.
func newDesk(agents int) *standin.Desk {
	d := standin.NewDesk()
	var members []int
	for agent := 1; agent <= agents; agent++ {
		members = append(members, agent)
	}
	d.SetTeam(standin.Team{ID: 1, ConversationAssignmentType: standin.RoundRobin}, members...)
	d.SetStatus(standin.Online, members...)
	return d
}

// newEngine returns an engine without a shuffle, whose planner the test closes.
func newEngine[C, U any](t testing.TB, teams TeamStore[Team, Member], conversations *Conversations[C, U], list ...Option) *Engine {
	t.Helper()
	var system U
	e, err := New(teams, conversations, system, &journal{}, append([]Option{WithPlanner(planning)}, list...)...)
	if err != nil {
		t.Fatal(err)
	}
	e.planner.seed = nil
	return e
}

// engineOf returns an engine for a desk.
func engineOf(t testing.TB, d *standin.Desk, list ...Option) *Engine {
	return newEngine(t, Teams(&standin.TeamManager{Desk: d}, teamOf, memberOf),
		Claiming(standin.NewConversationManager(d), conversationOf, standin.ErrConversationAlreadyAssigned), list...)
}

func tick(t testing.TB, e *Engine) {
	t.Helper()
	if err := e.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func arrive(d *standin.Desk, team int, uuids ...string) {
	for _, uuid := range uuids {
		d.Arrive(uuid, team)
	}
}

// takeBefore lets somebody take a conversation before the engine's write of it.
func takeBefore(d *standin.Desk, uuid string, agent int) {
	d.Before = func(c standin.Call) error {
		if c.UUID == uuid {
			d.Assign(uuid, agent)
		}
		return nil
	}
}

func uuid(i int) string { return fmt.Sprintf("c%d", i) }

func assignees(d *standin.Desk, uuids ...string) []int {
	var agents []int
	for _, uuid := range uuids {
		agents = append(agents, d.Assignee(uuid))
	}
	return agents
}

// expect compares who has which conversations.
func expect(t testing.TB, d *standin.Desk, want []int, uuids ...string) {
	t.Helper()
	if got := assignees(d, uuids...); !slices.Equal(got, want) {
		t.Errorf("%v have %v, expected %v", uuids, got, want)
	}
}

// expectErrors compares what was logged, by how each begins, and forgets it.
func expectErrors(t testing.TB, e *Engine, want ...string) {
	t.Helper()
	j := e.log.(*journal)
	got := j.all()
	j.errors = nil
	if len(got) != len(want) {
		t.Fatalf("logged %q, expected %q", got, want)
	}
	for i := range got {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("logged %q, expected %q", got[i], want[i])
		}
	}
}

func TestManualIsLeftToPeople(t *testing.T) {
	d := newDesk(2)
	e := engineOf(t, d)
	arrive(d, 1, "c1")
	tick(t, e)
	d.SetTeam(standin.Team{ID: 1, ConversationAssignmentType: standin.Manual}, 1, 2)
	arrive(d, 1, "c2")
	tick(t, e)
	expect(t, d, []int{1, 0}, "c1", "c2")
	// A day in Manual forgets nobody's turn.
	d.SetTeam(standin.Team{ID: 1, ConversationAssignmentType: standin.RoundRobin}, 1, 2)
	tick(t, e)
	expect(t, d, []int{1, 2}, "c1", "c2")
}

func TestNoLimitIsNoLimitAndALimitIsOne(t *testing.T) {
	for limit, want := range map[int]int{0: 10, 1: 2, 3: 6, -1: 0} {
		d := newDesk(2)
		d.SetTeam(standin.Team{ID: 1, ConversationAssignmentType: standin.RoundRobin, MaxAutoAssignedConversations: limit}, 1, 2)
		for i := range 10 {
			d.Arrive(uuid(i), 1)
		}
		tick(t, engineOf(t, d))
		if got := d.Count(1) + d.Count(2); got != want {
			t.Errorf("limit %d: %d assigned, expected %d", limit, got, want)
		}
	}
}

func TestOnlyTheAssignableAreServed(t *testing.T) {
	// The last two are words that nobody knows; the original gives work to such people.
	statuses := []string{standin.Online, standin.Away, standin.AwayManual, standin.AwayAndReassigning, standin.Offline, "busy", ""}
	for _, c := range []struct {
		list []Option
		want []int
	}{
		{nil, []int{1, 1, 0, 0, 1, 1, 1}},
		{[]Option{WithRecommendedPool()}, []int{3, 2, 0, 0, 0, 0, 0}},
		{[]Option{WithAssignable(standin.Online)}, []int{5, 0, 0, 0, 0, 0, 0}},
		{[]Option{WithAssignable(standin.AwayManual, "busy")}, []int{0, 0, 3, 0, 0, 2, 0}},
		{[]Option{WithAssignable()}, []int{0, 0, 0, 0, 0, 0, 0}},
	} {
		d := newDesk(len(statuses))
		for i, status := range statuses {
			d.SetStatus(status, i+1)
		}
		arrive(d, 1, "c1", "c2", "c3", "c4", "c5")
		tick(t, engineOf(t, d, c.list...))
		var got []int
		for agent := range statuses {
			got = append(got, d.Count(agent+1))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v, expected %v", got, c.want)
		}
	}
}

func TestWithoutAnAssignableWordNobodyDraws(t *testing.T) {
	d := newDesk(2)
	e := engineOf(t, d, WithRule(evenhand.AssignmentLibredesk2026), WithAssignable())
	arrive(d, 1, "c1")
	tick(t, e)
	if turns := e.state.Cursors[0].Turns; len(turns) > 0 {
		t.Errorf("%v", turns)
	}
}

func TestARuleMayBeChosenForAllTeamsOrOne(t *testing.T) {
	d := newDesk(2)
	d.SetTeam(standin.Team{ID: 2, ConversationAssignmentType: standin.RoundRobin}, 1, 2)
	arrive(d, 1, "held1", "held2")
	d.Assign("held1", 1)
	d.Assign("held2", 1)
	arrive(d, 1, "a1", "a2", "a3")
	arrive(d, 2, "b1", "b2")
	tick(t, engineOf(t, d, WithRule(evenhand.AssignmentLeastLoaded), WithTeamRule(2, evenhand.AssignmentLibredesk2026)))
	expect(t, d, []int{2, 2, 1, 1, 2}, "a1", "a2", "a3", "b1", "b2")
}

// Who was away for the first two has waited longest, and has one turn for it.
func TestWhoHasWaitedLongestMayComeFirst(t *testing.T) {
	d := newDesk(3)
	e := engineOf(t, d, WithRule(evenhand.AssignmentLeastRecent))
	d.SetStatus(standin.AwayManual, 2)
	arrive(d, 1, "c1", "c2")
	tick(t, e)
	d.SetStatus(standin.Online, 2)
	arrive(d, 1, "c3", "c4", "c5", "c6")
	tick(t, e)
	expect(t, d, []int{1, 3, 2, 1, 3, 2}, "c1", "c2", "c3", "c4", "c5", "c6")
}

func TestARuleThatIsNoneIsRefused(t *testing.T) {
	for _, list := range [][]Option{
		{WithRule("fastest")}, {WithRule(evenhand.AssignmentManual)}, {WithTeamRule(3, "")},
	} {
		_, err := New(Teams(&standin.TeamManager{}, teamOf, memberOf), Updating(&standin.UpdatingManager{}, conversationOf), standin.User{}, &journal{}, list...)
		if err == nil {
			t.Error("taken")
		}
	}
}

func TestAClaimThatCameTooLateGivesItsTurnBack(t *testing.T) {
	d := newDesk(3)
	e := engineOf(t, d)
	arrive(d, 1, "c1", "c2")
	takeBefore(d, "c1", 99)
	tick(t, e)
	expect(t, d, []int{99, 2}, "c1", "c2")
	expectErrors(t, e)
	arrive(d, 1, "c3", "c4", "c5")
	tick(t, e)
	expect(t, d, []int{1, 3, 1}, "c3", "c4", "c5")
}

func TestAWriteThatFailsStopsNoOther(t *testing.T) {
	d := newDesk(3)
	e := engineOf(t, d)
	arrive(d, 1, "c1", "c2", "c3")
	fail := true
	d.Before = func(c standin.Call) error {
		if fail && c.UUID == "c1" {
			return errors.New("no connection")
		}
		return nil
	}
	tick(t, e)
	expect(t, d, []int{0, 2, 3}, "c1", "c2", "c3")
	expectErrors(t, e, "error assigning conversation conversation_uuid c1 user_id 1 error no connection")
	// It still waits, so it was not written. The turn is agent 1's still; the conversation comes last, and agent 1 last for it.
	fail = false
	arrive(d, 1, "c4")
	tick(t, e)
	expect(t, d, []int{2, 1}, "c1", "c4")
}

func TestAWriteThatFailedAfterAllGivesNothingBack(t *testing.T) {
	d := newDesk(3)
	e := engineOf(t, d)
	arrive(d, 1, "c1")
	d.Before = func(c standin.Call) error {
		if c.UUID == "c1" {
			d.Assign("c1", c.User)
			return errors.New("the notification failed")
		}
		return nil
	}
	tick(t, e)
	expectErrors(t, e, "error assigning conversation")
	arrive(d, 1, "c2", "c3", "c4")
	tick(t, e)
	expect(t, d, []int{1, 2, 3, 1}, "c1", "c2", "c3", "c4")
}

func TestAPanicInAWriteStopsNoOther(t *testing.T) {
	d := newDesk(2)
	e := engineOf(t, d)
	arrive(d, 1, "c1", "c2")
	d.Before = func(c standin.Call) error {
		if c.UUID == "c1" {
			panic("nil map")
		}
		return nil
	}
	tick(t, e)
	expect(t, d, []int{0, 2}, "c1", "c2")
	expectErrors(t, e, "error assigning conversation conversation_uuid c1 user_id 1 error panic: nil map\n")
	d.Before = nil
	arrive(d, 1, "c3")
	tick(t, e)
	expect(t, d, []int{2, 1}, "c1", "c3")
}

func TestWhatFailsWhileReadingEndsTheTickAndNoMore(t *testing.T) {
	for _, method := range []string{"GetAll", "GetUnassignedConversations"} {
		for _, how := range []string{"error", "panic"} {
			d := newDesk(2)
			e := engineOf(t, d)
			arrive(d, 1, "c1")
			d.Before = func(c standin.Call) error {
				if c.Method == method && how == "panic" {
					panic("broken")
				}
				if c.Method == method {
					return errors.New("broken")
				}
				return nil
			}
			if err := e.Tick(t.Context()); err == nil || !strings.Contains(err.Error(), "broken") {
				t.Errorf("%s, %s: %v", method, how, err)
			}
			expect(t, d, []int{0}, "c1")
			d.Before = nil
			tick(t, e)
			expect(t, d, []int{1}, "c1")
		}
	}
}

func TestATeamThatCannotBeReadWaitsAlone(t *testing.T) {
	d := newDesk(2)
	d.SetTeam(standin.Team{ID: 2, ConversationAssignmentType: standin.RoundRobin}, 1, 2)
	e := engineOf(t, d)
	arrive(d, 1, "a1")
	tick(t, e)
	d.Before = func(c standin.Call) error {
		if c.Method == "GetMembers" && c.Team == 1 {
			return errors.New("broken")
		}
		return nil
	}
	arrive(d, 1, "a2")
	arrive(d, 2, "b1")
	tick(t, e)
	expect(t, d, []int{1, 0, 1}, "a1", "a2", "b1")
	expectErrors(t, e, "error reading team members team_id 1 error broken")
	// Its cursor is where it was.
	d.Before = nil
	tick(t, e)
	expect(t, d, []int{2}, "a2")
}

func TestAnAgentWhoCannotBeCountedIsPassedOver(t *testing.T) {
	d := newDesk(3)
	e := engineOf(t, d)
	d.Before = func(c standin.Call) error {
		if c.Method == "ActiveUserConversationsCount" && c.User == 2 {
			return errors.New("broken")
		}
		return nil
	}
	arrive(d, 1, "c1", "c2", "c3")
	tick(t, e)
	expect(t, d, []int{1, 3, 1}, "c1", "c2", "c3")
	expectErrors(t, e, "error counting active conversations user_id 2 error broken")
}

func TestABulkCountThatFailsEndsTheTick(t *testing.T) {
	d := newDesk(1)
	manager := &standin.BulkManager{ConversationManager: standin.NewConversationManager(d)}
	e := newEngine(t, Teams(&standin.TeamManager{Desk: d}, teamOf, memberOf), Claiming(manager, conversationOf, standin.ErrConversationAlreadyAssigned))
	d.Before = func(c standin.Call) error {
		if c.Method == "ActiveUserConversationsCounts" {
			return errors.New("broken")
		}
		return nil
	}
	arrive(d, 1, "c1")
	if err := e.Tick(t.Context()); err == nil {
		t.Error("no error")
	}
	d.Before = nil
	tick(t, e)
	expect(t, d, []int{1}, "c1")
}

// oddStore lists conversations that the database should not give.
type oddStore struct{ *standin.ConversationManager }

func (s oddStore) GetUnassignedConversations() ([]standin.Conversation, error) {
	list, err := s.ConversationManager.GetUnassignedConversations()
	long := list[0]
	long.UUID = strings.Repeat("x", 129)
	return append([]standin.Conversation{{}, long, list[0]}, list...), err
}

// oddTeams lists every team and every member twice.
type oddTeams struct{ *standin.TeamManager }

func (s oddTeams) GetAll() ([]standin.Team, error) {
	list, err := s.TeamManager.GetAll()
	return append(list, list...), err
}

func (s oddTeams) GetMembers(team int) ([]standin.TeamMember, error) {
	list, err := s.TeamManager.GetMembers(team)
	return append(list, list...), err
}

func TestOddRowsStopNobody(t *testing.T) {
	d := newDesk(2)
	arrive(d, 1, "c1", "c2")
	arrive(d, 77, "nowhere")
	e := newEngine(t, Teams(oddTeams{&standin.TeamManager{Desk: d}}, teamOf, memberOf),
		Claiming(oddStore{standin.NewConversationManager(d)}, conversationOf, standin.ErrConversationAlreadyAssigned))
	tick(t, e)
	expect(t, d, []int{1, 2, 0}, "c1", "c2", "nowhere")
	expectErrors(t, e, "error reading a conversation", "error reading a conversation")
}
