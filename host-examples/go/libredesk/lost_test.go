package libredesk

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"evenhand"
	"evenhand/libredesk/internal/standin"
)

// locked are conversations that cannot be written: each write of one fails, the manager says.
type locked struct {
	uuids []string
	with  error
	// tried are those whose write was tried, in order.
	tried []string
}

func (l *locked) before(c standin.Call) error {
	if c.Method != "ClaimUnassignedConversation" {
		return nil
	}
	l.tried = append(l.tried, c.UUID)
	if slices.Contains(l.uuids, c.UUID) {
		return l.with
	}
	return nil
}

// limited returns a desk of so many agents who may hold one conversation each.
func limited(agents int) *standin.Desk {
	d := newDesk(agents)
	var members []int
	for agent := 1; agent <= agents; agent++ {
		members = append(members, agent)
	}
	d.SetTeam(standin.Team{ID: 1, ConversationAssignmentType: standin.RoundRobin, MaxAutoAssignedConversations: 1}, members...)
	return d
}

// faults are the two ways in which a conversation is lost though it waits: its write fails, or somebody holds it.
var faults = []error{errors.New("locked"), standin.ErrConversationAlreadyAssigned}

// Conversations that cannot be written take turns at the end, and those after them are served.
func TestAConversationThatCannotBeWrittenStarvesNobody(t *testing.T) {
	for _, c := range []struct {
		places int
		locked string
		// ticks are the conversations whose writes are tried, tick by tick, in the order in which they are listed. x can be written.
		ticks string
	}{
		{places: 1, locked: "c1 c2", ticks: "c1, c2, x"},
		{places: 1, locked: "c1", ticks: "c1, x"},
		{places: 1, locked: "c1 c2 c3", ticks: "c1, c2, c3, c1, c2, c3, x"},
		{places: 2, locked: "c1 c2", ticks: "c1 c2, c1 x"},
		{places: 2, locked: "c1 c2 c3", ticks: "c1 c2, c3 x"},
	} {
		for _, fault := range faults {
			d, l := limited(c.places), &locked{uuids: strings.Fields(c.locked), with: fault}
			d.Before = l.before
			arrive(d, 1, append(slices.Clone(l.uuids), "x")...)
			e := engineOf(t, d)
			var ticks []string
			for d.Assignee("x") == 0 && len(ticks) < 20 {
				l.tried = nil
				tick(t, e)
				ticks = append(ticks, strings.Join(l.tried, " "))
			}
			if got := strings.Join(ticks, ", "); got != c.ticks {
				t.Errorf("%d places, %s locked by %v: %s, expected %s", c.places, c.locked, fault, got, c.ticks)
			}
		}
	}
}

// Two of four cannot be written, and there is one place: the other two get it, one after the other.
func TestTwoOfFourCannotBeWritten(t *testing.T) {
	for _, fault := range faults {
		d, l := limited(1), &locked{uuids: []string{"c1", "c2"}, with: fault}
		d.Before = l.before
		arrive(d, 1, "c1", "c2", "c3", "c4")
		e := engineOf(t, d)
		for range 8 {
			tick(t, e)
			for _, uuid := range []string{"c3", "c4"} {
				if d.Assignee(uuid) != 0 {
					d.Resolve(uuid)
				}
			}
		}
		want := strings.Fields("c1 c2 c3 c1 c2 c4 c1 c1")
		if !slices.Equal(l.tried, want) {
			t.Errorf("%v: %v, expected %v", fault, l.tried, want)
		}
	}
}

// The order of the tries is the same with an engine that remembers and with one that is made anew for each tick.
func TestARestartForgetsNoDelay(t *testing.T) {
	var tries [2][]string
	for i := range tries {
		d, k, l := limited(1), &kept{}, &locked{uuids: []string{"c1", "c2", "c3"}, with: faults[0]}
		d.Before = l.before
		arrive(d, 1, "c1", "c2", "c3")
		e := engineOf(t, d, WithCursors(k))
		for range 14 {
			tick(t, e)
			if i == 1 {
				e = engineOf(t, d, WithCursors(k))
			}
		}
		tries[i] = l.tried
	}
	want := strings.Fields("c1 c2 c3 c1 c2 c3 c1 c1 c2 c3 c1 c1 c1 c1")
	if !slices.Equal(tries[0], want) || !slices.Equal(tries[1], want) {
		t.Errorf("%v and %v, expected %v", tries[0], tries[1], want)
	}
}

