// The entry that finds its bytes in itself: nothing to resolve, for Node, browsers and bundlers alike.
import { startWith } from "./door.js";
import { initSync } from "./generated/glue.js";
import base64 from "./generated/evenhand.wasm";

startWith(() => initSync({ module: Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)) }));

export { check, checkJson, EvenhandError, explain, explainJson, newSeed, plan, planJson, reset, version } from "./door.js";
