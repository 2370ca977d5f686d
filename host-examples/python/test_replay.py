"""The program over the sample recording and over broken ones."""

import gzip
import json
import re
import struct
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest
from evenhand import Evenhand, Refused
from replay import RULES, main

HERE = Path(__file__).parent
SAMPLE = HERE / "sample/000001.jsonl.gz"

Done = namedtuple("Done", "returncode stdout stderr")


@pytest.fixture
def picture(tmp_path):
    return tmp_path / "picture.png"


@pytest.fixture(autouse=True)
def checked(monkeypatch):
    """Checks every plan that a test makes in this process."""
    plan = Evenhand.plan

    def sound(self, snapshot):
        planned = plan(self, snapshot)
        assert self.check(snapshot, planned) == []
        return planned

    monkeypatch.setattr(Evenhand, "plan", sound)


def test_what_is_wrong_with_a_plan_is_found():
    evenhand = Evenhand(HERE / "../../dist/evenhand.core.wasm")
    snapshot = {"version": 1, "agents": [], "teams": [], "conversations": [{"id": "c", "team": "t"}]}
    plan = evenhand.plan(snapshot)
    plan["decisions"][0]["why"] = "all_full"
    assert [(found["code"], found["path"]) for found in evenhand.check(snapshot, plan)][0] == ("wait_reason", "/decisions/0/why")
    with pytest.raises(Refused) as refused:
        evenhand.check(snapshot, {})
    assert refused.value.path == "/plan/version"


@pytest.fixture
def replay(capsys, picture):
    """Runs the program in this process; a new one spends a second on its imports."""

    def run(folder, *options):
        try:
            main([str(folder), "--picture", str(picture), *options])
            code = 0
        except SystemExit as end:
            code = end.code
        return Done(code, *capsys.readouterr())

    return run


def sections(output):
    """Returns the rows of the two tables, without their heads, by what stands above."""
    found = {}
    for line in output.splitlines():
        if line.startswith("conversations that "):
            rows = found[line] = []
        elif re.match(r"(agent|team) ", line):
            head = True
        elif found and re.match(r"\d+ of ", line):
            break
        elif found:
            rows.append(line.split())
    assert head
    return found["conversations that each agent got"], found["conversations that waited at least once"]


def test_the_sample_gives_exactly_these_tables(picture):
    command = [sys.executable, HERE / "replay.py", "--picture", picture]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=300)
    assert done.stderr == ""
    assert done.returncode == 0
    *lines, last = done.stdout.splitlines()
    assert lines == (HERE / "sample/expected.txt").read_text("utf-8").splitlines()
    assert last == f"picture: {picture}"


def test_the_readme_shows_what_is_printed():
    shown = re.search(r"```console\n\$ [^\n]*\n(.*?)```", (HERE / "README.md").read_text("utf-8"), re.S)[1].splitlines()
    printed = (HERE / "sample/expected.txt").read_text("utf-8").splitlines()
    assert len(shown) > 20
    assert [line for line in shown if line not in [*printed, "...", "picture: /home/you/evenhand/host-examples/python/replay.png"]] == []


def test_the_picture_is_a_png_with_something_in_it(replay, picture):
    assert replay(HERE / "sample").returncode == 0
    data = picture.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", data[16:24]) == (945, 657)
    assert len(data) > 50_000


def test_the_rules_are_those_of_the_engine():
    codes = (HERE / "../../tests/codes.txt").read_text(encoding="utf-8").splitlines()
    assert [code for kind, code in map(str.split, codes) if kind == "rule"] == RULES


@pytest.mark.parametrize("rule", RULES)
def test_the_node_host_counts_the_same(rule, tmp_path, replay):
    other = "round_robin" if rule != "round_robin" else "least_loaded"
    write(tmp_path, eventful())
    ours = sections(replay(tmp_path, "--rule", rule, "--rule", other).stdout)
    command = ["node", HERE / "../node/main.mjs", "diff", tmp_path, "--rule", rule]
    node = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=300, check=True)
    theirs = sections(node.stdout)
    # The column of `rule` is the second in ours and the third in theirs; whoever has nothing may be missing.
    assert got(ours[0], 1) == got(theirs[0], 2) != {}
    assert waited(ours[1], 2) == waited(theirs[1], 3) != {}


