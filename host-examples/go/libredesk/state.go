package libredesk

import (
	"encoding/json"
	"fmt"

	"evenhand"
)

// CursorStore keeps what the rotations remember, and what could not be written, so that a restart changes nobody's turn. The bytes are the engine's own: keep them as
// they are, in a row, a file or a key. Load returns nil where nothing was saved yet.
type CursorStore interface {
	LoadCursors() ([]byte, error)
	SaveCursors(state []byte) error
}

// state is what the engine remembers from one tick to the next.
type state struct {
	Cursors []evenhand.Cursor `json:"cursors"`
	// Claims are the decisions of the last plan that are not known to be written, in the order of the plan.
	Claims []claim `json:"claims"`
	// Delays are the conversations, by uuid, that could not be written the last time they were tried.
	Delays map[string]delay `json:"delays"`
}

// claim is a decision, and whether it certainly was not written. Of one that is not lost nobody knows: the process ended, or the store
// reported an error, which Libredesk's also does for a notification that failed after the conversation was assigned.
type claim struct {
	evenhand.LostClaim
	Lost bool `json:"lost"`
	// Untried is one that is lost though nothing is wrong with it: its write was not tried, or the process ended. Its turn is given back,
	// and its conversation keeps its place.
	Untried bool `json:"untried,omitempty"`
	// Failed is one whose write reported an error.
	Failed bool `json:"failed,omitempty"`
}

// delay puts a conversation last, so that one that cannot be written again and again keeps nobody else waiting.
type delay struct {
	// Plans is how many plans it is served last in after the one that gives its turn back: 1 after the first loss, twice as many
	// after each further one.
	Plans int `json:"plans"`
	// Left is how many of them are to come.
	Left int `json:"left"`
}

// maxDelay is the largest delay, in plans.
const maxDelay = 64

// lose enters that a conversation could not be written once more.
func (s *state) lose(c *claim) {
	c.Lost = true
	plans := min(max(1, 2*s.Delays[c.Conversation].Plans), maxDelay)
	// The next plan has the claim itself.
	s.delay(c.Conversation, delay{plans, plans + 1})
}

func (s *state) delay(conversation string, d delay) {
	if s.Delays == nil {
		s.Delays = map[string]delay{}
	}
	s.Delays[conversation] = d
}

// settle decides about the claims of which nobody knew: what still waits was not written. The first time that a process ends in the middle
// of a tick, that is nothing against a conversation; the second time it may be the one that ends processes.
func (s *state) settle(waiting []Conversation) {
	waits := make(map[string]bool, len(waiting))
	for _, c := range waiting {
		waits[c.UUID] = true
	}
	var lost []claim
	for _, c := range s.Claims {
		if !c.Lost && waits[c.Conversation] {
			if _, before := s.Delays[c.Conversation]; before || c.Failed {
				s.lose(&c)
			} else {
				c.Lost, c.Untried = true, true
				s.delay(c.Conversation, delay{})
			}
		}
		if c.Lost {
			lost = append(lost, c)
		}
	}
	s.Claims = lost
}

// lostClaims returns those of the next plan, after settle: the decisions that were lost, and the conversations that are only put last.
func (s *state) lostClaims(waiting []evenhand.Conversation) []evenhand.LostClaim {
	var lost []evenhand.LostClaim
	listed := make(map[string]bool, len(s.Claims))
	for i, c := range s.Claims {
		if c.Untried {
			// By its own name the conversation would be served last, and its agent be asked last for it.
			c.Conversation = fmt.Sprintf("untried %d", i)
		}
		listed[c.Conversation] = true
		lost = append(lost, c.LostClaim)
	}
	for _, c := range waiting {
		if s.Delays[c.ID].Left > 0 && !listed[c.ID] {
			lost = append(lost, evenhand.LostClaim{Conversation: c.ID, Team: c.Team})
		}
	}
	return lost
}

// planned returns the state once a plan is made: every decision of it open, and of the delays those of conversations that still wait,
// in the plan or in the rest.
func (s *state) planned(plan evenhand.Plan, rest []Conversation) state {
	next := state{Cursors: plan.Cursors, Delays: map[string]delay{}}
	for _, c := range rest {
		if delayed, ok := s.Delays[c.UUID]; ok {
			next.Delays[c.UUID] = delayed
		}
	}
	for _, d := range plan.Decisions {
		if delayed, ok := s.Delays[d.Conversation]; ok {
			delayed.Left = max(0, delayed.Left-1)
			next.Delays[d.Conversation] = delayed
		}
		if d.Agent != nil {
			next.Claims = append(next.Claims, claim{LostClaim: evenhand.LostClaim(d)})
		}
	}
	return next
}

// stateVersion is that of the saved bytes.
const stateVersion = 1

type savedState struct {
	Version int `json:"version"`
	state
}

func (s state) encode() ([]byte, error) {
	return json.Marshal(savedState{stateVersion, s})
}

func decodeState(saved []byte) (state, error) {
	var s savedState
	if len(saved) == 0 {
		return s.state, nil
	}
	if err := json.Unmarshal(saved, &s); err != nil {
		return state{}, fmt.Errorf("the saved cursors cannot be read: %w", err)
	}
	if s.Version != stateVersion {
		return state{}, fmt.Errorf("the saved cursors are of version %d, this engine reads %d", s.Version, stateVersion)
	}
	return s.state, nil
}
