// Package team reads teams.
package team

import (
	"github.com/abhinavxd/libredesk/internal/team/models"
	"github.com/jmoiron/sqlx"
)

// Manager reads teams and their members.
type Manager struct{ db *sqlx.DB }

// New returns a manager.
func New(db *sqlx.DB) *Manager { return &Manager{db} }

// GetAll lists the teams.
func (m *Manager) GetAll() ([]models.Team, error) {
	var teams []models.Team
	err := m.db.Select(&teams, "SELECT id, name, conversation_assignment_type, max_auto_assigned_conversations FROM teams ORDER BY id")
	return teams, err
}

const members = `FROM users JOIN team_members ON user_id = users.id
WHERE team_id = $1 AND enabled AND deleted_at IS NULL AND type = 'agent' ORDER BY users.id`
