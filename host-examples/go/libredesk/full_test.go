package libredesk

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"

	"evenhand"
	"evenhand/libredesk/internal/standin"
)

// handOut gives conversations to an agent by hand.
func handOut(d *standin.Desk, agent, count int) {
	for i := range count {
		uuid := fmt.Sprintf("by hand to %d, %d", agent, i)
		d.Arrive(uuid, 1)
		d.Assign(uuid, agent)
	}
}

// once calls before in front of the first call that is the nth of a method.
func once(d *standin.Desk, method string, nth int, before func()) {
	seen := 0
	d.Before = func(c standin.Call) error {
		if c.Method == method {
			if seen++; seen == nth {
				before()
			}
		}
		return nil
	}
}

func limitOf(d *standin.Desk, limit int, members ...int) {
	d.SetTeam(standin.Team{ID: 1, ConversationAssignmentType: standin.RoundRobin, MaxAutoAssignedConversations: limit}, members...)
}

// In the middle of a tick somebody takes 45 conversations by hand, which is their limit.
func TestWhatIsTakenByHandDuringATickCounts(t *testing.T) {
	for written := range 45 {
		d := newDesk(1)
		limitOf(d, 45, 1)
		for i := range 45 {
			d.Arrive(uuid(i), 1)
		}
		e := engineOf(t, d)
		writes := 0
		d.After = func(c standin.Call) {
			if c.Method == "ClaimUnassignedConversation" {
				writes++
			}
			if writes == written && (c.Method == "ClaimUnassignedConversation" || c.Method == "GetUnassignedConversations") {
				d.After = nil
				handOut(d, 1, 45)
			}
		}
		tick(t, e)
		if got := d.Count(1); got != 45+written {
			t.Errorf("45 by hand after %d: %d", written, got)
		}
		expectErrors(t, e)
	}
}

// Where an agent has no room any more, the conversation goes to another agent in the same tick. Nobody loses a turn by that: nothing is owed to whoever is full.
func TestAnotherTakesItInTheSameTick(t *testing.T) {
	d := newDesk(3)
	limitOf(d, 4, 1, 2, 3)
	arrive(d, 1, "c1", "c2", "c3")
	// The fourth count is the one before the first write.
	once(d, "ActiveUserConversationsCount", 4, func() { handOut(d, 1, 4) })
	e := engineOf(t, d)
	tick(t, e)
	expect(t, d, []int{2, 2, 3}, "c1", "c2", "c3")
	var owed []int64
	for _, turn := range e.state.Cursors[0].Turns {
		owed = append(owed, *turn.Owed)
	}
	const third, half = 5354228880 / 3, 5354228880 / 2
	// c2 and c3 were shared by three, c1 by two.
	if want := []int64{2 * third, 2*third + half - 2*5354228880, 2*third + half - 5354228880}; !slices.Equal(owed, want) {
		t.Errorf("%v, expected %v", owed, want)
	}
	if len(e.state.Delays) > 0 || len(e.state.Claims) > 0 {
		t.Errorf("%+v", e.state)
	}
	for i := range 4 {
		d.Resolve(fmt.Sprintf("by hand to 1, %d", i))
	}
	arrive(d, 1, "c4", "c5", "c6", "c7")
	tick(t, e)
	expect(t, d, []int{1, 3, 1, 2}, "c4", "c5", "c6", "c7")
}

// It keeps its place in the queue: what has waited behind it does not overtake it.
func TestWhatComesAgainKeepsItsPlace(t *testing.T) {
	d := limited(2)
	arrive(d, 1, "c1", "c2", "c3")
	once(d, "ActiveUserConversationsCount", 3, func() { handOut(d, 1, 1) })
	d.After = func(c standin.Call) {
		if c.UUID == "c2" {
			d.Resolve("c2")
		}
	}
	tick(t, engineOf(t, d))
	expect(t, d, []int{2, 2, 0}, "c1", "c2", "c3")
}

func TestWhoCannotBeCountedAtTheLastMomentIsPassedOver(t *testing.T) {
	d := newDesk(2)
	limitOf(d, 9, 1, 2)
	arrive(d, 1, "c1", "c2")
	counts := 0
	d.Before = func(c standin.Call) error {
		if c.Method == "ActiveUserConversationsCount" && c.User == 1 {
			if counts++; counts > 1 {
				return errors.New("broken")
			}
		}
		return nil
	}
	e := engineOf(t, d)
	tick(t, e)
	expect(t, d, []int{2, 2}, "c1", "c2")
	expectErrors(t, e, "error counting active conversations user_id 1 error broken", "error counting active conversations user_id 1 error broken")
}

// A team without a limit needs no count.
func TestWithoutALimitNobodyIsCountedAgain(t *testing.T) {
	d := newDesk(1)
	arrive(d, 1, "c1")
	once(d, "ClaimUnassignedConversation", 1, func() { handOut(d, 1, 100) })
	tick(t, engineOf(t, d))
	if calls := d.Calls()["ActiveUserConversationsCount"]; calls != 1 || d.Assignee("c1") != 1 {
		t.Errorf("%d counts", calls)
	}
}

