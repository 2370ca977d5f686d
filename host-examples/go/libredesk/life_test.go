package libredesk

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"evenhand"
	"evenhand/libredesk/internal/standin"
)

// watchedEngine returns an engine and sees to it that nothing of it is left.
func watchedEngine(t *testing.T, d *standin.Desk, list ...Option) *Engine {
	t.Helper()
	before := goleak.IgnoreCurrent()
	e, err := New(Teams(&standin.TeamManager{Desk: d}, teamOf, memberOf),
		Claiming(standin.NewConversationManager(d), conversationOf, standin.ErrConversationAlreadyAssigned), standin.User{}, &journal{}, list...)
	if err != nil {
		t.Fatal(err)
	}
	e.planner.seed = nil
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	return e
}

// started runs the engine and returns a channel that is closed when Run returns.
func started(ctx context.Context, e *Engine) chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		e.Run(ctx, time.Millisecond)
	}()
	return done
}

func TestRunAssignsUntilItIsClosed(t *testing.T) {
	d := newDesk(2)
	e := watchedEngine(t, d)
	written := make(chan string, 10)
	d.After = func(c standin.Call) {
		if c.Method == "ClaimUnassignedConversation" {
			written <- c.UUID
		}
	}
	done := started(t.Context(), e)
	for _, uuid := range []string{"c1", "c2", "c3"} {
		arrive(d, 1, uuid)
		if got := <-written; got != uuid {
			t.Errorf("%s, expected %s", got, uuid)
		}
	}
	e.Close()
	<-done
	expect(t, d, []int{1, 2, 1}, "c1", "c2", "c3")
	expectErrors(t, e)
	// The planner was its own, and is closed with it.
	if _, err := e.planner.evenhand.Plan(t.Context(), evenhand.Snapshot{}); !errors.Is(err, evenhand.ErrClosed) {
		t.Errorf("%v", err)
	}
}

func TestAPlannerOfTheCallersIsLeftOpen(t *testing.T) {
	engineOf(t, newDesk(1)).Close()
	if _, err := planning.Plan(t.Context(), evenhand.Snapshot{}); err != nil {
		t.Error(err)
	}
}

func TestRunSurvivesTicksThatFail(t *testing.T) {
	d := newDesk(1)
	e := watchedEngine(t, d, WithPlanner(planning))
	arrive(d, 1, "c1")
	calls := 0
	written := make(chan struct{})
	d.Before = func(c standin.Call) error {
		switch calls++; {
		case calls == 1:
			return errors.New("broken")
		case calls == 2:
			panic("broken")
		case c.Method == "ClaimUnassignedConversation":
			close(written)
		}
		return nil
	}
	done := started(t.Context(), e)
	<-written
	e.Close()
	<-done
	expectErrors(t, e, "error assigning conversations error reading teams: broken", "error assigning conversations error panic: broken")
}

func TestCloseInEveryState(t *testing.T) {
	t.Run("before Run", func(t *testing.T) {
		d := newDesk(1)
		e := watchedEngine(t, d, WithPlanner(planning))
		e.Close()
		e.Close()
		<-started(t.Context(), e)
		if calls := d.Calls(); len(calls) > 0 {
			t.Errorf("%v", calls)
		}
	})
	t.Run("while Run waits", func(t *testing.T) {
		e := watchedEngine(t, newDesk(1), WithPlanner(planning))
		done := make(chan struct{})
		go func() {
			defer close(done)
			e.Run(t.Context(), time.Hour)
		}()
		for !e.isRunning() {
			time.Sleep(time.Millisecond)
		}
		e.Close()
		<-done
	})
	t.Run("after Run", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		e := watchedEngine(t, newDesk(1), WithPlanner(planning))
		done := started(ctx, e)
		cancel()
		<-done
		e.Close()
	})
	t.Run("by several at a time", func(t *testing.T) {
		e := watchedEngine(t, newDesk(1), WithPlanner(planning))
		done := started(t.Context(), e)
		var closing sync.WaitGroup
		for range 8 {
			closing.Go(e.Close)
		}
		closing.Wait()
		<-done
		expectErrors(t, e)
	})
	t.Run("in the middle of the writes", func(t *testing.T) {
		d := newDesk(1)
		e := watchedEngine(t, d, WithPlanner(planning))
		arrive(d, 1, "c1", "c2", "c3")
		var closing sync.WaitGroup
		d.After = func(c standin.Call) {
			if c.UUID == "c1" {
				closing.Go(e.Close)
				for !e.isClosed() {
					time.Sleep(time.Millisecond)
				}
			}
		}
		<-started(t.Context(), e)
		closing.Wait()
		expect(t, d, []int{1, 0, 0}, "c1", "c2", "c3")
		if calls := d.Calls()["ClaimUnassignedConversation"]; calls != 1 {
			t.Errorf("%d writes", calls)
		}
		expectErrors(t, e)
	})
	t.Run("while a store call does not return", func(t *testing.T) {
		d := newDesk(1)
		e := watchedEngine(t, d, WithPlanner(planning), WithCloseWait(time.Millisecond))
		arrive(d, 1, "c1", "c2")
		hangs, returns := make(chan struct{}), make(chan struct{})
		d.Before = func(c standin.Call) error {
			if c.UUID == "c1" {
				close(hangs)
				<-returns
			}
			return nil
		}
		done := started(t.Context(), e)
		<-hangs
		e.Close()
		expectErrors(t, e, "error closing the autoassigner: a store call does not return")
		// Once it does, nothing more is written.
		close(returns)
		<-done
		expect(t, d, []int{1, 0}, "c1", "c2")
	})
}

