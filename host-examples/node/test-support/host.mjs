// The host as its own process, to be killed, stopped or left to run.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { until, untilRows } from './until.mjs';

export const MAIN = fileURLToPath(new URL('../main.mjs', import.meta.url));

/** Tests wait for ticks, also for those that find nothing to do. */
const watched = () => ({ ...process.env, EVENHAND_LOG_LEVEL: 'debug' });

/**
 * Starts the host with its log and its complaints apart, as `program` where a shell is to set something up
 * before. `output` and `errors` grow while it runs; `ended` has all of both.
 */
export function startProgram(args, { url = '', program = process.execPath, before = [MAIN] } = {}) {
  const child = spawn(program, [...before, ...args], {
    env: { ...watched(), DATABASE_URL: url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const host = { child, output: '', errors: '' };
  child.stdout.on('data', (chunk) => { host.output += chunk; });
  child.stderr.on('data', (chunk) => { host.errors += chunk; });
  host.ended = new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, output: host.output, errors: host.errors }));
  });
  /** Waits until it has said `pattern`, from the start on. */
  host.says = (pattern) =>
    until(() => pattern.test(host.output), () => `it never said ${pattern}:\n${host.output}${host.errors}`, child);
  return host;
}

/** Starts the host, or `script` in its place. `output` grows while it runs; `ended` has everything. */
export function startHost(url, args, { script = MAIN, node = [], env = {} } = {}) {
  const child = spawn(process.execPath, [...node, script, ...args], {
    env: { ...watched(), DATABASE_URL: url, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const host = { child, output: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { host.output += chunk; });
  host.ended = new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, output: host.output }));
  });
  /** Waits until it says `pattern` in what comes from now on. */
  host.says = (pattern) => {
    const from = host.output.length;
    return until(() => pattern.test(host.output.slice(from)), () => `it never said ${pattern}:\n${host.output.slice(-2000)}`, child);
  };
  /** Stops it as an operator does. */
  host.stop = async () => {
    child.kill('SIGTERM');
    const end = await host.ended;
    assert.equal(end.code, 0, host.output.slice(-2000));
    return end;
  };
  return host;
}

/** Waits until no host has a connection any longer: what was killed may still run in the server. */
export async function untilHostsAreGone(client) {
  await untilRows(client, "SELECT FROM pg_stat_activity WHERE usename = 'evenhand'", 0);
}