// Somebody who is never free when it comes to it holds a tick for a few rounds and no longer, and the turn stays theirs.
func TestATickHasAnEnd(t *testing.T) {
	d := limited(1)
	arrive(d, 1, "c1")
	e := engineOf(t, d)
	held := false
	d.Before = func(c standin.Call) error {
		if c.Method == "ActiveUserConversationsCount" {
			if held = !held; held {
				d.Resolve("by hand to 1, 0")
			} else {
				handOut(d, 1, 1)
			}
		}
		return nil
	}
	handOut(d, 1, 1)
	tick(t, e)
	expect(t, d, []int{0}, "c1")
	if calls := d.Calls(); calls["GetAll"] != maxRounds || calls["ClaimUnassignedConversation"] != 0 {
		t.Errorf("%v", calls)
	}
	if c := e.state.Claims; len(c) != 1 || !c[0].Untried || len(e.state.Delays) > 0 {
		t.Errorf("%+v", e.state)
	}
	d.Before = nil
	d.Resolve("by hand to 1, 0")
	tick(t, e)
	expect(t, d, []int{1}, "c1")
}

// The old rules do as the original did: before v2.2.0 the turn is spent and the conversation waits, since then the next one is drawn.
func TestUnderTheOldRulesATurnIsSpent(t *testing.T) {
	for rule, want := range map[evenhand.Assignment][2][]int{
		evenhand.AssignmentLibredesk2025: {{0, 2}, {1, 2, 1}},
		evenhand.AssignmentLibredesk2026: {{2, 2}, {1, 2, 1}},
	} {
		d := newDesk(2)
		limitOf(d, 9, 1, 2)
		arrive(d, 1, "c1", "c2")
		once(d, "ActiveUserConversationsCount", 3, func() { handOut(d, 1, 9) })
		e := engineOf(t, d, WithRule(rule))
		tick(t, e)
		expect(t, d, want[0], "c1", "c2")
		if d.Assignee("c1") == 0 {
			d.Assign("c1", 99)
		}
		for i := range 9 {
			d.Resolve(fmt.Sprintf("by hand to 1, %d", i))
		}
		arrive(d, 1, "c3", "c4", "c5")
		tick(t, e)
		expect(t, d, want[1], "c3", "c4", "c5")
	}
}

// A delay of a conversation that a further round does not plan stays as it is.
func TestAFurtherRoundForgetsNoDelay(t *testing.T) {
	d, l := newDesk(2), &locked{uuids: []string{"c1"}, with: faults[1]}
	d.SetTeam(standin.Team{ID: 2, ConversationAssignmentType: standin.RoundRobin, MaxAutoAssignedConversations: 9}, 1, 2)
	d.Before = l.before
	arrive(d, 1, "c1")
	e := engineOf(t, d, WithTeamRule(1, evenhand.AssignmentLibredesk2025))
	tick(t, e)
	arrive(d, 2, "c2")
	counts := 0
	d.Before = func(c standin.Call) error {
		if c.Method == "ActiveUserConversationsCount" {
			if counts++; counts == 3 {
				handOut(d, 1, 9)
			}
		}
		return l.before(c)
	}
	tick(t, e)
	expect(t, d, []int{0, 2}, "c1", "c2")
	if d := e.state.Delays["c1"]; d != (delay{2, 3}) {
		t.Errorf("%v", d)
	}
}

// gated is a manager of one of two servers, who pauses before each reading and after each claim.
type gated struct {
	*standin.ConversationManager
	pause func()
}

func (g *gated) GetUnassignedConversations() ([]standin.Conversation, error) {
	g.pause()
	return g.ConversationManager.GetUnassignedConversations()
}

func (g *gated) ClaimUnassignedConversation(uuid string, user, team int, actor standin.User) error {
	defer g.pause()
	return g.ConversationManager.ClaimUnassignedConversation(uuid, user, team, actor)
}

// Two servers serve one desk. They go on by turns, in any order, from one claim to the next, and nobody is given more than the limit.
func TestTwoServersKeepTheLimit(t *testing.T) {
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, seed))
		d := newDesk(3)
		limitOf(d, 8, 1, 2, 3)
		for i := range 30 {
			d.Arrive(uuid(i), 1)
		}
		server := func(pause func()) *Engine {
			e := newEngine(t, Teams(&standin.TeamManager{Desk: d}, teamOf, memberOf),
				Claiming(&gated{standin.NewConversationManager(d), pause}, conversationOf, standin.ErrConversationAlreadyAssigned))
			e.planner.seed = func() uint64 { return random.Uint64() & maxSeed }
			return e
		}
		second, stop := iter.Pull(func(yield func(struct{}) bool) {
			tick(t, server(func() { yield(struct{}{}) }))
		})
		tick(t, server(func() {
			for random.IntN(2) > 0 {
				second()
			}
		}))
		for more := true; more; {
			_, more = second()
		}
		stop()
		if got := []int{d.Count(1), d.Count(2), d.Count(3)}; !slices.Equal(got, []int{8, 8, 8}) {
			t.Errorf("seed %d: %v", seed, got)
		}
	}
}
