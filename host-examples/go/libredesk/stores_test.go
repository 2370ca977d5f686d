package libredesk

import (
	"log/slog"
	"maps"
	"slices"
	"testing"

	"evenhand/libredesk/internal/standin"
)

// The managers of both versions satisfy the interfaces as they are, and the loggers do.
var (
	_ TeamStore[standin.Team, standin.TeamMember]                                       = (*standin.TeamManager)(nil)
	_ TeamStore[standin.Team, standin.User]                                             = (*standin.UserTeamManager)(nil)
	_ UpdatingStore[standin.Conversation, standin.User]                                 = (*standin.UpdatingManager)(nil)
	_ ClaimingStore[standin.Conversation, standin.User]                                 = (*standin.ConversationManager)(nil)
	_ ConversationStore[standin.Conversation]                                           = (*standin.ConversationManager)(nil)
	_ BulkCounter                                                                       = (*standin.BulkManager)(nil)
	_ Logger                                                                            = (*slog.Logger)(nil)
	_ standin.ClaimingStore                                                             = (*Shadow[standin.Conversation, standin.User])(nil)
	_ standin.UpdatingStore                                                             = (*Shadow[standin.Conversation, standin.User])(nil)
	_ TeamStore[Team, Member]                                                           = Teams(&standin.TeamManager{}, teamOf, memberOf)
	_ func(*standin.UpdatingManager) *Conversations[standin.Conversation, standin.User] = func(m *standin.UpdatingManager) *Conversations[standin.Conversation, standin.User] {
		return Updating(m, conversationOf)
	}
)

// A store of either version gives the same desk and takes the same picks.
func TestEitherVersionIsServed(t *testing.T) {
	for name, build := range map[string]func(*standin.Desk) *Engine{
		"since v2.4.0": func(d *standin.Desk) *Engine {
			return newEngine(t, Teams(&standin.TeamManager{Desk: d}, teamOf, memberOf),
				Claiming(standin.NewConversationManager(d), conversationOf, standin.ErrConversationAlreadyAssigned))
		},
		"before": func(d *standin.Desk) *Engine {
			return newEngine(t, Teams(&standin.UserTeamManager{Desk: d}, teamOf, userOf),
				Updating(&standin.UpdatingManager{Desk: d}, conversationOf))
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(2)
			arrive(d, 1, "c1", "c2", "c3", "c4")
			tick(t, build(d))
			if got := assignees(d, "c1", "c2", "c3", "c4"); !slices.Equal(got, []int{1, 2, 1, 2}) {
				t.Errorf("%v", got)
			}
		})
	}
}

// What a tick asks of the stores is known beforehand, and does not grow with what waits.
func TestATickMakesNoCallTooMany(t *testing.T) {
	const teams, members = 4, 3
	for _, bulk := range []bool{false, true} {
		for _, waiting := range []int{0, 1, teams, 500} {
			d := standin.NewDesk()
			agent := 0
			for team := 1; team <= teams; team++ {
				var list []int
				for range members {
					agent++
					list = append(list, agent)
				}
				limit := 20
				if team == teams {
					limit = 0
				}
				d.SetTeam(standin.Team{ID: team, ConversationAssignmentType: standin.RoundRobin, MaxAutoAssignedConversations: limit}, list...)
				d.SetStatus(standin.Online, list...)
			}
			d.SetTeam(standin.Team{ID: 99, ConversationAssignmentType: standin.Manual}, 1)
			// Somebody is in two teams, and somebody is away: neither costs a call.
			d.SetTeam(standin.Team{ID: 1, ConversationAssignmentType: standin.RoundRobin, MaxAutoAssignedConversations: 20}, 1, 2, 3, 4, 77)
			d.SetStatus(standin.AwayManual, 77)
			for i := range waiting {
				d.Arrive(uuid(i), i%teams+1)
			}
			manager := standin.NewConversationManager(d)
			conversations := Claiming(manager, conversationOf, standin.ErrConversationAlreadyAssigned)
			if bulk {
				conversations = Claiming(&standin.BulkManager{ConversationManager: manager}, conversationOf, standin.ErrConversationAlreadyAssigned)
			}
			tick(t, newEngine(t, Teams(&standin.TeamManager{Desk: d}, teamOf, memberOf), conversations))
			want := map[string]int{"GetAll": 1, "GetMembers": teams, "GetUnassignedConversations": 1}
			asked := map[int]int{0: 0, 1: members + 1, teams: teams * members, 500: teams * members}[waiting]
			switch {
			case asked > 0 && bulk:
				want["ActiveUserConversationsCounts"] = 1
			case asked > 0:
				want["ActiveUserConversationsCount"] = asked
			}
			// A count before each write where the team has a limit; team 4 has none.
			writes := map[int]int{0: 0, 1: 1, teams: teams, 500: 3*members*20 + 125}[waiting]
			if writes > 0 {
				want["ClaimUnassignedConversation"] = writes
				want["ActiveUserConversationsCount"] += map[int]int{1: 1, teams: teams - 1, 500: writes - 125}[waiting]
			}
			if got := d.Calls(); !maps.Equal(got, want) {
				t.Errorf("%d waiting, bulk %v: %v, expected %v", waiting, bulk, got, want)
			}
		}
	}
}
