package libredesk

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"evenhand"
	"evenhand/libredesk/internal/standin"
)

// saying is a conversation manager with all the optional methods.
type saying struct {
	*standin.ConversationManager
	priorities map[string]int
	preferred  map[string][]int
	needs      map[string][]evenhand.Need
	skilled
	// fails is the method that fails.
	fails string
	// asked are the methods that were called, with what.
	asked []string
}

// skilled is the one optional method that is of agents.
type skilled struct {
	of    map[int][]evenhand.Skill
	asked *[]int
}

var (
	_ Prioritizer = (*saying)(nil)
	_ Preferrer   = (*saying)(nil)
	_ Needer      = (*saying)(nil)
	_ Skiller     = (*saying)(nil)
)

func (s *saying) said(method string, uuids []string) error {
	s.asked = append(s.asked, method+" "+strings.Join(uuids, " "))
	if s.fails == method {
		return errors.New("broken")
	}
	return nil
}

func (s *saying) ConversationPriorities(uuids []string) (map[string]int, error) {
	return s.priorities, s.said("priorities", uuids)
}

func (s *saying) PreferredAgents(uuids []string) (map[string][]int, error) {
	return s.preferred, s.said("preferred", uuids)
}

func (s *saying) ConversationNeeds(uuids []string) (map[string][]evenhand.Need, error) {
	return s.needs, s.said("needs", uuids)
}

func (s skilled) AgentSkills(agents []int) (map[int][]evenhand.Skill, error) {
	if s.asked != nil {
		*s.asked = append(*s.asked, agents...)
	}
	return s.of, nil
}

func sayingEngine(t *testing.T, d *standin.Desk, s *saying, list ...Option) *Engine {
	s.ConversationManager = standin.NewConversationManager(d)
	return newEngine(t, Teams(&standin.TeamManager{Desk: d}, teamOf, memberOf),
		Claiming(s, conversationOf, standin.ErrConversationAlreadyAssigned), list...)
}

func TestTheUrgentComeFirst(t *testing.T) {
	d := limited(2)
	arrive(d, 1, "c1", "c2", "c3", "c4")
	// One of them is beyond what the wire knows.
	s := &saying{priorities: map[string]int{"c3": 5, "c4": 1_000_000, "elsewhere": 7}}
	tick(t, sayingEngine(t, d, s))
	expect(t, d, []int{0, 0, 2, 1}, "c1", "c2", "c3", "c4")
	if want := []string{"priorities c1 c2 c3 c4", "preferred c1 c2 c3 c4", "needs c1 c2 c3 c4"}; !slices.Equal(s.asked, want) {
		t.Errorf("%q", s.asked)
	}
}

func TestThePreferredGetItIfTheyCan(t *testing.T) {
	d := newDesk(3)
	limitOf(d, 2, 1, 2, 3)
	arrive(d, 1, "c1", "c2", "c3", "c4")
	s := &saying{preferred: map[string][]int{"c1": {3, 3, 99}, "c2": {99, 3}, "c3": {3, 2}}}
	tick(t, sayingEngine(t, d, s))
	expect(t, d, []int{3, 3, 2, 1}, "c1", "c2", "c3", "c4")
}

func TestOnlyWhoKnowsGetsIt(t *testing.T) {
	d := newDesk(4)
	d.SetStatus(standin.AwayManual, 4)
	arrive(d, 1, "c1", "c2", "c3", "c4")
	var asked []int
	s := &saying{
		needs: map[string][]evenhand.Need{"c1": {{Skill: "german"}}, "c2": {{Skill: "german", Level: 3}}, "c3": {{Skill: "dutch"}}},
		skilled: skilled{map[int][]evenhand.Skill{
			2: {{Skill: "german"}, {Skill: "german", Level: 2}}, 3: {{Skill: ""}, {Skill: "german", Level: 3}}, 4: {{Skill: "dutch"}},
		}, &asked},
	}
	tick(t, sayingEngine(t, d, s))
	expect(t, d, []int{2, 3, 0, 1}, "c1", "c2", "c3", "c4")
	if !slices.Equal(asked, []int{1, 2, 3}) {
		t.Errorf("%v", asked)
	}
}

