package autoassigner

import (
	"github.com/abhinavxd/libredesk/internal/conversation/models"
	umodels "github.com/abhinavxd/libredesk/internal/user/models"
)

type member = umodels.User

type conversationStore interface {
	GetUnassignedConversations() ([]models.Conversation, error)
	ActiveUserConversationsCount(userID int) (int, error)
	UpdateConversationUserAssignee(uuid string, userID int, user umodels.User) error
}

func (e *Engine) write(c models.Conversation, agent int) error {
	return e.store.UpdateConversationUserAssignee(c.UUID, agent, e.system)
}
