package libredesk

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
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
	d.SetTeam(standin.Team{ID: 1, ConversationAssignmentType: standin.RoundRobin, MaxAutoAssignedConversations: 4, Name: "Billing"}, 1, 2)
	s := shadowOf(t, d, WithRecommendedPool(), WithAgentName(func(agent int) string { return map[int]string{2: "Ben  Two\n"}[agent] }))
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
another policy: 1 given by Libredesk to people who get no new work here

                                   Libredesk  Evenhand
                         assigned          5         5
                of team 1 Billing          5         5
     farthest from the share owed        2.0       0.5
         longest run to one agent          4         1
   waited while somebody was free          0         0
  given to somebody who could not          0         0

             Libredesk              Evenhand
      agent   received  owed    by  received  owed    by
          1          4   2.0  +2.0         2   2.0  +0.0
  2 Ben Two          1   3.0  -2.0         3   3.0  +0.0
`
	if got := table(r); got != want {
		t.Errorf("%s", got)
	}
	text, err := json.Marshal(r)
	object := `{"ticks":10,"failed":0,"same":2,"different":2,"only_libredesk":1,"unclear":1,"outside_pool":1,` +
		`"libredesk":{"assigned":5,"farthest":2,"longest_run":4,"waited_while_free":0,"not_candidates":0},` +
		`"evenhand":{"assigned":5,"farthest":0.5,"longest_run":1,"waited_while_free":0,"not_candidates":0},` +
		`"teams":[{"team":1,"name":"Billing","libredesk":5,"evenhand":5}],` +
		`"agents":[{"agent":1,"libredesk":{"received":4,"owed":2},"evenhand":{"received":2,"owed":2}},` +
		`{"agent":2,"name":"Ben  Two\n","libredesk":{"received":1,"owed":3},"evenhand":{"received":3,"owed":3}}]}`
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
	for _, status := range []string{standin.Online, standin.AwayManual, standin.Online, standin.Online} {
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
	if got := l.Figures.Farthest; got < 1.333 || got > 1.334 {
		t.Errorf("%f", got)
	}
}

// While the old engine is in a tick people close conversations, and it counts before each try: 17 that it gives to people whom the shadow
// has read as full are right.
func TestAShadowBelievesTheOldEnginesCounts(t *testing.T) {
	d := newDesk(1)
	limitOf(d, 17, 1)
	handOut(d, 1, 17)
	for i := range 17 {
		d.Arrive(uuid(i), 1)
	}
	s := shadowOf(t, d)
	resolved := false
	d.Before = func(c standin.Call) error {
		// The shadow has read when the old engine counts first.
		if c.Method == "ActiveUserConversationsCount" && s.watch.tick != nil && !resolved {
			resolved = true
			for i := range 17 {
				d.Resolve(fmt.Sprintf("by hand to 1, %d", i))
			}
		}
		return nil
	}
	tickOld(t, oldEngine(d, s))
	s.Close()
	if r := s.Report(); r.Libredesk != (Figures{Assigned: 17}) || r.OutsidePool != 0 || r.OnlyLibredesk != 17 {
		t.Errorf("%+v", r)
	}
}

// What one has taken by hand since the shadow has read counts, too: nobody was free.
func TestAShadowBelievesACountThatHasGrown(t *testing.T) {
	d := limited(1)
	arrive(d, 1, "c1")
	s := shadowOf(t, d)
	d.Before = func(c standin.Call) error {
		if c.Method == "ActiveUserConversationsCount" && s.watch.tick != nil {
			handOut(d, 1, 1)
		}
		return nil
	}
	tickOld(t, oldEngine(d, s))
	s.Close()
	if r := s.Report(); r.Libredesk != (Figures{}) {
		t.Errorf("%+v", r.Libredesk)
	}
}

// A fault is what the old engine does against its own rules: it gives more than the limit, to a stranger, or in a team set to Manual.
func TestAFaultIsAFault(t *testing.T) {
	for name, change := range map[string]func(d *standin.Desk){
		"more than the limit": func(d *standin.Desk) { limitOf(d, 1, 1, 2); handOut(d, 1, 1) },
		"a stranger":          func(d *standin.Desk) { limitOf(d, 1, 2) },
		"a manual team": func(d *standin.Desk) {
			d.SetTeam(standin.Team{ID: 1, ConversationAssignmentType: standin.Manual}, 1, 2)
		},
		"somebody away": func(d *standin.Desk) { d.SetStatus(standin.AwayManual, 1) },
	} {
		d := newDesk(2)
		change(d)
		arrive(d, 1, "c1")
		s := shadowOf(t, d, WithRecommendedPool())
		if _, err := s.GetUnassignedConversations(); err != nil {
			t.Fatal(err)
		}
		if err := s.ClaimUnassignedConversation("c1", 1, 1, standin.User{}); err != nil {
			t.Fatal(err)
		}
		s.Close()
		if r := s.Report(); r.Libredesk.NotCandidates != 1 || r.OutsidePool != 0 {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// Who gets new work at all is policy: neither what the old engine gives to people who get none under the options is a fault, nor that
// it leaves something waiting for people who get some only here.
func TestAPolicyIsNoFault(t *testing.T) {
	d := newDesk(2)
	d.SetStatus(standin.Offline, 1)
	d.SetStatus(standin.AwayManual, 2)
	arrive(d, 1, "c1")
	s := shadowOf(t, d, WithAssignable(standin.AwayManual))
	old := oldEngine(d, s)
	tickOld(t, old)
	d.SetStatus(standin.AwayManual, 1)
	arrive(d, 1, "c2")
	tickOld(t, old)
	s.Close()
	expect(t, d, []int{1, 0}, "c1", "c2")
	r := s.Report()
	if r.OutsidePool != 1 || r.Libredesk != (Figures{Assigned: 1}) || r.Evenhand.Assigned != 2 || r.Evenhand.NotCandidates+r.Evenhand.WaitedWhileFree != 0 {
		t.Errorf("%+v", r)
	}
	// Each is owed something by who gets work under the engine.
	if want := []AgentFigures{{1, "", Share{1, 1}, Share{1, 0.5}}, {2, "", Share{}, Share{1, 1.5}}}; !slices.Equal(r.Agents, want) {
		t.Errorf("%+v, expected %+v", r.Agents, want)
	}
}

// Whoever gets no new work here, and got none there, is owed a share there all the same.
func TestEachPoolHasItsShares(t *testing.T) {
	d := newDesk(2)
	d.SetStatus(standin.Offline, 1, 2)
	arrive(d, 1, "c1")
	s := shadowOf(t, d, WithRecommendedPool(), WithAgentName(func(int) string { panic("no database") }))
	tickOld(t, oldEngine(d, s))
	s.Close()
	if got, want := s.Report().Agents, []AgentFigures{{1, "", Share{1, 0.5}, Share{}}, {2, "", Share{0, 0.5}, Share{}}}; !slices.Equal(got, want) {
		t.Errorf("%+v, expected %+v", got, want)
	}
}

// The report after a restart in the middle of a week is that of a shadow that was never restarted.
func TestAShadowSurvivesARestart(t *testing.T) {
	var reports [2]string
	for i := range reports {
		w, k := newWeek(), &kept{}
		s := shadowOf(t, w.desk, WithCursors(k))
		old := oldEngine(w.desk, s)
		ticks := 0
		w.live(t, func() error {
			if ticks++; i == 1 && ticks%500 == 0 {
				s.Close()
				s = shadowOf(t, w.desk, WithCursors(k))
				pools := old.Pools
				old = oldEngine(w.desk, s)
				old.Pools = pools
			}
			return old.Tick()
		})
		s.Close()
		reports[i] = shadowOf(t, w.desk, WithCursors(k)).Report().String()
		if live := s.Report().String(); live != reports[i] {
			t.Errorf("%s\nand after a restart\n%s", live, reports[i])
		}
	}
	if reports[0] != reports[1] || !strings.Contains(reports[0], "2016 ticks") {
		t.Errorf("%s\nwith restarts\n%s", reports[0], reports[1])
	}
}

// One that is killed has everything but the tick that ran.
func TestAShadowThatIsKilledHasWhatWasOver(t *testing.T) {
	d, k := newDesk(2), &kept{}
	s := shadowOf(t, d, WithCursors(k))
	old := oldEngine(d, s)
	for i := range 3 {
		d.Arrive(uuid(i), 1)
		tickOld(t, old)
	}
	r := shadowOf(t, d, WithCursors(k)).Report()
	if r.Ticks != 2 || r.Libredesk.Assigned != 2 || r.Evenhand.Assigned != 2 || r.Same+r.Different != 2 {
		t.Errorf("%+v", r)
	}
}

func TestWhatAShadowCannotLoadOrSaveDisturbsNobody(t *testing.T) {
	d, k := newDesk(1), &kept{load: errors.New("broken")}
	s := shadowOf(t, d, WithCursors(k))
	arrive(d, 1, "c1")
	tickOld(t, oldEngine(d, s))
	k.load, k.save = nil, errors.New("broken")
	arrive(d, 1, "c2")
	tickOld(t, oldEngine(d, s))
	s.Close()
	expect(t, d, []int{1, 1}, "c1", "c2")
	want := []string{
		"error in the shadow of the autoassigner error loading what the shadow has seen: broken",
		"error saving what the shadow has seen error broken", "error saving what the shadow has seen error broken",
	}
	if got := s.watch.log.(*journal).all(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if r := s.Report(); r.Ticks != 1 || r.Libredesk.Assigned != 1 {
		t.Errorf("%+v", r)
	}
}

// Neither takes what the other has saved for its own.
func TestAnEngineAndAShadowHaveAStoreEach(t *testing.T) {
	d, k := newDesk(1), &kept{}
	e := engineOf(t, d, WithCursors(k))
	arrive(d, 1, "c1")
	tick(t, e)
	s := shadowOf(t, d, WithCursors(k))
	if r := s.Report(); r.Ticks != 0 || len(s.watch.log.(*journal).all()) != 1 {
		t.Errorf("%+v", r)
	}
	s.Close()
	e = engineOf(t, d, WithCursors(k))
	tick(t, e)
	expectErrors(t, e, "error loading cursors, all turns begin level")
}

func TestAReportNamesPeopleWhereTheModelsDo(t *testing.T) {
	d := newDesk(1)
	d.SetName(1, "Ann")
	s, err := NewShadow(Teams(&standin.UserTeamManager{Desk: d}, teamOf, userOf), Updating(&standin.UpdatingManager{Desk: d}, conversationOf),
		&journal{}, WithPlanner(planning), WithAgentName(func(int) string { return "asked" }))
	if err != nil {
		t.Fatal(err)
	}
	arrive(d, 1, "c1")
	tickOld(t, standin.NewUpdating(&standin.TeamManager{Desk: d}, s, standin.User{}))
	s.Close()
	if r := s.Report(); len(r.Agents) != 1 || r.Agents[0].Name != "Ann" {
		t.Errorf("%+v", r.Agents)
	}
}
