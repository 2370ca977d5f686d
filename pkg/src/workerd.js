// The entry for Cloudflare's runtime, which compiles nothing while it runs: the module is imported, compiled already.
import { startWith } from "./door.js";
import { initSync } from "./generated/glue.js";
import module from "./evenhand.wasm";

startWith(() => initSync({ module }));

export { check, checkJson, EvenhandError, explain, explainJson, newSeed, plan, planJson, reset, version } from "./door.js";
