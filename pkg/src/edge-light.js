// The entry for Vercel's edge runtime, whose bundlers give the compiled module only where it is asked for by `?module`.
import { startWith } from "./door.js";
import { initSync } from "./generated/glue.js";
import module from "./evenhand.wasm?module";

startWith(() => {
  // Next.js runs handlers in a realm of their own and compiles outside it; the glue would take such a module for bytes.
  Object.setPrototypeOf(module, WebAssembly.Module.prototype);
  initSync({ module });
});

export { check, checkJson, EvenhandError, explain, explainJson, newSeed, plan, planJson, reset, version } from "./door.js";
