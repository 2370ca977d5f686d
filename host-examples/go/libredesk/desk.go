package libredesk

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"evenhand"
)

// roundRobin is what Libredesk calls a team whose conversations are assigned by the engine; people assign in any other.
const roundRobin = "Round robin"

// The wire's limits.
const (
	maxID   = 128
	maxLoad = math.MaxInt32
)

// counter counts what agents hold; see Conversations.count.
type counter func(stop func() error, agents []int, failed func(agent int, err error)) (map[int]int, error)

// desk reads Libredesk's stores.
type desk struct {
	teams    TeamStore[Team, Member]
	count    counter
	policies policies
	options  options
	// watches says that the original's pool is of interest beside the one of the options.
	watches bool
	log     Logger
}

// reading is the desk at one tick.
type reading struct {
	teams []*team
	byID  map[int]*team
	// availability and load are by agent; who could not be counted, or had no need to be, has no load.
	availability map[int]string
	load         map[int]int
	// names are by agent, of those who have one.
	names map[int]string
	// waiting are the conversations, each once.
	waiting []Conversation
	// What the optional methods of the managers say.
	priorities map[string]int
	preferred  map[string][]int
	needs      map[string][]evenhand.Need
	skills     map[int][]evenhand.Skill
}

type team struct {
	Team
	// assigns says whether the engine assigns here in this tick.
	assigns bool
	members []int
}

