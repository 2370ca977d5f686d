"""The suite (README.md) through the component and through the core module, in wasmtime."""

import hashlib
import json
import struct
import sys
from importlib.metadata import version
from itertools import takewhile
from pathlib import Path

from wasmtime import Engine, Linker, Module, Store, component

DIST = Path(__file__).parents[2] / "dist"
ENGINE = Engine()
CORE = Module.from_file(ENGINE, str(DIST / "evenhand.core.wasm"))
COMPONENT = component.Component.from_file(ENGINE, str(DIST / "evenhand.component.wasm"))
SHOWN = 3
AROUND = 120


def through_component(snapshot):
    store = Store(ENGINE)
    instance = component.Linker(ENGINE).instantiate(store, COMPONENT)
    planner = instance.get_export_index(store, "evenhand:plugin/planner@1.0.0")
    plan = instance.get_func(store, instance.get_export_index(store, "plan", planner))
    answer = plan(store, snapshot)
    if isinstance(answer, bytes):
        return b'{"ok":' + answer + b"}"
    refusal = {"code": answer.code, "path": answer.path, "message": answer.message}
    return json.dumps({"error": refusal}, ensure_ascii=False, separators=(",", ":")).encode()


def through_core(snapshot):
    store = Store(ENGINE)
    exports = Linker(ENGINE).instantiate(store, CORE).exports(store)
    memory = exports["memory"]
    address = exports["evenhand_alloc"](store, len(snapshot)) & 0xFFFFFFFF
    memory.write(store, snapshot, address)
    packed = exports["evenhand_plan"](store, address, len(snapshot)) & 0xFFFFFFFFFFFFFFFF
    start, length = packed >> 32, packed & 0xFFFFFFFF
    return bytes(memory.read(store, start, start + length))


def parts(name):
    """Returns the parts of a file in which each stands after its length, four bytes in little endian."""
    file, at, all = (DIST / "suite" / name).read_bytes(), 0, []
    while at < len(file):
        (length,) = struct.unpack_from("<I", file, at)
        all.append(file[at + 4 : at + 4 + length])
        at += 4 + length
    if at != len(file):
        raise ValueError(f"the last part of {name} is cut off")
    return all


def run(door, ask, questions):
    """Asks one door everything, prints the outcome, and returns whether every answer is the wanted one."""
    digest, count, wrong = hashlib.sha256(), 0, 0
    for name, snapshot, wanted in questions:
        answer = ask(snapshot)
        count += 1
        digest.update(struct.pack("<I", len(answer)) + answer)
        if answer == wanted:
            continue
        wrong += 1
        if wrong <= SHOWN:
            at = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(answer, wanted)))
            around = slice(max(0, at - AROUND), at + AROUND)
            print(f"{door}: {name} differs at byte {at}\n  answer {answer[around]}\n  wanted {wanted[around]}")
    print(f"{door}: {count} answers, SHA-256 {digest.hexdigest()}" + (f", {wrong} WRONG" if wrong else ""))
    return count > 0 and not wrong


def main():
    names = (DIST / "suite/names.txt").read_text("utf-8").splitlines()
    inputs, answers = parts("inputs.bin"), parts("answers.bin")
    if not len(names) == len(inputs) == len(answers):
        raise ValueError(f"{len(inputs)} inputs, {len(answers)} answers, {len(names)} names")
    questions = list(zip(names, inputs, answers))
    runtime = f"wasmtime {version('wasmtime')} in Python"
    doors = {"component": through_component, "core module": through_core}
    right = [run(f"{runtime}, {name}", ask, questions) for name, ask in doors.items()]
    return 0 if all(right) else 1


if __name__ == "__main__":
    sys.exit(main())
