package libredesk

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"evenhand"
)

// Logger is what the engine logs to. *logf.Logger, which Libredesk uses, and *slog.Logger are such.
type Logger interface {
	Debug(message string, fields ...any)
	Error(message string, fields ...any)
}

// Engine assigns waiting conversations to agents at an interval. It takes the place of Libredesk's autoassigner.Engine.
type Engine struct {
	desk   *desk
	list   func() ([]Conversation, error)
	assign func(c Conversation, agent int) error
	// held returns what an agent holds now.
	held    func(agent int) (int, error)
	planner *planner
	cursors CursorStore
	log     Logger

	// ticking is held by the one tick that runs.
	ticking sync.Mutex
	state   state
	loaded  bool
	// unsaved says that the state was not saved the last time.
	unsaved bool

	closeWait time.Duration
	mu        sync.Mutex
	closed    bool
	running   *running // nil where it does not run
}

// running is a Run that has not returned.
type running struct {
	cancel   context.CancelFunc
	returned chan struct{}
}

// New makes an engine that writes assignments in the name of systemUser. It calls no store; Run does.
func New[C, U any](
	teams TeamStore[Team, Member], conversations *Conversations[C, U], systemUser U, logger Logger, list ...Option,
) (*Engine, error) {
	desk, planner, err := prepared(teams, conversations, logger, list)
	if err != nil {
		return nil, err
	}
	return &Engine{
		desk: desk,
		list: conversations.list,
		assign: func(c Conversation, agent int) error {
			return contained(func() error { return conversations.assign(c, agent, systemUser) })
		},
		held: func(agent int) (count int, err error) {
			err = contained(func() error {
				count, err = conversations.store.ActiveUserConversationsCount(agent)
				return err
			})
			return count, err
		},
		planner:   planner,
		cursors:   desk.options.cursors,
		log:       logger,
		closeWait: desk.options.closeWait,
	}, nil
}

// prepared returns what an engine and a shadow begin with.
func prepared[C, U any](
	teams TeamStore[Team, Member], conversations *Conversations[C, U], logger Logger, list []Option,
) (*desk, *planner, error) {
	o, err := newOptions(list)
	if err != nil {
		return nil, nil, err
	}
	planner, err := newPlanner(o)
	if err != nil {
		return nil, nil, err
	}
	return &desk{
		teams: teams, count: conversations.count, policies: policiesOf(conversations.store, teams), options: o, log: logger,
	}, planner, nil
}

// Run assigns at every interval, until ctx ends or Close is called; call it as a goroutine. A tick that fails is logged, and the next one
// goes on. Run returns at once where the engine runs already or is closed.
func (e *Engine) Run(ctx context.Context, interval time.Duration) {
	if interval <= 0 {
		e.log.Error("error starting the autoassigner: the interval is not above 0", "interval", interval)
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if !e.begin(cancel) {
		return
	}
	defer e.finish()
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			// Where both are ready the choice is random.
			if ctx.Err() != nil {
				return
			}
			if err := e.Tick(ctx); err != nil && ctx.Err() == nil {
				e.log.Error("error assigning conversations", "error", err)
			}
		}
	}
}

// begin takes the one place for a Run, if it is free.
func (e *Engine) begin(cancel context.CancelFunc) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false
	}
	if e.running != nil {
		e.log.Error("error starting the autoassigner: it runs already")
		return false
	}
	e.running = &running{cancel, make(chan struct{})}
	return true
}

func (e *Engine) finish() {
	e.mu.Lock()
	defer e.mu.Unlock()
	close(e.running.returned)
	e.running = nil
}

// stop lets no further Run begin and ends the one that runs.
func (e *Engine) stop() *running {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	if e.running != nil {
		e.running.cancel()
	}
	return e.running
}

// Close stops the engine and waits for the tick that runs, which reads and assigns nothing more. Where a store call does not return, Close
// does all the same, after a while. Close may be called at any time and more than once.
func (e *Engine) Close() {
	if running := e.stop(); running != nil {
		wait := time.NewTimer(e.closeWait)
		defer wait.Stop()
		select {
		case <-running.returned:
		case <-wait.C:
			e.log.Error("error closing the autoassigner: a store call does not return", "waited", e.closeWait)
		}
	}
	if err := e.planner.close(); err != nil {
		e.log.Error("error closing the autoassigner", "error", err)
	}
}

// maxRounds is how often a tick reads the desk and plans: again where somebody who was to get a conversation had no room any more.
const maxRounds = 4

// Tick runs one tick. Call it from a timer of your own in place of Run. A call during a tick waits until that is over.
func (e *Engine) Tick(ctx context.Context) error {
	e.ticking.Lock()
	defer e.ticking.Unlock()
	return contained(func() error {
		return e.locked(ctx, func() error {
			if err := e.load(); err != nil {
				return err
			}
			for n := range maxRounds {
				full, err := e.round(ctx, n > 0)
				if err != nil || full == 0 || ctx.Err() != nil {
					return err
				}
			}
			return nil
		})
	})
}

// round reads the desk, plans, and writes the plan. Nothing was changed where it fails before it writes. It returns how many conversations
// were not written since their agent had no room any more.
func (e *Engine) round(ctx context.Context, again bool) (int, error) {
	r, err := e.desk.read(ctx, e.list)
	if err != nil {
		return 0, err
	}
	e.state.settle(r.waiting)
	var rest []Conversation
	if again {
		r.waiting, rest = e.desk.servedAgain(r.waiting)
	}
	plan, err := e.planner.plan(ctx, e.desk.snapshot(r, r.load, r.waiting), &e.state, e.log)
	if err != nil {
		return 0, err
	}
	return e.write(ctx, r, plan, rest), nil
}

