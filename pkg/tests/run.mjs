// Installs the packed package into an empty folder and runs the tests there: nothing of this checkout
// can stand in for what the tarball lacks.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { install } from "./tarball.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "evenhand-package-"));

let status = 1;
try {
  const tarball = install(folder);
  cpSync(join(here, "consumers"), folder, { recursive: true });
  const files = readdirSync(here).filter((name) => name.endsWith(".test.mjs"));
  const env = { ...process.env, EVENHAND_INSTALLED: folder, EVENHAND_TARBALL: tarball };
  const args = ["--test", "--test-reporter=spec", ...process.argv.slice(2), ...files.map((name) => join(here, name))];
  status = spawnSync(process.execPath, args, { env, stdio: "inherit" }).status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = status;
