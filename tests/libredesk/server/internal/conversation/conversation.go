// Package conversation reads and assigns conversations.
package conversation

import (
	"github.com/abhinavxd/libredesk/internal/conversation/models"
	"github.com/jmoiron/sqlx"
)

// Manager reads and assigns conversations.
type Manager struct{ db *sqlx.DB }

// New returns a manager.
func New(db *sqlx.DB) *Manager { return &Manager{db} }

// GetUnassignedConversations lists what has a team and no agent, the oldest first.
func (m *Manager) GetUnassignedConversations() ([]models.Conversation, error) {
	var list []models.Conversation
	err := m.db.Select(&list, `SELECT uuid, created_at, assigned_team_id, 'email' AS inbox_channel, 'Mail' AS inbox_name
		FROM conversations WHERE assigned_user_id IS NULL AND assigned_team_id IS NOT NULL ORDER BY created_at, id`)
	return list, err
}

// ActiveUserConversationsCount counts the open conversations of an agent.
func (m *Manager) ActiveUserConversationsCount(userID int) (int, error) {
	var count int
	err := m.db.Get(&count, `SELECT count(*) FROM conversations JOIN conversation_statuses s ON s.id = status_id
		WHERE assigned_user_id = $1 AND category = 'open'`, userID)
	return count, err
}
