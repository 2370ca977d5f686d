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
	rule       evenhand.Assignment
	teamRules  map[int]evenhand.Assignment
	assignable []string
	cursors    CursorStore
	planner    *evenhand.Planner
	closeWait  time.Duration
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

// WithAssignable sets which availabilities get new conversations. Without it that is "online"
// and "away", which Libredesk sets when somebody is idle.
func WithAssignable(availabilities ...string) Option {
	// Not nil where there are none: on the wire that would be "online" again.
	return func(o *options) { o.assignable = append([]string{}, availabilities...) }
}

// WithCursors keeps the cursors in a store, and with them what could not be written. Without it a restart begins with level turns.
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

// maxSeed is the largest integer of the wire.
const maxSeed = 1<<53 - 1

func newOptions(list []Option) (options, error) {
	o := options{
		rule:       evenhand.AssignmentRoundRobin,
		teamRules:  map[int]evenhand.Assignment{},
		assignable: []string{"online", "away"},
		closeWait:  10 * time.Second,
		seed:       func() uint64 { return rand.Uint64() & maxSeed },
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

// rules are the assignments of a team that is not manual.
var rules = []evenhand.Assignment{
	evenhand.AssignmentRoundRobin,
	evenhand.AssignmentLeastLoaded,
	evenhand.AssignmentLeastRecent,
	evenhand.AssignmentLibredesk2025,
	evenhand.AssignmentLibredesk2026,
}
