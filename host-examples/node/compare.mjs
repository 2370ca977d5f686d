// What a desk would decide under other settings, all at one moment: what each policy changes, and two configurations side by side.

import { table } from './recording/diff.mjs';
import { count, decisionLine } from './report.mjs';
import { dryRuns, POLICIES } from './tick.mjs';

const SHOWN = 20;

/**
 * What a policy of the configuration changes.
 * @typedef {object} Effect
 * @property {string} policy the setting, as it is called in the file
 * @property {number} decisions how many would be others without it
 * @property {number} served conversations among those that are handed out for it, and would wait without it
 * @property {number} waiting conversations among those that wait for it, and would be handed out without it
 * @property {boolean} said whether the snapshot would be another without it
 * @property {string} [refused] the code with which Evenhand refuses the snapshot without it
 */

/**
 * Plans as a tick would, and as often again without one of the policies that `settings` has. Writes nothing.
 * @param {import('./desk.mjs').Desk} desk
 * @returns {Promise<import('./tick.mjs').Outcome & {effects: Effect[]}>}
 */
export async function dryRunWithEffects(desk, settings) {
  const policies = POLICIES.filter(({ key }) => settings[key] !== undefined);
  const others = policies.map(({ key }) => ({ ...settings, [key]: undefined }));
  const [outcome, ...without] = await dryRuns(desk, [settings, ...others], undefined, (error, under) => {
    if (under === settings) throw error;
    return { refused: error.code };
  });
  const seen = read(outcome);
  const effects = policies.map(({ name, key }, i) => {
    const { refused } = without[i];
    if (refused !== undefined) return { policy: name, decisions: 0, served: 0, waiting: 0, said: true, refused };
    const pairs = differing(outcome, without[i]);
    const only = (side) => pairs.filter((pair) => holder(pair[side], pair[1 - side]) && !holder(pair[1 - side], pair[side])).length;
    return { policy: name, decisions: pairs.length, served: only(0), waiting: only(1), said: key === 'ageing' || seen !== read(without[i]) };
  });
  return { ...outcome, effects };
}

/** Returns what a snapshot says, but for the time that is only there for policies that look at it. */
function read({ texts }) {
  const { now, ...snapshot } = JSON.parse(texts.snapshot);
  return JSON.stringify({ ...snapshot, conversations: snapshot.conversations.map(({ since, ...one }) => one) });
}

/** Says what each policy changes. */
export function effectLines({ effects, plan }) {
  const total = count(plan.decisions.length, 'decision');
  return effects.map(({ policy, decisions, served, waiting, said, refused }) => {
    if (refused !== undefined) return `without ${policy} every tick would be refused: ${refused}`;
    const parts = `${decisions - served - waiting} another agent, ${served} wait instead, ${waiting} assigned instead`;
    if (decisions > 0) return `without ${policy} ${decisions} of ${total} differ: ${parts}`;
    return `${policy} changes nothing now: ${said ? 'everybody would get the same without it' : 'the desk looks the same without it at this moment'}`;
  });
}

/** Returns the conversations that two outcomes decide otherwise, as pairs of decisions; who keeps what they have is no decision. */
function differing(one, other) {
  const [a, b] = [one, other].map(({ plan }) => new Map(plan.decisions.map((decision) => [decision.conversation, decision])));
  return [...new Set([...a.keys(), ...b.keys()])]
    .map((id) => [a.get(id), b.get(id)])
    .filter(([x, y]) => holder(x, y) !== holder(y, x));
}

/** Returns who has a conversation after `decision`; where that outcome has none, it stays as `beside` found it. */
function holder(decision, beside) {
  return decision?.agent ?? (decision ?? beside).held_by;
}

/**
 * Says how two configurations differ on the desk as it is.
 * @param {import('./tick.mjs').Outcome[]} outcomes two
 * @param {string[]} names of the two
 */
export function comparisonLines(outcomes, names) {
  const known = Object.assign({}, ...outcomes.map((one) => one.names));
  known.conversations = Object.assign({}, ...outcomes.map((one) => one.names.conversations));
  const got = new Map();
  const waited = new Map();
  outcomes.forEach(({ plan }, side) => {
    for (const { agent, team, why, held_by: heldBy } of plan.decisions) {
      // What somebody has and keeps does not wait.
      if (agent === null && heldBy !== undefined) continue;
      const [sums, key] = agent === null ? [waited, JSON.stringify([team, why])] : [got, agent];
      if (!sums.has(key)) sums.set(key, [0, 0]);
      sums.get(key)[side] += 1;
    }
  });
  const byNumber = (keys) => [...keys].sort(new Intl.Collator('en', { numeric: true }).compare);
  const agents = table(['agent', ...names, 'difference']);
  for (const id of byNumber(got.keys())) {
    const [a, b] = got.get(id);
    agents.push([known.agents[id] ?? id, a, b, b > a ? `+${b - a}` : String(b - a)]);
  }
  const teams = table(['team', 'waits because', ...names]);
  for (const key of byNumber(waited.keys())) {
    const [team, why] = JSON.parse(key);
    teams.push([known.teams[team] ?? team, why, ...waited.get(key)]);
  }
  const others = differing(...outcomes);
  const all = new Set(outcomes.flatMap(({ plan }) => plan.decisions.map(({ conversation }) => conversation)));
  const shown = others.slice(0, SHOWN).flatMap((pair) => pair.map((decision, side) =>
    `  ${names[side]}: ${decision ? decisionLine(decision, known) : 'stays as it is'}`));
  return [
    ...(got.size > 0 ? ['conversations that each agent would get', ...agents.toString().split('\n')] : []),
    ...(waited.size > 0 ? ['conversations that would wait', ...teams.toString().split('\n')] : []),
    ...(others.length > 0 ? ['decided otherwise', ...shown] : []),
    ...(others.length > SHOWN ? [`  and ${others.length - SHOWN} more`] : []),
    `${count(others.length, 'conversation')} of ${all.size} ${others.length === 1 ? 'is' : 'are'} decided otherwise`,
    'nothing was written',
  ];
}
