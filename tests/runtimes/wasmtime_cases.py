"""Every case of tests/cases/ through the component and through the core module, in wasmtime."""

import json
import sys
from pathlib import Path

from wasmtime import Engine, Linker, Module, Store, component

ROOT = Path(__file__).parents[2]
ENGINE = Engine()
CORE = Module.from_file(ENGINE, str(ROOT / "dist/evenhand.core.wasm"))
COMPONENT = component.Component.from_file(ENGINE, str(ROOT / "dist/evenhand.component.wasm"))


def through_component(text):
    """Returns the plan's bytes, or (code, path) of the refusal."""
    store = Store(ENGINE)
    instance = component.Linker(ENGINE).instantiate(store, COMPONENT)
    planner = instance.get_export_index(store, "evenhand:plugin/planner@1.0.0")
    plan = instance.get_func(store, instance.get_export_index(store, "plan", planner))
    answer = plan(store, text)
    return answer if isinstance(answer, bytes) else (answer.code, answer.path)


def through_core(text):
    """Returns the plan's bytes, or (code, path) of the refusal."""
    store = Store(ENGINE)
    exports = Linker(ENGINE).instantiate(store, CORE).exports(store)
    memory = exports["memory"]
    # An empty text has no buffer to stand in.
    text = text or b" "
    address = exports["evenhand_alloc"](store, len(text)) & 0xFFFFFFFF
    memory.write(store, text, address)
    packed = exports["evenhand_plan"](store, address, len(text)) & 0xFFFFFFFFFFFFFFFF
    start, length = packed >> 32, packed & 0xFFFFFFFF
    answer = bytes(memory.read(store, start, start + length))
    if answer.startswith(b'{"ok":'):
        return answer[len(b'{"ok":') : -1]
    error = json.loads(answer)["error"]
    return error["code"], error["path"]


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def main():
    files = sorted((ROOT / "tests/cases").glob("*/*.json"))
    wrong = 0
    for file in files:
        case = json.loads(file.read_text("utf-8"))
        text = case["text"] if "text" in case else compact(case["snapshot"])
        if "plan" in case:
            wanted = compact(case["plan"]).encode()
        else:
            wanted = case["error"]["code"], case["error"]["path"]
        for door in through_component, through_core:
            answer = door(text.encode())
            if answer != wanted:
                wrong += 1
                print(f"{file.relative_to(ROOT)}: {door.__name__}: {answer}, not {wanted}")
    print(f"{len(files)} cases through two doors, {wrong} wrong")
    return 0 if files and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
