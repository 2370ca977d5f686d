package evenhand

import (
	"context"
	"runtime"
	"testing"
	"time"
)

func TestACallIsInterrupted(t *testing.T) {
	p := started(t, withModule(guest(abi)), WithInstances(1))
	answered(t, p, "{", firstAnswer)

	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := p.PlanJSON(ctx, []byte{loops}); err != context.Canceled {
		t.Fatal(err)
	}
	answered(t, p, "{", firstAnswer)

	ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := p.PlanJSON(ctx, []byte{loops}); err != context.DeadlineExceeded {
		t.Fatal(err)
	}
	if _, err := p.PlanJSON(ctx, []byte("{")); err != context.DeadlineExceeded {
		t.Fatal(err)
	}
	answered(t, p, "{", firstAnswer)
}

// With one processor nothing else runs unless the module lets it.
func TestOneProcessorIsEnoughToInterrupt(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	p := started(t, withModule(guest(abi)))
	ctx, cancel := context.WithCancel(t.Context())
	go cancel()
	if _, err := p.PlanJSON(ctx, []byte{loops}); err != context.Canceled {
		t.Fatal(err)
	}
}

// Every conversation of this desk draws every member of a team that is full: 100,000,000 draws.
func TestTheRealModuleIsInterrupted(t *testing.T) {
	snapshot := desk(1_000, 100_000)
	for i := range snapshot.Agents {
		snapshot.Agents[i].Capacity = Ptr(0)
	}
	for i := range snapshot.Teams {
		snapshot.Teams[i].Assignment = AssignmentLibredesk2026
	}
	text, err := snapshot.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	p := started(t)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	plan, err := p.PlanJSON(ctx, text)
	if err != context.DeadlineExceeded {
		t.Fatal(len(plan), err)
	}
	if len(p.idle) != 0 {
		t.Fatal("the instance that was stopped is used again")
	}
}

func TestWhoWaitsForAnInstanceCanGiveUp(t *testing.T) {
	p := started(t, withModule(guest(abi)), WithInstances(1))
	running, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := p.PlanJSON(running, []byte{loops})
		done <- err
	}()
	for len(p.running) == 0 {
		runtime.Gosched()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := p.PlanJSON(ctx, []byte("{")); err != context.DeadlineExceeded {
		t.Fatal(err)
	}
	stop()
	if err := <-done; err != context.Canceled {
		t.Fatal(err)
	}
}

func TestCloseInterruptsWhatDoesNotEnd(t *testing.T) {
	p := started(t, withModule(guest(abi)), WithInstances(1))
	results := make(chan error)
	call := func(input byte) {
		_, err := p.PlanJSON(context.Background(), []byte{input})
		results <- err
	}
	go call(loops)
	for len(p.running) == 0 {
		runtime.Gosched()
	}
	go call('{') // waits for its turn
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	closed := make(chan error)
	for range 2 {
		go func() { closed <- p.Close(ctx) }()
	}
	for range 2 {
		if err := <-results; err != ErrClosed {
			t.Fatal(err)
		}
		if err := <-closed; err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.PlanJSON(t.Context(), []byte("{")); err != ErrClosed {
		t.Fatal(err)
	}
}

func TestCloseWaitsForWhatEnds(t *testing.T) {
	p := started(t)
	snapshot := desk(100, 20_000)
	done := make(chan error)
	go func() {
		_, err := p.Plan(context.Background(), snapshot)
		done <- err
	}()
	for len(p.running) == 0 {
		runtime.Gosched()
	}
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
