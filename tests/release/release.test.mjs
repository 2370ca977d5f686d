// What `cargo xtask release` wrote: that all of it is there, is what it says, and works where somebody installs it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const release = join(root, "dist/release");
const { version } = JSON.parse(readFileSync(join(root, "pkg/package.json"), "utf8"));
const go = join(release, `evenhand-go-${version}.zip`);
const parts = join(release, `evenhand-${version}.cdx.json`);

const folder = mkdtempSync(join(tmpdir(), "evenhand-release-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const run = (cwd, program, ...args) => execFileSync(program, args, { cwd, encoding: "utf8" });

const files = [
  `evenhand-${version}.cdx.json`,
  `evenhand-${version}.crate`,
  `evenhand-${version}.tgz`,
  `evenhand-conformance-${version}.tgz`,
  `evenhand-dashboard-${version}.zip`,
  `evenhand-desk-${version}.tgz`,
  `evenhand-go-${version}.zip`,
  `evenhand-host-${version}.tgz`,
  "evenhand.component.wasm",
  "evenhand.core.wasm",
];

test("every file is there, and has the sum that is said", () => {
  assert.deepEqual(readdirSync(release).sort(), ["SHA256SUMS", ...files].sort());
  const sums = files.map((name) => `${createHash("sha256").update(readFileSync(join(release, name))).digest("hex")}  ${name}\n`);
  assert.equal(readFileSync(join(release, "SHA256SUMS"), "utf8"), sums.join(""));
});

test("the README names all of them, and no others", () => {
  const [, section] = /^## Install it\n(.*?)^## /ms.exec(readFileSync(join(root, "README.md"), "utf8"));
  const named = section.match(/\bevenhand-[\w.-]+\.(?:tgz|zip|crate|json)\b|\bevenhand\.\w+\.wasm\b/g);
  assert.deepEqual([...new Set(named)].sort(), files);
});

test("the modules are those of the package, and need nothing", () => {
  for (const name of ["evenhand.core.wasm", "evenhand.component.wasm"]) {
    const packed = execFileSync("tar", ["-xzOf", join(release, `evenhand-${version}.tgz`), `package/dist/${name}`], { maxBuffer: 2 ** 24 });
    assert.ok(packed.equals(readFileSync(join(release, name))), name);
  }
  assert.deepEqual(WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(join(release, "evenhand.core.wasm")))), []);
});

test("the crate has its sources and its licences, and nothing of the rest", () => {
  const list = run(root, "tar", "-tzf", join(release, `evenhand-${version}.crate`)).trim().split("\n");
  const tops = new Set(list.map((name) => name.replace(`evenhand-${version}/`, "").replace(/\/.*/, "/")));
  assert.deepEqual([...tops].filter((name) => name !== ".cargo_vcs_info.json").sort(), ["CHANGELOG.md", "Cargo.lock", "Cargo.toml", "Cargo.toml.orig", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "src/", "wit/"]);
});

test("the list of parts is one of CycloneDX 1.5, and the Go module plans where it is unpacked", () => {
  run(root, process.env.PYTHON, "tests/release/validate.py", parts, go, folder);
  const module = `evenhand@v${version}`;
  assert.deepEqual(readdirSync(folder), [module]);
  assert.deepEqual(["LICENSE-APACHE", "LICENSE-MIT", "evenhand.wasm", "go.mod", "go.sum"].filter((name) => !readdirSync(join(folder, module)).includes(name)), []);
  const program = join(folder, "program");
  mkdirSync(program);
  writeFileSync(join(program, "go.mod"), `module program\n\ngo 1.25\n`);
  writeFileSync(join(program, "main.go"), `package main

import (
	"context"
	"fmt"

	"evenhand"
)

func main() {
	planner, err := evenhand.New(context.Background())
	if err != nil {
		panic(err)
	}
	plan, err := planner.PlanJSON(context.Background(), []byte(\`{"version":1,"agents":[],"teams":[],"conversations":[{"id":"c1","team":"billing"}]}\`))
	fmt.Println(string(plan), err)
}
`);
  run(program, "go", "mod", "edit", `-require=evenhand@v${version}`, `-replace=evenhand=../${module}`);
  run(program, "go", "mod", "tidy");
  assert.match(run(program, "go", "run", "."), /"conversation":"c1","team":"billing","agent":null,"why":"unknown_team".* <nil>\n$/);
});

test("the list of parts has what is inside, and nothing that changes by itself", () => {
  const { components, serialNumber, metadata } = JSON.parse(readFileSync(parts, "utf8"));
  assert.deepEqual([serialNumber, metadata.timestamp, metadata.component.version], [undefined, undefined, version]);
  const names = components.map(({ purl }) => purl.replace(/@[^@]*$/, ""));
  for (const name of ["pkg:cargo/hifijson", "pkg:cargo/serde-wasm-bindgen", "pkg:npm/%40vue/runtime-dom", "pkg:npm/d3-random"]) assert.ok(names.includes(name), name);
  // What only compiles or tests.
  for (const name of ["pkg:cargo/serde_derive", "pkg:cargo/proptest", "pkg:cargo/xtask", "pkg:npm/vite"]) assert.ok(!names.includes(name), name);
  const locked = readFileSync(join(root, "Cargo.lock"), "utf8");
  for (const { name, version, purl } of components.filter(({ purl }) => purl.startsWith("pkg:cargo/"))) {
    assert.ok(locked.includes(`name = "${name}"\nversion = "${version}"`), purl);
  }
});
