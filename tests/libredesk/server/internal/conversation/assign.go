package conversation

import (
	"errors"

	umodels "github.com/abhinavxd/libredesk/internal/user/models"
)

// ErrConversationAlreadyAssigned says that a claim came too late.
var ErrConversationAlreadyAssigned = errors.New("conversation already assigned")

// ClaimUnassignedConversation assigns what still has no agent and is in this team.
func (m *Manager) ClaimUnassignedConversation(uuid string, userID, expectedTeamID int, _ umodels.User) error {
	result, err := m.db.Exec(`UPDATE conversations SET assigned_user_id = $2
		WHERE uuid = $1 AND assigned_team_id = $3 AND assigned_user_id IS NULL`, uuid, userID, expectedTeamID)
	if err != nil {
		return err
	}
	if rows, err := result.RowsAffected(); err != nil || rows > 0 {
		return err
	}
	return ErrConversationAlreadyAssigned
}
