package libredesk

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
)

// Report is what a [Shadow] has seen. String makes a table of it, encoding/json an object.
type Report struct {
	// Ticks of the old engine that were watched, Failed those that the shadow could not read or plan; they are in no other figure.
	Ticks  int `json:"ticks"`
	Failed int `json:"failed"`
	// Same are the conversations that both gave to the same agent, Different those that they gave to different ones, and OnlyLibredesk
	// those that only the old engine gave to anybody.
	Same          int `json:"same"`
	Different     int `json:"different"`
	OnlyLibredesk int `json:"only_libredesk"`
	// Unclear are writes of the old engine that reported an error. They count as not written.
	Unclear int `json:"unclear"`
	// OutsidePool are the conversations that the old engine gave to people who get no new work under the options of the shadow. That is
	// another policy, and no fault.
	OutsidePool int `json:"outside_pool"`

	Libredesk Figures `json:"libredesk"`
	Evenhand  Figures `json:"evenhand"`
	// Teams are those that got something, by id.
	Teams []TeamFigures `json:"teams"`
	// Agents are those who got something or were owed something, by id.
	Agents []AgentFigures `json:"agents"`
}

// TeamFigures says how many conversations of a team each engine assigned.
type TeamFigures struct {
	Team      int    `json:"team"`
	Name      string `json:"name,omitempty"`
	Libredesk int    `json:"libredesk"`
	Evenhand  int    `json:"evenhand"`
}

// Figures are those of one engine, each by who gets work under it: the old engine passes over "away_manual" and "away_and_reassigning"
// alone, and the shadow does as its options say.
type Figures struct {
	// Assigned counts conversations.
	Assigned int `json:"assigned"`
	// Farthest is the greatest distance of any agent, at any time, between what they had received and what was owed to them.
	Farthest float64 `json:"farthest"`
	// LongestRun is the longest row of conversations of one team that one agent got though somebody else could have taken each.
	LongestRun int `json:"longest_run"`
	// WaitedWhileFree counts the conversations that were left waiting by a tick though somebody had room at its end.
	WaitedWhileFree int `json:"waited_while_free"`
	// NotCandidates counts the conversations that were given to somebody who could not have taken them: who had no room by the latest count,
	// was no member, or had a team that is set to Manual.
	NotCandidates int `json:"not_candidates"`
}

// AgentFigures are those of one agent under both engines. Owed is the agent's share of every conversation that was given to anybody
// while they could have taken it: one part in as many as could have.
type AgentFigures struct {
	Agent     int    `json:"agent"`
	Name      string `json:"name,omitempty"`
	Libredesk Share  `json:"libredesk"`
	Evenhand  Share  `json:"evenhand"`
}

// Share is what an agent received and what was owed to them, in conversations.
type Share struct {
	Received int     `json:"received"`
	Owed     float64 `json:"owed"`
}

// tally is the part of a report that is counted on the way.
type tally struct {
	Ticks, Failed, Same, Different, OnlyLibredesk, Unclear, OutsidePool int
}

func (w *watch) report() Report {
	r := Report{
		Ticks: w.Ticks, Failed: w.Failed, Same: w.Same, Different: w.Different, OnlyLibredesk: w.OnlyLibredesk, Unclear: w.Unclear,
		OutsidePool: w.OutsidePool,
		Libredesk:   w.Libredesk.Figures, Evenhand: w.Evenhand.Figures,
		Teams: []TeamFigures{}, Agents: []AgentFigures{},
	}
	for _, team := range keys(w.Libredesk.Teams, w.Evenhand.Teams) {
		r.Teams = append(r.Teams, TeamFigures{team, w.TeamNames[team], w.Libredesk.Teams[team], w.Evenhand.Teams[team]})
	}
	for _, agent := range keys(w.Libredesk.Shares, w.Evenhand.Shares) {
		r.Agents = append(r.Agents, AgentFigures{agent, w.AgentNames[agent], w.Libredesk.share(agent), w.Evenhand.share(agent)})
	}
	return r
}

// keys returns the keys of two maps, each once and in order.
func keys[V any](a, b map[int]V) []int {
	all := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(all)
	return slices.Compact(all)
}

