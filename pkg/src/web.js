// The entry that is told where the module is, for pages that count bytes.
import { startWith } from "./door.js";
import load from "./generated/glue.js";

startWith(() => {
  throw new Error("evenhand/web: call `await init(...)` first");
});

export async function init(source) {
  await load({ module_or_path: source });
  startWith(() => {});
}

export { EvenhandError, newSeed, plan, planJson, version } from "./door.js";