// What agents know is said by either manager.
func TestTheTeamManagerMaySayIt(t *testing.T) {
	d := newDesk(2)
	arrive(d, 1, "c1")
	manager := struct {
		*standin.TeamManager
		skilled
	}{&standin.TeamManager{Desk: d}, skilled{of: map[int][]evenhand.Skill{2: {{Skill: "german"}}}}}
	conversations := struct {
		*standin.ConversationManager
		needing
	}{standin.NewConversationManager(d), needing{"c1": {{Skill: "german"}}}}
	tick(t, newEngine(t, Teams(manager, teamOf, memberOf), Claiming(conversations, conversationOf, standin.ErrConversationAlreadyAssigned)))
	expect(t, d, []int{2}, "c1")
}

type needing map[string][]evenhand.Need

func (n needing) ConversationNeeds([]string) (map[string][]evenhand.Need, error) { return n, nil }

// Without a Skiller nobody knows anything.
func TestWhereNobodySaysWhatAgentsKnowItWaits(t *testing.T) {
	d := newDesk(1)
	arrive(d, 1, "c1", "c2")
	manager := struct {
		*standin.ConversationManager
		needing
	}{standin.NewConversationManager(d), needing{"c1": {{Skill: "german"}}}}
	tick(t, newEngine(t, Teams(&standin.TeamManager{Desk: d}, teamOf, memberOf),
		Claiming(manager, conversationOf, standin.ErrConversationAlreadyAssigned)))
	expect(t, d, []int{0, 1}, "c1", "c2")
}

// Priorities and preferences that cannot be read are done without; needs are not.
func TestWhatFailsOfPolicies(t *testing.T) {
	for fails, want := range map[string]struct {
		assigned []int
		tick     string
		logged   []string
	}{
		"":           {[]int{0, 2, 1}, "", nil},
		"priorities": {[]int{1, 2, 0}, "", []string{"error reading priorities, all are level error broken"}},
		"preferred":  {[]int{0, 1, 2}, "", []string{"error reading preferred agents, there are none error broken"}},
		"needs":      {[]int{0, 0, 0}, "reading needs: broken", nil},
	} {
		d := limited(2)
		arrive(d, 1, "c1", "c2", "c3")
		e := sayingEngine(t, d, &saying{priorities: map[string]int{"c2": 9, "c3": 8}, preferred: map[string][]int{"c2": {2}}, fails: fails})
		err := e.Tick(t.Context())
		if (err == nil) != (want.tick == "") || err != nil && err.Error() != want.tick {
			t.Errorf("%s: %v", fails, err)
		}
		expect(t, d, want.assigned, "c1", "c2", "c3")
		expectErrors(t, e, want.logged...)
	}
}

// A need that is none keeps its own conversation waiting, and no other.
func TestAnOddNeedStopsNobody(t *testing.T) {
	d := newDesk(1)
	arrive(d, 1, "c1", "c2")
	e := sayingEngine(t, d, &saying{needs: map[string][]evenhand.Need{"c1": {{Skill: strings.Repeat("x", 129)}}}})
	tick(t, e)
	expect(t, d, []int{0, 1}, "c1", "c2")
	expectErrors(t, e, "error reading needs: the id of a skill is empty or too long conversation_uuid c1")
}

func TestWhereNothingWaitsNothingIsAsked(t *testing.T) {
	s := &saying{}
	tick(t, sayingEngine(t, newDesk(1), s))
	if len(s.asked) > 0 {
		t.Errorf("%q", s.asked)
	}
}

// The report of a shadow knows of them: what only somebody else knows did not wait while one was free.
func TestAShadowKnowsWhoKnows(t *testing.T) {
	d := newDesk(1)
	arrive(d, 1, "c1", "c2")
	manager := &saying{ConversationManager: standin.NewConversationManager(d), needs: map[string][]evenhand.Need{"c1": {{Skill: "german"}}}}
	s, err := NewShadow(Teams(&standin.TeamManager{Desk: d}, teamOf, memberOf),
		Claiming(manager, conversationOf, standin.ErrConversationAlreadyAssigned), &journal{}, WithPlanner(planning))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.GetUnassignedConversations(); err != nil {
		t.Fatal(err)
	}
	s.Close()
	r := s.Report()
	if r.Evenhand.Assigned != 1 || r.Evenhand.WaitedWhileFree != 0 || r.Libredesk.WaitedWhileFree != 1 {
		t.Errorf("%+v", r)
	}
}
