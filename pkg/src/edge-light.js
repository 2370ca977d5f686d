// The same for Vercel's edge runtime, whose bundlers give the module only where it is asked for by `?module`.
import { startWith } from "./door.js";
import { initSync } from "./generated/glue.js";
import module from "./evenhand.wasm?module";

startWith(() => initSync({ module }));

export { EvenhandError, newSeed, plan, planJson, version } from "./door.js";
