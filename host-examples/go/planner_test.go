package evenhand

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// compiled is the cache of the tests, since compiling under the race detector takes seconds.
var compiled string

func TestMain(m *testing.M) {
	var err error
	if compiled, err = os.MkdirTemp("", "evenhand-"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.RemoveAll(compiled)
		os.Exit(code)
	}))
}

func withModule(module []byte) Option {
	return func(c *config) { c.module = module }
}

// started returns a planner that is closed when the test ends.
func started(t testing.TB, options ...Option) *Planner {
	t.Helper()
	p, err := New(context.Background(), append([]Option{WithCache(compiled)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

// answered fails the test unless the planner gives this answer.
func answered(t *testing.T, p *Planner, input, want string) {
	t.Helper()
	if plan, err := p.PlanJSON(t.Context(), []byte(input)); err != nil || `{"ok":`+string(plan)+`}` != want {
		t.Fatalf("%q %v, and not %q", plan, err, want)
	}
}

func TestARefusalSaysWhere(t *testing.T) {
	p := started(t)
	_, err := p.PlanJSON(t.Context(), []byte(`{"version":1,"agents":[{"id":"a","availability":"online","load":0,"capcity":3}]}`))
	var refused *RefusedError
	if !errors.As(err, &refused) {
		t.Fatal(err)
	}
	if refused.Code != CodeUnknownField || refused.Path != "/agents/0/capcity" || refused.Message == "" {
		t.Fatalf("%+v", refused)
	}
	_, err = p.Plan(t.Context(), Snapshot{Teams: []Team{{ID: "t", Assignment: "round_table"}}})
	if !errors.As(err, &refused) || refused.Code != CodeUnknownValue || refused.Path != "/teams/0/assignment" {
		t.Fatal(err)
	}
}

func TestAnEmptyDeskIsPlanned(t *testing.T) {
	plan, err := started(t).Plan(t.Context(), Snapshot{})
	if err != nil || plan.Version != WireVersion || len(plan.Decisions) != 0 {
		t.Fatal(plan, err)
	}
}

func TestAnIDThatIsNoTextIsRefused(t *testing.T) {
	p := started(t)
	for id, code := range map[string]Code{"a\xff": CodeMalformedJSON, "a\ufffd": "", `a\ufffd`: "", `\\ufffd`: "", "\\\xff": CodeMalformedJSON} {
		plan, err := p.Plan(t.Context(), Snapshot{Conversations: []Conversation{{ID: id, Team: "t"}}})
		var refused *RefusedError
		switch {
		case code == "" && (err != nil || plan.Decisions[0].Conversation != id):
			t.Errorf("%q: %v %v", id, plan, err)
		case code != "" && (!errors.As(err, &refused) || refused.Code != code || refused.Path != "/conversations/0/id"):
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestATrapIsTypedAndItsInstanceReplaced(t *testing.T) {
	for input, want := range map[byte]TrapError{
		traps:           {Panic: panicText},
		recurses:        {Panic: panicText},
		grows:           {Panic: panicText, OutOfMemory: true},
		answersOutside:  {Panic: panicText},
		answersNonsense: {},
	} {
		p := started(t, withModule(guest(abi)), WithInstances(1), WithMemoryLimit(1<<20))
		answered(t, p, "{", firstAnswer)
		answered(t, p, "{", laterAnswer)
		_, err := p.PlanJSON(t.Context(), []byte{input})
		var trap *TrapError
		if !errors.As(err, &trap) || trap.Panic != want.Panic || trap.OutOfMemory != want.OutOfMemory || trap.Err == nil {
			t.Fatalf("input %d: %v", input, err)
		}
		answered(t, p, "{", firstAnswer)
	}
}

func TestARefusalKeepsItsInstance(t *testing.T) {
	p := started(t)
	before := p.idle[0]
	if _, err := p.PlanJSON(t.Context(), []byte("nonsense")); err == nil {
		t.Fatal("no refusal")
	}
	if len(p.idle) != 1 || p.idle[0] != before {
		t.Fatal(p.idle)
	}
}

func TestASnapshotIsLeftAsItIs(t *testing.T) {
	snapshot := Snapshot{Teams: []Team{{ID: "t"}}, Cursors: []Cursor{{Team: "t"}}}
	if _, err := json.Marshal(snapshot); err != nil {
		t.Fatal(err)
	}
	if snapshot.Version != 0 || snapshot.Agents != nil || snapshot.Teams[0].Members != nil || snapshot.Cursors[0].Turns != nil {
		t.Fatalf("%+v", snapshot)
	}
}

func TestNoRoomForASnapshotIsOutOfMemory(t *testing.T) {
	p := started(t, withModule(guest(abi)))
	_, err := p.PlanJSON(t.Context(), make([]byte, noRoom))
	var trap *TrapError
	if !errors.As(err, &trap) || !trap.OutOfMemory {
		t.Fatal(err)
	}
	answered(t, p, "{", firstAnswer)
}

func TestMemoryIsLimited(t *testing.T) {
	p := started(t, WithMemoryLimit(4<<20))
	_, err := p.Plan(t.Context(), desk(10, 20_000))
	var trap *TrapError
	if !errors.As(err, &trap) || !trap.OutOfMemory {
		t.Fatal(err)
	}
	if _, err := p.Plan(t.Context(), desk(10, 20)); err != nil {
		t.Fatal(err)
	}
	if _, err := New(t.Context(), WithMemoryLimit(1<<16)); err == nil {
		t.Fatal("a limit below what the module starts with")
	}
}

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
		snapshot.Agents[i].Capacity = new(0)
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

func TestNoMoreInstancesThanAskedFor(t *testing.T) {
	p := started(t, withModule(guest(abi)), WithInstances(2))
	var fresh int
	var mu sync.Mutex
	var calls sync.WaitGroup
	for range 8 {
		calls.Go(func() {
			for range 500 {
				plan, err := p.PlanJSON(context.Background(), []byte("{"))
				if err != nil {
					t.Error(err)
				}
				if string(plan) == "0" {
					mu.Lock()
					fresh++
					mu.Unlock()
				}
			}
		})
	}
	calls.Wait()
	if fresh < 1 || fresh > 2 {
		t.Fatalf("%d instances", fresh)
	}
	if _, err := New(t.Context(), WithInstances(0)); err == nil {
		t.Fatal("no instances")
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

func TestAStrangeModuleIsRefused(t *testing.T) {
	for name, module := range map[string][]byte{
		"another ABI":   guest(2),
		"no exports":    []byte("\x00asm\x01\x00\x00\x00"),
		"another name":  bytes.Replace(guest(abi), []byte("evenhand_plan"), []byte("evenhand_plot"), 1),
		"no tick":       assembled(abi, false),
		"not a module":  []byte("hello"),
		"cut in halves": core[:len(core)/2],
	} {
		p, err := New(t.Context(), withModule(module))
		if p != nil || err == nil || !strings.HasPrefix(err.Error(), "evenhand: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestACacheThatIsDamagedIsMadeAgain(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new", "cache")
	plan := func() []byte {
		t.Helper()
		plan, err := started(t, WithCache(folder)).PlanJSON(t.Context(), []byte(`{"version":1,"agents":[],"teams":[],"conversations":[]}`))
		if err != nil {
			t.Fatal(err)
		}
		return plan
	}
	want := plan()
	file := cached(t, folder)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 1
	for name, damaged := range map[string][]byte{"cut": whole[:len(whole)/2], "empty": {}, "flipped": flipped, "whole": whole} {
		if err := os.WriteFile(file, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := plan(); !bytes.Equal(got, want) {
			t.Errorf("%s: %s", name, got)
		}
		if again, err := os.ReadFile(cached(t, folder)); err != nil || !bytes.Equal(again, whole) {
			t.Errorf("%s: the cache is not as it was: %v", name, err)
		}
	}
	if _, err := New(t.Context(), WithCache(file)); err == nil {
		t.Error("a cache in a file")
	}
	mark := filepath.Join(filepath.Dir(file), "mark")
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(t.Context(), WithCache(folder), WithMemoryLimit(1)); err == nil {
		t.Error("no memory")
	}
	if _, err := os.Stat(mark); err != nil {
		t.Errorf("another fault has cost the cache: %v", err)
	}
}

func TestManyCallsAtATimeGiveTheSameBytesInTheSameMemory(t *testing.T) {
	const callers, calls = 8, 10_000
	p := started(t, WithInstances(callers))
	snapshot, err := desk(3, 5).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	want, err := p.PlanJSON(t.Context(), snapshot)
	if err != nil {
		t.Fatal(err)
	}
	// Every instance there will ever be, after its first calls.
	for len(p.idle) < callers {
		fresh, err := p.instantiate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for range 10 {
			if _, err := fresh.plan(t.Context(), snapshot); err != nil {
				t.Fatal(err)
			}
		}
		p.idle = append(p.idle, fresh)
	}
	instances, heap := memoryOf(p)

	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range calls {
				plan, err := p.PlanJSON(context.Background(), snapshot)
				if err != nil || !bytes.Equal(plan, want) {
					t.Errorf("%s %v", plan, err)
					return
				}
			}
		})
	}
	all.Wait()
	instancesNow, heapNow := memoryOf(p)
	t.Logf("%d calls; instances hold %d bytes, as before; heap %d bytes, before %d", callers*calls, instancesNow, heapNow, heap)
	if len(p.idle) != callers || instancesNow != instances {
		t.Errorf("%d instances hold %d bytes, before %d", len(p.idle), instancesNow, instances)
	}
	if heapNow > heap+1<<20 {
		t.Errorf("heap %d bytes, before %d", heapNow, heap)
	}
}

// memoryOf returns what the idle instances hold and what the heap holds.
func memoryOf(p *Planner) (instances, heap uint64) {
	for _, i := range p.idle {
		instances += uint64(i.module.Memory().Size())
	}
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return instances, stats.HeapAlloc
}

// cached returns the one file of a compilation cache.
func cached(t *testing.T, folder string) string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	return files[0]
}

// desk returns a desk of ten teams, in each of which every agent is a member.
func desk(agents, conversations int) Snapshot {
	var s Snapshot
	for i := range agents {
		s.Agents = append(s.Agents, Agent{ID: fmt.Sprint("agent-", i), Availability: "online", Load: new(i % 7)})
	}
	for i := range 10 {
		team := Team{ID: fmt.Sprint("team-", i), Assignment: AssignmentRoundRobin}
		for j := range agents {
			team.Members = append(team.Members, Member{Agent: fmt.Sprint("agent-", j)})
		}
		s.Teams = append(s.Teams, team)
	}
	for i := range conversations {
		s.Conversations = append(s.Conversations, Conversation{ID: fmt.Sprint("conversation-", i), Team: fmt.Sprint("team-", i%10)})
	}
	return s
}
