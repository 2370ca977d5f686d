// Package models has the records of teams.
package models

// Team is a team.
type Team struct {
	ID                           int    `db:"id"`
	Name                         string `db:"name"`
	ConversationAssignmentType   string `db:"conversation_assignment_type"`
	MaxAutoAssignedConversations int    `db:"max_auto_assigned_conversations"`
}

// TeamMember is a member of a team.
type TeamMember struct {
	ID                 int    `db:"id"`
	AvailabilityStatus string `db:"availability_status"`
	TeamID             int    `db:"team_id"`
}
