// Do the books agree? What the rows say was assigned must be what the cursors paid for.
//
// Three witnesses who do not know of each other are heard:
//
//   the ledger   triggers in the test's database: each change of a conversation and each version of
//                Evenhand's row, with its transaction, by the host's role or by somebody else's
//   the wire     a tap between host and database: each snapshot as the host got it, each plan as it sent it
//   the people   what each person did and saw committed
//
// From the version before to the version after, each time:
//
//   version      versions grow by one, and only the host writes them
//   unknown_plan the cursors are, to the letter, those of a plan that was sent for the version before, and
//                Evenhand makes that plan of a snapshot that was read; this is planned again here
//   stale        that snapshot held the cursors and the lost claims of the version before, as they were,
//                so each version goes on from the last: no tick is forgotten, none is counted twice
//   books        the plan's decisions, which the cursors have paid for, are the rows written in the same
//                transaction and the lost claims stored with it, one by one and in order: nothing else.
//                What was lost before is remembered as long as it waits
//   over_limit   counted from the rows, nobody is above the limit of the team that gave, except by as much as
//                people gave them after the host had last looked
//
// And over the whole time:
//
//   unpaid       the host writes rows only in a transaction that writes a version too
//   totals       for each team and agent: paid for - lost claims = rows. This needs no transactions to add up
//   overwritten  the host only ever fills in the agent of a row that is open, in its team, and nobody's
//   chain        each change of a conversation begins where the one before it ended
//   act_lost     what a person saw committed is in the ledger, as they meant it; `stranger`: nothing else is
//   row, state   what the tables say in the end is what the ledger says

import { isDeepStrictEqual } from 'node:util';
import { planJson } from 'evenhand';
import { SNAPSHOT } from '../desk.mjs';
import { handedBack, remember } from './memory.mjs';

const isClaim = (sql) => sql.startsWith('-- Writes a plan');

/** Which of a tick's two statements it is. @returns {'snapshot' | 'claim' | null} */
export function kindOf({ sql }) {
  if (sql === SNAPSHOT) return 'snapshot';
  return isClaim(sql) ? 'claim' : null;
}

/**
 * Returns what is wrong, each with its code, and what was looked at.
 * @param {object} witnesses
 * @param {Awaited<ReturnType<typeof import('./ledger.mjs').readLedger>>} witnesses.ledger
 * @param {{sql: string, values: (string | null)[], row: (string | null)[] | null}[]} witnesses.heard
 * @param {{xid: string, conversation: number, now: object | null, maybe?: boolean}[]} [witnesses.acts] left out: nobody kept count
 */
export function checkBooks({ ledger, heard, acts }) {
  const problems = [];
  const report = (code, details) => problems.push({ code, ...details });
  const found = {
    versions: ledger.versions.length - 1,
    assigned: ledger.changes.filter(({ host }) => host).length,
    lost: 0,
    acts: acts?.length ?? 0,
  };
  checkRows(ledger, report);
  if (acts) checkActs(ledger, acts, report);

  const plans = plansByVersion(heard);
  const written = groupBy(ledger.changes.filter(({ host }) => host), ({ xid }) => xid);
  const loads = loadsOverTime(ledger);
  const accounts = new Map();
  const account = (team, agent, column) => {
    const key = `${team}/${agent}`;
    if (!accounts.has(key)) accounts.set(key, { paid: 0, lost: 0, rows: 0 });
    accounts.get(key)[column] += 1;
  };

  for (const [i, version] of ledger.versions.entries()) {
    if (i === 0) continue;
    const last = ledger.versions[i - 1];
    if (version.version !== last.version + 1 || !version.host) report('version', { version: version.version, after: last.version });
    const rows = written.get(version.xid) ?? [];
    written.delete(version.xid);
    const [before, remembered] = [last, version].map(({ lost_claims }) => JSON.parse(lost_claims ?? '[]'));
    const sent = (plans.get(last.version) ?? []).filter(({ plan }) => JSON.stringify(plan.cursors) === version.cursors);
    // Two hosts may have sent plans with the same cursors; one of them is the one that was written.
    const match = sent.find(({ plan }) => balance(plan, rows, before, remembered).length === 0) ?? sent[0];
    const raised = loads.moveOn(version);
    if (match) {
      const { snapshot, plan } = match;
      if (JSON.stringify(snapshot.cursors) !== last.cursors || !isDeepStrictEqual(snapshot.lost_claims, handedBack(before))) {
        report('stale', { version: version.version });
      }
      for (const details of balance(plan, rows, before, remembered)) report('books', { version: version.version, ...details });
      for (const { team, agent } of given(plan)) account(team, agent, 'paid');
      const limits = new Map(snapshot.teams.map((team) => [team.id, team.max_load ?? Infinity]));
      const order = placesOf(snapshot);
      for (const { conversation, new: { team, agent } } of rows.toSorted((a, b) => order.get(`${a.conversation}`) - order.get(`${b.conversation}`))) {
        const load = loads.give(agent);
        if (load > limits.get(`${team}`) + (raised.get(agent) ?? 0)) report('over_limit', { version: version.version, conversation, agent, load });
      }
    } else {
      report('unknown_plan', { version: version.version });
      for (const row of rows) loads.give(row.new.agent);
    }
    const lost = given({ decisions: remembered.map(({ decision }) => decision) });
    for (const { team, agent } of lost) account(team, agent, 'lost');
    found.lost += lost.length;
  }

  for (const { host, new: { team, agent } } of ledger.changes) if (host) account(team, agent, 'rows');
  for (const rows of written.values()) {
    for (const { conversation, new: { agent } } of rows) report('unpaid', { conversation, agent });
  }
  for (const [key, { paid, lost, rows }] of accounts) {
    if (paid - lost !== rows) report('totals', { of: key, paid, lost, rows });
  }
  const { version, cursors, lost_claims } = ledger.versions.at(-1);
  if (!isDeepStrictEqual(ledger.state, { version, cursors, lost_claims })) report('state', { version });
  return { problems, found };
}