def eventful():
    """Returns the sample with claims that were lost, a tick that wrote nothing, and a team that lost its cursor."""
    recorded = ticks()
    taken = [decision for decision in json.loads(recorded[0]["plan"])["decisions"] if decision["agent"]]
    recorded[0]["claim"]["lost"] = taken[::3]
    recorded[3]["claim"]["won"] = False
    snapshot = json.loads(recorded[5]["snapshot"])
    snapshot["cursors"] = snapshot["cursors"][1:]
    recorded[5]["snapshot"] = json.dumps(snapshot)
    return recorded


def got(rows, column):
    return {row[0]: row[column] for row in rows if row[column] != "0"}


def waited(rows, column):
    return {(row[0], row[1]): row[column] for row in rows if row[column] != "0"}


def ticks():
    with gzip.open(SAMPLE, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def write(folder, ticks, tail=b"", name="000001.jsonl.gz"):
    """Writes a recording as the host does, each line in a member of its own."""
    members = [gzip.compress(f"{json.dumps(tick)}\n".encode()) for tick in ticks]
    (folder / name).write_bytes(b"".join(members) + tail)


def test_a_folder_that_is_none_or_has_no_recording_is_named(tmp_path, replay):
    for folder, what in (tmp_path / "nowhere", "is no folder"), (tmp_path, "there is no recording in"):
        done = replay(folder)
        assert done.returncode == 2
        assert done.stderr.startswith("error: ")
        assert what in done.stderr and str(folder) in done.stderr


def test_another_format_is_refused(tmp_path, replay):
    write(tmp_path, [{**ticks()[0], "recording": 2}])
    done = replay(tmp_path)
    assert (done.returncode, done.stderr) == (2, "error: 000001.jsonl.gz is of format 2, and this reads format 1\n")


@pytest.mark.parametrize(
    ("tail", "complaint"),
    [
        (gzip.compress(b'{"recording": 1, "tick": 4}\n')[:-9], "000001.jsonl.gz: line 4 is cut off, as a host that was killed leaves it"),
        (gzip.compress(b"no line\n"), "000001.jsonl.gz: line 4 is damaged, and left out"),
        (gzip.compress(b'{"recording": 1}\n'), "000001.jsonl.gz: line 4 is damaged, and left out"),
        (b"no gzip at all", "000001.jsonl.gz: damaged from line 4 on, and the rest of it left out"),
    ],
)
def test_what_is_broken_is_said_and_the_rest_is_replayed(tmp_path, replay, tail, complaint):
    write(tmp_path, ticks()[:3], tail)
    # A file of its own goes on.
    write(tmp_path, ticks()[3:5], name="000002.jsonl.gz")
    done = replay(tmp_path)
    assert (done.returncode, done.stderr) == (0, complaint + "\n")
    assert re.search(r"\d+ of \d+ decisions in 5 ticks differ", done.stdout)


def test_ticks_that_wrote_nothing_are_left_out(tmp_path, replay):
    lost = {"won": False, "claimed": 0, "lost": []}
    write(tmp_path, [{**tick, "claim": claim} for tick, claim in zip(ticks(), (lost, None))])
    done = replay(tmp_path)
    assert done.returncode == 2
    assert done.stderr == f"error: no tick of the recording in {tmp_path} wrote a plan\n"


def test_a_claim_that_was_lost_counts_for_nobody_and_gives_its_turn_back(tmp_path, replay):
    first, second = ticks()[:2]
    lost = [decision for decision in json.loads(first["plan"])["decisions"] if decision["agent"]][:1]
    whole, without = tmp_path / "whole", tmp_path / "without"
    for folder, claim in (whole, first["claim"]), (without, {**first["claim"], "lost": lost}):
        folder.mkdir()
        write(folder, [{**first, "claim": claim}])
    totals = [
        [sum(int(row[column]) for row in sections(replay(folder).stdout)[0]) for column in (1, 2)]
        for folder in (whole, without)
    ]
    assert totals[1] == [total - 1 for total in totals[0]]


def test_a_refusal_says_which_tick_with_code_and_path(tmp_path, replay, picture):
    first, second = ticks()[:2]
    snapshot = {**json.loads(second["snapshot"]), "moment": 1}
    write(tmp_path, [first, {**second, "snapshot": json.dumps(snapshot)}])
    done = replay(tmp_path)
    assert done.returncode == 1
    start = f'error: tick 2 of {second["time"]} is refused under libredesk_2025: unknown_field at "/moment": '
    assert done.stderr.startswith(start)
    assert not picture.exists()


def test_two_rules_are_needed(replay):
    done = replay(HERE / "sample", "--rule", "round_robin")
    assert done.returncode == 2
    assert "two rules are compared" in done.stderr