// String returns the report as a table.
func (r Report) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d ticks watched, %d failed in the shadow, %d writes unclear\n", r.Ticks, r.Failed, r.Unclear)
	fmt.Fprintf(&text, "%d conversations to the same agent, %d to another, %d assigned by Libredesk alone\n", r.Same, r.Different, r.OnlyLibredesk)
	fmt.Fprintf(&text, "another policy: %d given by Libredesk to people who get no new work here\n\n", r.OutsidePool)
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "\tLibredesk\tEvenhand\t\n")
	fmt.Fprintf(table, "assigned\t%d\t%d\t\n", r.Libredesk.Assigned, r.Evenhand.Assigned)
	for _, t := range r.Teams {
		fmt.Fprintf(table, "of team %s\t%d\t%d\t\n", named(t.Team, t.Name), t.Libredesk, t.Evenhand)
	}
	fmt.Fprintf(table, "farthest from the share owed\t%.1f\t%.1f\t\n", r.Libredesk.Farthest, r.Evenhand.Farthest)
	fmt.Fprintf(table, "longest run to one agent\t%d\t%d\t\n", r.Libredesk.LongestRun, r.Evenhand.LongestRun)
	fmt.Fprintf(table, "waited while somebody was free\t%d\t%d\t\n", r.Libredesk.WaitedWhileFree, r.Evenhand.WaitedWhileFree)
	fmt.Fprintf(table, "given to somebody who could not\t%d\t%d\t\n\n", r.Libredesk.NotCandidates, r.Evenhand.NotCandidates)
	_ = table.Flush()
	table = tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "\tLibredesk\t\t\tEvenhand\t\t\t\n")
	fmt.Fprintf(table, "agent\treceived\towed\tby\treceived\towed\tby\t\n")
	for _, a := range r.Agents {
		fmt.Fprintf(table, "%s\t%d\t%.1f\t%+.1f\t%d\t%.1f\t%+.1f\t\n", named(a.Agent, a.Name),
			a.Libredesk.Received, a.Libredesk.Owed, a.Libredesk.off(),
			a.Evenhand.Received, a.Evenhand.Owed, a.Evenhand.off())
	}
	_ = table.Flush()
	return text.String()
}

// named returns an id and, where there is one, a name.
func named(id int, name string) string {
	return strings.TrimSpace(fmt.Sprint(id, " ", strings.Join(strings.Fields(name), " ")))
}

// off is how much more was received than owed.
func (s Share) off() float64 { return float64(s.Received) - s.Owed }

// ledger keeps the figures of one engine, in the same way for both.
type ledger struct {
	Figures Figures        `json:"figures"`
	Shares  map[int]*Share `json:"shares"`
	Teams   map[int]int    `json:"teams"`
	Runs    map[int]run    `json:"runs"`
	// Waited are the conversations that still wait and are counted already.
	Waited map[string]bool `json:"waited"`
}

type run struct {
	Agent  int `json:"agent"`
	Length int `json:"length"`
}

func newLedger() *ledger {
	return &ledger{Shares: map[int]*Share{}, Teams: map[int]int{}, Runs: map[int]run{}, Waited: map[string]bool{}}
}

func (l *ledger) share(agent int) Share {
	if s := l.Shares[agent]; s != nil {
		return *s
	}
	return Share{}
}

func (l *ledger) of(agent int) *Share {
	s := l.Shares[agent]
	if s == nil {
		s = &Share{}
		l.Shares[agent] = s
	}
	return s
}

// give enters that an agent got a conversation of a team which these candidates could have taken.
func (l *ledger) give(team, agent int, candidates []int) {
	l.Figures.Assigned++
	l.Teams[team]++
	l.of(agent).Received++
	if !slices.Contains(candidates, agent) {
		l.Figures.NotCandidates++
	}
	for _, candidate := range candidates {
		l.of(candidate).Owed += 1 / float64(len(candidates))
	}
	for _, changed := range append(candidates, agent) {
		l.Figures.Farthest = max(l.Figures.Farthest, math.Abs(l.of(changed).off()))
	}
	if len(candidates) < 2 {
		return
	}
	r := l.Runs[team]
	if r.Agent != agent {
		r = run{Agent: agent}
	}
	r.Length++
	l.Runs[team] = r
	l.Figures.LongestRun = max(l.Figures.LongestRun, r.Length)
}

// left enters what a tick has left waiting though somebody of the engine's own pool had room.
func (l *ledger) left(r *reading, loads map[int]int, pool func(availability string) bool, waits func(Conversation) bool) {
	still := map[string]bool{}
	free := map[int]bool{}
	for _, c := range r.waiting {
		if !waits(c) {
			continue
		}
		some, known := free[c.TeamID]
		if !known || len(r.needs) > 0 {
			some = len(r.candidates(c, loads, pool)) > 0
			free[c.TeamID] = some
		}
		if counted := l.Waited[c.UUID]; counted || some {
			still[c.UUID] = true
			if !counted {
				l.Figures.WaitedWhileFree++
			}
		}
	}
	l.Waited = still
}