// load reads the cursors once.
func (e *Engine) load() error {
	if e.loaded || e.cursors == nil {
		return nil
	}
	saved, err := e.cursors.LoadCursors()
	if err != nil {
		return fmt.Errorf("loading cursors: %w", err)
	}
	if e.state, err = decodeState(saved); err != nil {
		e.log.Error("error loading cursors, all turns begin level", "error", err)
	}
	e.loaded = true
	return nil
}

// save keeps the state. Assigning matters more than fairness after a restart, so it goes on where that fails.
func (e *Engine) save() {
	if e.cursors == nil {
		return
	}
	saved, err := e.state.encode()
	if err == nil {
		err = e.cursors.SaveCursors(saved)
	}
	e.unsaved = err != nil
	if err != nil {
		e.log.Error("error saving cursors", "error", err)
	}
}

// write carries a plan out. The state is saved before with every decision open, and after with what became of each, so whenever the
// process ends the next one finds out what was written. rest are the conversations that wait and were not planned.
func (e *Engine) write(ctx context.Context, r *reading, plan evenhand.Plan, rest []Conversation) int {
	e.state = e.state.planned(plan, rest)
	e.save()
	full := 0
	if len(e.state.Claims) > 0 {
		full = e.claim(ctx, r, plan)
		e.save()
	}
	e.logWaiting(plan)
	return full
}

// claim writes the decisions one by one and keeps those that are not written, or may not be. It returns how many were not since
// their agent had no room any more.
func (e *Engine) claim(ctx context.Context, r *reading, plan evenhand.Plan) int {
	var open []claim
	assigned, lost, full := 0, 0, 0
	for i, d := range plan.Decisions {
		if d.Agent == nil {
			continue
		}
		c := claim{LostClaim: evenhand.LostClaim(d)}
		if ctx.Err() != nil {
			c.Lost, c.Untried = true, true
			open = append(open, c)
			lost++
			continue
		}
		agent, err := strconv.Atoi(*d.Agent)
		if err == nil && !e.room(r, r.waiting[i], agent) {
			c.Lost, c.Untried = true, true
			open = append(open, c)
			full++
			continue
		}
		if err == nil {
			err = e.assign(r.waiting[i], agent)
		}
		switch {
		case err == nil:
			delete(e.state.Delays, d.Conversation)
			assigned++
		case errors.Is(err, errTooLate):
			e.state.lose(&c)
			open = append(open, c)
			lost++
			e.log.Debug("conversation already assigned", "conversation_uuid", d.Conversation)
		default:
			c.Failed = true
			open = append(open, c)
			e.log.Error("error assigning conversation", "conversation_uuid", d.Conversation, "user_id", *d.Agent, "error", err)
		}
	}
	e.state.Claims = open
	e.log.Debug("assigned conversations", "assigned", assigned, "lost", lost, "full", full, "failed", len(open)-lost-full)
	return full
}

// room counts once more what an agent holds, where their team has a limit: people take conversations by hand while a tick goes on, and
// other servers assign. Who cannot be counted has no room.
func (e *Engine) room(r *reading, c Conversation, agent int) bool {
	t := r.byID[c.TeamID]
	if t.MaxAutoAssigned == 0 {
		return true
	}
	count, err := e.held(agent)
	if err != nil {
		e.log.Error("error counting active conversations", "user_id", agent, "error", err)
		return false
	}
	if !t.room(count) {
		e.log.Debug("no room any more", "conversation_uuid", c.UUID, "user_id", agent, "count", count, "limit", t.MaxAutoAssigned)
		return false
	}
	return true
}

func (e *Engine) logWaiting(plan evenhand.Plan) {
	for _, w := range plan.Waiting {
		e.log.Debug("conversations wait", "team_id", w.Team, "count", w.Conversations, "why", w.Why)
	}
}

// planner plans, with a planner of its own or one that somebody else closes.
type planner struct {
	evenhand *evenhand.Planner
	shared   bool
	seed     func() uint64
}

func newPlanner(o options) (*planner, error) {
	if o.planner != nil {
		return &planner{o.planner, true, o.seed}, nil
	}
	own, err := evenhand.New(context.Background(), evenhand.WithInstances(1))
	if err != nil {
		return nil, fmt.Errorf("libredesk: %w", err)
	}
	return &planner{own, false, o.seed}, nil
}

// plan plans a snapshot with the cursors of the state. A state that is refused is dropped: it would be refused in every tick.
func (p *planner) plan(ctx context.Context, s evenhand.Snapshot, remembered *state, log Logger) (evenhand.Plan, error) {
	if p.seed != nil {
		s.Seed = evenhand.Ptr(p.seed())
	}
	s.Cursors, s.LostClaims = remembered.Cursors, remembered.lostClaims(s.Conversations)
	plan, err := p.evenhand.Plan(ctx, s)
	var refused *evenhand.RefusedError
	if errors.As(err, &refused) && (strings.HasPrefix(refused.Path, "/cursors") || strings.HasPrefix(refused.Path, "/lost_claims")) {
		log.Error("error planning with the cursors, all turns begin level", "error", err)
		s.Cursors, s.LostClaims = nil, nil
		plan, err = p.evenhand.Plan(ctx, s)
	}
	return plan, err
}

func (p *planner) close() error {
	if p.shared {
		return nil
	}
	return p.evenhand.Close(context.Background())
}

// contained turns a panic of a store into an error.
func contained(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return do()
}
