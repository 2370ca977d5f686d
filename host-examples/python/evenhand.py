"""Evenhand in Python: the core module in wasmtime, as docs/abi.md describes it."""

import json

from wasmtime import Engine, Instance, Module, Store

ABI = 1


class Refused(Exception):
    """A snapshot that Evenhand does not take: nothing was decided."""

    def __init__(self, code, path, message):
        super().__init__(f'{code} at "{path}": {message}')
        self.code, self.path, self.message = code, path, message


class Evenhand:
    """The module, compiled once. Each plan has an instance of its own, so no call can spoil the next."""

    def __init__(self, path):
        self.engine = Engine()
        self.module = Module.from_file(self.engine, str(path))

    def plan(self, snapshot):
        """Returns the plan for a snapshot, both as Python has them; raises Refused."""
        return opened(self.ask("evenhand_plan", written(snapshot)))

    def explain(self, snapshot, conversation):
        """Returns why a conversation goes where it goes, None where there is none of this id; raises Refused."""
        return opened(self.ask("evenhand_explain", written(snapshot), conversation.encode(errors="surrogatepass")))

    def check(self, snapshot, plan):
        """Returns what is wrong with a plan for a snapshot, whoever made it: nothing, if it is sound; raises Refused."""
        return opened(self.ask("evenhand_check", written(snapshot), written(plan)))

    def ask(self, question, *texts):
        """Returns the answer of a function of the module to the bytes of its texts, as bytes."""
        store = Store(self.engine)
        core = Instance(store, self.module, []).exports(store)
        if core["evenhand_abi"](store) != ABI:
            raise ValueError(f"the module does not speak ABI {ABI}")
        places = []
        for text in texts:
            # Addresses and lengths are unsigned, and Python takes what comes for signed.
            address = core["evenhand_alloc"](store, len(text)) & 0xFFFFFFFF
            core["memory"].write(store, text, address)
            places += [address, len(text)]
        packed = core[question](store, *places) & 0xFFFFFFFFFFFFFFFF
        start, length = packed >> 32, packed & 0xFFFFFFFF
        return bytes(core["memory"].read(store, start, start + length))


def written(snapshot):
    return json.dumps(snapshot, ensure_ascii=False, separators=(",", ":")).encode()


def opened(answer):
    answer = json.loads(answer)
    if "error" in answer:
        raise Refused(**answer["error"])
    return answer["ok"]
