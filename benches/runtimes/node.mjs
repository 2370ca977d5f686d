// The child for Node, as README.md beside it says: `node node.mjs objects|text|plain`.

import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const nanoseconds = () => Number(process.hrtime.bigint());

/** How each door is opened, what it takes, and its plan as a text. */
const DOORS = {
  objects: { open: async () => (await import('../../pkg/node.js')).plan, takes: JSON.parse, text: JSON.stringify },
  text: { open: async () => (await import('../../pkg/node.js')).planJson, takes: (bytes) => bytes, text: String },
  plain: { open: async () => (await import('./plain.mjs')).plan, takes: JSON.parse, text: JSON.stringify },
};
const door = DOORS[process.argv[2]];
let plan;

const answers = {
  // The package compiles its module with the first call.
  async load() {
    const start = nanoseconds();
    plan = await door.open();
    return { compile: nanoseconds() - start };
  },
  plan({ snapshot: path, calls, answer }) {
    const snapshot = door.takes(readFileSync(path));
    const times = Array.from({ length: calls }, () => 0);
    let last;
    for (let i = 0; i < calls; i += 1) {
      const start = nanoseconds();
      last = plan(snapshot);
      times[i] = nanoseconds() - start;
    }
    if (answer !== undefined) writeFileSync(answer, door.text(last));
    return { times };
  },
  fuel: () => ({}),
};

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  console.log(JSON.stringify(await answers[request.do](request)));
}
