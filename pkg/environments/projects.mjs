// The projects of the environments: a folder for each, with the package installed and the files of the README.
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { install } from "../tests/tarball.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const home = join(here, "projects");
const tools = join(here, "node_modules", ".bin");

rmSync(home, { recursive: true, force: true });
mkdirSync(join(home, "installed"), { recursive: true });
/** Where the tarball is. */
export const tarball = install(join(home, "installed"));

/** Makes a project and returns its folder. */
export function project(name, files, manifest = { type: "module" }) {
  const folder = join(home, name);
  cpSync(join(home, "installed", "node_modules"), join(folder, "node_modules"), { recursive: true });
  for (const [path, text] of Object.entries({ "package.json": JSON.stringify({ private: true, ...manifest }), ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** Nothing asks a server of its maker's for anything. */
const quiet = {
  CI: "1",
  DENO_NO_UPDATE_CHECK: "1",
  DO_NOT_TRACK: "1",
  NEXT_TELEMETRY_DISABLED: "1",
  NO_COLOR: "1",
  WRANGLER_LOG_PATH: join(home, "wrangler.log"),
  WRANGLER_SEND_METRICS: "false",
};

function start(command, folder, options) {
  const [program, ...args] = command.replace(/^npx /, "").split(" ");
  const env = { ...process.env, ...quiet, PATH: `${tools}${process.platform === "win32" ? ";" : ":"}${process.env.PATH}` };
  // A test runner inside a test runner would report to the outer one.
  delete env.NODE_TEST_CONTEXT;
  return spawn(program, args, { cwd: folder, env, shell: process.platform === "win32", stdio: ["ignore", "pipe", "pipe"], ...options });
}

/** Runs a command of the README in a project, and returns what it prints. */
export async function run(command, folder) {
  const child = start(command, folder);
  const printed = { out: "", all: "" };
  child.stdout.on("data", (data) => ((printed.out += data), (printed.all += data)));
  child.stderr.on("data", (data) => (printed.all += data));
  const status = await new Promise((done, fail) => child.on("close", done).on("error", fail));
  if (status !== 0) {
    throw new Error(`\`${command}\` ended with ${status}:\n${printed.all}`);
  }
  return printed;
}

/** Runs a command that serves until it is stopped, and passes its address to `body`. */
export async function serving(command, folder, body) {
  const port = await freePort();
  const child = start(`${command} --port ${port}`, folder, { detached: true });
  let printed = "";
  let ended = false;
  child.stdout.on("data", (data) => (printed += data));
  child.stderr.on("data", (data) => (printed += data));
  const closed = new Promise((done) => child.on("close", () => done((ended = true))));
  const address = `http://127.0.0.1:${port}`;
  try {
    // Some wait for a change of the files where they cannot serve them.
    for (const deadline = Date.now() + 180_000; !(await answers(address)); await sleep(100)) {
      if (ended || Date.now() > deadline) throw new Error("it does not serve");
    }
    return await body(address);
  } catch (error) {
    throw new Error(`\`${command}\`: ${error.message}\n${printed}`, { cause: error });
  } finally {
    // With all that it has started.
    if (!ended) process.kill(-child.pid);
    await closed;
  }
}

/** Returns whether somebody answers, which a server that is starting may put off for ever. */
async function answers(address) {
  return fetch(address, { signal: AbortSignal.timeout(20_000) }).then(() => true, () => false);
}

async function freePort() {
  const server = createServer();
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}
