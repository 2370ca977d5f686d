package team

import umodels "github.com/abhinavxd/libredesk/internal/user/models"

// GetMembers lists the agents of a team.
func (m *Manager) GetMembers(id int) ([]umodels.User, error) {
	var list []umodels.User
	err := m.db.Select(&list, "SELECT users.id, availability_status, first_name, coalesce(last_name, '') AS last_name "+members, id)
	return list, err
}
