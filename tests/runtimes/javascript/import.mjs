// The package as it is imported, and the core module: in Node, Deno and Bun.
import * as evenhand from "evenhand";
import { file, questions } from "./files.mjs";
import { runCore, runPackage } from "./suite.mjs";

const { deno, bun, node } = process.versions;
const runtime = deno ? `Deno ${deno}` : bun ? `Bun ${bun}` : `Node ${node}`;
const right = [
  await runPackage(runtime, evenhand, questions),
  await runCore(runtime, new WebAssembly.Module(file("node_modules/evenhand/dist/evenhand.core.wasm")), questions),
];
process.exit(right.every(Boolean) ? 0 : 1);