// Last is not never: where there is room it is tried in every tick, and assigned in the first in which it can be.
func TestALockThatIsGoneKeepsNothingWaiting(t *testing.T) {
	d, l := newDesk(1), &locked{uuids: []string{"c1"}, with: faults[0]}
	d.Before = l.before
	e := engineOf(t, d)
	arrive(d, 1, "c1")
	for range 5 {
		tick(t, e)
	}
	arrive(d, 1, "c2", "c3")
	tick(t, e)
	l.uuids = nil
	tick(t, e)
	want := strings.Fields("c1 c1 c1 c1 c1 c1 c2 c3 c1")
	if !slices.Equal(l.tried, want) {
		t.Errorf("%v, expected %v", l.tried, want)
	}
	expect(t, d, []int{1}, "c1")
	if len(e.state.Delays) > 0 {
		t.Errorf("it is assigned, and remembered: %v", e.state.Delays)
	}
}

// Whoever takes it, or closes it, ends what is remembered of a conversation.
func TestWhatDoesNotWaitIsNotRemembered(t *testing.T) {
	d, l := newDesk(1), &locked{uuids: []string{"c1", "c2"}, with: faults[0]}
	d.Before = l.before
	e := engineOf(t, d)
	arrive(d, 1, "c1", "c2")
	for _, want := range []delay{{1, 1}, {2, 2}} {
		tick(t, e)
		// What has become of a write that fails is known when the next tick reads the desk.
		e.state.settle([]Conversation{{"c1", 1}, {"c2", 1}})
		want.Left++
		if e.state.Delays["c1"] != want || e.state.Delays["c2"] != want {
			t.Errorf("%v, expected %v", e.state.Delays, want)
		}
	}
	d.Assign("c1", 99)
	tick(t, e)
	if _, remembered := e.state.Delays["c1"]; remembered || e.state.Delays["c2"] != (delay{2, 2}) {
		t.Errorf("%v", e.state.Delays)
	}
}

// A decision that was lost goes into the next snapshot with every field that it had, also where the state was stored in between.
func TestALostDecisionIsHandedBackAsItWas(t *testing.T) {
	agent := "1"
	decision := evenhand.Decision{
		Conversation: "c1", Team: "1", Agent: &agent, Why: evenhand.WhyPreferred, HeldBy: "2", By: "3", Set: 4,
	}
	var before state
	planned := before.planned(evenhand.Plan{Decisions: []evenhand.Decision{decision}}, nil)
	saved, err := planned.encode()
	if err != nil {
		t.Fatal(err)
	}
	s, err := decodeState(saved)
	if err != nil {
		t.Fatal(err)
	}
	s.Claims[0].Failed = true
	s.settle([]Conversation{{"c1", 1}})
	if got := s.lostClaims(nil); !reflect.DeepEqual(got, []evenhand.LostClaim{evenhand.LostClaim(decision)}) {
		t.Errorf("%+v", got)
	}
}

func TestEachLossInARowDoublesTheDelay(t *testing.T) {
	var s state
	var plans []int
	for range 9 {
		c := claim{}
		s.lose(&c)
		if d := s.Delays[""]; !c.Lost || d.Left != d.Plans+1 {
			t.Errorf("%v, %v", c, d)
		}
		plans = append(plans, s.Delays[""].Plans)
	}
	if want := []int{1, 2, 4, 8, 16, 32, 64, 64, 64}; !slices.Equal(plans, want) {
		t.Errorf("%v, expected %v", plans, want)
	}
}

