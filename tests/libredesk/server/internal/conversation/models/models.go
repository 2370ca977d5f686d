// Package models has the records of conversations.
package models

import (
	"time"

	"github.com/volatiletech/null/v9"
)

// Conversation is a conversation.
type Conversation struct {
	UUID           string    `db:"uuid"`
	CreatedAt      time.Time `db:"created_at"`
	AssignedTeamID null.Int  `db:"assigned_team_id"`
	InboxChannel   string    `db:"inbox_channel"`
	InboxName      string    `db:"inbox_name"`
}
