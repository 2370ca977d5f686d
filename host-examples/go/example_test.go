package evenhand_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"evenhand"
)

func Example() {
	ctx := context.Background()
	planner, err := evenhand.New(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer planner.Close(ctx)

	plan, err := planner.Plan(ctx, evenhand.Snapshot{
		Agents: []evenhand.Agent{
			{ID: "mia", Availability: "online", Load: new(2), Capacity: new(3)},
			{ID: "ben", Availability: "away", Load: new(0)},
		},
		Teams: []evenhand.Team{{
			ID: "billing", Assignment: evenhand.AssignmentRoundRobin,
			Members: []evenhand.Member{{Agent: "mia"}, {Agent: "ben"}},
		}},
		Conversations: []evenhand.Conversation{{ID: "c1", Team: "billing"}, {ID: "c2", Team: "billing"}},
		Cursors:       nil, // those of the last plan, as they were
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, decision := range plan.Decisions {
		if decision.Agent != nil {
			fmt.Println(decision.Conversation, "to", *decision.Agent, decision.Why)
		} else {
			fmt.Println(decision.Conversation, "waits", decision.Why)
		}
	}
	// Output:
	// c1 to mia only_candidate
	// c2 waits all_full
}

func ExamplePlanner_PlanJSON() {
	ctx := context.Background()
	planner, err := evenhand.New(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer planner.Close(ctx)

	_, err = planner.PlanJSON(ctx, []byte(`{"version": 1, "agents": [{"id": 7}]}`))
	var refused *evenhand.RefusedError
	if errors.As(err, &refused) {
		fmt.Println(refused.Code, refused.Path)
	}
	// Output: wrong_type /agents/0/id
}
