// Package evenhand decides which agent takes each waiting conversation of a support desk.
//
// A [Snapshot] of the desk goes in, a [Plan] comes out: who takes which conversation, who waits and why, and the cursors to pass to the
// next call. The deciding is done by Evenhand's WebAssembly module, which lies in this package and runs inside the process, under
// wazero; it has no clock, no randomness, no state between calls and nothing to reach outside its own memory.
//
// The module has no public home yet. Copy this folder into your repository and say where it is:
//
//	go mod edit -require=evenhand@v0.0.0 -replace=evenhand=./third_party/evenhand
//	go mod tidy
package evenhand

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// core is the core module of docs/abi.md, in which every loop counts its rounds and calls the host after some. The runtime's own means to
// stop a call asks the host in every round, and then a plan takes seven times as long.
//
//go:embed evenhand.wasm
var core []byte

// Planner plans snapshots. It is safe for concurrent use; make one and keep it.
type Planner struct {
	runtime     wazero.Runtime
	compiled    wazero.CompilationCache
	module      wazero.CompiledModule
	memoryLimit uint64
	check       bool

	running chan struct{} // one token for each call that runs
	mu      sync.Mutex
	idle    []*instance // never more than running has room for

	closing   chan struct{}   // closed when Close begins
	life      context.Context // ends when the calls that run are to stop
	end       context.CancelFunc
	closeOnce sync.Once
	closed    error
}

type config struct {
	module      []byte
	instances   int
	cache       string
	memoryLimit uint64
	check       bool
}

// Option is an option of [New].
type Option func(*config)

// WithInstances sets how many calls may run at a time, each in an instance of its own; further ones wait. Without it there is one for
// each processor that Go uses.
func WithInstances(n int) Option {
	return func(c *config) { c.instances = n }
}

// WithCache keeps the compiled module in a folder, from which the next New takes it in a fraction of the time: in
// its subfolder evenhand-compiled, which is nobody else's. Whoever can write to it can run code in this process.
func WithCache(folder string) Option {
	return func(c *config) { c.cache = folder }
}

// WithMemoryLimit sets how many bytes of memory an instance may have. A snapshot that needs more ends in a [TrapError] with
// OutOfMemory. Without it the limit is the module's own, 2 GiB.
func WithMemoryLimit(bytes uint64) Option {
	return func(c *config) { c.memoryLimit = bytes }
}

// WithCheck has every plan checked, as by [Planner.Check], before the caller gets it: a plan that is not sound is an [UnsoundError]. It takes
// about as long again.
func WithCheck() Option {
	return func(c *config) { c.check = true }
}

// New compiles the module and returns a planner for it. Call Close when done with it.
func New(ctx context.Context, options ...Option) (*Planner, error) {
	c := config{module: core, instances: runtime.GOMAXPROCS(0), memoryLimit: 1 << 32}
	for _, option := range options {
		option(&c)
	}
	if c.instances < 1 {
		return nil, fmt.Errorf("evenhand: %d instances can plan nothing", c.instances)
	}
	if c.cache == "" {
		return start(ctx, c, wazero.NewCompilationCache())
	}
	folder := filepath.Join(c.cache, "evenhand-compiled")
	p, err := startFrom(ctx, c, folder)
	if errors.Is(err, errCompile) && os.RemoveAll(folder) == nil {
		// What is damaged there is made again.
		p, err = startFrom(ctx, c, folder)
	}
	return p, err
}

var errCompile = errors.New("evenhand: the module does not compile")

// startFrom returns a planner with the module that is kept in the folder, or from now on is.
func startFrom(ctx context.Context, c config, folder string) (*Planner, error) {
	compiled, err := wazero.NewCompilationCacheWithDir(folder)
	if err != nil {
		return nil, fmt.Errorf("evenhand: %w", err)
	}
	return start(ctx, c, compiled)
}

func start(ctx context.Context, c config, compiled wazero.CompilationCache) (*Planner, error) {
	settings := wazero.NewRuntimeConfig().WithCompilationCache(compiled)
	p := &Planner{
		runtime:     wazero.NewRuntimeWithConfig(ctx, settings),
		compiled:    compiled,
		memoryLimit: c.memoryLimit,
		check:       c.check,
		running:     make(chan struct{}, c.instances),
		closing:     make(chan struct{}),
	}
	p.life, p.end = context.WithCancel(context.Background())
	if err := p.load(ctx, c.module); err != nil {
		return nil, errors.Join(err, p.Close(ctx))
	}
	return p, nil
}

