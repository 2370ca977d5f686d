package libredesk

import (
	"encoding/json"
	"fmt"

	"evenhand"
)

// CursorStore keeps what the rotations remember, so that a restart changes nobody's turn. The bytes are the engine's own: keep them as
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
}

// claim is a decision, and whether it certainly was not written. Of one that is not lost nobody knows: the process ended, or the store
// reported an error, which Libredesk's also does for a notification that failed after the conversation was assigned.
type claim struct {
	evenhand.LostClaim
	Lost bool `json:"lost"`
}

// settle decides about the claims of which nobody knew: what still waits was not written.
func (s *state) settle(waiting []Conversation) {
	waits := make(map[string]bool, len(waiting))
	for _, c := range waiting {
		waits[c.UUID] = true
	}
	var lost []claim
	for _, c := range s.Claims {
		if !c.Lost && waits[c.Conversation] {
			c.Lost = true
		}
		if c.Lost {
			lost = append(lost, c)
		}
	}
	s.Claims = lost
}

// lostClaims returns those of the next plan, after settle.
func (s *state) lostClaims() []evenhand.LostClaim {
	var lost []evenhand.LostClaim
	for _, c := range s.Claims {
		lost = append(lost, c.LostClaim)
	}
	return lost
}

// planned returns the state once a plan is made: every decision of it open.
func planned(plan evenhand.Plan) state {
	next := state{Cursors: plan.Cursors}
	for _, d := range plan.Decisions {
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
