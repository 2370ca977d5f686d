// The package as people get it: packed, and installed into an empty folder.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const home = fileURLToPath(new URL("..", import.meta.url));

/** Packs the package into the folder, installs it there, and returns where the tarball is. */
export function install(folder) {
  // npm is a .cmd file on Windows, which only a shell runs.
  const npm = (...args) => execFileSync("npm", args, { cwd: folder, encoding: "utf8", shell: process.platform === "win32" });
  const [{ filename }] = JSON.parse(npm("pack", "--json", "--silent", "--pack-destination", folder, home));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  npm("install", "--silent", "--no-audit", "--no-fund", join(folder, filename));
  return join(folder, filename);
}
