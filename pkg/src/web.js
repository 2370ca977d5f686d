// The entry that is told where the module is, for pages that count bytes.
import { startWith } from "./door.js";
import load from "./generated/glue.js";

export async function init(source) {
  await load({ module_or_path: source });
  startWith(() => {});
}

export { check, checkJson, EvenhandError, explain, explainJson, newSeed, plan, planJson, reset, version } from "./door.js";
