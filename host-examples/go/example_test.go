package evenhand_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

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
			{ID: "mia", Availability: "online", Load: evenhand.Ptr(2), Capacity: evenhand.Ptr(3)},
			{ID: "ben", Availability: "away", Load: evenhand.Ptr(0)},
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

func ExampleNew() {
	folder, err := os.MkdirTemp("", "evenhand-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)

	ctx := context.Background()
	planner, err := evenhand.New(ctx,
		evenhand.WithInstances(2),
		evenhand.WithMemoryLimit(256<<20),
		evenhand.WithCache(filepath.Join(folder, "compiled")),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer planner.Close(ctx)

	// A plan that takes longer than this is given up.
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	plan, err := planner.Plan(ctx, evenhand.Snapshot{})
	fmt.Println(len(plan.Decisions), err)
	// Output: 0 <nil>
}

// A host keeps the cursors of one tick for the next, and hands back the decisions that it could not write.
func ExamplePlanner_Plan() {
	ctx := context.Background()
	planner, err := evenhand.New(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer planner.Close(ctx)

	desk := evenhand.Snapshot{
		Agents: []evenhand.Agent{
			{ID: "mia", Availability: "online", Load: evenhand.Ptr(0)},
			{ID: "ben", Availability: "online", Load: evenhand.Ptr(0)},
		},
		Teams: []evenhand.Team{{
			ID: "billing", Assignment: evenhand.AssignmentRoundRobin,
			Members: []evenhand.Member{{Agent: "mia"}, {Agent: "ben"}},
		}},
	}
	for _, id := range []string{"c1", "c2", "c3"} {
		desk.Conversations = []evenhand.Conversation{{ID: id, Team: "billing"}}
		plan, err := planner.Plan(ctx, desk)
		if err != nil {
			log.Fatal(err)
		}
		decision := plan.Decisions[0]
		fmt.Println(id, "to", *decision.Agent)

		desk.Cursors, desk.LostClaims = plan.Cursors, nil
		if id == "c2" { // somebody else was faster, so that ben has got nothing
			desk.LostClaims = []evenhand.LostClaim{evenhand.LostClaim(decision)}
		}
	}
	// Output:
	// c1 to mia
	// c2 to ben
	// c3 to ben
}

func ExamplePlanner_PlanJSON() {
	ctx := context.Background()
	planner, err := evenhand.New(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer planner.Close(ctx)

	plan, err := planner.PlanJSON(ctx, []byte(`{"version": 1, "agents": [], "teams": [], "conversations": []}`))
	fmt.Println(string(plan), err)

	_, err = planner.PlanJSON(ctx, []byte(`{"version": 1, "agents": [{"id": 7}]}`))
	var refused *evenhand.RefusedError
	if errors.As(err, &refused) {
		fmt.Println(refused.Code, refused.Path)
	}
	// Output:
	// {"version":1,"decisions":[],"waiting":[],"cursors":[],"loads":[]} <nil>
	// wrong_type /agents/0/id
}

func ExamplePlanner_Close() {
	ctx := context.Background()
	planner, err := evenhand.New(ctx)
	if err != nil {
		log.Fatal(err)
	}
	// Whoever plans has a minute to finish.
	ending, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	fmt.Println(planner.Close(ending))

	_, err = planner.Plan(ctx, evenhand.Snapshot{})
	fmt.Println(err == evenhand.ErrClosed)
	// Output:
	// <nil>
	// true
}
