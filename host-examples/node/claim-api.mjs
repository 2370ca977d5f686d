// Writes a plan through Libredesk's API, so that people are told. The API has no compare-and-set: Evenhand's row is won first, with
// what is to be assigned in it, each conversation is looked at right before and after, and a claim that was left in the middle is
// settled before anything is planned.

import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { claim } from './claim.mjs';
import { statement } from './sql.mjs';

const BEGIN = statement('claim-begin');
const LOOK = statement('claim-look');
const END = statement('claim-end');

/** Milliseconds between two looks at a conversation whose request had no answer. */
const AGAIN = 250;

/** Answers after which nothing else is sent: the next one would be the same. */
const LAST = new Set(['denied', 'unclear', 'unreachable']);

/**
 * What came of the requests of a claim.
 * @typedef {object} Requests
 * @property {Record<string, number>} answers how many of each kind
 * @property {import('./api.mjs').Answer} [stopped] the answer after which nothing else was sent
 * @property {string[]} unheard the lost conversations of which nobody said why: not sent, or without an answer
 * @property {{conversation: string, agent: string, holder: string | null}[]} overtaken Libredesk assigned them to `agent`, and right after
 *   that `holder` had them: somebody else, or a rule, assigned them at the same moment; lost where they are as they were before
 * @property {{conversation: string, error: string}[]} incomplete they were assigned, and Libredesk failed at what comes after that
 */

/**
 * Settles a claim that a host left in the middle, unless that host may still be at work. A decision came through where the
 * planned agent has the conversation. Returns nothing where there was nothing to settle.
 * @param {import('./desk.mjs').Desk['query']} query
 * @returns {Promise<{claimed: number, lost: object[]} | undefined>}
 */
export async function settle(query) {
  const { won, claimed, lost } = await query(END, [null, '{}']);
  return won ? { claimed, lost } : undefined;
}

/**
 * Writes the plan of `texts`. What is not assigned comes back in `lost`, and what Libredesk refuses to assign in `raised`, too, with its
 * words. Throws what the database throws; no request is under way then, and the next tick settles what was done.
 * @param {import('./desk.mjs').Desk} desk
 * @param {import('./tick.mjs').Texts} texts
 * @param {import('./api.mjs').Api} api
 * @param {AbortSignal} [signal] once it is aborted nothing else is sent
 * @returns {Promise<Pick<import('./tick.mjs').Outcome, 'won' | 'claimed' | 'lost' | 'raised' | 'kept_away' | 'way' | 'requests'>>}
 */
export async function claimThroughApi(desk, { version, plan }, api, signal = new AbortController().signal) {
  // What assigns nothing is one statement.
  if (JSON.parse(plan).decisions.every(({ agent }) => agent === null)) return claim(desk, { version, plan });
  // A request that was given up may still be done for as long again.
  const lease = 2 * api.timeout;
  const begun = await desk.query(BEGIN, [version, plan, lease]);
  const requests = { answers: {}, stopped: undefined, unheard: [], overtaken: [], incomplete: [] };
  if (!begun.won) return { won: false, claimed: 0, lost: [], raised: [], kept_away: [], way: 'api', requests };

  const how = Object.fromEntries(begun.kept_away.map((conversation) => [conversation, 'kept_away']));
  /** Libredesk's words, by conversation. */
  const refusals = {};
  const unclear = [];
  let isOurs = true;
  const look = async (decision) => {
    const seen = await desk.query(LOOK, [version, JSON.stringify(decision), lease]);
    isOurs &&= seen.ours;
    return seen;
  };
  const send = async (decision) => {
    const { conversation, agent } = decision;
    how[conversation] = 'unsent';
    if (requests.stopped || signal.aborted || !isOurs) return;
    const asked = performance.now();
    const before = await look(decision);
    // Whoever was stopped meanwhile, or waited for the database, knows nothing of now.
    if (performance.now() - asked > api.timeout * 1000) requests.stopped ??= { is: 'unclear', error: `a look took longer than ${api.timeout} s` };
    if (requests.stopped || !isOurs) return;
    if (!before.free) {
      how[conversation] = 'lost';
      return;
    }
    const answer = await api.assign(before.uuid, agent);
    requests.answers[answer.is] = (requests.answers[answer.is] ?? 0) + 1;
    if (LAST.has(answer.is)) requests.stopped ??= answer;
    if (answer.is === 'denied' || answer.is === 'unreachable') return;
    const { holder } = await look(decision);
    if (answer.is === 'done') {
      // Where all is as before, a rule of Libredesk has taken it away at once: it would be planned again in every tick.
      how[conversation] = holder === (decision.held_by ?? null) ? 'lost' : 'done';
      if (holder !== agent) requests.overtaken.push({ conversation, agent, holder });
    } else if (holder === agent) {
      // Libredesk writes the row first, and may fail at what comes after it.
      how[conversation] = 'done';
      if (answer.is === 'refused') requests.incomplete.push({ conversation, error: answer.error });
    } else if (answer.is === 'unclear') {
      unclear.push(decision);
    } else if (answer.is === 'refused' && holder === (decision.held_by ?? null)) {
      how[conversation] = 'raised';
      refusals[conversation] = answer.error;
    } else {
      how[conversation] = 'lost';
    }
  };
  await each(begun.decisions, api.atOnce, send);

  // What had no answer may still be done, and may not be planned again before.
  for (const late = performance.now() + api.timeout * 1000; unclear.length > 0;) {
    // Told to end: it stays in Evenhand's row, and the next tick of any host settles it.
    signal.throwIfAborted();
    const isLate = performance.now() > late;
    for (const decision of unclear.splice(0)) {
      const { conversation, agent } = decision;
      const { holder } = await look(decision);
      if (holder === agent) how[conversation] = 'done';
      else if (isLate) how[conversation] = 'lost';
      else unclear.push(decision);
      if (isLate && holder !== agent) requests.unheard.push(conversation);
    }
    if (unclear.length > 0) await sleep(AGAIN, undefined, { signal }).catch(() => {});
  }
  requests.unheard.push(...Object.keys(how).filter((conversation) => how[conversation] === 'unsent'));
  const { won, claimed, lost } = await desk.query(END, [version, JSON.stringify(how)]);
  const raised = lost.filter(({ conversation }) => conversation in refusals).map(({ conversation }) => ({ conversation, error: refusals[conversation] }));
  return { won, claimed, lost, raised, kept_away: begun.kept_away, way: 'api', requests };
}

/** Calls `work` for each of `list`, `n` at a time. Where one throws, no other begins, and that is thrown once all have ended. */
async function each(list, n, work) {
  const rest = list.values();
  const errors = [];
  await Promise.all(Array.from({ length: n }, async () => {
    for (const item of rest) {
      if (errors.length > 0) return;
      await work(item).catch((error) => errors.push(error));
    }
  }));
  if (errors.length > 0) throw errors[0];
}
