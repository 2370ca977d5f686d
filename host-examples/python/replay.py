#!/usr/bin/env python3
"""Replays a recording of the Node host under two rules, and shows what changes as a table and as a picture."""

import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from evenhand import Evenhand, Refused
from picture import draw
from recording import RecordingError, read

HERE = Path(__file__).parent
RULES = ["round_robin", "least_loaded", "least_recent", "libredesk_2025", "libredesk_2026"]


class Failed(Exception):
    """A tick that cannot be planned under one of the rules."""


class Side:
    """What one rule does with the ticks of a recording.

    Snapshots are held as they were: agents, loads, limits, the queue. What the rule remembers is its own: its cursors go
    on from tick to tick, and so do the decisions of its that did not come true. `diff` of the Node host does the same.
    """

    def __init__(self, rule, plan):
        self.rule, self.ask, self.plan = rule, plan, None
        self.got, self.waited = Counter(), defaultdict(set)

    def take(self, snapshot, lost, missing):
        """Plans the next snapshot; `missing` are the conversations whose last decision did not come true, `lost` those that were claimed."""
        teams = [t if t["assignment"] == "manual" else {**t, "assignment": self.rule} for t in snapshot["teams"]]
        own = {"teams": teams}
        if self.plan:
            self.count(missing)
            # A rotation whose cursor somebody took away begins anew under every rule.
            kept = {cursor["rotation"] for cursor in snapshot.get("cursors", [])}
            own["cursors"] = [cursor for cursor in self.plan["cursors"] if cursor["rotation"] in kept]
            own["lost_claims"] = [*self.served_last(snapshot, lost), *self.given_back(missing - lost)]
        self.plan = self.ask({**snapshot, **own})

    def served_last(self, snapshot, lost):
        """Returns lost claims of the conversations that were served last: where one was just lost, as this rule had it."""
        decisions = {d["conversation"]: d for d in self.plan["decisions"] if d["conversation"] in lost}
        claims = snapshot.get("lost_claims", [])
        return [decisions.get(c["conversation"], {"conversation": c["conversation"], "team": c["team"], "agent": None}) for c in claims]

    def given_back(self, left):
        """Returns lost claims of what this rule gave and the recorded one left waiting, which waits on."""
        given = [d for d in self.plan["decisions"] if d["agent"] is not None and d["conversation"] in left]
        # Nobody has lost a claim of it: the turn is to come back, and the conversation to keep its place. No id is negative.
        return [{**decision, "conversation": f"-{n}"} for n, decision in enumerate(given, 1)]

    def count(self, missing):
        for decision in self.plan["decisions"]:
            if decision["agent"] is None:
                self.waited[decision["team"], decision["why"]].add(decision["conversation"])
            elif decision["conversation"] not in missing:
                self.got[decision["agent"]] += 1


def compare(ticks, rules, plan):
    """Replays the ticks under both rules; returns both sides, and how many of how many decisions in how many ticks differ."""
    sides = [Side(rule, plan) for rule in rules]
    number = decisions = differ = 0
    lost = set()
    recorded = []
    for number, tick in enumerate(ticks, 1):
        snapshot = json.loads(tick["snapshot"])
        # Not taken then and waiting still: whoever another rule had given it to did not take it either.
        missing = lost | {d["conversation"] for d in recorded if d["agent"] is None} & {c["id"] for c in snapshot["conversations"]}
        for side in sides:
            try:
                side.take(snapshot, lost, missing)
            except Refused as refused:
                raise Failed(f"tick {tick['tick']} of {tick['time']} is refused under {side.rule}: {refused}") from refused
        pairs = list(zip(*(side.plan["decisions"] for side in sides)))
        decisions += len(pairs)
        differ += sum(one["agent"] != other["agent"] for one, other in pairs)
        lost = {d["conversation"] for d in tick["claim"]["lost"]}
        recorded = json.loads(tick["plan"])["decisions"]
    for side in sides:
        side.count(lost)
    return sides, f"{differ} of {decisions} decisions in {number} ticks differ"


def tables(sides):
    """Returns who gets how many and who waits why, a line each."""
    names = [side.rule for side in sides]
    rows = [["agent", *names, "difference"]]
    for agent in sorted(set().union(*(side.got for side in sides)), key=natural):
        one, other = (side.got[agent] for side in sides)
        rows.append([agent, one, other, f"{other - one:+}" if other != one else 0])
    yield "conversations that each agent got"
    yield from columns(rows, 1)
    rows = [["team", "waits because", *names]]
    for group in sorted(set().union(*(side.waited for side in sides)), key=lambda group: [natural(part) for part in group]):
        rows.append([*group, *(len(side.waited.get(group, ())) for side in sides)])
    if len(rows) > 1:
        yield "conversations that waited at least once"
        yield from columns(rows, 2)


def natural(text):
    """Sorts ids with numbers in them by number."""
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in re.split(r"([0-9]+)", text)]


def columns(rows, texts):
    """Yields the rows as lines: the first columns are texts, the others numbers."""
    widths = [max(len(str(cell)) for cell in column) for column in zip(*rows)]
    for row in rows:
        cells = [f"{cell!s:<{width}}" if i < texts else f"{cell!s:>{width}}" for i, (cell, width) in enumerate(zip(row, widths))]
        yield "  ".join(cells)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recording", nargs="?", type=Path, default=HERE / "sample", help="its folder; the sample here, unless told otherwise")
    parser.add_argument("--rule", dest="rules", action="append", choices=RULES, help="twice; libredesk_2025 and round_robin, unless told otherwise")
    parser.add_argument("--picture", type=Path, default=HERE / "replay.png", help="where the picture goes, by its ending a PNG, an SVG or a PDF; replay.png here, unless told otherwise")
    parser.add_argument("--module", type=Path, default=HERE / "../../dist/evenhand.core.wasm", help="the core module; `cargo xtask modules` builds it")
    options = parser.parse_args(arguments)
    rules = options.rules or ["libredesk_2025", "round_robin"]
    if len(rules) != 2:
        parser.error("two rules are compared: --rule A --rule B")
    if not options.module.is_file():
        parser.error(f"there is no module at {options.module}: `cargo xtask modules` builds it")
    try:
        ticks = read(options.recording, lambda line: print(line, file=sys.stderr))
        sides, difference = compare(ticks, rules, Evenhand(options.module).plan)
    except RecordingError as error:
        parser.exit(2, f"error: {error}\n")
    except Failed as error:
        parser.exit(1, f"error: {error}\n")
    print(*tables(sides), sep="\n")
    print(difference)
    print("agents, loads, limits and queues are those of the recording in every tick; each rule goes on with its own cursors")
    draw(sides, options.picture)
    print(f"picture: {options.picture}")


if __name__ == "__main__":
    main()