// read asks the stores: one call for the teams, one for each team's members, one for each agent who may be needed, or one for all.
func (d *desk) read(ctx context.Context, list func() ([]Conversation, error)) (*reading, error) {
	r := &reading{byID: map[int]*team{}, availability: map[int]string{}, names: map[int]string{}}
	rows, err := d.teams.GetAll()
	if err != nil {
		return nil, fmt.Errorf("reading teams: %w", err)
	}
	for _, row := range rows {
		if r.byID[row.ID] != nil {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		t := &team{Team: row}
		d.readMembers(r, t)
		r.teams = append(r.teams, t)
		r.byID[t.ID] = t
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	listed, err := list()
	if err != nil {
		return nil, fmt.Errorf("reading conversations: %w", err)
	}
	d.keep(r, listed)
	if err := d.readPolicies(r); err != nil {
		return nil, err
	}
	r.load, err = d.count(ctx.Err, d.needed(r), func(agent int, err error) {
		d.log.Error("error counting active conversations", "user_id", agent, "error", err)
	})
	return r, err
}

// readMembers reads who is in a team that the engine assigns in. Where that fails the others go on, and this one waits.
func (d *desk) readMembers(r *reading, t *team) {
	if t.AssignmentType != roundRobin {
		return
	}
	members, err := d.teams.GetMembers(t.ID)
	if err != nil {
		d.log.Error("error reading team members", "team_id", t.ID, "error", err)
		return
	}
	t.assigns = true
	seen := make(map[int]bool, len(members))
	for _, member := range members {
		if !seen[member.ID] {
			seen[member.ID] = true
			t.members = append(t.members, member.ID)
			r.availability[member.ID] = member.Availability
			if member.Name != "" {
				r.names[member.ID] = member.Name
			}
		}
	}
}

// keep takes each conversation once, and none whose id the wire has no room for: one odd row never stops the others.
func (d *desk) keep(r *reading, listed []Conversation) {
	seen := make(map[string]bool, len(listed))
	for _, c := range listed {
		switch {
		case !validID(c.UUID):
			d.log.Error("error reading a conversation: its uuid is empty or too long", "conversation_uuid", c.UUID)
		case !seen[c.UUID]:
			seen[c.UUID] = true
			r.waiting = append(r.waiting, c)
		}
	}
}

// needed returns the agents whose load matters: those who are assignable in a team that has a conversation waiting.
func (d *desk) needed(r *reading) []int {
	waits := map[int]bool{}
	for _, c := range r.waiting {
		waits[c.TeamID] = true
	}
	asked := map[int]bool{}
	var agents []int
	for _, t := range r.teams {
		if !waits[t.ID] {
			continue
		}
		for _, agent := range t.members {
			if !asked[agent] && (d.options.assigns(r.availability[agent]) || d.watches && served(r.availability[agent])) {
				asked[agent] = true
				agents = append(agents, agent)
			}
		}
	}
	return agents
}

// room returns whether an agent of this load may get one more conversation from the team.
func (t *team) room(load int) bool {
	return t.MaxAutoAssigned == 0 || load < t.MaxAutoAssigned
}

// candidates returns who may take a conversation, where those of a pool get work. loads are what the agents hold by now.
func (r *reading) candidates(c Conversation, loads map[int]int, pool func(availability string) bool) []int {
	t := r.byID[c.TeamID]
	if t == nil || !t.assigns {
		return nil
	}
	var agents []int
	for _, agent := range t.members {
		if load, counted := loads[agent]; counted && pool(r.availability[agent]) && t.room(load) && r.qualified(agent, c.UUID) {
			agents = append(agents, agent)
		}
	}
	return agents
}

// rule returns that of a team in which the engine assigns.
func (d *desk) rule(teamID int) evenhand.Assignment {
	if rule, ok := d.options.teamRules[teamID]; ok {
		return rule
	}
	return d.options.rule
}

// servedAgain parts what waits into what a further round of a tick plans, and the rest: under libredesk_2025 a conversation has one draw in a
// tick, and where that falls on somebody who is full it waits.
func (d *desk) servedAgain(waiting []Conversation) (again, rest []Conversation) {
	for _, c := range waiting {
		if d.rule(c.TeamID) == evenhand.AssignmentLibredesk2025 {
			rest = append(rest, c)
		} else {
			again = append(again, c)
		}
	}
	return again, rest
}

// snapshot puts a reading on the wire. Of the conversations those are handed in that are to be planned.
func (d *desk) snapshot(r *reading, loads map[int]int, waiting []Conversation) evenhand.Snapshot {
	s := evenhand.Snapshot{}
	assignable := d.words(r)
	listed := make(map[int]bool, len(r.availability))
	for _, t := range r.teams {
		s.Teams = append(s.Teams, d.wireTeam(t, assignable))
		for _, agent := range t.members {
			if !listed[agent] {
				listed[agent] = true
				a := evenhand.Agent{ID: strconv.Itoa(agent), Availability: r.availability[agent], Skills: r.wireSkills(agent)}
				if load, counted := loads[agent]; counted {
					a.Load = evenhand.Ptr(min(max(load, 0), maxLoad))
				}
				s.Agents = append(s.Agents, a)
			}
		}
	}
	for _, c := range waiting {
		s.Conversations = append(s.Conversations, evenhand.Conversation{
			ID: c.UUID, Team: strconv.Itoa(c.TeamID),
			Priority: min(max(r.priorities[c.UUID], -maxPriority), maxPriority), Needs: r.wireNeeds(c.UUID), Preferred: r.wirePreferred(c.UUID),
		})
	}
	return s
}

// words returns the availabilities that get new work. The wire knows no "all but these two", so the original's pool is the words that occur.
func (d *desk) words(r *reading) []string {
	if d.options.assignable != nil {
		return d.options.assignable
	}
	words := []string{}
	for _, t := range r.teams {
		for _, agent := range t.members {
			if word := r.availability[agent]; served(word) && !slices.Contains(words, word) {
				words = append(words, word)
			}
		}
	}
	return words
}

func (d *desk) wireTeam(t *team, assignable []string) evenhand.Team {
	// A team that people assign in, or whose members could not be read, keeps its cursor as it is.
	w := evenhand.Team{ID: strconv.Itoa(t.ID), Assignment: evenhand.AssignmentManual, Assignable: assignable}
	if t.assigns {
		w.Assignment = d.rule(t.ID)
	}
	if t.MaxAutoAssigned != 0 {
		w.MaxLoad = evenhand.Ptr(min(max(t.MaxAutoAssigned, 0), maxLoad))
	}
	for _, agent := range t.members {
		w.Members = append(w.Members, evenhand.Member{Agent: strconv.Itoa(agent)})
	}
	return w
}
