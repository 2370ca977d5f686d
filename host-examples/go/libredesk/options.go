package libredesk

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"evenhand"
)

// Option is an option of [New] and [NewShadow].
type Option func(*options)

type options struct {
	rule      evenhand.Assignment
	teamRules map[int]evenhand.Assignment
	// assignable are the availabilities that get new work; nil is the original's pool.
	assignable []string
	cursors    CursorStore
	planner    *evenhand.Planner
	closeWait  time.Duration
	agentName  func(agent int) string
	// seed returns another number for each plan; nil where newcomers join in the order in which the store lists them.
	seed func() uint64
}

// WithRule sets the rule for teams that are set to "Round robin". Without it that is round_robin.
func WithRule(rule evenhand.Assignment) Option {
	return func(o *options) { o.rule = rule }
}

// WithTeamRule sets the rule for one team, where that is set to "Round robin".
func WithTeamRule(teamID int, rule evenhand.Assignment) Option {
	return func(o *options) { o.teamRules[teamID] = rule }
}

// WithAssignable sets which availabilities get new conversations. Without it that is the original's pool: all but "away_manual" and
// "away_and_reassigning", so "online", "away" and "offline".
func WithAssignable(availabilities ...string) Option {
	// Not nil where there are none: nil is the original's pool.
	return func(o *options) { o.assignable = append([]string{}, availabilities...) }
}

// WithRecommendedPool gives new conversations to whoever is "online" or "away". Libredesk sets people "offline" itself after five minutes
// without activity; the original gives work to them, too.
func WithRecommendedPool() Option {
	return WithAssignable("online", "away")
}

// WithCursors keeps the cursors in a store, and with them what could not be written. Without it a restart begins with level turns. A
// [Shadow] keeps what it has seen there; it needs a store of its own.
func WithCursors(store CursorStore) Option {
	return func(o *options) { o.cursors = store }
}

// WithPlanner plans with a planner that is there already, and leaves it to the caller to close it.
func WithPlanner(planner *evenhand.Planner) Option {
	return func(o *options) { o.planner = planner }
}

// WithCloseWait sets how long Close waits for a store call that does not return. Without it that is ten seconds.
func WithCloseWait(wait time.Duration) Option {
	return func(o *options) { o.closeWait = wait }
}

// WithAgentName names people in the report of a [Shadow] whose name no [Member] has: since v0.7.4 Libredesk's own have none.
func WithAgentName(name func(agent int) string) Option {
	return func(o *options) { o.agentName = name }
}

// maxSeed is the largest integer of the wire.
const maxSeed = 1<<53 - 1

func newOptions(list []Option) (options, error) {
	o := options{
		rule:      evenhand.AssignmentRoundRobin,
		teamRules: map[int]evenhand.Assignment{},
		closeWait: 10 * time.Second,
		seed:      func() uint64 { return rand.Uint64() & maxSeed },
	}
	for _, option := range list {
		option(&o)
	}
	if !slices.Contains(rules, o.rule) {
		return o, fmt.Errorf("libredesk: `%s` is no rule", o.rule)
	}
	for team, rule := range o.teamRules {
		if !slices.Contains(rules, rule) {
			return o, fmt.Errorf("libredesk: `%s` is no rule for team %d", rule, team)
		}
	}
	return o, nil
}

// skipped are the availabilities that the original gives no work. It takes any other word, also one that nobody knows.
var skipped = []string{"away_manual", "away_and_reassigning"}

// served returns whether the original gives work to somebody of this availability.
func served(availability string) bool { return !slices.Contains(skipped, availability) }

// assigns returns whether somebody of this availability gets work here.
func (o *options) assigns(availability string) bool {
	if o.assignable == nil {
		return served(availability)
	}
	return slices.Contains(o.assignable, availability)
}

// rules are the assignments of a team that is not manual.
var rules = []evenhand.Assignment{
	evenhand.AssignmentRoundRobin,
	evenhand.AssignmentLeastLoaded,
	evenhand.AssignmentLeastRecent,
	evenhand.AssignmentLibredesk2025,
	evenhand.AssignmentLibredesk2026,
}
