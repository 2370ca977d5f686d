// One tick: read the desk, plan, write the plan. Two statements, whatever the size of the desk.

import { performance } from 'node:perf_hooks';
import { planJson } from 'evenhand';
import { CLAIM, SNAPSHOT } from './desk.mjs';

/**
 * What a tick did, or a dry run would do.
 * @typedef {object} Outcome
 * @property {object} plan the plan, read
 * @property {{teams: Record<string, string>, agents: Record<string, string>}} names
 * @property {boolean} won false: another host wrote a plan first, and nothing was written
 * @property {number} claimed how many conversations were handed out
 * @property {{conversation: string, team: string, agent: string}[]} lost decisions that did not come through
 * @property {number} milliseconds
 */

/**
 * Runs one tick on `desk`. Throws what the database or Evenhand throws; nothing is written then.
 * @param {import('./desk.mjs').Desk} desk
 * @param {{rule: string, assignable: string[]}} settings
 * @returns {Promise<Outcome>}
 */
export async function tick(desk, settings) {
  const started = performance.now();
  const { version, names, plan } = await look(desk.query, settings);
  const { won, claimed, lost } = await desk.query(CLAIM, [version, plan]);
  return { plan: JSON.parse(plan), names, won, claimed, lost, milliseconds: performance.now() - started };
}

/**
 * Plans as `tick` would, and writes nothing.
 * @param {import('./desk.mjs').Desk} desk
 * @returns {Promise<Pick<Outcome, 'plan' | 'names'>>}
 */
export async function dryRun(desk, settings) {
  const { names, plan } = await desk.peek((query) => look(query, settings));
  return { plan: JSON.parse(plan), names };
}

async function look(query, { rule, assignable }) {
  const row = await query(SNAPSHOT, [rule, assignable]);
  if (!row) throw new Error('evenhand_state has lost its row; start the host again, or run state.sql');
  return { version: row.version, names: row.names, plan: planJson(row.snapshot) };
}
