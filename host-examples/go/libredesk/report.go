package libredesk

import (
	"fmt"
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

	Libredesk Figures `json:"libredesk"`
	Evenhand  Figures `json:"evenhand"`
	// Agents are those who got something or were owed something, by id.
	Agents []AgentFigures `json:"agents"`
}

// Figures are those of one engine.
type Figures struct {
	// Assigned counts conversations.
	Assigned int `json:"assigned"`
	// Farthest is the greatest distance of any agent, at any time, between what they had received and what was owed to them.
	Farthest float64 `json:"farthest"`
	// LongestRun is the longest row of conversations of one team that one agent got though somebody else could have taken each.
	LongestRun int `json:"longest_run"`
	// WaitedWhileFree counts the conversations that were left waiting by a tick though somebody had room at its end.
	WaitedWhileFree int `json:"waited_while_free"`
	// NotCandidates counts the conversations that were given to somebody who was not assignable or had no room.
	NotCandidates int `json:"not_candidates"`
}

// AgentFigures are those of one agent under both engines. Owed is the agent's share of every conversation that was given to anybody
// while they could have taken it: one part in as many as could have.
type AgentFigures struct {
	Agent     int   `json:"agent"`
	Libredesk Share `json:"libredesk"`
	Evenhand  Share `json:"evenhand"`
}

// Share is what an agent received and what was owed to them, in conversations.
type Share struct {
	Received int     `json:"received"`
	Owed     float64 `json:"owed"`
}

// tally is the part of a report that is counted on the way.
type tally struct {
	Ticks, Failed, Same, Different, OnlyLibredesk, Unclear int
}

func (w *watch) report() Report {
	r := Report{
		Ticks: w.Ticks, Failed: w.Failed, Same: w.Same, Different: w.Different, OnlyLibredesk: w.OnlyLibredesk, Unclear: w.Unclear,
		Libredesk: w.libredesk.figures, Evenhand: w.evenhand.figures,
		Agents: []AgentFigures{},
	}
	var agents []int
	for _, l := range []*ledger{w.libredesk, w.evenhand} {
		for agent := range l.shares {
			agents = append(agents, agent)
		}
	}
	slices.Sort(agents)
	for _, agent := range slices.Compact(agents) {
		r.Agents = append(r.Agents, AgentFigures{agent, w.libredesk.share(agent), w.evenhand.share(agent)})
	}
	return r
}

// String returns the report as a table.
func (r Report) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d ticks watched, %d failed in the shadow, %d writes unclear\n", r.Ticks, r.Failed, r.Unclear)
	fmt.Fprintf(&text, "%d conversations to the same agent, %d to another, %d assigned by Libredesk alone\n\n",
		r.Same, r.Different, r.OnlyLibredesk)
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "\tLibredesk\tEvenhand\t\n")
	fmt.Fprintf(table, "assigned\t%d\t%d\t\n", r.Libredesk.Assigned, r.Evenhand.Assigned)
	fmt.Fprintf(table, "farthest from the share owed\t%.1f\t%.1f\t\n", r.Libredesk.Farthest, r.Evenhand.Farthest)
	fmt.Fprintf(table, "longest run to one agent\t%d\t%d\t\n", r.Libredesk.LongestRun, r.Evenhand.LongestRun)
	fmt.Fprintf(table, "waited while somebody was free\t%d\t%d\t\n", r.Libredesk.WaitedWhileFree, r.Evenhand.WaitedWhileFree)
	fmt.Fprintf(table, "given to somebody away or full\t%d\t%d\t\n\n", r.Libredesk.NotCandidates, r.Evenhand.NotCandidates)
	_ = table.Flush()
	table = tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "\tLibredesk\t\t\tEvenhand\t\t\t\n")
	fmt.Fprintf(table, "agent\treceived\towed\tby\treceived\towed\tby\t\n")
	for _, a := range r.Agents {
		fmt.Fprintf(table, "%d\t%d\t%.1f\t%+.1f\t%d\t%.1f\t%+.1f\t\n", a.Agent,
			a.Libredesk.Received, a.Libredesk.Owed, a.Libredesk.off(),
			a.Evenhand.Received, a.Evenhand.Owed, a.Evenhand.off())
	}
	_ = table.Flush()
	return text.String()
}

// off is how much more was received than owed.
func (s Share) off() float64 { return float64(s.Received) - s.Owed }

// ledger keeps the figures of one engine, in the same way for both.
type ledger struct {
	figures Figures
	shares  map[int]*Share
	runs    map[int]run
	// waited are the conversations that still wait and are counted already.
	waited map[string]bool
}

type run struct{ agent, length int }

func newLedger() *ledger {
	return &ledger{shares: map[int]*Share{}, runs: map[int]run{}, waited: map[string]bool{}}
}

func (l *ledger) share(agent int) Share {
	if s := l.shares[agent]; s != nil {
		return *s
	}
	return Share{}
}

func (l *ledger) of(agent int) *Share {
	s := l.shares[agent]
	if s == nil {
		s = &Share{}
		l.shares[agent] = s
	}
	return s
}

// give enters that an agent got a conversation of a team which these candidates could have taken.
func (l *ledger) give(team, agent int, candidates []int) {
	l.figures.Assigned++
	l.of(agent).Received++
	if !slices.Contains(candidates, agent) {
		l.figures.NotCandidates++
	}
	for _, candidate := range candidates {
		l.of(candidate).Owed += 1 / float64(len(candidates))
	}
	for _, changed := range append(candidates, agent) {
		l.figures.Farthest = max(l.figures.Farthest, math.Abs(l.of(changed).off()))
	}
	if len(candidates) < 2 {
		return
	}
	r := l.runs[team]
	if r.agent != agent {
		r = run{agent: agent}
	}
	r.length++
	l.runs[team] = r
	l.figures.LongestRun = max(l.figures.LongestRun, r.length)
}

// left enters what a tick has left waiting though somebody had room.
func (l *ledger) left(d *desk, r *reading, loads map[int]int, waits func(Conversation) bool) {
	free := map[int]bool{}
	still := map[string]bool{}
	for _, c := range r.waiting {
		if !waits(c) {
			continue
		}
		some, known := free[c.TeamID]
		if !known {
			some = len(d.candidates(r, c.TeamID, loads)) > 0
			free[c.TeamID] = some
		}
		if counted := l.waited[c.UUID]; counted || some {
			still[c.UUID] = true
			if !counted {
				l.figures.WaitedWhileFree++
			}
		}
	}
	l.waited = still
}
