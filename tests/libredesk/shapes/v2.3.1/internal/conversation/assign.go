package conversation

import umodels "github.com/abhinavxd/libredesk/internal/user/models"

// UpdateConversationUserAssignee assigns whatever it is told to.
func (m *Manager) UpdateConversationUserAssignee(uuid string, assigneeID int, _ umodels.User) error {
	_, err := m.db.Exec("UPDATE conversations SET assigned_user_id = $2 WHERE uuid = $1", uuid, assigneeID)
	return err
}
