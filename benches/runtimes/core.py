"""The child for Python, as README.md beside it says: the core module in wasmtime, `python core.py MODULE`."""

import json
import sys
import tempfile
from pathlib import Path
from time import perf_counter_ns

from wasmtime import Config, Engine, Instance, Module, Store


class Core:
    """An instance that answers one call after the other."""

    def __init__(self, engine, module, fuel=None):
        self.store = Store(engine)
        if fuel:
            self.store.set_fuel(fuel)
        self.exports = Instance(self.store, module, []).exports(self.store)

    def plan(self, snapshot):
        store, exports = self.store, self.exports
        address = exports["evenhand_alloc"](store, len(snapshot)) & 0xFFFFFFFF
        exports["memory"].write(store, snapshot, address)
        packed = exports["evenhand_plan"](store, address, len(snapshot)) & 0xFFFFFFFFFFFFFFFF
        start, length = packed >> 32, packed & 0xFFFFFFFF
        answer = bytes(exports["memory"].read(store, start, start + length))
        exports["evenhand_free"](store, address, len(snapshot))
        exports["evenhand_free"](store, start, length)
        return answer


class Child:
    def __init__(self, path):
        self.bytes = Path(path).read_bytes()

    def load(self, request):
        engine = Engine()
        compiling, module = timed(lambda: Module(engine, self.bytes))
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "evenhand.cwasm")
            file.write_bytes(module.serialize())
            loading, _ = timed(lambda: Module.deserialize_file(engine, str(file)))
        made = [timed(lambda: Instance(Store(engine), module, []))[0] for _ in range(request["instances"])]
        self.core = Core(engine, module)
        return {"compile": compiling, "load": loading, "instantiate": made}

    def plan(self, request):
        snapshot = Path(request["snapshot"]).read_bytes()
        calls = [timed(lambda: self.core.plan(snapshot)) for _ in range(request["calls"])]
        if "answer" in request:
            Path(request["answer"]).write_bytes(calls[-1][1].removeprefix(b'{"ok":')[:-1])
        return {"times": [time for time, _ in calls]}

    def fuel(self, request):
        config = Config()
        config.consume_fuel = True
        engine = Engine(config)
        core = Core(engine, Module(engine, self.bytes), fuel=1 << 62)
        before = core.store.get_fuel()
        core.plan(Path(request["snapshot"]).read_bytes())
        return {"fuel": before - core.store.get_fuel()}


def timed(work):
    start = perf_counter_ns()
    done = work()
    return perf_counter_ns() - start, done


if __name__ == "__main__":
    child = Child(sys.argv[1])
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(getattr(child, request["do"])(request)), flush=True)
