package libredesk

import (
	"encoding/json"
	"fmt"

	"evenhand"
)

// memory is what a shadow remembers from one tick to the next, and with a store from one process to the next.
type memory struct {
	Cursors []evenhand.Cursor `json:"cursors"`
	// Held are the shadow's picks of conversations that the old engine has left waiting since.
	Held      map[string]pick `json:"held"`
	Libredesk *ledger         `json:"libredesk"`
	Evenhand  *ledger         `json:"evenhand"`
	tally
	TeamNames  map[int]string `json:"team_names"`
	AgentNames map[int]string `json:"agent_names"`
}

type pick struct {
	Team  int `json:"team"`
	Agent int `json:"agent"`
}

func newMemory() memory {
	return memory{
		Held: map[string]pick{}, Libredesk: newLedger(), Evenhand: newLedger(),
		TeamNames: map[int]string{}, AgentNames: map[int]string{},
	}
}

// shadowVersion is that of the saved bytes, which are no state of an engine.
const shadowVersion = 1

type savedMemory struct {
	Shadow int `json:"shadow"`
	memory
}

func (m memory) encode() ([]byte, error) {
	return json.Marshal(savedMemory{shadowVersion, m})
}

func decodeMemory(saved []byte) (memory, error) {
	s := savedMemory{memory: newMemory()}
	if len(saved) == 0 {
		return s.memory, nil
	}
	if err := json.Unmarshal(saved, &s); err != nil {
		return newMemory(), fmt.Errorf("what the shadow has saved cannot be read: %w", err)
	}
	if s.Shadow != shadowVersion {
		return newMemory(), fmt.Errorf("what is saved is of version %d of a shadow, this one reads %d", s.Shadow, shadowVersion)
	}
	return s.memory, nil
}

// load reads what was saved, once.
func (w *watch) load() error {
	if w.loaded || w.store == nil {
		return nil
	}
	saved, err := w.store.LoadCursors()
	if err != nil {
		return fmt.Errorf("loading what the shadow has seen: %w", err)
	}
	if w.memory, err = decodeMemory(saved); err != nil {
		w.log.Error("error in the shadow of the autoassigner, it begins anew", "error", err)
	}
	w.loaded = true
	return nil
}

// save keeps what was seen of the ticks that are over. Nothing is saved before something was loaded.
func (w *watch) save() {
	if w.store == nil || !w.loaded {
		return
	}
	saved, err := w.encode()
	if err == nil {
		err = w.store.SaveCursors(saved)
	}
	if err != nil {
		w.log.Error("error saving what the shadow has seen", "error", err)
	}
}
