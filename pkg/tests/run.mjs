// Packs the package, installs it into an empty folder and runs the tests there: nothing of this
// checkout can stand in for what the tarball lacks.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "evenhand-package-"));
// npm is a .cmd file on Windows, which only a shell runs.
const npm = (...args) => execFileSync("npm", args, { cwd: folder, encoding: "utf8", shell: process.platform === "win32" });

let status = 1;
try {
  const [{ filename }] = JSON.parse(npm("pack", "--json", "--silent", "--pack-destination", folder, join(here, "..")));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  npm("install", "--silent", "--no-audit", "--no-fund", join(folder, filename));
  cpSync(join(here, "consumers"), folder, { recursive: true });
  const files = readdirSync(here).filter((name) => name.endsWith(".test.mjs"));
  const env = { ...process.env, EVENHAND_INSTALLED: folder, EVENHAND_TARBALL: join(folder, filename) };
  const args = ["--test", "--test-reporter=spec", ...process.argv.slice(2), ...files.map((name) => join(here, name))];
  status = spawnSync(process.execPath, args, { env, stdio: "inherit" }).status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = status;
