// Packs what people install: the package, the Node host, the desk and the kit that tries hosts, each as it stands, into the folder named.
// Called by `cargo xtask pack`, which has built what is to be built.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const out = join(root, process.argv[2]);
const { version } = JSON.parse(readFileSync(join(root, "pkg/package.json"), "utf8"));

/** Folder, and what else comes into the package: from where, and its name there. */
const packages = [
  ["pkg", {}],
  ["host-examples/node", { "npm.md": "README.md", "../sql/libredesk": "sql" }],
  ["host-examples/dashboard", { "npm.md": "README.md" }],
  ["host-examples/conformance", { "README.md": "README.md" }],
];

// npm is a .cmd file on Windows, which only a shell runs.
const npm = (cwd, ...args) => execFileSync("npm", args, { cwd, encoding: "utf8", shell: process.platform === "win32" });

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
for (const [folder, more] of packages) {
  const home = join(root, folder);
  const { private: _, scripts, devDependencies, ...manifest } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
  const staged = join(out, "staged");
  rmSync(staged, { recursive: true, force: true });
  const [{ files }] = JSON.parse(npm(home, "pack", "--dry-run", "--json", "--silent"));
  for (const { path } of files) copy(join(home, path), join(staged, path));
  for (const [from, to] of Object.entries(more)) copy(join(home, from), join(staged, to));
  for (const name of ["LICENSE-APACHE", "LICENSE-MIT"]) copy(join(root, name), join(staged, name));
  // In this repository it comes from beside it.
  if (manifest.dependencies?.evenhand) manifest.dependencies.evenhand = version;
  writeFileSync(join(staged, "package.json"), `${JSON.stringify({ ...manifest, version }, null, 2)}\n`);
  npm(staged, "pack", "--silent", "--pack-destination", out);
  rmSync(staged, { recursive: true });
}

function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true });
}
