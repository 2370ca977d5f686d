// Package user reads users.
package user

import (
	"github.com/abhinavxd/libredesk/internal/user/models"
	"github.com/jmoiron/sqlx"
)

// Manager reads users.
type Manager struct{ db *sqlx.DB }

// New returns a manager.
func New(db *sqlx.DB) *Manager { return &Manager{db} }

// GetSystemUser returns the user in whose name the server acts.
func (m *Manager) GetSystemUser() (models.User, error) {
	return models.User{FirstName: "System"}, nil
}

// GetAgent returns an agent. The stand-in knows ids only.
func (m *Manager) GetAgent(id int, _ string) (models.User, error) {
	var user models.User
	err := m.db.Get(&user, "SELECT id, first_name, coalesce(last_name, '') AS last_name, availability_status FROM users WHERE id = $1", id)
	return user, err
}
