// What another rule, or another objective, would have decided on the ticks of a recording.
//
// The snapshots are held as they were: agents, loads, limits, the queue. What the other side
// remembers is its own: its cursors go on from tick to tick, and so do the decisions of its that did
// not come true.

import Table from 'cli-table3';
import { planned } from '../plan.mjs';
import { bottleneckLine } from '../report.mjs';
import { readRecording, RecordingError } from './read.mjs';

const byId = new Intl.Collator('en', { numeric: true }).compare;
const BOTTLENECKS_SHOWN = 10;

/**
 * What came out.
 * @typedef {object} Difference
 * @property {number} ticks compared
 * @property {number} leftOut ticks that wrote nothing, or of which nobody knows
 * @property {number} unreadable lines that could not be read
 * @property {number} decisions
 * @property {{otherAgent: number, nowWaits: number, nowAssigned: number}} differ
 * @property {Map<string, [number, number]>} got what each agent got: recorded, under the other rule
 * @property {Map<string, {team: string, why: string, waited: [Set<string>, Set<string>]}>} waited conversations
 * @property {Map<string, {worst: object, ticks: number}>[]} bottlenecks recorded, and of the other side: each as it was when
 *   most waited for it, and in how many ticks it was there
 * @property {number} inOrder how many ticks of the other side were planned in order, since the most was too much work
 */

/**
 * @param {{rule?: string, objective?: string}} other what is another; the rest is as recorded
 * @returns {Promise<Difference>}
 */
export async function compare(folder, other) {
  const result = {
    ticks: 0, leftOut: 0, unreadable: 0, decisions: 0, differ: { otherAgent: 0, nowWaits: 0, nowAssigned: 0 }, got: new Map(), waited: new Map(),
    bottlenecks: [new Map(), new Map()], inOrder: 0,
  };
  let before;
  for await (const { line, fault } of readRecording(folder)) {
    if (fault) {
      result.unreadable += 1;
      continue;
    }
    if (!line.claim?.won) {
      result.leftOut += 1;
      continue;
    }
    const snapshot = JSON.parse(line.snapshot);
    const { plan: text, tooMuch } = planned(JSON.stringify(under(other, snapshot, before)));
    const plan = JSON.parse(text);
    const { decisions: recorded, bottlenecks } = JSON.parse(line.plan);
    if (tooMuch !== undefined) result.inOrder += 1;
    [bottlenecks, plan.bottlenecks].forEach((list = [], side) => noteBottlenecks(result.bottlenecks[side], list));
    const lost = new Set(line.claim.lost.map(({ conversation }) => conversation));
    // A decision of the other rule on a conversation that was left waiting came true unless it waits on.
    if (before) count(result, before, untrue(before, snapshot));
    before = { recorded, other: plan, lost };
    result.ticks += 1;
  }
  if (before) count(result, before, before.lost);
  if (result.ticks === 0) throw new RecordingError(`no tick of the recording in ${folder} wrote a plan`);
  return result;
}

function noteBottlenecks(all, bottlenecks) {
  for (const one of bottlenecks) {
    // Which conversation is the first of its class changes from tick to tick.
    const classes = one.classes.map(({ conversation, ...of }) => JSON.stringify(of)).sort();
    const key = JSON.stringify([classes, one.agents.map(({ agent }) => agent)]);
    const { worst = one, ticks = 0 } = all.get(key) ?? {};
    all.set(key, { worst: one.waiting > worst.waiting ? one : worst, ticks: ticks + 1 });
  }
}

/** Returns the snapshot as the other side would have had it. */
function under({ rule, objective }, given, before) {
  const snapshot = objective === undefined ? given : { ...given, objective };
  const teams = snapshot.teams.map((team) => (team.assignment === 'manual' || rule === undefined ? team : { ...team, assignment: rule }));
  if (!before) return { ...snapshot, teams };
  // A rotation whose cursor somebody took away begins anew here too.
  const kept = new Set(snapshot.cursors.map(({ rotation }) => rotation));
  return {
    ...snapshot,
    teams,
    cursors: before.other.cursors.filter(({ rotation }) => kept.has(rotation)),
    lost_claims: [...servedLast(snapshot, before), ...givenBack(snapshot, before)],
  };
}

/** Returns lost claims of the conversations that were served last: where one was just lost, as the other rule had it. */
function servedLast(snapshot, { other, lost }) {
  const decisions = new Map(other.decisions.map((decision) => [decision.conversation, decision]));
  return snapshot.lost_claims.map(({ conversation, team }) =>
    (lost.has(conversation) && decisions.get(conversation)) || { conversation, team, agent: null });
}

