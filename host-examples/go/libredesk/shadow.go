package libredesk

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"sync"
)

// Shadow shows what the engine would have done beside Libredesk's own autoassigner, and writes nothing itself. It takes the place of the
// conversation manager in front of the old engine: every call passes through as it is, and the old engine's own calls tell what it does.
//
// Whenever the old engine lists the conversations that wait, the shadow reads the teams, members and loads of that moment and plans
// them too, with cursors of its own. It does so in the old engine's goroutine, so that both decide about the same desk; a
// failure or a panic of the shadow stays with the shadow. Whether somebody had room for what the old engine gave them is judged by the
// old engine's own counts.
//
// With [WithCursors] it remembers all it has seen in a store, which has to be another than that of an engine, and goes on after a restart.
type Shadow[C, U any] struct {
	conversations *Conversations[C, U]
	watch         *watch
}

// NewShadow makes a shadow from what [New] takes. Options are those of New, and it calls no store either.
func NewShadow[C, U any](
	teams TeamStore[Team, Member], conversations *Conversations[C, U], logger Logger, list ...Option,
) (*Shadow[C, U], error) {
	desk, planner, err := prepared(teams, conversations, logger, list)
	if err != nil {
		return nil, err
	}
	desk.watches = true
	w := &watch{desk: desk, planner: planner, store: desk.options.cursors, log: logger, memory: newMemory()}
	w.life, w.end = context.WithCancel(context.Background())
	return &Shadow[C, U]{conversations, w}, nil
}

// GetUnassignedConversations is the manager's, and the beginning of a tick.
func (s *Shadow[C, U]) GetUnassignedConversations() ([]C, error) {
	rows, err := s.conversations.store.GetUnassignedConversations()
	if err == nil {
		s.watch.safely(func() error { return s.watch.listed(mapped(rows, s.conversations.conversation)) })
	}
	return rows, err
}

// ActiveUserConversationsCount is the manager's.
func (s *Shadow[C, U]) ActiveUserConversationsCount(userID int) (int, error) {
	count, err := s.conversations.store.ActiveUserConversationsCount(userID)
	if err == nil {
		s.watch.safely(func() error { s.watch.counted(userID, count); return nil })
	}
	return count, err
}

// ClaimUnassignedConversation is the manager's, since v2.4.0.
func (s *Shadow[C, U]) ClaimUnassignedConversation(uuid string, userID, expectedTeamID int, actor U) error {
	if s.conversations.claim == nil {
		return errNoClaim
	}
	err := s.conversations.claim(uuid, userID, expectedTeamID, actor)
	s.watch.safely(func() error { s.watch.wrote(uuid, userID, err, s.conversations.late(err)); return nil })
	return err
}

// UpdateConversationUserAssignee is the manager's, before v2.4.0.
func (s *Shadow[C, U]) UpdateConversationUserAssignee(uuid string, userID int, actor U) error {
	if s.conversations.update == nil {
		return errNoUpdate
	}
	err := s.conversations.update(uuid, userID, actor)
	s.watch.safely(func() error { s.watch.wrote(uuid, userID, err, false); return nil })
	return err
}

// Report returns what was seen so far. It may be called at any time. What a tick of the old engine has left waiting is known when the
// next one begins, or when the shadow is closed.
func (s *Shadow[C, U]) Report() Report {
	var r Report
	s.watch.safely(func() error {
		err := s.watch.load()
		r = s.watch.report()
		return err
	})
	// Names may come out of a database, which the old engine does not wait for.
	if name := s.watch.desk.options.agentName; name != nil {
		for i := range r.Agents {
			if a := &r.Agents[i]; a.Name == "" {
				_ = contained(func() error { a.Name = name(a.Agent); return nil })
			}
		}
	}
	return r
}

// Close ends the shadow; calls go on passing through. The report stays, with the last tick in it.
func (s *Shadow[C, U]) Close() {
	s.watch.end()
	s.watch.safely(func() error { s.watch.settle(); s.watch.save(); return s.watch.planner.close() })
}

// The old engine and the adapter have to be of one version.
var (
	errNoClaim  = errors.New("libredesk: the old engine claims: give the shadow a manager by Claiming")
	errNoUpdate = errors.New("libredesk: the old engine updates: give the shadow a manager by Updating")
)

// watch is what the shadow sees.
type watch struct {
	desk    *desk
	planner *planner
	store   CursorStore
	log     Logger
	life    context.Context
	end     context.CancelFunc

	mu     sync.Mutex
	loaded bool
	tick   *watchedTick
	memory
}

