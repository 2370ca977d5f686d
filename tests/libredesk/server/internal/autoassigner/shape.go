package autoassigner

import (
	"github.com/abhinavxd/libredesk/internal/conversation/models"
	tmodels "github.com/abhinavxd/libredesk/internal/team/models"
	umodels "github.com/abhinavxd/libredesk/internal/user/models"
)

type member = tmodels.TeamMember

type conversationStore interface {
	GetUnassignedConversations() ([]models.Conversation, error)
	ActiveUserConversationsCount(userID int) (int, error)
	ClaimUnassignedConversation(uuid string, userID, expectedTeamID int, user umodels.User) error
}

func (e *Engine) write(c models.Conversation, agent int) error {
	return e.store.ClaimUnassignedConversation(c.UUID, agent, c.AssignedTeamID.Int, e.system)
}
