package libredesk

import (
	"errors"
	"slices"
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

var errLocked = errors.New("locked")

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
		d, l := newDesk(2), &locked{uuids: []string{"locked"}, with: errLocked}
		d.SetStatus(standin.Away, 2)
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
	d, l := newDesk(3), &locked{uuids: []string{"c1"}, with: errLocked}
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
