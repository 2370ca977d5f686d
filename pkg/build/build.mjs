// Makes pkg/dist/ from pkg/src/: one file per entry, the bytes of the module inlined where they are imported.
import { build } from "esbuild";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

await rm(at("../dist"), { recursive: true, force: true });
await mkdir(at("../dist"));

const entry = (name, format, out) =>
  build({
    entryPoints: [at(`../src/${name}`)],
    outfile: at(`../dist/${out}`),
    bundle: true,
    format,
    platform: "neutral",
    target: "es2022",
    loader: { ".wasm": "base64" },
    // Beside the entry, where it is not inlined.
    external: ["./evenhand.wasm", "./evenhand.wasm?module"],
    logLevel: "warning",
    // The glue names the same module once for each function that it takes from it.
    logOverride: { "duplicate-object-key": "silent" },
  });

await Promise.all([
  entry("index.js", "esm", "index.js"),
  entry("index.js", "cjs", "index.cjs"),
  entry("web.js", "esm", "web.js"),
  entry("web.js", "cjs", "web.cjs"),
  entry("workerd.js", "esm", "workerd.js"),
  entry("edge-light.js", "esm", "edge-light.js"),
  copyFile(at("../src/generated/evenhand.wasm"), at("../dist/evenhand.wasm")),
  copyFile(at("../index.d.ts"), at("../dist/index.d.cts")),
  readFile(at("../web.d.ts"), "utf8").then((types) => writeFile(at("../dist/web.d.cts"), types.replace("./index.js", "./index.cjs"))),
  ...["LICENSE-APACHE", "LICENSE-MIT"].map((name) => copyFile(at(`../../${name}`), at(`../${name}`))),
]);
