package libredesk

import (
	"fmt"
	"testing"

	"evenhand"
	"evenhand/libredesk/internal/standin"
)

// benchDesk has 100 teams of 10 agents, everybody online, and 10,000 conversations waiting. There is room for all, by a limit or without one,
// or everybody is full.
func benchDesk(room string) *standin.Desk {
	const teams, members, waiting = 100, 10, 10_000
	d := standin.NewDesk()
	for team := 1; team <= teams; team++ {
		var list []int
		for i := range members {
			list = append(list, team*members+i)
		}
		limit := map[string]int{"unlimited": 0, "limited": 100, "full": 1}[room]
		if room == "full" {
			for _, agent := range list {
				d.Arrive(fmt.Sprintf("held%d", agent), team)
				d.Assign(fmt.Sprintf("held%d", agent), agent)
			}
		}
		d.SetTeam(standin.Team{ID: team, ConversationAssignmentType: standin.RoundRobin, MaxAutoAssignedConversations: limit}, list...)
		d.SetStatus(standin.Online, list...)
	}
	for i := range waiting {
		d.Arrive(uuid(i), i%teams+1)
	}
	return d
}

// BenchmarkTick is one tick of the original's pattern and of the engine on the same stores, whose calls take no time. calls/tick is how many
// there are.
func BenchmarkTick(b *testing.B) {
	planner, err := evenhand.New(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer planner.Close(b.Context())
	for _, room := range []string{"unlimited", "limited", "full"} {
		for _, who := range []string{"original", "drop-in", "drop-in-bulk"} {
			b.Run(room+"/"+who, func(b *testing.B) {
				calls := 0
				for b.Loop() {
					b.StopTimer()
					d := benchDesk(room)
					tick := benchTick(b, d, planner, who)
					d.Calls()
					b.StartTimer()
					if err := tick(); err != nil {
						b.Fatal(err)
					}
					b.StopTimer()
					for _, count := range d.Calls() {
						calls += count
					}
					b.StartTimer()
				}
				b.ReportMetric(float64(calls)/float64(b.N), "calls/tick")
			})
		}
	}
}

func benchTick(b *testing.B, d *standin.Desk, planner *evenhand.Planner, who string) func() error {
	manager := standin.NewConversationManager(d)
	if who == "original" {
		return standin.NewClaiming(&standin.TeamManager{Desk: d}, manager, standin.User{}).Tick
	}
	conversations := Claiming(manager, conversationOf, standin.ErrConversationAlreadyAssigned)
	if who == "drop-in-bulk" {
		conversations = Claiming(&standin.BulkManager{ConversationManager: manager}, conversationOf, standin.ErrConversationAlreadyAssigned)
	}
	e := newEngine(b, Teams(&standin.TeamManager{Desk: d}, teamOf, memberOf), conversations, WithPlanner(planner))
	return func() error { return e.Tick(b.Context()) }
}
