"""Plans that serve the most, held to OR-Tools: the same conversations are served, or one line says where not.

A set of conversations that is best by weights that fall along the serving order is the only best one, and the one that `most` promises.
Who may take what is read from the snapshot here once more.
"""

import json
import random
import sys
from collections import Counter
from pathlib import Path

import numpy
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow
from ortools.sat.python import cp_model

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "host-examples/python"))

from evenhand import Evenhand  # noqa: E402

NOW = 1_000_000
SKILLS = ["german", "french", "billing", "network", "hardware", "legal"]
CHANNELS = ["chat", "mail", "phone"]
LARGE = 2**31 - 1
RULES = ["round_robin", "round_robin", "least_loaded", "least_recent"]
FLOWS, SOLVED = 2_000, 200


def desk(rng, most, limited):
    """Returns a snapshot of 10 to `most` conversations; `limited`, if there are channels and limits of teams."""
    waiting = rng.randint(10, most)
    people = rng.randint(3, 6 + waiting // 6)
    teams = [f"team {n}" for n in range(rng.randint(1, 6))]
    room = rng.uniform(0.5, 1.5) * waiting / people
    skilled, choosy, member = rng.uniform(0.2, 0.9), rng.uniform(0.1, 0.9), rng.uniform(0.2, 0.8)

    def agent(n):
        load = rng.randint(0, 6)
        listed = rng.sample(CHANNELS, rng.randint(0, len(CHANNELS))) if limited else []
        shares = [rng.randint(0, load) for _ in listed]
        return drop_none({
            "id": f"agent {n}",
            "availability": rng.choices(["online", "away", "offline"], [8, 1, 1])[0],
            "load": None if rng.random() < 0.02 else load,
            "capacity": load + rng.randint(0, round(2 * room)) if rng.random() < 0.9 else None,
            "max_new": rng.randint(0, round(2 * room)) if rng.random() < 0.3 else None,
            "skills": [{"skill": skill, "level": rng.randint(1, 3)} for skill in SKILLS if rng.random() < skilled],
            "channels": [
                drop_none({"channel": channel, "load": load, "capacity": rng.choice([None, load + rng.randint(0, 4)])})
                for channel, load in zip(listed, shares)
            ],
        }, keep="load")

    def team(id):
        return drop_none({
            "id": id,
            "assignment": rng.choice(RULES),
            "max_load": rng.randint(2, 6 + round(room)) if limited and rng.random() < 0.7 else None,
            "fallback": rng.choice([[], ["away"]]),
            "overflow": [{"team": rng.choice(teams), "after": rng.choice([0, 100, 1_000])} for _ in range(rng.randint(0, 2))],
            "members": [
                {"agent": f"agent {n}", "weight": rng.choice([1, 1, 2, 0]), "tier": rng.choice([0, 0, 1])}
                for n in range(people)
                if rng.random() < member
            ],
        })

    def conversation(n):
        some = lambda share: [f"agent {rng.randrange(people)}" for _ in range(2) if rng.random() < share]  # noqa: E731
        return drop_none({
            "id": f"conversation {n}",
            "team": rng.choice(teams),
            "channel": rng.choice([None, *CHANNELS]) if limited else None,
            "priority": rng.choice([0, 0, 0, 1, 5, -3]),
            "since": NOW - rng.choice([0, 50, 100, 2_000]),
            "needs": [
                drop_none({"skill": rng.choice(SKILLS), "level": rng.randint(1, 3), "relax_after": rng.choice([None, None, 100])})
                for _ in range(2)
                if rng.random() < choosy
            ],
            "preferred": some(0.1),
            "hold_for": rng.choice([None, None, 100]),
            "excluded": some(0.1),
            "held_by": rng.choice([None] * 9 + [f"agent {rng.randrange(people)}"]),
        })

    snapshot = {
        "version": 1,
        "now": NOW,
        "objective": "most",
        "agents": [agent(n) for n in range(people)],
        "teams": [team(id) for id in teams],
        "conversations": [conversation(n) for n in range(waiting)],
    }
    snapshot["lost_claims"] = [
        {"conversation": waits["id"], "team": waits["team"], "agent": "agent 0", "why": "turn"}
        for waits in snapshot["conversations"]
        if rng.random() < 0.02
    ]
    return snapshot


def drop_none(record, keep=None):
    return {name: value for name, value in record.items() if value is not None or name == keep}


def served_in_order(snapshot):
    """Returns the conversations in serving order."""
    lost = {claim["conversation"] for claim in snapshot["lost_claims"]}
    return sorted(snapshot["conversations"], key=lambda waits: (waits["id"] in lost, -waits["priority"]))


def ways(snapshot, waits):
    """Returns who may take a conversation, by which teams: pairs of an agent and a team."""
    agents = {agent["id"]: agent for agent in snapshot["agents"]}
    teams = {team["id"]: team for team in snapshot["teams"]}
    waited = snapshot["now"] - waits["since"]
    asked, own = {waits["team"]: 0}, teams[waits["team"]]
    for entry in own["overflow"]:
        asked.setdefault(entry["team"], entry["after"])
    gone = {*waits["excluded"], waits.get("held_by")}
    needs = [need for need in waits["needs"] if waited < need.get("relax_after", LARGE)]
    qualified = []
    for team in (teams[id] for id, after in asked.items() if waited >= after):
        for member in team["members"]:
            agent = agents[member["agent"]]
            levels = {known["skill"]: known["level"] for known in agent["skills"]}
            if member["weight"] and agent["id"] not in gone and all(levels.get(need["skill"], 0) >= need["level"] for need in needs):
                qualified.append((agent, team))
    wanted = set(waits["preferred"]) - gone
    if waited < waits.get("hold_for", 0) and any(agent["id"] in wanted for agent, _ in qualified):
        qualified = [(agent, team) for agent, team in qualified if agent["id"] in wanted]
    return [
        (agent, team)
        for agent, team in qualified
        if agent["load"] is not None and agent["availability"] in ["online", *team["fallback"]]
    ]


def room(agent):
    """Returns how many conversations an agent can take in all."""
    return max(0, min(agent.get("capacity", LARGE) - agent["load"], agent.get("max_new", LARGE)))


def best_by_flow(snapshot, order):
    """Returns what a flow of the least cost serves, in which a conversation costs its place in the serving order."""
    place = {agent["id"]: len(order) + 2 + n for n, agent in enumerate(snapshot["agents"])}
    source, sink = 0, len(order) + 1
    arcs = [(source, n, 1, n) for n in range(1, len(order) + 1)]
    for n, waits in enumerate(order, start=1):
        arcs += [(n, agent, 1, 0) for agent in sorted({place[agent["id"]] for agent, _ in ways(snapshot, waits)})]
    arcs += [(place[agent["id"]], sink, room(agent), 0) for agent in snapshot["agents"] if agent["load"] is not None]
    flow = SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(*numpy.array(arcs).T)
    flow.set_node_supply(source, len(order))
    flow.set_node_supply(sink, -len(order))
    assert flow.solve_max_flow_with_min_cost() == SimpleMinCostFlow.OPTIMAL
    return {waits["id"] for n, waits in enumerate(order) if flow.flow(n)}


def best_by_solver(snapshot, order):
    """Returns what CP-SAT serves, every limit written as the sum that it is."""
    model = cp_model.CpModel()
    taken, weighed = [], []
    for n, waits in enumerate(order):
        own = []
        for agent, team in ways(snapshot, waits):
            listed = {channel["channel"]: channel for channel in agent["channels"]}.get(waits.get("channel"))
            own.append((agent["id"], listed and listed["channel"], team.get("max_load", LARGE), model.new_bool_var("")))
        model.add_at_most_one(taker for *_, taker in own)
        taken += own
        weighed += [((len(order) - n), taker) for *_, taker in own]
    for agent in snapshot["agents"]:
        mine = [(channel, limit, taker) for id, channel, limit, taker in taken if id == agent["id"]]
        if not mine:
            continue
        model.add(sum(taker for *_, taker in mine) <= room(agent))
        for channel in agent["channels"]:
            by_it = sum(taker for by, _, taker in mine if by == channel["channel"])
            model.add(by_it <= max(0, channel.get("capacity", LARGE) - channel["load"]))
        for branch, load in [(None, agent["load"]), *((channel["channel"], channel["load"]) for channel in agent["channels"])]:
            for most in {limit for by, limit, _ in mine if by == branch and limit < LARGE}:
                within = sum(taker for by, limit, taker in mine if by == branch and limit <= most)
                model.add(within <= max(0, most - load))
    model.maximize(sum(weight * taker for weight, taker in weighed))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    chosen = iter(taken)
    return {
        waits["id"]
        for waits in order
        if any([solver.value(next(chosen)[-1]) for _ in ways(snapshot, waits)])
    }


def main():
    evenhand = Evenhand(ROOT / "dist/evenhand.core.wasm")
    seen = Counter()
    for n in range(FLOWS + SOLVED):
        limited = n >= FLOWS
        rng = random.Random(n)
        snapshot = desk(rng, 60 if limited else 300, limited)
        order = served_in_order(snapshot)
        best = (best_by_solver if limited else best_by_flow)(snapshot, order)
        plan = evenhand.plan(snapshot)
        served = {decision["conversation"] for decision in plan["decisions"] if decision["agent"] is not None}
        in_order = evenhand.plan({**snapshot, "objective": "in_order"})
        fewer = sum(decision["agent"] is not None for decision in in_order["decisions"])
        assert evenhand.check(snapshot, plan) == [], f"desk {n}"
        seen += Counter(desks=1, conversations=len(order), served=len(served), solved=limited, more=fewer < len(best), waits=len(best) < len(order))
        if served != best:
            seen["mismatches"] += 1
            print(f"desk {n}: {len(served)} served, {len(best)} could be; {json.dumps(snapshot)}")
    assert all(seen[what] for what in ("solved", "more", "waits")), seen
    print(
        f"{seen['desks']} desks ({seen['solved']} of them solved, with channels and limits of teams): {seen['served']} of "
        f"{seen['conversations']} conversations served, more than in order on {seen['more']} desks, {seen['mismatches']} mismatches"
    )
    sys.exit(seen["mismatches"] > 0)


if __name__ == "__main__":
    main()
