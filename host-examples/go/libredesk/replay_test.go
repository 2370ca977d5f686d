package libredesk

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"evenhand"
	"evenhand/libredesk/internal/standin"
)

// replay plays the recorded ticks of one scenario through an engine.
//
// The engine plans a tick at once, from one count per member, and forgets nothing it should know and remembers nothing it should not.
// So what the original's memory and its tries between two writes did is played by the stores: a tick is cut into several of the
// engine's where the recorded stores did what no plan expects, and a team that the original served out of its memory is listed as it
// remembered it.
type replay struct {
	engine *Engine
	store  *traceStore
	rule   evenhand.Assignment
	// caps are those that the original remembers.
	caps map[int]int
	// draws are those of the recorded tick, where their numbers matter.
	draws int
	// rounds are the ticks of the engine.
	rounds int
}

func (p *replay) restart(t *testing.T) {
	options := []Option{WithRule(p.rule), WithAssignable(standin.Online, standin.Away, standin.Offline), WithPlanner(planning)}
	var err error
	store := redirected{p}
	if p.rule == evenhand.AssignmentLibredesk2026 {
		p.engine, err = New(Teams(store, teamOf, memberOf), Claiming(store, conversationOf, standin.ErrConversationAlreadyAssigned), standin.User{}, &journal{}, options...)
	} else {
		p.engine, err = New(Teams(store, teamOf, memberOf), Updating(store, conversationOf), standin.User{}, &journal{}, options...)
	}
	if err != nil {
		t.Fatal(err)
	}
	// The recorded runs know in which order newcomers joined.
	p.engine.planner.seed = nil
	p.caps = map[int]int{}
}

// redirected is the store of the tick that is played.
type redirected struct{ *replay }

func (r redirected) GetAll() ([]standin.Team, error) { return r.store.GetAll() }

func (r redirected) GetMembers(team int) ([]standin.TeamMember, error) {
	return r.store.GetMembers(team)
}

func (r redirected) GetUnassignedConversations() ([]standin.Conversation, error) {
	return r.store.queue, nil
}

func (r redirected) ActiveUserConversationsCount(user int) (int, error) {
	return r.store.ActiveUserConversationsCount(user)
}

func (r redirected) ClaimUnassignedConversation(uuid string, user, team int, actor standin.User) error {
	return r.store.ClaimUnassignedConversation(uuid, user, team, actor)
}

func (r redirected) UpdateConversationUserAssignee(uuid string, user int, actor standin.User) error {
	return r.store.UpdateConversationUserAssignee(uuid, user, actor)
}

// world is the desk of one recorded tick as the original saw it.
type world struct {
	live, remembered []standin.Team
	members          map[int][]standin.TeamMember
}

func (p *replay) world() *world {
	w := &world{members: map[int][]standin.TeamMember{}}
	listed := map[int]bool{}
	for _, team := range p.store.teams {
		if team.ConversationAssignmentType == standin.RoundRobin && p.store.members[team.ID] != nil {
			w.live = append(w.live, team)
			w.members[team.ID] = p.store.members[team.ID]
			listed[team.ID] = true
			p.caps[team.ID] = team.MaxAutoAssignedConversations
		}
	}
	for team, users := range p.pools() {
		if listed[team] {
			continue
		}
		w.remembered = append(w.remembered, traceTeam(team, true, p.caps[team]))
		w.members[team] = []standin.TeamMember{}
		for _, user := range users[0] {
			w.members[team] = append(w.members[team], standin.TeamMember{ID: user, AvailabilityStatus: standin.Online})
		}
	}
	return w
}

// pools are what the engine remembers.
func (p *replay) pools() map[int][2][]int {
	r := map[int][2][]int{}
	for _, c := range p.engine.state.Cursors {
		pool := [2][]int{{}, {}}
		for _, turn := range c.Turns {
			pool[0] = append(pool[0], atoi(turn.Agent))
			pool[1] = append(pool[1], int(*turn.Owed))
		}
		r[atoi(c.Rotation)] = pool
	}
	return r
}

