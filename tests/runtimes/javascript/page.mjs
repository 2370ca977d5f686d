// The package and the core module in a page.
import * as evenhand from "evenhand";
import { read, runCore, runPackage } from "./suite.mjs";

const file = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer());

/** Returns whether every answer is the wanted one, and the lines to print. */
export async function result(runtime) {
  const lines = [];
  const print = (line) => lines.push(line);
  const [inputs, answers, names] = await Promise.all(["inputs.bin", "answers.bin", "names.txt"].map(file));
  const questions = read({ inputs, answers, names });
  const right = [
    await runPackage(runtime, evenhand, questions, print),
    await runCore(runtime, await WebAssembly.compile(await file("node_modules/evenhand/dist/evenhand.core.wasm")), questions, print),
  ];
  return { right: right.every(Boolean), lines };
}