// After the second loss the conversation is last in two plans more than the one that gives its turn back.
func TestADelayLastsAsManyPlans(t *testing.T) {
	d, l := limited(1), &locked{uuids: []string{"c1"}, with: faults[1]}
	d.Before = l.before
	e := engineOf(t, d)
	arrive(d, 1, "c1")
	tick(t, e)
	tick(t, e)
	// From here on there is no room, so it is not tried.
	arrive(d, 1, "mine")
	d.Assign("mine", 1)
	var got []string
	for range 5 {
		e.state.settle([]Conversation{{"c1", 1}})
		var handed []string
		for _, c := range e.state.lostClaims(e.desk.snapshot(&reading{}, nil, []Conversation{{"c1", 1}}).Conversations) {
			agent := "nobody"
			if c.Agent != nil {
				agent = *c.Agent
			}
			handed = append(handed, fmt.Sprint(c.Conversation, " of ", c.Team, " to ", agent))
		}
		got = append(got, strings.Join(handed, ", "))
		tick(t, e)
	}
	want := []string{"c1 of 1 to 1", "c1 of 1 to nobody", "c1 of 1 to nobody", "", ""}
	if !slices.Equal(got, want) {
		t.Errorf("%q, expected %q", got, want)
	}
	if e.state.Delays["c1"] != (delay{2, 0}) {
		t.Errorf("what waits is forgotten: %v", e.state.Delays)
	}
}

// Somebody who is away was granted nothing by the turns of another, and so pays for none that is given back.
func TestATurnIsGivenBackToNobodyElsesCost(t *testing.T) {
	for name, lose := range map[string]func(d *standin.Desk, l *locked, i int){
		"somebody else takes each": func(d *standin.Desk, _ *locked, i int) {
			d.Arrive(uuid(i), 1)
			takeBefore(d, uuid(i), 99)
		},
		"one cannot be written": func(d *standin.Desk, l *locked, i int) {
			if i == 0 {
				d.Arrive("locked", 1)
				d.Before = l.before
			}
		},
	} {
		d, l := newDesk(2), &locked{uuids: []string{"locked"}, with: faults[0]}
		d.SetStatus(standin.AwayManual, 2)
		e := engineOf(t, d)
		for i := range 100 {
			lose(d, l, i)
			tick(t, e)
		}
		d.SetStatus(standin.Online, 2)
		d.Before = nil
		if len(l.uuids) > 0 && len(l.tried) > 0 {
			d.Assign("locked", 99)
		}
		var got []int
		for i := range 12 {
			d.Arrive(uuid(1000+i), 1)
			tick(t, e)
			got = append(got, d.Assignee(uuid(1000+i)))
		}
		if want := []int{1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2}; !slices.Equal(got, want) {
			t.Errorf("%s: %v, expected %v", name, got, want)
		}
	}
}

// Three shared in the first pick of a tick and two in the second: each that is lost is undone among its own.
func TestALostClaimIsUndoneAmongThoseWhoShared(t *testing.T) {
	const third, half = 5354228880 / 3, 5354228880 / 2
	for lost, want := range map[string][]int64{
		"c1": {0, -half, half},
		"c2": {-2 * third, third, third},
	} {
		d := limited(3)
		e := engineOf(t, d)
		arrive(d, 1, "c1", "c2")
		takeBefore(d, lost, 99)
		tick(t, e)
		tick(t, e)
		var got []int64
		for _, turn := range e.state.Cursors[0].Turns {
			got = append(got, *turn.Owed)
		}
		if !slices.Equal(got, want) {
			t.Errorf("without %s: %v, expected %v", lost, got, want)
		}
	}
}

// The agents of lost claims come first in the order of the plan, however each was lost.
func TestLostTurnsComeBackInTheOrderOfThePlan(t *testing.T) {
	d, l := newDesk(3), &locked{uuids: []string{"c1"}, with: faults[0]}
	d.Before = func(c standin.Call) error {
		if c.UUID == "c2" {
			d.Assign("c2", 99)
		}
		return l.before(c)
	}
	e := engineOf(t, d, WithRule(evenhand.AssignmentLeastRecent))
	arrive(d, 1, "c1", "c2", "c3")
	tick(t, e)
	expect(t, d, []int{0, 99, 3}, "c1", "c2", "c3")
	arrive(d, 1, "c4", "c5", "c6")
	l.uuids = nil
	tick(t, e)
	// Agent 1 is the last to be asked for c1 again, and c1 the last to be served.
	expect(t, d, []int{1, 2, 3, 2}, "c4", "c5", "c6", "c1")
}
