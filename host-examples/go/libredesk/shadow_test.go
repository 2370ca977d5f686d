package libredesk

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"

	"evenhand/libredesk/internal/standin"
)

type standinShadow = Shadow[standin.Conversation, standin.User]

// shadowOf returns a shadow for a desk, without a shuffle.
func shadowOf(t testing.TB, d *standin.Desk, list ...Option) *standinShadow {
	t.Helper()
	s, err := NewShadow(Teams(&standin.TeamManager{Desk: d}, teamOf, memberOf),
		Claiming(standin.NewConversationManager(d), conversationOf, standin.ErrConversationAlreadyAssigned),
		&journal{}, append([]Option{WithPlanner(planning)}, list...)...)
	if err != nil {
		t.Fatal(err)
	}
	s.watch.planner.seed = nil
	return s
}

// oldEngine is Libredesk's own, with a shadow before its conversation manager.
func oldEngine(d *standin.Desk, store standin.ClaimingStore) *standin.Autoassigner {
	return standin.NewClaiming(&standin.TeamManager{Desk: d}, store, standin.User{})
}

func TestAShadowWritesNothing(t *testing.T) {
	d := newDesk(3)
	s := shadowOf(t, d)
	for i := range 5 {
		d.Arrive(uuid(i), 1)
		if _, err := s.GetUnassignedConversations(); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	calls := d.Calls()
	for _, method := range []string{"ClaimUnassignedConversation", "UpdateConversationUserAssignee"} {
		if calls[method] > 0 {
			t.Errorf("%d calls of %s", calls[method], method)
		}
	}
	if r := s.Report(); r.Evenhand.Assigned != 5 || r.Libredesk.Assigned != 0 || r.Libredesk.WaitedWhileFree != 5 {
		t.Errorf("the shadow has not worked: %+v", r)
	}
	// The reads of each of the five ticks, and no other call.
	want := map[string]int{"GetAll": 5, "GetMembers": 5, "GetUnassignedConversations": 5, "ActiveUserConversationsCount": 15}
	if !maps.Equal(calls, want) {
		t.Errorf("%v, expected %v", calls, want)
	}
}

func TestCallsPassThroughAShadowAsTheyAre(t *testing.T) {
	d := newDesk(1)
	s := shadowOf(t, d)
	arrive(d, 1, "c1", "c2")
	d.Assign("c2", 1)
	broken := errors.New("broken")
	list, err := s.GetUnassignedConversations()
	if err != nil || len(list) != 1 || list[0].UUID != "c1" {
		t.Errorf("%v, %v", list, err)
	}
	if count, err := s.ActiveUserConversationsCount(1); count != 1 || err != nil {
		t.Errorf("%d, %v", count, err)
	}
	if err := s.ClaimUnassignedConversation("c2", 1, 1, standin.User{}); !errors.Is(err, standin.ErrConversationAlreadyAssigned) {
		t.Errorf("%v", err)
	}
	if err := s.ClaimUnassignedConversation("c1", 1, 1, standin.User{}); err != nil {
		t.Errorf("%v", err)
	}
	expect(t, d, []int{1}, "c1")
	d.Before = func(standin.Call) error { return broken }
	if _, err := s.GetUnassignedConversations(); err != broken {
		t.Errorf("%v", err)
	}
	if _, err := s.ActiveUserConversationsCount(1); err != broken {
		t.Errorf("%v", err)
	}
	if err := s.ClaimUnassignedConversation("c1", 1, 1, standin.User{}); err != broken {
		t.Errorf("%v", err)
	}
	if err := s.UpdateConversationUserAssignee("c1", 1, standin.User{}); err != errNoUpdate {
		t.Errorf("%v", err)
	}
}

func TestAShadowOfTheOlderVersion(t *testing.T) {
	d := newDesk(2)
	s, err := NewShadow(Teams(&standin.UserTeamManager{Desk: d}, teamOf, userOf),
		Updating(&standin.UpdatingManager{Desk: d}, conversationOf), &journal{}, WithPlanner(planning))
	if err != nil {
		t.Fatal(err)
	}
	d.SetTeam(standin.Team{ID: 1, ConversationAssignmentType: standin.RoundRobin, MaxAutoAssignedConversations: 1}, 1, 2)
	arrive(d, 1, "mine", "c1", "c2")
	d.Assign("mine", 1)
	old := standin.NewUpdating(&standin.TeamManager{Desk: d}, s, standin.User{})
	tickOld(t, old)
	s.Close()
	// Agent 1 was drawn for the first and is full; 2 got the second, and then nobody was free.
	expect(t, d, []int{0, 2}, "c1", "c2")
	if r := s.Report(); r.Libredesk.Assigned != 1 || r.Evenhand.Assigned != 1 || r.OnlyLibredesk != 1 || r.Libredesk.WaitedWhileFree != 0 {
		t.Errorf("%+v", r)
	}
	if err := s.ClaimUnassignedConversation("c1", 1, 1, standin.User{}); err != errNoClaim {
		t.Errorf("%v", err)
	}
}

// What goes wrong in the shadow stays there.
func TestAShadowThatFailsDisturbsNobody(t *testing.T) {
	for _, how := range []string{"error", "panic"} {
		d := newDesk(2)
		s := shadowOf(t, d)
		arrive(d, 1, "c1")
		listing := false
		d.Before = func(c standin.Call) error {
			listing = listing || c.Method == "GetUnassignedConversations"
			if listing && c.Method == "GetAll" {
				listing = false
				if how == "panic" {
					panic("broken")
				}
				return errors.New("broken")
			}
			return nil
		}
		tickOld(t, oldEngine(d, s))
		expect(t, d, []int{1}, "c1")
		d.Before = nil
		arrive(d, 1, "c2")
		tickOld(t, oldEngine(d, s))
		s.Close()
		logged := s.watch.log.(*journal).all()
		if len(logged) != 1 || !strings.HasPrefix(logged[0], "error in the shadow of the autoassigner error ") {
			t.Errorf("%s: %q", how, logged)
		}
		if r := s.Report(); r.Failed != 1 || r.Ticks != 1 || r.Libredesk.Assigned != 1 || r.Evenhand.Assigned != 1 {
			t.Errorf("%s: %+v", how, r)
		}
	}
}

func TestAClosedShadowStillPassesThrough(t *testing.T) {
	d := newDesk(2)
	s := shadowOf(t, d)
	s.Close()
	s.Close()
	arrive(d, 1, "c1")
	tickOld(t, oldEngine(d, s))
	expect(t, d, []int{1}, "c1")
	if r := s.Report(); r.Ticks != 0 || r.Libredesk.Assigned != 0 {
		t.Errorf("%+v", r)
	}
}

// Every night the old engine forgets whose turn it is.
func TestTheReportIsATableAndAnObject(t *testing.T) {
	d := newDesk(2)
	d.SetTeam(standin.Team{ID: 1, ConversationAssignmentType: standin.RoundRobin, MaxAutoAssignedConversations: 4}, 1, 2)
	s := shadowOf(t, d)
	old := oldEngine(d, s)
	for i := range 4 {
		d.SetStatus(standin.AwayManual, 1, 2)
		tickOld(t, old)
		d.SetStatus(standin.Online, 1, 2)
		d.Arrive(uuid(i), 1)
		tickOld(t, old)
	}
	d.SetStatus(standin.Offline, 1, 2)
	d.Arrive("away", 1)
	tickOld(t, old)
	d.SetStatus(standin.Online, 1, 2)
	d.Before = func(c standin.Call) error {
		if c.Method == "ClaimUnassignedConversation" {
			return errors.New("broken")
		}
		return nil
	}
	d.Arrive("unclear", 1)
	tickOld(t, old)
	s.Close()
	r := s.Report()
	want := `10 ticks watched, 0 failed in the shadow, 1 writes unclear
2 conversations to the same agent, 2 to another, 1 assigned by Libredesk alone

                                  Libredesk  Evenhand
                        assigned          5         5
    farthest from the share owed        2.0       0.5
        longest run to one agent          4         1
  waited while somebody was free          0         0
  given to somebody away or full          1         0

         Libredesk              Evenhand
  agent   received  owed    by  received  owed    by
      1          4   2.0  +2.0         2   2.0  +0.0
      2          1   2.0  -1.0         3   3.0  +0.0
`
	if got := table(r); got != want {
		t.Errorf("%s", got)
	}
	text, err := json.Marshal(r)
	object := `{"ticks":10,"failed":0,"same":2,"different":2,"only_libredesk":1,"unclear":1,` +
		`"libredesk":{"assigned":5,"farthest":2,"longest_run":4,"waited_while_free":0,"not_candidates":1},` +
		`"evenhand":{"assigned":5,"farthest":0.5,"longest_run":1,"waited_while_free":0,"not_candidates":0},` +
		`"agents":[{"agent":1,"libredesk":{"received":4,"owed":2},"evenhand":{"received":2,"owed":2}},` +
		`{"agent":2,"libredesk":{"received":1,"owed":2},"evenhand":{"received":3,"owed":3}}]}`
	if err != nil || string(text) != object {
		t.Errorf("%s, %v", text, err)
	}
}

// table returns a report as a page shows it, without the spaces at the ends of its lines.
func table(r Report) string {
	var lines []string
	for line := range strings.SplitSeq(r.String(), "\n") {
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return strings.Join(lines, "\n")
}

// tickOld is one tick of the old engine.
func tickOld(t *testing.T, old *standin.Autoassigner) {
	t.Helper()
	if err := old.Tick(); err != nil {
		t.Fatal(err)
	}
}

func TestAConversationThatWaitsIsCountedOnce(t *testing.T) {
	d := newDesk(1)
	s := shadowOf(t, d)
	arrive(d, 1, "c1")
	for _, status := range []string{standin.Online, standin.Away, standin.Online, standin.Online} {
		d.SetStatus(status, 1)
		if _, err := s.GetUnassignedConversations(); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	if r := s.Report(); r.Ticks != 4 || r.Libredesk.WaitedWhileFree != 1 {
		t.Errorf("%+v", r)
	}
}

// Two take turns and the third gets nothing: that one is the farthest from what is owed.
func TestWhoGetsNothingIsFarFromTheirShareToo(t *testing.T) {
	l := newLedger()
	for _, agent := range []int{1, 2, 1, 2} {
		l.give(1, agent, []int{1, 2, 3})
	}
	if got := l.figures.Farthest; got < 1.333 || got > 1.334 {
		t.Errorf("%f", got)
	}
}
