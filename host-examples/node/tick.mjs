// One tick: read the desk, plan, write the plan. Two statements, whatever the size of the desk.

import { performance } from 'node:perf_hooks';
import { planJson } from 'evenhand';
import { CLAIM, SNAPSHOT } from './desk.mjs';

/**
 * What a tick did, or a dry run would do.
 * @typedef {object} Outcome
 * @property {{snapshot: string, plan: string}} texts what went into Evenhand and what came out
 * @property {object} plan the plan, read
 * @property {{teams: Record<string, string>, agents: Record<string, string>}} names
 * @property {{rules: object[], weights: object[], capacities: object[]}} unused settings that do nothing now
 * @property {boolean} won false: another host wrote a plan first, and nothing was written
 * @property {number} claimed how many conversations were handed out
 * @property {{conversation: string, team: string, agent: string}[]} lost decisions that did not come through
 * @property {number} milliseconds
 * @property {{snapshot: number, plan: number, claim: number}} phases milliseconds of each
 */

/**
 * Runs one tick on `desk`. Throws what the database or Evenhand throws; nothing is written then.
 * @param {import('./desk.mjs').Desk} desk
 * @param {{rule: string, assignable: string[], rules?: object[], weights?: object[], capacities?: object[]}} settings
 * @returns {Promise<Outcome>}
 */
export async function tick(desk, settings) {
  const clock = stopwatch();
  const { version, ...seen } = await look(desk.query, settings, clock);
  const { won, claimed, lost } = await desk.query(CLAIM, [version, seen.texts.plan]);
  clock.lap('claim');
  return { ...seen, won, claimed, lost, ...clock.read() };
}

/**
 * Plans as `tick` would, and writes nothing.
 * @param {import('./desk.mjs').Desk} desk
 * @returns {Promise<Pick<Outcome, 'texts' | 'plan' | 'names' | 'unused'>>}
 */
export async function dryRun(desk, settings) {
  const { version, ...seen } = await desk.peek((query) => look(query, settings, stopwatch()));
  return seen;
}

async function look(query, settings, clock) {
  const row = await query(SNAPSHOT, [howToAssign(settings)]);
  if (!row) throw new Error('evenhand_state has lost its row; start the host again, or run state.sql');
  clock.lap('snapshot');
  const plan = planJson(row.snapshot);
  clock.lap('plan');
  return { version: row.version, texts: { snapshot: row.snapshot, plan }, plan: JSON.parse(plan), names: row.names, unused: row.unused };
}

/** Returns the parameter of the snapshot statement. */
export function howToAssign({ rule, assignable, rules, weights, capacities }) {
  return JSON.stringify({ rule, assignable, rules, weights, capacities });
}

function stopwatch() {
  const started = performance.now();
  const phases = {};
  let last = started;
  return {
    lap(phase) {
      const now = performance.now();
      phases[phase] = now - last;
      last = now;
    },
    read: () => ({ milliseconds: last - started, phases }),
  };
}