// load compiles the module and makes the first instance, so that whatever is wrong with either is known at once.
func (p *Planner) load(ctx context.Context, module []byte) error {
	var err error
	if p.module, err = p.runtime.CompileModule(ctx, module); err != nil {
		return fmt.Errorf("%w: %w", errCompile, err)
	}
	if !slices.ContainsFunc(p.module.ImportedFunctions(), isTick) {
		return errors.New("evenhand: the module never calls the host, and so nothing could interrupt it")
	}
	_, err = p.runtime.NewHostModuleBuilder("evenhand").
		NewFunctionBuilder().WithGoFunction(api.GoFunc(tick), nil, nil).Export("tick").Instantiate(ctx)
	if err != nil {
		return fmt.Errorf("evenhand: %w", err)
	}
	memory, ok := p.module.ExportedMemories()["memory"]
	if !ok {
		return errors.New("evenhand: the module exports no memory")
	}
	if least := uint64(memory.Min()) << 16; p.memoryLimit < least {
		return fmt.Errorf("evenhand: a memory limit of %d bytes is too low: the module starts with %d", p.memoryLimit, least)
	}
	first, err := p.instantiate(ctx)
	if err != nil {
		return err
	}
	p.idle = append(p.idle, first)
	return nil
}

// tick is called by the module about every tenth of a millisecond. It stops a call whose context is done, and is where Go's scheduler and
// garbage collector get at the goroutine.
func tick(ctx context.Context, _ []uint64) {
	if err := ctx.Err(); err != nil {
		panic(err)
	}
}

func isTick(imported api.FunctionDefinition) bool {
	module, name, _ := imported.Import()
	return module == "evenhand" && name == "tick"
}

// Plan plans a snapshot. The error is a [RefusedError], a [TrapError], [ErrClosed] or that of the context; whichever it is, nothing was
// decided.
func (p *Planner) Plan(ctx context.Context, snapshot Snapshot) (Plan, error) {
	text, err := snapshot.MarshalJSON()
	if err != nil {
		return Plan{}, err
	}
	if text, err = p.PlanJSON(ctx, honest(text)); err != nil {
		return Plan{}, err
	}
	var plan Plan
	if err := json.Unmarshal(text, &plan); err != nil {
		return Plan{}, fmt.Errorf("evenhand: a plan of another version: %w", err)
	}
	return plan, nil
}

// honest returns the text with a byte that is no UTF-8 where encoding/json has written U+FFFD for such bytes, so that the module refuses
// what would otherwise be another id. Of its own accord encoding/json escapes no U+FFFD, and a backslash it writes as two.
func honest(text []byte) []byte {
	if !bytes.Contains(text, []byte(`\ufffd`)) {
		return text
	}
	return []byte(strings.NewReplacer(`\\`, `\\`, `\ufffd`, "\xff").Replace(string(text)))
}

// PlanJSON plans a snapshot in JSON and returns the plan in canonical JSON, byte for byte what every other host gets. Errors are as of
// Plan.
func (p *Planner) PlanJSON(ctx context.Context, snapshot []byte) ([]byte, error) {
	return p.ask(ctx, func(ctx context.Context, i *instance) ([]byte, error) {
		plan, err := i.answer(ctx, i.plan, snapshot)
		if err != nil || !p.check {
			return plan, err
		}
		found, err := i.answer(ctx, i.check, snapshot, plan)
		if err == nil {
			err = soundness(found)
		}
		return plan, err
	})
}

// soundness returns the error of a plan in which something was found.
func soundness(found []byte) error {
	if string(found) == "[]" {
		return nil
	}
	unsound := &UnsoundError{}
	if err := json.Unmarshal(found, &unsound.Violations); err != nil {
		return fmt.Errorf("evenhand: violations of another version: %w", err)
	}
	return unsound
}

// Explain says why a conversation goes where it goes, or waits, member by member; nil where the snapshot has no conversation of this id.
// Errors are as of Plan.
func (p *Planner) Explain(ctx context.Context, snapshot Snapshot, conversation string) (*Explanation, error) {
	text, err := snapshot.MarshalJSON()
	if err != nil {
		return nil, err
	}
	if text, err = p.ExplainJSON(ctx, honest(text), conversation); text == nil {
		return nil, err
	}
	var explanation Explanation
	if err := json.Unmarshal(text, &explanation); err != nil {
		return nil, fmt.Errorf("evenhand: an explanation of another version: %w", err)
	}
	return &explanation, nil
}

