package libredesk

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"evenhand/libredesk/internal/standin"
)

// kept is a cursor store in memory.
type kept struct {
	saved      [][]byte
	loads      int
	load, save error
}

func (k *kept) LoadCursors() ([]byte, error) {
	k.loads++
	if len(k.saved) == 0 {
		return nil, k.load
	}
	return k.saved[len(k.saved)-1], k.load
}

func (k *kept) SaveCursors(state []byte) error {
	if k.save == nil {
		k.saved = append(k.saved, slices.Clone(state))
	}
	return k.save
}

func TestWithoutAStoreARestartBeginsLevel(t *testing.T) {
	d := newDesk(3)
	for _, uuid := range []string{"c1", "c2"} {
		arrive(d, 1, uuid)
		tick(t, engineOf(t, d))
	}
	expect(t, d, []int{1, 1}, "c1", "c2")
}

func TestWithAStoreARestartChangesNobodysTurn(t *testing.T) {
	d, k := newDesk(3), &kept{}
	for _, uuid := range []string{"c1", "c2", "c3", "c4"} {
		arrive(d, 1, uuid)
		tick(t, engineOf(t, d, WithCursors(k)))
	}
	expect(t, d, []int{1, 2, 3, 1}, "c1", "c2", "c3", "c4")
}

// shared is a cursor store of several servers, in memory.
type shared struct {
	kept
	lock chan struct{}
}

func newShared() *shared { return &shared{lock: make(chan struct{}, 1)} }

