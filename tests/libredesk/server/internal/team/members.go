package team

import "github.com/abhinavxd/libredesk/internal/team/models"

// GetMembers lists the agents of a team.
func (m *Manager) GetMembers(id int) ([]models.TeamMember, error) {
	var list []models.TeamMember
	err := m.db.Select(&list, "SELECT users.id, availability_status, team_id "+members, id)
	return list, err
}