// ExplainJSON does the same for a snapshot in JSON and returns canonical JSON, or nil.
func (p *Planner) ExplainJSON(ctx context.Context, snapshot []byte, conversation string) ([]byte, error) {
	text, err := p.ask(ctx, func(ctx context.Context, i *instance) ([]byte, error) {
		return i.answer(ctx, i.explain, snapshot, []byte(conversation))
	})
	if err != nil || string(text) == "null" {
		return nil, err
	}
	return text, nil
}

// Check returns the faults of a plan for a snapshot, in the order of the plan; none for a sound plan. It takes any plan, also one that
// another program made, and shares no code with what makes plans. Errors are as of Plan; of what is no plan the path begins with /plan.
func (p *Planner) Check(ctx context.Context, snapshot Snapshot, plan Plan) ([]Violation, error) {
	text, err := snapshot.MarshalJSON()
	if err != nil {
		return nil, err
	}
	planned, err := json.Marshal(plan)
	if err != nil {
		return nil, err
	}
	if text, err = p.CheckJSON(ctx, honest(text), honest(planned)); err != nil {
		return nil, err
	}
	var violations []Violation
	if err := json.Unmarshal(text, &violations); err != nil {
		return nil, fmt.Errorf("evenhand: violations of another version: %w", err)
	}
	return violations, nil
}

// CheckJSON does the same for a snapshot and a plan in JSON and returns a list in canonical JSON.
func (p *Planner) CheckJSON(ctx context.Context, snapshot, plan []byte) ([]byte, error) {
	return p.ask(ctx, func(ctx context.Context, i *instance) ([]byte, error) {
		return i.answer(ctx, i.check, snapshot, plan)
	})
}

// ask has a question answered in an instance, once there is room for one.
func (p *Planner) ask(ctx context.Context, question func(context.Context, *instance) ([]byte, error)) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case p.running <- struct{}{}:
		defer func() { <-p.running }()
	case <-p.closing:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	call, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.life, cancel)()
	answer, err := p.inInstance(call, question)
	switch {
	case err == nil:
		return answer, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case call.Err() != nil:
		return nil, ErrClosed
	default:
		return nil, err
	}
}

// inInstance asks an idle instance or a fresh one, which is kept unless it was stopped: after a trap it goes on answering, from a
// stack and a heap that may be anywhere.
func (p *Planner) inInstance(ctx context.Context, question func(context.Context, *instance) ([]byte, error)) ([]byte, error) {
	i, err := p.instance(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := question(ctx, i)
	var refused *RefusedError
	if err == nil || errors.As(err, &refused) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.idle = append(p.idle, i)
		return answer, err
	}
	return nil, errors.Join(err, i.module.Close(ctx))
}

func (p *Planner) instance(ctx context.Context) (*instance, error) {
	p.mu.Lock()
	if last := len(p.idle) - 1; last >= 0 {
		defer p.mu.Unlock()
		i := p.idle[last]
		p.idle = p.idle[:last]
		return i, nil
	}
	p.mu.Unlock()
	return p.instantiate(ctx)
}

func (p *Planner) instantiate(ctx context.Context) (*instance, error) {
	memory := &memory{limit: p.memoryLimit}
	ctx = experimental.WithMemoryAllocator(ctx, memory)
	// Without a name there may be any number of them.
	module, err := p.runtime.InstantiateModule(ctx, p.module, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return nil, fmt.Errorf("evenhand: %w", err)
	}
	i, err := newInstance(ctx, module, memory)
	if err != nil {
		return nil, errors.Join(err, module.Close(ctx))
	}
	return i, nil
}

// Close waits for the calls that run, interrupts them when ctx ends first, and frees everything. Calls that come later, or wait for
// their turn, get [ErrClosed]. Closing twice does nothing.
func (p *Planner) Close(ctx context.Context) error {
	p.closeOnce.Do(func() {
		close(p.closing)
		defer context.AfterFunc(ctx, p.end)()
		for range cap(p.running) {
			p.running <- struct{}{}
		}
		p.end()
		ctx := context.WithoutCancel(ctx)
		p.closed = errors.Join(p.runtime.Close(ctx), p.compiled.Close(ctx))
	})
	return p.closed
}