func (s *shared) Lock(ctx context.Context) (func(), error) {
	select {
	case s.lock <- struct{}{}:
		return func() { <-s.lock }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func TestTurnsGoOnAcrossServers(t *testing.T) {
	d, k := newDesk(3), newShared()
	servers := []*Engine{engineOf(t, d, WithCursors(k)), engineOf(t, d, WithCursors(k))}
	for i := range 9 {
		d.Arrive(uuid(i), 1)
		tick(t, servers[i%2])
	}
	expect(t, d, []int{1, 2, 3, 1, 2, 3, 1, 2, 3}, "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8")
	if len(k.lock) > 0 {
		t.Error("the lock is held")
	}
}

// One server comes in front of every call of the other's tick, and waits: what both do is what one would do.
func TestServersTakeTurnsAtATick(t *testing.T) {
	for nth := 1; ; nth++ {
		d, k := newDesk(3), newShared()
		limitOf(d, 2, 1, 2, 3)
		arrive(d, 1, "c1", "c2", "c3", "c4", "c5", "c6", "c7")
		first, second := engineOf(t, d, WithCursors(k)), engineOf(t, d, WithCursors(k))
		var calls atomic.Int64
		done := make(chan error, 1)
		d.Before = func(standin.Call) error {
			if calls.Add(1) == int64(nth) {
				go func() { done <- second.Tick(t.Context()) }()
				// It has nothing else to wait for but the lock.
				time.Sleep(time.Millisecond)
			}
			return nil
		}
		tick(t, first)
		if calls.Load() < int64(nth) {
			break
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		expect(t, d, []int{1, 2, 3, 1, 2, 3, 0}, "c1", "c2", "c3", "c4", "c5", "c6", "c7")
		if claims := d.Calls()["ClaimUnassignedConversation"]; claims != 6 {
			t.Errorf("%d claims", claims)
		}
	}
}

// What could not be saved is newer than what is saved.
func TestASharedStoreThatCannotSaveStopsNoTurns(t *testing.T) {
	d, k := newDesk(3), newShared()
	k.save = errors.New("broken")
	e := engineOf(t, d, WithCursors(k))
	for i := range 4 {
		d.Arrive(uuid(i), 1)
		tick(t, e)
	}
	expect(t, d, []int{1, 2, 3, 1}, "c0", "c1", "c2", "c3")
}

func TestAServerThatIsClosedWaitsForNoOther(t *testing.T) {
	d, k := newDesk(1), newShared()
	k.lock <- struct{}{}
	e := engineOf(t, d, WithCursors(k))
	done := started(t.Context(), e)
	for !e.isRunning() {
		time.Sleep(time.Millisecond)
	}
	e.Close()
	<-done
	expectErrors(t, e)
	if calls := d.Calls(); len(calls) > 0 {
		t.Errorf("%v", calls)
	}
}

// The process ends anywhere between two writes of a tick: the next one goes on as if nothing had happened.
func TestAProcessThatEndsInTheMiddleLosesNoTurn(t *testing.T) {
	for written := range 4 {
		d, k := newDesk(3), &kept{}
		arrive(d, 1, "c1", "c2", "c3")
		e := engineOf(t, d, WithCursors(k))
		writes := 0
		d.Before = func(c standin.Call) error {
			if c.Method == "ClaimUnassignedConversation" {
				if writes == written {
					return errors.New("the process has ended")
				}
				writes++
			}
			return nil
		}
		tick(t, e)
		// What was saved after the writes never was.
		k.saved = k.saved[:1]
		d.Before = nil
		e = engineOf(t, d, WithCursors(k))
		tick(t, e)
		expect(t, d, []int{1, 2, 3}, "c1", "c2", "c3")
		arrive(d, 1, "c4", "c5", "c6")
		tick(t, e)
		expect(t, d, []int{1, 2, 3}, "c4", "c5", "c6")
	}
}

// A conversation that ends the process each time does not come first for ever.
func TestAConversationThatEndsProcessesComesLast(t *testing.T) {
	d, k := limited(1), &kept{}
	arrive(d, 1, "c1", "x")
	var tried []string
	for d.Assignee("x") == 0 && len(tried) < 9 {
		d.Before = func(c standin.Call) error {
			if c.Method == "ClaimUnassignedConversation" {
				tried = append(tried, c.UUID)
				if c.UUID == "c1" {
					return errors.New("the process has ended")
				}
			}
			return nil
		}
		saved := len(k.saved)
		tick(t, engineOf(t, d, WithCursors(k)))
		if d.Assignee("x") == 0 {
			k.saved = k.saved[:saved+1]
		}
	}
	if want := []string{"c1", "c1", "x"}; !slices.Equal(tried, want) {
		t.Errorf("%v, expected %v", tried, want)
	}
}

func TestALostClaimSurvivesARestart(t *testing.T) {
	d, k := newDesk(3), &kept{}
	arrive(d, 1, "c1")
	takeBefore(d, "c1", 99)
	tick(t, engineOf(t, d, WithCursors(k)))
	arrive(d, 1, "c2")
	tick(t, engineOf(t, d, WithCursors(k)))
	expect(t, d, []int{99, 1}, "c1", "c2")
}

func TestCursorsThatCannotBeLoadedEndTheTick(t *testing.T) {
	d, k := newDesk(2), &kept{load: errors.New("broken")}
	e := engineOf(t, d, WithCursors(k))
	arrive(d, 1, "c1")
	if err := e.Tick(t.Context()); !errors.Is(err, k.load) {
		t.Errorf("%v", err)
	}
	expect(t, d, []int{0}, "c1")
	k.load = nil
	tick(t, e)
	tick(t, e)
	expect(t, d, []int{1}, "c1")
	if k.loads != 2 {
		t.Errorf("loaded %d times", k.loads)
	}
}

func TestCursorsThatCannotBeReadBeginLevel(t *testing.T) {
	for saved, logged := range map[string]string{
		"not json":        "error loading cursors, all turns begin level",
		`{"version":2}`:   "error loading cursors, all turns begin level",
		`{"version":"1"}`: "error loading cursors, all turns begin level",
		`{"version":1,"cursors":[{"rotation":"1","rule":"alphabetical","turns":[]}]}`:                                        "error planning with the cursors, all turns begin level",
		`{"version":1,"claims":[{"conversation":"c0","team":"","agent":"1","lost":true}]}`:                                   "error planning with the cursors, all turns begin level",
		`{"version":1,"claims":[{"conversation":"c0","team":"1","lost":true},{"conversation":"c0","team":"1","lost":true}]}`: "error planning with the cursors, all turns begin level",
		`{"version":1,"cursors":[{"rotation":"1","rule":"round_robin"},{"rotation":"1","rule":"round_robin"}]}`:              "error planning with the cursors, all turns begin level",
		`{"version":1,"cursors":[{"rotation":"1","rule":"round_robin","turns":[{"agent":"2","owed":2000000}]}]}`:             "",
		`{"version":1,"cursors":[{"rotation":"1","rule":"least_recent","turns":[{"agent":"2"},{"agent":"1"}]}]}`:             "",
	} {
		d, k := newDesk(2), &kept{saved: [][]byte{[]byte(saved)}}
		e := engineOf(t, d, WithCursors(k))
		arrive(d, 1, "c1")
		tick(t, e)
		if logged == "" {
			expect(t, d, []int{2}, "c1")
			expectErrors(t, e)
		} else {
			expect(t, d, []int{1}, "c1")
			expectErrors(t, e, logged)
		}
		if len(k.saved) != 3 {
			t.Errorf("%d states saved", len(k.saved))
		}
	}
}

func TestCursorsThatCannotBeSavedStopNobody(t *testing.T) {
	d, k := newDesk(2), &kept{save: errors.New("broken")}
	e := engineOf(t, d, WithCursors(k))
	arrive(d, 1, "c1")
	tick(t, e)
	expectErrors(t, e, "error saving cursors error broken", "error saving cursors error broken")
	arrive(d, 1, "c2")
	tick(t, e)
	expect(t, d, []int{1, 2}, "c1", "c2")
}

func TestWhatIsSavedIsAFormat(t *testing.T) {
	d, k := newDesk(2), &kept{}
	arrive(d, 1, "c1")
	takeBefore(d, "c1", 99)
	tick(t, engineOf(t, d, WithCursors(k)))
	cursors := `"cursors":[{"rotation":"1","rule":"round_robin",` +
		`"turns":[{"agent":"1","owed":-2677114440},{"agent":"2","owed":2677114440}],"sets":[{"seats":[0,1]}]}]`
	claim := `"claims":[{"conversation":"c1","team":"1","agent":"1","why":"turn","lost":`
	want := []string{
		`{"version":1,` + cursors + `,` + claim + `false}],"delays":{}}`,
		`{"version":1,` + cursors + `,` + claim + `true}],"delays":{"c1":{"plans":1,"left":2}}}`,
	}
	for i := range want {
		if i >= len(k.saved) || string(k.saved[i]) != want[i] {
			t.Errorf("%q, expected %q", k.saved, want)
		}
	}
}