// play plays one recorded tick.
func (p *replay) play(t *testing.T) {
	tick, queue := p.store.tick, p.store.queue
	p.draws = 0
	w := p.world()
	p.round(t, p.rule, w.live, w.remembered, w, nil)
	for len(queue) > 0 {
		whole := 0
		for whole < len(queue) && !p.odd(queue[whole]) && w.remembers(queue[whole]) == w.remembers(queue[0]) {
			whole++
		}
		rule, segment, rounds := p.rule, queue[:max(whole, 1)], 1
		if whole == 0 {
			// Draw by draw, as the original tries: the two legacy rules read each other's cursors.
			rule, rounds = evenhand.AssignmentLibredesk2025, len(p.pools()[queue[0].AssignedTeamID.Int][0])
			if p.rule == rule {
				rounds = min(rounds, 1)
			}
		}
		for range rounds {
			serving, resting := w.live, w.remembered
			if w.remembers(segment[0]) {
				serving, resting = resting, serving
			}
			if whole == 0 && len(tick.Fault.CountCall) > 0 {
				p.draws++
				p.store.failCounts = slices.Contains(tick.Fault.CountCall, p.draws)
			}
			before := len(p.store.tries)
			p.round(t, rule, serving, resting, w, segment)
			if whole == 0 && len(p.store.tries) > before {
				if code := p.store.tries[len(p.store.tries)-1][2]; code == codeAssigned || code == codeAlreadyAssigned {
					break
				}
			}
		}
		queue = queue[len(segment):]
	}
}

// round is one tick of the engine.
func (p *replay) round(t *testing.T, rule evenhand.Assignment, serving, resting []standin.Team, w *world, queue []standin.Conversation) {
	p.rounds++
	p.store.teams = append([]standin.Team{}, serving...)
	for _, team := range resting {
		p.store.teams = append(p.store.teams, traceTeam(team.ID, false, 0))
	}
	p.store.members, p.store.queue = w.members, queue
	p.engine.desk.options.rule = rule
	if err := p.engine.Tick(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// odd returns whether no plan can foresee what the stores do with a conversation.
func (p *replay) odd(c standin.Conversation) bool {
	if len(p.pools()[c.AssignedTeamID.Int][0]) == 0 {
		return false
	}
	fault := p.store.tick.Fault
	faulty := slices.ContainsFunc(fault.Update, func(row [3]int) bool { return strconv.Itoa(row[0]) == c.UUID })
	return faulty || len(fault.CountCall) > 0 || !p.store.open(c.UUID)
}

// remembers returns whether the original serves the conversation's team out of its memory.
func (w *world) remembers(c standin.Conversation) bool {
	return slices.ContainsFunc(w.remembered, func(team standin.Team) bool { return team.ID == c.AssignedTeamID.Int })
}

// Every recorded run of the original, through the engine's whole path: the same picks in the same order, and the same credits after
// every tick.
func TestTheLegacyRulesPickAsRecorded(t *testing.T) {
	picks, mismatches, ticks, whole := 0, 0, 0, 0
	scenarios := eachScenario(t, func(t *testing.T, file string, s *traceScenario) {
		p := &replay{rule: evenhand.AssignmentLibredesk2025}
		if s.Engine == "now" {
			p.rule = evenhand.AssignmentLibredesk2026
		}
		p.restart(t)
		for i := range s.Ticks {
			tick := &s.Ticks[i]
			if tick.Restart == 1 {
				p.restart(t)
			}
			p.store = newTraceStore(tick, s.Engine == "now")
			p.rounds = 0
			p.play(t)
			ticks++
			if p.rounds <= 2 {
				whole++
			}
			var recorded [][3]int
			for _, try := range tick.Tries {
				if try[2] != codeFull && try[2] != codeNotCounted {
					recorded = append(recorded, try)
				}
			}
			picks += len(recorded)
			got, want := p.pools(), rows(tick.After)
			if !slices.Equal(p.store.tries, recorded) || !reflect.DeepEqual(got, want) {
				mismatches++
				if mismatches <= 5 {
					t.Errorf("%s, scenario %d, tick %d:\npicked   %v\nrecorded %v\nleft     %v\nrecorded %v", file, s.Number, tick.N, p.store.tries, recorded, got, want)
				}
				p.resume(tick.After)
			}
		}
	})
	fmt.Printf("drop-in: %d of %d recorded ticks were one plan\n", whole, ticks)
	fmt.Printf("drop-in: %d scenarios, %d picks, %d mismatches\n", scenarios, picks, mismatches)
	if picks == 0 {
		t.Error("no picks")
	}
}

// resume goes on from what is recorded, so that a mismatch is counted where it is and not in every later tick.
func (p *replay) resume(pools []tracePool) {
	p.engine.state = state{}
	for _, pool := range pools {
		c := evenhand.Cursor{Rotation: strconv.Itoa(pool.Team), Rule: evenhand.Rule(p.rule)}
		for i, user := range pool.Users {
			c.Turns = append(c.Turns, evenhand.Turn{Agent: strconv.Itoa(user), Owed: evenhand.Ptr(int64(pool.Currents[i]))})
		}
		p.engine.state.Cursors = append(p.engine.state.Cursors, c)
	}
}
