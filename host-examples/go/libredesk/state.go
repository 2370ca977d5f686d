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
	// Lost are decisions that certainly were not written. Each gives its turn back in the next plan.
	Lost []evenhand.LostClaim `json:"lost_claims"`
	// Open are decisions of which nobody knows whether they were written: the process ended, or the store reported an error, which
	// Libredesk's also does for a notification that failed after the conversation was assigned.
	Open []claim `json:"open"`
}

type claim struct {
	Conversation string `json:"conversation"`
	Team         string `json:"team"`
	Agent        string `json:"agent"`
}

func (c claim) lost() evenhand.LostClaim {
	return evenhand.LostClaim{Team: c.Team, Agent: c.Agent}
}

// settle decides about the open claims: what still waits was not written.
func (s *state) settle(waiting []Conversation) {
	if len(s.Open) == 0 {
		return
	}
	waits := make(map[string]bool, len(waiting))
	for _, c := range waiting {
		waits[c.UUID] = true
	}
	for _, c := range s.Open {
		if waits[c.Conversation] {
			s.Lost = append(s.Lost, c.lost())
		}
	}
	s.Open = nil
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