/** The plans that were sent, with what they were made of, by the version they were made for. */
function plansByVersion(heard) {
  const sent = new Set(heard.filter(({ sql }) => isClaim(sql)).map(({ values: [version, plan] }) => `${version} ${plan}`));
  const plans = new Map();
  for (const { sql, row } of heard) {
    if (sql !== SNAPSHOT || !row) continue;
    const [version, snapshot] = row;
    let plan;
    try {
      plan = planJson(snapshot);
    } catch {
      continue;
    }
    // Each once, however many hosts have sent it.
    if (!sent.delete(`${version} ${plan}`)) continue;
    const list = plans.get(Number(version)) ?? [];
    list.push({ snapshot: JSON.parse(snapshot), plan: JSON.parse(plan) });
    plans.set(Number(version), list);
  }
  return plans;
}

/** The place of each conversation when it is served: lost ones after all others. */
function placesOf({ conversations, lost_claims }) {
  const last = new Set(lost_claims.map(({ conversation }) => conversation));
  return new Map(conversations.map(({ id }, place) => [id, last.has(id) ? conversations.length + place : place]));
}

const given = (plan) => plan.decisions.filter(({ agent }) => agent !== null);

/** Decisions against rows and what is remembered, where they differ. */
function balance(plan, rows, before, remembered) {
  const problems = [];
  const byConversation = new Map(rows.map((row) => [`${row.conversation}`, row]));
  const without = new Set();
  for (const { conversation, team, agent } of given(plan)) {
    const row = byConversation.get(conversation);
    byConversation.delete(conversation);
    if (!row) without.add(conversation);
    else if (`${row.new.agent}` !== agent || `${row.new.team}` !== team) problems.push({ conversation, decided: agent, row: row.new.agent });
  }
  for (const conversation of byConversation.keys()) problems.push({ conversation, decided: null });
  const expected = remember(before, plan, (conversation) => without.has(conversation));
  if (!isDeepStrictEqual(expected, remembered)) problems.push({ without_row: without.size, lost_claims: remembered.length });
  return problems;
}

/**
 * Everybody's load, from the rows. `moveOn` takes in what others had committed by the time a version was written, and returns by
 * how much that has raised each agent since the version before: the host's snapshot may not have known of it.
 */
function loadsOverTime({ changes, versions, open }) {
  const loads = new Map();
  const own = new Set(versions.slice(1).map(({ xid }) => xid));
  let pending = changes.filter(({ xid }) => !own.has(xid));
  const add = (agent, n) => loads.set(agent, (loads.get(agent) ?? 0) + n);
  const counts = ({ agent, status }) => agent !== null && open.includes(status);
  function take(seen) {
    const raised = new Map();
    const later = [];
    for (const change of pending) {
      if (!seen(change.xid)) {
        later.push(change);
        continue;
      }
      if (counts(change.old)) add(change.old.agent, -1);
      if (!counts(change.new)) continue;
      add(change.new.agent, 1);
      if (!change.host) raised.set(change.new.agent, (raised.get(change.new.agent) ?? 0) + 1);
    }
    pending = later;
    return raised;
  }
  take((xid) => xid === versions[0].xid);
  return {
    moveOn: ({ seen }) => take(seenBy(seen)),
    give(agent) {
      add(agent, 1);
      return loads.get(agent);
    },
  };
}

/** Reads a pg_snapshot, "xmin:xmax:running,...": is that transaction over? */
function seenBy(text) {
  const [, xmax, list] = text.split(':');
  const running = new Set(list.split(','));
  return (xid) => BigInt(xid) < BigInt(xmax) && !running.has(xid);
}

function checkRows({ changes, rows, open }, report) {
  const now = new Map();
  for (const { conversation, host, old, new: next, came, gone } of changes) {
    const last = now.get(conversation);
    if (came ? last : !isDeepStrictEqual(last, old)) report('chain', { conversation, last, old });
    if (host) {
      const filled = old.agent === null && next.agent !== null && next.team === old.team && next.status === old.status;
      if (came || gone || !filled || old.team === null || !open.includes(old.status)) report('overwritten', { conversation, old, next });
    }
    if (gone) now.delete(conversation);
    else now.set(conversation, next);
  }
  for (const row of rows) {
    if (!isDeepStrictEqual(now.get(row.conversation), row.now)) report('row', row);
    now.delete(row.conversation);
  }
  for (const conversation of now.keys()) report('row', { conversation, now: null });
}

function checkActs({ changes, versions }, acts, report) {
  const others = new Map();
  for (const change of changes) {
    if (!change.host && change.xid !== versions[0].xid) others.set(`${change.xid}/${change.conversation}`, change);
  }
  for (const { xid, conversation, now, maybe } of acts) {
    const key = `${xid}/${conversation}`;
    const change = others.get(key);
    others.delete(key);
    if (maybe && !change) continue;
    if (!change || !(now === null ? change.gone : isDeepStrictEqual(change.new, now))) report('act_lost', { xid, conversation, now });
  }
  for (const { xid, conversation } of others.values()) report('stranger', { xid, conversation });
}

function groupBy(list, key) {
  const groups = new Map();
  for (const item of list) {
    const group = groups.get(key(item)) ?? [];
    group.push(item);
    groups.set(key(item), group);
  }
  return groups;
}
