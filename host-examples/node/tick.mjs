// One tick: read the desk, plan, write the plan. Two statements, whatever the size of the desk, unless the database refuses the second
// or Libredesk's API is to assign.

import { performance } from 'node:perf_hooks';
import { claim } from './claim.mjs';
import { claimThroughApi, settle } from './claim-api.mjs';
import { camelCase } from './config.mjs';
import { checkDesk, SNAPSHOT, STATE } from './desk.mjs';
import { planned } from './plan.mjs';

const LOST_ROW = 'evenhand_state has lost its row, and with it whose turn it is; '
  + 'put the row back from a backup, or begin with level turns: INSERT INTO evenhand_state DEFAULT VALUES';

/**
 * What a tick did, or a dry run would do.
 * @typedef {object} Outcome
 * @property {Texts} texts
 * @property {object} plan the plan, read
 * @property {{teams: Record<string, string>, agents: Record<string, string>, conversations: Record<string, string>}} names by id;
 *   of what waits the number that people see
 * @property {Record<string, object[]>} unused lines of the configuration that do nothing now, by list
 * @property {Record<string, number>} [ages] seconds that each conversation has waited, where the desk's statement says so
 * @property {string} [tooMuch] why it was planned in order, where it was to be the most
 * @property {boolean} won false: another host wrote a plan first, and nothing was written
 * @property {number} claimed how many conversations were handed out
 * @property {{conversation: string, team: string, agent: string, why: string, held_by?: string, by?: string, set?: number}[]} lost decisions that did not come through
 * @property {{conversation: string, error: string}[]} raised those of them that the database refuses to assign, and its words
 * @property {string[]} kept_away those of them that were not tried, since the database refused them before
 * @property {'none' | 'statement' | 'savepoints' | 'api'} way how the plan was written: there was nothing to write; by one statement; by one in which
 *   what the database refuses is left out; through Libredesk's API
 * @property {import('./claim-api.mjs').Requests} [requests] what came of the requests, where it was the API
 * @property {{claimed: number, lost: object[]}} [settled] what came of a claim that a host had left in the middle
 * @property {number} milliseconds
 * @property {{snapshot: number, plan: number, claim: number}} phases milliseconds of each
 */

/**
 * What went into Evenhand and what came out, to the letter.
 * @typedef {object} Texts
 * @property {string} [version] of Evenhand's row
 * @property {string} [snapshot]
 * @property {string} [plan]
 */

/**
 * Runs one tick on `desk`. Throws what the database or Evenhand throws; nothing is written then, but for what Libredesk's API had done.
 * @param {import('./desk.mjs').Desk} desk
 * @param {{rule: string, objective?: string, assignable: string[]}} settings and the `POLICIES` that there are, by their keys
 * @param {Texts} [texts] is filled on the way, so that it says how far a tick came that failed
 * @param {{api?: import('./api.mjs').Api, signal?: AbortSignal}} [through] the API that is to assign, and what ends its requests
 * @returns {Promise<Outcome>}
 */
export async function tick(desk, settings, texts = {}, { api, signal } = {}) {
  const clock = stopwatch();
  const before = api ? await settle(desk.query) : undefined;
  const seen = await look(desk.query, settings, clock, texts);
  const toWrite = remembers(settings) ? { ...texts, plan: `${texts.plan.slice(0, -1)},"remember":true}` } : texts;
  const written = api ? await claimThroughApi(desk, toWrite, api, signal) : await claim(desk, toWrite);
  // Whoever assigns by a statement asks only where something was in the way, so that a tick stays at two. Statements of one's own know no API.
  const settled = api || written.won || settings.sql !== undefined ? before : await settle(desk.query);
  clock.lap('claim');
  return { ...seen, ...written, ...(settled && { settled }), ...clock.read() };
}

/**
 * Plans as `tick` would, and writes nothing.
 * @param {import('./desk.mjs').Desk} desk
 * @returns {Promise<Pick<Outcome, 'texts' | 'plan' | 'names' | 'unused' | 'ages' | 'tooMuch'>>}
 */
export async function dryRun(desk, settings, texts = {}) {
  const [outcome] = await dryRuns(desk, [settings], texts);
  return outcome;
}

/** The same under each of several settings, of one moment. `refused` may return what stands in the place of an outcome that Evenhand refuses. */
export function dryRuns(desk, list, texts, refused = (error) => { throw error; }) {
  return desk.transaction(async (query) => {
    if (list.length > 1) await query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    await checkDesk(query, list[0].sql);
    // Evenhand's tables may not be there yet.
    await query(STATE);
    const outcomes = [];
    for (const settings of list) {
      outcomes.push(await look(query, settings, stopwatch(), texts ?? {}).catch((error) => {
        if (error.name !== 'EvenhandError') throw error;
        return refused(error, settings);
      }));
    }
    return outcomes;
  }, 'ROLLBACK');
}

async function look(query, settings, clock, texts) {
  const row = await query(SNAPSHOT, [howToAssign(settings)]);
  if (!row) throw new Error(LOST_ROW);
  clock.lap('snapshot');
  Object.assign(texts, { version: String(row.version), snapshot: row.snapshot });
  const { tooMuch, ...pair } = planned(row.snapshot);
  clock.lap('plan');
  Object.assign(texts, pair);
  return { texts, plan: JSON.parse(texts.plan), names: { ...row.names, ...row.known }, unused: row.unused, ages: row.ages, ...(tooMuch === undefined ? {} : { tooMuch }) };
}

const named = (names) => names.map((name) => ({ name, key: camelCase(name) }));

/** What a configuration may say beside the rule: the snapshot statement's names, and those of the settings. */
export const POLICIES = named([
  'rules', 'weights', 'capacities', 'priorities', 'ageing', 'deadlines', 'nearing', 'skills', 'needs', 'channels', 'same_agent', 'fallback', 'tiers',
  'rotations', 'overflow', 'shifts', 'at_most', 'take_back',
]);
const TOLD = [...named(['rule', 'objective', 'assignable', 'time_zone']), ...POLICIES];

/** Returns the parameter of the snapshot statement; `now` is for tests. */
export function howToAssign({ now, ...settings }) {
  return JSON.stringify({ ...Object.fromEntries(TOLD.map(({ name, key }) => [name, settings[key]])), now });
}

/** Whether some policy is to know later who was given what. */
function remembers({ atMost, takeBack }) {
  return Boolean(atMost || takeBack);
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