func (e *Engine) isRunning() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.running != nil
}

func (e *Engine) isClosed() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.closed
}

func TestCancellationStopsBetweenWritesAndGivesTheTurnsBack(t *testing.T) {
	d := newDesk(3)
	e := engineOf(t, d)
	arrive(d, 1, "c1", "c2", "c3")
	ctx, cancel := context.WithCancel(t.Context())
	d.After = func(c standin.Call) {
		if c.UUID == "c1" {
			cancel()
		}
	}
	<-started(ctx, e)
	expect(t, d, []int{1, 0, 0}, "c1", "c2", "c3")
	expectErrors(t, e)
	if len(e.state.Delays) > 0 {
		t.Errorf("what was not tried is delayed: %v", e.state.Delays)
	}
	tick(t, e)
	expect(t, d, []int{1, 2, 3}, "c1", "c2", "c3")
}

func TestCancellationStopsBetweenReads(t *testing.T) {
	for method, most := range map[string]int{"GetAll": 0, "GetMembers": 1, "GetUnassignedConversations": 0, "ActiveUserConversationsCount": 1} {
		d := newDesk(3)
		d.SetTeam(standin.Team{ID: 2, ConversationAssignmentType: standin.RoundRobin}, 1)
		e := engineOf(t, d)
		arrive(d, 1, "c1")
		ctx, cancel := context.WithCancel(t.Context())
		d.After = func(c standin.Call) {
			if c.Method == method {
				cancel()
			}
		}
		if err := e.Tick(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", method, err)
		}
		calls := d.Calls()
		if method == "GetAll" && calls["GetMembers"] > 0 || calls["GetMembers"] > 2 || calls["ActiveUserConversationsCount"] > most {
			t.Errorf("cancelled after %s: %v", method, calls)
		}
	}
}

// The legacy rule draws up to once per member for every conversation, so a plan can be made to take long.
func TestCancellationInterruptsAPlan(t *testing.T) {
	const agents, waiting = 9_000, 9_000
	d := newDesk(0)
	var members []int
	for agent := 1; agent <= agents; agent++ {
		members = append(members, agent)
	}
	d.SetTeam(standin.Team{ID: 1, ConversationAssignmentType: standin.RoundRobin, MaxAutoAssignedConversations: -1}, members...)
	d.SetStatus(standin.Online, members...)
	for i := range waiting {
		d.Arrive(uuid(i), 1)
	}
	e := engineOf(t, d, WithRule(evenhand.AssignmentLibredesk2026))
	ctx, cancel := context.WithCancel(t.Context())
	planning := make(chan struct{})
	counted := 0
	d.After = func(c standin.Call) {
		if c.Method == "ActiveUserConversationsCount" {
			if counted++; counted == agents {
				close(planning)
			}
		}
	}
	go func() {
		<-planning
		time.Sleep(100 * time.Millisecond)
		cancel()
	}()
	if err := e.Tick(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if e.state.Cursors != nil {
		t.Error("the plan was made all the same")
	}
}

func TestRunTwice(t *testing.T) {
	d := newDesk(1)
	e := watchedEngine(t, d, WithPlanner(planning))
	ctx, cancel := context.WithCancel(t.Context())
	first := started(ctx, e)
	for !e.isRunning() {
		time.Sleep(time.Millisecond)
	}
	<-started(t.Context(), e)
	expectErrors(t, e, "error starting the autoassigner: it runs already")
	cancel()
	<-first
	// One that was cancelled may run again.
	arrive(d, 1, "c1")
	written := make(chan struct{})
	d.After = func(c standin.Call) {
		if c.UUID == "c1" {
			close(written)
		}
	}
	second := started(t.Context(), e)
	<-written
	e.Close()
	<-second
}

func TestAnIntervalThatIsNoneIsLogged(t *testing.T) {
	for _, interval := range []time.Duration{0, -time.Second} {
		e := engineOf(t, newDesk(1))
		e.Run(t.Context(), interval)
		expectErrors(t, e, "error starting the autoassigner: the interval is not above 0")
	}
}

// By default newcomers join in another order after each restart, as in the original.
func TestNewcomersAreShuffled(t *testing.T) {
	firsts := map[int]bool{}
	for range 100 {
		d := newDesk(3)
		arrive(d, 1, "c1")
		e := engineOf(t, d)
		o, err := newOptions(nil)
		if err != nil {
			t.Fatal(err)
		}
		e.planner.seed = o.seed
		tick(t, e)
		firsts[d.Assignee("c1")] = true
	}
	if len(firsts) != 3 {
		t.Errorf("only %v came first", firsts)
	}
}
