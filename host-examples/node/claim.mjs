// Writes a plan. Where the database refuses to assign some of its conversations, the others are assigned all the same.

import { CLAIM } from './desk.mjs';
import { isRefusal } from './recovery.mjs';

/**
 * Writes the plan of `texts` by one statement; where a trigger or a constraint refuses that, once more in a transaction in which
 * what is refused is left out. It comes back in `lost` like what somebody else had changed, and with the database's words in `raised`.
 * @param {import('./desk.mjs').Desk} desk
 * @param {import('./tick.mjs').Texts} texts
 * @returns {Promise<Pick<import('./tick.mjs').Outcome, 'won' | 'claimed' | 'lost' | 'raised' | 'kept_away' | 'way'>>}
 */
export async function claim(desk, { version, plan }) {
  try {
    const { idle, ...written } = await desk.query(CLAIM, [version, plan]);
    return { ...written, raised: [], way: idle ? 'none' : 'statement' };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return desk.transaction((query) => claimOthers(query, version, JSON.parse(plan)));
  }
}

async function claimOthers(query, version, plan) {
  // What a constraint says only at the end of a transaction is said too late.
  await query('SET CONSTRAINTS ALL IMMEDIATE');
  await query('SAVEPOINT trial');
  const raised = await refused(query, version, plan.decisions.filter(({ agent }) => agent !== null));
  // All that was tried is undone: the plan is written once, as a whole.
  await query('ROLLBACK TO trial');
  const { idle, ...written } = await query(CLAIM, [version, JSON.stringify({ ...plan, raised: raised.map(({ conversation }) => conversation) })]);
  return { ...written, raised: written.won ? raised : [], way: 'savepoints' };
}

/** Claims `decisions` part by part, and halves a part that is refused, so that a few among thousands are found in a few steps. */
async function refused(query, version, decisions) {
  const raised = [];
  // Each claim that goes through makes a version.
  let next = BigInt(version);
  async function attempt(part) {
    await query('SAVEPOINT part');
    const error = await query(CLAIM, [String(next), JSON.stringify({ decisions: part, cursors: [] })]).then(
      ({ won }) => { if (won) next += 1n; },
      (reason) => reason,
    );
    if (!error) return query('RELEASE part');
    if (!isRefusal(error)) throw error;
    await query('ROLLBACK TO part');
    await query('RELEASE part');
    if (part.length < 2) return part.forEach(({ conversation }) => raised.push({ conversation, error: error.message }));
    const half = Math.ceil(part.length / 2);
    await attempt(part.slice(0, half));
    return attempt(part.slice(half));
  }
  await attempt(decisions);
  return raised;
}
