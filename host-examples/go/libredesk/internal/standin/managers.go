package standin

import "errors"

// TeamManager is the team manager since team members have a model of their own.
type TeamManager struct{ Desk *Desk }

// GetAll is there.
func (m *TeamManager) GetAll() (list []Team, err error) {
	err = m.Desk.call(Call{Method: "GetAll"}, func() error {
		list = append(list, m.Desk.teams...)
		return nil
	})
	return list, err
}

// GetMembers is there.
func (m *TeamManager) GetMembers(id int) (list []TeamMember, err error) {
	err = m.Desk.call(Call{Method: "GetMembers", Team: id}, func() error {
		for _, user := range m.Desk.members[id] {
			list = append(list, TeamMember{user, m.Desk.status[user], id})
		}
		return nil
	})
	return list, err
}

// UserTeamManager is the team manager before: its members are users.
type UserTeamManager struct{ Desk *Desk }

// GetAll is there.
func (m *UserTeamManager) GetAll() ([]Team, error) { return (&TeamManager{m.Desk}).GetAll() }

// GetMembers is there.
func (m *UserTeamManager) GetMembers(id int) ([]User, error) {
	members, err := (&TeamManager{m.Desk}).GetMembers(id)
	var list []User
	for _, member := range members {
		list = append(list, User{ID: member.ID, FirstName: m.Desk.names[member.ID], AvailabilityStatus: member.AvailabilityStatus})
	}
	return list, err
}

// UpdatingManager is the conversation manager before v2.4.0.
type UpdatingManager struct{ Desk *Desk }

// GetUnassignedConversations is there.
func (m *UpdatingManager) GetUnassignedConversations() (list []Conversation, err error) {
	err = m.Desk.call(Call{Method: "GetUnassignedConversations"}, func() error {
		list = m.Desk.unassigned()
		return nil
	})
	return list, err
}

// ActiveUserConversationsCount is there.
func (m *UpdatingManager) ActiveUserConversationsCount(userID int) (count int, err error) {
	err = m.Desk.call(Call{Method: "ActiveUserConversationsCount", User: userID}, func() error {
		count = m.Desk.counts[userID]
		return nil
	})
	return count, err
}

// UpdateConversationUserAssignee is there.
func (m *UpdatingManager) UpdateConversationUserAssignee(uuid string, assigneeID int, _ User) error {
	return m.Desk.call(Call{Method: "UpdateConversationUserAssignee", UUID: uuid, User: assigneeID}, func() error {
		r := m.Desk.rows[uuid]
		if r == nil {
			return errors.New("no such conversation")
		}
		m.Desk.assign(r, assigneeID)
		return nil
	})
}

// ConversationManager is the conversation manager since v2.4.0. The update is still there, for people.
type ConversationManager struct{ UpdatingManager }

// NewConversationManager returns the manager of a desk.
func NewConversationManager(desk *Desk) *ConversationManager {
	return &ConversationManager{UpdatingManager{desk}}
}

// ClaimUnassignedConversation is there since v2.4.0.
func (m *ConversationManager) ClaimUnassignedConversation(uuid string, assigneeID, expectedTeamID int, _ User) error {
	return m.Desk.call(Call{"ClaimUnassignedConversation", uuid, assigneeID, expectedTeamID}, func() error {
		r := m.Desk.rows[uuid]
		if r == nil || r.AssignedUserID.Valid || r.AssignedTeamID.Int != expectedTeamID {
			return ErrConversationAlreadyAssigned
		}
		m.Desk.assign(r, assigneeID)
		return nil
	})
}

// BulkManager is a conversation manager to which somebody has added the one call that counts for many.
type BulkManager struct{ *ConversationManager }

// ActiveUserConversationsCounts leaves out those who have none, as GROUP BY does.
func (m *BulkManager) ActiveUserConversationsCounts(userIDs []int) (map[int]int, error) {
	counts := map[int]int{}
	err := m.Desk.call(Call{Method: "ActiveUserConversationsCounts"}, func() error {
		for _, user := range userIDs {
			if count := m.Desk.counts[user]; count > 0 {
				counts[user] = count
			}
		}
		return nil
	})
	return counts, err
}
