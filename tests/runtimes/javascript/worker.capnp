using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "suite",
    worker = (
      compatibilityDate = "2026-11-01",
      modules = [
        (name = "worker.mjs", esModule = embed "worker.mjs"),
        (name = "suite.mjs", esModule = embed "suite.mjs"),
        (name = "evenhand", esModule = embed "node_modules/evenhand/dist/workerd.js"),
        (name = "evenhand.wasm", wasm = embed "node_modules/evenhand/dist/evenhand.wasm"),
        (name = "evenhand.core.wasm", wasm = embed "node_modules/evenhand/dist/evenhand.core.wasm"),
        (name = "inputs.bin", data = embed "inputs.bin"),
        (name = "answers.bin", data = embed "answers.bin"),
        (name = "names.txt", data = embed "names.txt"),
      ],
    ),
  )],
);
