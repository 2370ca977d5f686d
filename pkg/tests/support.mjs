// The package as it was installed, and what it is asked.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The folder into which the tarball is installed; `npm test` sets it. */
export const installed = process.env.EVENHAND_INSTALLED;
if (!installed) {
  throw new Error("run it with `npm test`: it packs and installs the package first");
}

/** The package's own folder. */
export const home = join(installed, "node_modules", "evenhand");

/** What `require("evenhand")` gives there. */
export const evenhand = createRequire(join(installed, "x.cjs"))("evenhand");

/** Returns an instance of the module of one's own, from the entry for browsers. */
export async function fresh() {
  fresh.count = (fresh.count ?? 0) + 1;
  return import(`${pathToFileURL(join(home, "dist/index.js"))}?${fresh.count}`);
}

/** Runs `body`, to which it gives the list of the instances that are made meanwhile; each passes through `alter`. */
export async function instances(body, alter = (exports) => exports) {
  const { Instance } = WebAssembly;
  const made = [];
  WebAssembly.Instance = function (module, imports) {
    const exports = alter(new Instance(module, imports).exports);
    made.push(exports);
    return { exports };
  };
  try {
    return await body(made);
  } finally {
    WebAssembly.Instance = Instance;
  }
}

const folder = fileURLToPath(new URL("../../tests/cases/", import.meta.url));

/** The cases that every host agrees on, each with its name. */
export const cases = readdirSync(folder, { recursive: true })
  .filter((name) => name.endsWith(".json"))
  .sort()
  .map((name) => ({ name, ...JSON.parse(readFileSync(join(folder, name), "utf8")) }));

/** Returns a desk that has something of everything. */
export function desk() {
  return {
    version: 1,
    seed: 7,
    agents: [
      { id: "ann", availability: "online", load: 2, capacity: 5 },
      { id: "bob", availability: "away", load: null },
    ],
    teams: [
      { id: "billing", assignment: "round_robin", rotation: "floor", max_load: 9, assignable: ["online"], members: [{ agent: "ann", weight: 2 }, { agent: "bob" }] },
      { id: "sales", assignment: "manual", members: [] },
    ],
    conversations: [
      { id: "c1", team: "billing" },
      { id: "c2", team: "sales" },
    ],
    cursors: [
      {
        rotation: "floor",
        rule: "round_robin",
        turns: [{ agent: "ann", owed: -3 }, { agent: "bob", owed: 3 }],
        sets: [{ seats: [0, 1] }, { from: 0, seats: [1] }],
      },
    ],
    lost_claims: [{ conversation: "c1", team: "billing", agent: "bob", why: "turn", set: 1 }, { conversation: "c2", team: "sales", agent: null }],
  };
}

/** Returns how a call ended: the answer, or code and path of the refusal; anything else is thrown. */
export function outcome(call, { EvenhandError } = evenhand) {
  try {
    return { answer: call() };
  } catch (error) {
    if (!(error instanceof EvenhandError)) {
      throw error;
    }
    return { code: error.code, path: error.path };
  }
}