// watchedTick is a tick of the old engine, as far as it went.
type watchedTick struct {
	reading *reading
	waiting map[string]Conversation
	// loads are those of the reading, what the old engine has given since, and what it has counted itself, whichever is the latest.
	loads map[int]int
	given map[string]int
	// gone are the conversations that somebody else took meanwhile, or may have got by a write that reported an error.
	gone map[string]bool
}

// safely keeps what goes wrong away from the old engine.
func (w *watch) safely(do func() error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := contained(do); err != nil {
		w.log.Error("error in the shadow of the autoassigner", "error", err)
	}
}

// listed begins a tick: the old engine knows from now on which conversations wait.
func (w *watch) listed(waiting []Conversation) error {
	if w.life.Err() != nil {
		return nil
	}
	if err := w.load(); err != nil {
		return err
	}
	w.settle()
	w.save()
	w.Failed++
	r, err := w.desk.read(w.life, func() ([]Conversation, error) { return waiting, nil })
	if err != nil {
		return err
	}
	if err := w.plan(r); err != nil {
		return err
	}
	w.Failed--
	w.Ticks++
	w.name(r)
	listed := make(map[string]Conversation, len(r.waiting))
	for _, c := range r.waiting {
		listed[c.UUID] = c
	}
	w.tick = &watchedTick{r, listed, maps.Clone(r.load), map[string]int{}, map[string]bool{}}
	return nil
}

// name remembers what teams and people are called.
func (w *watch) name(r *reading) {
	for _, t := range r.teams {
		if t.Name != "" {
			w.TeamNames[t.ID] = t.Name
		}
	}
	maps.Copy(w.AgentNames, r.names)
}

// plan decides about the conversations that the shadow has not given to anybody yet. What it has given stays given while the old
// engine leaves it waiting, and counts towards the load of whoever would have it.
func (w *watch) plan(r *reading) error {
	loads := maps.Clone(r.load)
	held := make(map[string]pick, len(w.Held))
	var waiting []Conversation
	for _, c := range r.waiting {
		if p, ok := w.Held[c.UUID]; ok && p.Team == c.TeamID {
			held[c.UUID] = p
			if _, counted := loads[p.Agent]; counted {
				loads[p.Agent]++
			}
		} else {
			waiting = append(waiting, c)
		}
	}
	remembered := state{Cursors: w.Cursors}
	plan, err := w.planner.plan(w.life, w.desk.snapshot(r, loads, waiting), &remembered, w.log)
	if err != nil {
		return err
	}
	w.Cursors = plan.Cursors
	pool := w.desk.options.assigns
	for i, d := range plan.Decisions {
		if d.Agent == nil {
			continue
		}
		agent, err := strconv.Atoi(*d.Agent)
		if err != nil {
			return err
		}
		c := waiting[i]
		w.Evenhand.give(c.TeamID, agent, r.candidates(c, loads, pool))
		loads[agent]++
		held[c.UUID] = pick{c.TeamID, agent}
	}
	w.Held = held
	w.Evenhand.left(r, loads, pool, func(c Conversation) bool { _, ok := held[c.UUID]; return !ok })
	return nil
}

// counted is told of every count of the old engine, which is newer than that of the reading.
func (w *watch) counted(agent, count int) {
	if w.tick != nil {
		w.tick.loads[agent] = count
	}
}

// wrote is told of every write of the old engine.
func (w *watch) wrote(uuid string, agent int, err error, late bool) {
	t := w.tick
	if t == nil {
		return
	}
	c, listed := t.waiting[uuid]
	switch {
	case err != nil:
		t.gone[uuid] = true
		if !late {
			w.Unclear++
		}
	case listed:
		candidates := t.reading.candidates(c, t.loads, served)
		w.Libredesk.give(c.TeamID, agent, candidates)
		if slices.Contains(candidates, agent) && !w.desk.options.assigns(t.reading.availability[agent]) {
			w.OutsidePool++
		}
		t.loads[agent]++
		t.given[uuid] = agent
	}
}

// settle ends the tick that the old engine has finished.
func (w *watch) settle() {
	t := w.tick
	if t == nil {
		return
	}
	w.tick = nil
	for _, c := range t.reading.waiting {
		agent, given := t.given[c.UUID]
		p, held := w.Held[c.UUID]
		switch {
		case given && held && p.Agent == agent:
			w.Same++
		case given && held:
			w.Different++
		case given:
			w.OnlyLibredesk++
		}
	}
	w.Libredesk.left(t.reading, t.loads, served, func(c Conversation) bool {
		_, given := t.given[c.UUID]
		return !given && !t.gone[c.UUID]
	})
}
