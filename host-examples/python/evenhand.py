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
        return opened(self.ask(written(snapshot)))

    def explain(self, snapshot, conversation):
        """Returns why a conversation goes where it goes, None where there is none of this id; raises Refused."""
        return opened(self.ask(written(snapshot), conversation.encode(errors="surrogatepass")))

    def ask(self, text, conversation=None):
        """Returns the answer to the bytes of a snapshot, and of a conversation's id where it is to be explained, as bytes."""
        store = Store(self.engine)
        core = Instance(store, self.module, []).exports(store)
        if core["evenhand_abi"](store) != ABI:
            raise ValueError(f"the module does not speak ABI {ABI}")

        def put(text):
            # Addresses and lengths are unsigned, and Python takes what comes for signed.
            address = core["evenhand_alloc"](store, len(text)) & 0xFFFFFFFF
            core["memory"].write(store, text, address)
            return address, len(text)

        if conversation is None:
            packed = core["evenhand_plan"](store, *put(text))
        else:
            packed = core["evenhand_explain"](store, *put(text), *put(conversation))
        packed &= 0xFFFFFFFFFFFFFFFF
        start, length = packed >> 32, packed & 0xFFFFFFFF
        return bytes(core["memory"].read(store, start, start + length))


def written(snapshot):
    return json.dumps(snapshot, ensure_ascii=False, separators=(",", ":")).encode()


def opened(answer):
    answer = json.loads(answer)
    if "error" in answer:
        raise Refused(**answer["error"])
    return answer["ok"]