/** Returns lost claims of what the other rule gave and the recorded one left waiting, which wait on. */
function givenBack(snapshot, before) {
  const missing = untrue(before, snapshot);
  return before.other.decisions.filter(({ conversation, agent }) => agent !== null && missing.has(conversation) && !before.lost.has(conversation))
    // Nobody has lost a claim of it: the turn is to come back, and the conversation to keep its place. No id is negative.
    .map((decision, i) => ({ ...decision, conversation: `-${i + 1}` }));
}

/** Returns the conversations whose decision did not come true: lost as it was, or not taken then and waiting still. */
function untrue({ recorded, lost }, { conversations }) {
  const still = new Set(conversations.map(({ id }) => id));
  const left = recorded.filter(({ conversation, agent }) => agent === null && still.has(conversation));
  return new Set([...lost, ...left.map(({ conversation }) => conversation)]);
}

function count(result, { recorded, other }, missing) {
  recorded.forEach((decision, i) => {
    const pair = [decision, other.decisions[i]];
    const [was, would] = pair.map(({ agent }) => agent);
    result.decisions += 1;
    if (was !== would) {
      if (would === null) result.differ.nowWaits += 1;
      else if (was === null) result.differ.nowAssigned += 1;
      else result.differ.otherAgent += 1;
    }
    pair.forEach(({ conversation, team, agent, why }, side) => {
      if (agent === null) {
        const key = JSON.stringify([team, why]);
        if (!result.waited.has(key)) result.waited.set(key, { team, why, waited: [new Set(), new Set()] });
        result.waited.get(key).waited[side].add(conversation);
      } else if (!missing.has(conversation)) {
        if (!result.got.has(agent)) result.got.set(agent, [0, 0]);
        result.got.get(agent)[side] += 1;
      }
    });
  });
}

/** Says it for people. */
export function differenceLines({ ticks, leftOut, unreadable, decisions, differ, got, waited, bottlenecks, inOrder }, { rule, objective }) {
  const name = [rule, objective].filter(Boolean).join(', ');
  const agents = table(['agent', 'recorded', name, 'difference']);
  for (const [agent, [was, would]] of [...got].sort(([a], [b]) => byId(a, b))) agents.push([agent, was, would, signed(would - was)]);
  const teams = table(['team', 'waits because', 'recorded', name]);
  const groups = [...waited.values()].sort((a, b) => byId(a.team, b.team) || byId(a.why, b.why));
  for (const { team, why, waited: [was, would] } of groups) teams.push([team, why, was.size, would.size]);
  const { otherAgent, nowWaits, nowAssigned } = differ;
  return [
    ...(got.size > 0 ? ['conversations that each agent got', ...agents.toString().split('\n')] : []),
    ...(waited.size > 0 ? ['conversations that waited at least once', ...teams.toString().split('\n')] : []),
    ...bottlenecks.flatMap((all, side) => heldBackLines(all, side === 0 ? 'recorded' : name)),
    `${otherAgent + nowWaits + nowAssigned} of ${decisions} decisions in ${ticks} ${ticks === 1 ? 'tick' : 'ticks'} differ: `
      + `${otherAgent} another agent, ${nowWaits} wait instead, ${nowAssigned} assigned instead`,
    ...(inOrder > 0 ? [`planned in order, since the most is too much work: ${inOrder} ${inOrder === 1 ? 'tick' : 'ticks'}`] : []),
    ...(leftOut > 0 ? [`left out: ${leftOut} ${leftOut === 1 ? 'tick' : 'ticks'} not known to have written a plan`] : []),
    ...(unreadable > 0 ? [`left out: ${unreadable} ${unreadable === 1 ? 'line' : 'lines'} that cannot be read`] : []),
  ];
}

/** Says what held back those that waited, the worst first. */
function heldBackLines(all, name) {
  if (all.size === 0) return [];
  const found = [...all.values()].sort((a, b) => b.worst.waiting - a.worst.waiting);
  const shown = found.slice(0, BOTTLENECKS_SHOWN).map(({ worst, ticks }) =>
    `  ${bottleneckLine(worst, { teams: {}, agents: {} })}${ticks > 1 ? ` (at the worst of ${ticks} ticks)` : ''}`);
  const rest = found.length - shown.length;
  return [`what held them back, ${name}`, ...shown, ...(rest > 0 ? [`  and ${rest} more`] : [])];
}

/** A table without colours and lines between rows; numbers to the right. */
export function table(head) {
  const bare = ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right',
    'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'];
  return new Table({
    head,
    chars: { ...Object.fromEntries(bare.map((name) => [name, ''])), middle: '  ' },
    colAligns: head.map((name) => (TEXTS.has(name) ? 'left' : 'right')),
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
}

const TEXTS = new Set(['agent', 'team', 'waits because', 'answer']);

function signed(n) {
  return n > 0 ? `+${n}` : String(n);
}
