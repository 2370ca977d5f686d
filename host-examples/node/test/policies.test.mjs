// The policies of a configuration: what the snapshot says of each, and what is decided then.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openPostgres } from '../desk.mjs';
import { decisionLine } from '../report.mjs';
import { dryRun, tick } from '../tick.mjs';
import { unusedLines } from '../unused.mjs';
import { fill, holders, range, RESOLVED, SNOOZED } from '../test-support/fill.mjs';
import { startPostgres } from '../test-support/postgres.mjs';

/** As `fill` has it: a conversation with `at` came in so many seconds after this. */
const START = 1_767_225_600_000;
/** Ten minutes later. */
const NOW = new Date(START + 600_000).toISOString();
const at = (seconds) => new Date(START + seconds * 1000).toISOString();

let server;
let desk;
before(async () => {
  server = await startPostgres();
  desk = await openPostgres(await server.createDesk());
});
after(async () => {
  await desk?.close();
  await server?.stop();
});

/** What a tick would read and plan with these settings, ten minutes after the start. */
async function look(settings) {
  const { texts, plan, ...outcome } = await dryRun(desk, { rule: 'round_robin', assignable: ['online'], now: NOW, ...settings });
  const { agents, teams, conversations, ...others } = JSON.parse(texts.snapshot);
  return { agents, teams, conversations, others, plan, unused: unusedLines(outcome) };
}

const order = (plan) => plan.decisions.filter(({ agent }) => agent !== null).map(({ conversation }) => conversation);
const takers = (plan) => plan.decisions.map(({ agent }) => agent && Number(agent));
const waits = (plan) => plan.decisions.filter(({ agent }) => agent === null).map(({ conversation, why }) => [conversation, why]);

describe('urgent first', () => {
  const PRIORITIES = [{ id: 1, name: 'Low' }, { id: 2, name: 'Medium' }, { id: 3, name: 'High' }];
  const urgent = (conversations) => fill(desk.query, {
    agents: range(1, 1), teams: [{ id: 1, members: [1], max: 1 }], conversation_priorities: PRIORITIES, conversations,
  });

  test('priorities are numbers by name or id, and the order stays that of coming in', async () => {
    await urgent([{ id: 1, priority_id: 1 }, { id: 2 }, { id: 3, priority_id: 3 }, { id: 4, priority_id: 3 }]);
    const { conversations, others, plan, unused } = await look({ priorities: [{ priority: 'High', value: 10 }, { priority: 1, value: -5 }, { priority: 2, value: 0 }] });
    assert.deepEqual(conversations, [
      { id: '1', team: '1', priority: -5 }, { id: '2', team: '1' }, { id: '3', team: '1', priority: 10 }, { id: '4', team: '1', priority: 10 },
    ]);
    assert.deepEqual(Object.keys(others), ['version', 'seed', 'objective', 'cursors', 'lost_claims']);
    assert.deepEqual([order(plan), unused], [['3'], []]);
  });

  test('with ageing so many seconds of waiting weigh as much as a point', async () => {
    await urgent([{ id: 1, at: 0, waiting_since: at(590) }, { id: 2, at: 1, waiting_since: at(300) }, { id: 3, at: 500, priority_id: 3 }]);
    const { conversations, others, plan } = await look({ priorities: [{ priority: 'High', value: 10 }], ageing: 60 });
    assert.deepEqual([others.now, others.ageing], [START + 600_000, 60_000]);
    assert.deepEqual(conversations, [
      { id: '1', team: '1', since: START + 590_000 },
      { id: '2', team: '1', since: START + 300_000 },
      { id: '3', team: '1', priority: 10, since: START + 500_000 },
    ]);
    assert.deepEqual(order(plan), ['3']);
    assert.deepEqual(order((await look({ priorities: [{ priority: 'High', value: 10 }], ageing: 10 })).plan), ['2']);
  });

  test('a deadline comes first among equals, and raises the priority as it nears', async () => {
    const due = (seconds) => ({ next_sla_deadline_at: at(seconds) });
    await urgent([{ id: 1 }, { id: 2, ...due(5000) }, { id: 3, ...due(4000) }, { id: 4, ...due(1501) }, { id: 5, ...due(1500) }, { id: 6, ...due(0) }]);
    const deadlines = await look({ deadlines: true });
    assert.deepEqual(deadlines.conversations.map((one) => one.due), [undefined, ...[5000, 4000, 1501, 1500, 0].map((seconds) => START + seconds * 1000)]);
    assert.deepEqual([order(deadlines.plan), deadlines.others.now], [['6'], undefined]);
    const nearing = [{ within: 3600, raise: 5 }, { within: 900, raise: 800 }, { within: 60, raise: -50 }, { within: 900, raise: 1 }];
    const { conversations, unused } = await look({ nearing });
    assert.deepEqual(conversations.map(({ priority }) => priority), [undefined, undefined, 5, 5, 800, -50]);
    assert.deepEqual(unused, ['the raise of 1 within 900 seconds does nothing: it is said twice, and the first counts']);
    // It stays within what the engine takes.
    const high = await look({ nearing: [{ within: 900, raise: 800 }], priorities: [{ priority: 3, value: 900 }] });
    assert.equal(high.conversations[4].priority, 800);
    await desk.query('UPDATE conversations SET priority_id = 3 WHERE id = 5');
    assert.equal((await look({ nearing: [{ within: 900, raise: 800 }], priorities: [{ priority: 3, value: 900 }] })).conversations[4].priority, 1000);
  });

  test('a time before 1970, as an empty one is in Go, counts as 1970', async () => {
    const EMPTY = '0001-01-01T00:00:00Z';
    await urgent([{ id: 1, at: -9e9 }, { id: 2, waiting_since: EMPTY }, { id: 3, waiting_since: at(0), next_sla_deadline_at: EMPTY }]);
    const { conversations, plan } = await look({ ageing: 60, deadlines: true });
    assert.deepEqual(conversations.map(({ since, due }) => [since, due]), [[0, undefined], [0, undefined], [START, 0]]);
    assert.deepEqual(order(plan), ['1']);
  });

  test('a priority that is not there is said, with one that is near', async () => {
    await urgent([{ id: 1 }]);
    const { unused } = await look({ priorities: [{ priority: 'Hihg', value: 1 }, { priority: 'Critical', value: 1 }, { priority: 9, value: 1 }, { priority: 3, value: 2 }, { priority: 'High', value: 3 }] });
    assert.deepEqual(unused, [
      'the value 1 of priority "Hihg" does nothing: there is no such priority; the nearest is "High"',
      'the value 1 of priority "Critical" does nothing: there is no such priority',
      'the value 1 of priority 9 does nothing: there is no such priority',
      'the value 3 of priority "High" does nothing: it is said twice, and the first counts',
    ]);
  });
});

describe('skills', () => {
  const skilled = () => fill(desk.query, {
    agents: [{ id: 1, first_name: 'Ida' }, { id: 2, first_name: 'Ben' }, { id: 3, first_name: 'Cho' }],
    teams: [{ id: 1, members: [1, 2, 3] }, { id: 2, members: [1, 2, 3] }],
    inboxes: [{ id: 1, name: 'Support', channel: 'email' }, { id: 2, name: 'Deutsch', channel: 'email' }, { id: 3, name: 'Old', channel: 'email', deleted_at: at(0) }],
    tags: [{ id: 5, name: 'refund' }, { id: 6, name: 'vip' }],
    conversations: [
      { id: 1 }, { id: 2, inbox_id: 2 }, { id: 3 }, { id: 4, custom_attributes: { language: 'de', tier: 2, "it's": true } }, { id: 5, team: 2 },
    ],
    conversation_tags: [{ conversation_id: 3, tag_id: 6 }, { conversation_id: 3, tag_id: 5 }],
  });

  test('what an inbox, a tag, an attribute or a team needs, its conversations need, in the order of the lines', async () => {
    await skilled();
    const { agents, conversations, others, plan, unused } = await look({
      skills: [{ agent: 'Ida', skill: 'german', level: 5 }, { agent: 2, skill: 'german', level: 2 }, { agent: 2, skill: 'money' }, { agent: 3, skill: 'old' }],
      needs: [
        { tag: 'vip', skill: 'old' },
        { inbox: 'Deutsch', skill: 'german', level: 5, relax_after: 120 },
        { inbox: 2, skill: 'german', level: 2 },
        { tag: 5, skill: 'money', relax_after: 600 },
        { attribute: 'language', value: 'de', skill: 'german' },
        { attribute: 'tier', value: 2, skill: 'money' },
        { attribute: "it's", value: true, skill: 'german', level: 9 },
        { team: 'Team 2', skill: 'old', level: 3 },
      ],
    });
    assert.deepEqual(unused, []);
    assert.deepEqual(agents.map(({ skills }) => skills), [
      [{ skill: 'german', level: 5 }], [{ skill: 'german', level: 2 }, { skill: 'money' }], [{ skill: 'old' }],
    ]);
    assert.equal(others.now, START + 600_000);
    const since = (seconds) => START + seconds * 1000;
    assert.deepEqual(conversations, [
      { id: '1', team: '1', since: since(1) },
      { id: '2', team: '1', since: since(2), needs: [{ level: 5, skill: 'german', relax_after: 120_000 }, { level: 2, skill: 'german' }] },
      { id: '3', team: '1', since: since(3), needs: [{ skill: 'old' }, { skill: 'money', relax_after: 600_000 }] },
      { id: '4', team: '1', since: since(4), needs: [{ skill: 'german' }, { skill: 'money' }, { level: 9, skill: 'german' }] },
      { id: '5', team: '2', since: since(5), needs: [{ level: 3, skill: 'old' }] },
    ]);
    // Cho knows no German, and what Ida alone knows well enough is needed for two minutes.
    assert.ok([1, 2].includes(takers(plan)[1]));
    assert.deepEqual(waits(plan), [['3', 'nobody_qualified'], ['4', 'nobody_qualified'], ['5', 'nobody_qualified']]);
  });

  test('attributes of another kind than asked for, or that are no object, need nothing', async () => {
    await skilled();
    const needs = [{ attribute: 'a', value: 'b', skill: 'german' }];
    for (const attributes of [null, 5, 'b', ['a', 'b'], { a: ['b'] }, { a: { a: 'b' } }, { a: null }, { b: 'a' }, { a: 'b'.repeat(10_000) }]) {
      await desk.query('UPDATE conversations SET custom_attributes = $1 WHERE id = 1', [JSON.stringify(attributes)]);
      assert.equal((await look({ needs })).conversations[0].needs, undefined, JSON.stringify(attributes).slice(0, 20));
    }
    await desk.query(`UPDATE conversations SET custom_attributes = '{"a": "b"}' WHERE id = 1`);
    assert.deepEqual((await look({ needs })).conversations[0].needs, [{ skill: 'german' }]);
  });

  test('a line about nothing that is there does nothing, and says so', async () => {
    await skilled();
    const { agents, unused } = await look({
      skills: [{ agent: 'Ida', skill: 'germna' }, { agent: 'Iad', skill: 'german' }, { agent: 2, skill: 'german', level: 3 }, { agent: 'Ben', skill: 'german' }, { agent: 2, skill: 'juggling' }],
      needs: [{ tag: 'refunds', skill: 'german' }, { inbox: 'Old', skill: 'german' }, { inbox: 2, skill: 'german' }, { inbox: 'Deutsch', skill: 'german' }, { team: 9, skill: 'german' }],
    });
    assert.deepEqual(agents.map(({ skills }) => skills), [undefined, [{ skill: 'german', level: 3 }], undefined]);
    assert.deepEqual(unused, [
      'the skill "germna" of agent "Ida" does nothing: no conversation needs it; the nearest is "german"',
      'the skill "german" of agent "Iad" does nothing: there is no such agent',
      'the skill "german" of agent "Ben" does nothing: it is said twice, and the first counts',
      'the skill "juggling" of agent 2 does nothing: no conversation needs it',
      'the need for the skill "german" of tag "refunds" does nothing: there is no such tag; the nearest is "refund"',
      'the need for the skill "german" of inbox "Old" does nothing: there is no such inbox',
      'the need for the skill "german" of inbox "Deutsch" does nothing: it is said twice, and the first counts',
      'the need for the skill "german" of team 9 does nothing: there is no such team',
    ]);
  });
});

describe('channels', () => {
  test('loads are counted by channel, and a full channel does not hold up the other', async () => {
    await fill(desk.query, {
      agents: range(1, 2),
      teams: [{ id: 1, members: [1, 2] }],
      inboxes: [{ id: 1, name: 'Support', channel: 'email' }, { id: 2, name: 'Website', channel: 'livechat' }, { id: 3, name: 'Shop', channel: 'livechat' }],
      conversations: [
        { id: 1, inbox_id: 2 }, { id: 2, inbox_id: 3 }, { id: 3, inbox_id: 3 }, { id: 4, inbox_id: 2 }, { id: 5 },
        { id: 11, agent: 1, inbox_id: 2 }, { id: 12, agent: 1, inbox_id: 3 }, { id: 13, agent: 1 }, { id: 14, agent: 1, inbox_id: 2, status: RESOLVED }, { id: 15, agent: 2 },
      ],
    });
    const { agents, conversations, plan, unused } = await look({
      channels: [{ channel: 'livechat', capacity: 2 }, { agent: 1, channel: 'livechat', capacity: 3 }, { agent: 'Agent 1', channel: 'email', capacity: 1 }],
    });
    assert.deepEqual(unused, []);
    assert.deepEqual(agents, [
      { id: '1', availability: 'online', load: 3, channels: [{ channel: 'email', load: 1, capacity: 1 }, { channel: 'livechat', load: 2, capacity: 3 }] },
      { id: '2', availability: 'online', load: 1, channels: [{ channel: 'livechat', load: 0, capacity: 2 }] },
    ]);
    assert.deepEqual(conversations.map(({ channel }) => channel), ['livechat', 'livechat', 'livechat', 'livechat', 'email']);
    assert.deepEqual([takers(plan).slice(0, 3).sort(), waits(plan), takers(plan)[4]], [[1, 2, 2], [['4', 'all_full']], 2]);
  });

  test('a line for everybody does nothing where each has their own', async () => {
    await fill(desk.query, { agents: range(1, 1), teams: [{ id: 1, members: [1] }], inboxes: [{ id: 1, name: 'Support', channel: 'email' }] });
    const own = { agent: 1, channel: 'email', capacity: 2 };
    const { agents, unused } = await look({ channels: [{ channel: 'email', capacity: 1 }, own, { ...own, capacity: 3 }] });
    assert.deepEqual(agents[0].channels, [{ channel: 'email', load: 0, capacity: 2 }]);
    assert.deepEqual(unused, [
      'the capacity 1 in email of everybody does nothing: everybody has a line of their own, or it is said twice',
      'the capacity 3 in email of agent 1 does nothing: it is said twice, and the first counts',
    ]);
  });
});

describe('the same agent as last time', () => {
  const DAYS = 86_400;
  const contacts = () => fill(desk.query, {
    agents: [...range(1, 4), { id: 5, enabled: false }, ...[101, 102, 103].map((id) => ({ id, type: 'contact' }))],
    teams: [{ id: 1, members: [1, 2, 3] }],
    conversations: [
      { id: 1, contact_id: 101 }, { id: 2, contact_id: 102 }, { id: 3, contact_id: 103 }, { id: 4, contact_id: 101 },
      // 101: 3 long ago, then 2 twice, then 5, who has left.
      ...[[11, 3, -9 * DAYS], [12, 2, -8 * DAYS], [13, 1, -2 * DAYS], [14, 2, -1 * DAYS], [15, 5, -1]].map(([id, agent, when]) => ({ id, agent, at: when, contact_id: 101, status: RESOLVED })),
      // 102: somebody who has left alone.
      { id: 21, agent: 5, at: -1, contact_id: 102 },
      ...range(31, 40, { agent: 4, contact_id: 103, status: RESOLVED }).map((one) => ({ ...one, at: -one.id })),
      { id: 41, agent: 3, at: -41, contact_id: 103, status: RESOLVED },
    ],
  });

  test('whoever had the last conversations of the contact is preferred, the latest first', async () => {
    await contacts();
    const { conversations, others, plan } = await look({ sameAgent: {} });
    assert.deepEqual(conversations.map(({ preferred, hold_for: hold }) => [preferred, hold]), [
      [['2', '1', '3'], undefined], [undefined, undefined], [['4'], undefined], [['2', '1', '3'], undefined],
    ]);
    assert.equal(others.now, START + 600_000);
    assert.deepEqual(plan.decisions.filter(({ why }) => why === 'preferred').map(({ conversation, agent }) => [conversation, agent]), [['1', '2'], ['4', '2']]);
  });

  test('it is held for them for a time, and old conversations may not count', async () => {
    await contacts();
    await desk.query("UPDATE users SET availability_status = 'away' WHERE id IN (1, 2)");
    const { conversations, plan } = await look({ sameAgent: { hold_for: 598, within: 3 } });
    assert.deepEqual(conversations.map(({ preferred, hold_for: hold }) => [preferred, hold]), [
      [['2', '1'], 598_000], [undefined, undefined], [['4'], 598_000], [['2', '1'], 598_000],
    ]);
    // 1 has waited 599 seconds, 4 has waited 596.
    assert.deepEqual(waits(plan), [['4', 'held']]);
  });
});

describe('backups and shared rotations', () => {
  test('a tier is asked where none before it can, and a fallback after all tiers', async () => {
    await fill(desk.query, {
      agents: [{ id: 1, availability: 'away_manual' }, { id: 2 }, { id: 3 }, { id: 4 }],
      teams: [{ id: 1, members: [1, 2, 3], max: 1 }],
      conversations: range(1, 4),
    });
    const { teams, plan, unused } = await look({
      fallback: ['away_manual'],
      tiers: [{ team: 1, agent: 'Agent 2', tier: 1 }, { team: 'Team 1', agent: 1, tier: 0 }, { team: 1, agent: 4, tier: 1 }, { team: 1, agent: 2, tier: 2 }],
    });
    assert.deepEqual(teams, [{
      id: '1', assignment: 'round_robin', max_load: 1, assignable: ['online'], fallback: ['away_manual'],
      members: [{ agent: '1', tier: 0 }, { agent: '2', tier: 1 }, { agent: '3' }],
    }]);
    assert.deepEqual(takers(plan), [3, 2, 1, null]);
    assert.deepEqual(unused, [
      'the tier 1 of agent 4 in team 1 does nothing: not a member of that team, or said twice',
      'the tier 2 of agent 2 in team 1 does nothing: not a member of that team, or said twice',
    ]);
  });

  test('whoever is in two teams of a rotation has one share', async () => {
    await fill(desk.query, {
      agents: range(1, 3), teams: [{ id: 1, members: [1, 2] }, { id: 2, members: [1, 3] }, { id: 3 }],
      conversations: range(1, 6).map(({ id }) => ({ id, team: 1 + (id % 2) })),
    });
    const { teams, plan, unused } = await look({
      rotations: [{ team: 'Team 1', rotation: 'languages' }, { team: 2, rotation: 'languages' }, { team: 2, rotation: 'other' }, { team: 'Taem 3', rotation: 'other' }],
    });
    assert.deepEqual(teams.map(({ rotation }) => rotation), ['languages', 'languages', undefined]);
    assert.deepEqual(takers(plan).sort(), [1, 1, 2, 2, 3, 3]);
    assert.deepEqual(unused, [
      'the rotation "other" of team 2 does nothing: it is said twice, and the first counts',
      'the rotation "other" of team "Taem 3" does nothing: there is no such team; the nearest is "Team 3"',
    ]);
  });
});

describe('overflow', () => {
  const HOURS = { id: 1, name: 'Office', is_always_open: false, hours: { Sunday: { open: '09:00', close: '17:00' } }, holidays: [{ name: 'A day off', date: '2026-03-29' }] };
  const ALWAYS = { id: 2, name: 'Always', is_always_open: true, hours: {}, holidays: {} };
  const CLOSED = { id: 3, name: 'Never', is_always_open: false, hours: {}, holidays: {} };
  /** Nobody of team 1 is there; one each of the others. */
  const teams = (...columns) => fill(desk.query, {
    agents: [{ id: 1, availability: 'offline' }, { id: 2 }, { id: 3 }],
    business_hours: [HOURS, ALWAYS, CLOSED],
    teams: [{ id: 1, members: [1], business_hours_id: 3 }, ...columns.map((more, i) => ({ id: 2 + i, members: [2 + i], ...more }))],
    conversations: [{ id: 1, at: 0 }, { id: 2, at: 300 }],
  });

  test('what has waited long enough another team serves, and it stays in its own', async () => {
    await teams({}, { business_hours_id: 2 });
    const { teams: [first], plan, unused } = await look({ overflow: [{ team: 1, to: 'Team 3', after: 600 }, { team: 'Team 1', to: 2, after: 900 }, { team: 1, to: 3, after: 1 }, { team: 1, to: 1, after: 1 }, { team: 1, to: 'Taem 2', after: 1 }] });
    assert.deepEqual(first.overflow, [{ team: '3', after: 600_000 }, { team: '2', after: 900_000 }]);
    assert.deepEqual(plan.decisions, [
      { conversation: '1', team: '1', agent: '3', why: 'only_candidate', by: '3' }, { conversation: '2', team: '1', agent: null, why: 'nobody_available' },
    ]);
    assert.deepEqual(unused, [
      'the overflow from team 1 to team 3 does nothing: it is the same team, or said twice',
      'the overflow from team 1 to team 1 does nothing: it is the same team, or said twice',
      'the overflow from team 1 to team "Taem 2" does nothing: there is no such team; the nearest is "Team 2"',
    ]);
  });

  const OPEN_AT = [
    // Sundays; on the first two the clock changes in Berlin.
    ['2026-10-25T07:59:59Z', 'Europe/Berlin', false], ['2026-10-25T08:00:00Z', 'Europe/Berlin', true], ['2026-10-25T15:59:59Z', 'Europe/Berlin', true], ['2026-10-25T16:00:00Z', 'Europe/Berlin', false],
    ['2026-10-18T07:00:00Z', 'Europe/Berlin', true], ['2026-10-18T15:00:00Z', 'Europe/Berlin', false],
    ['2026-03-29T10:00:00Z', 'Europe/Berlin', false], // a holiday
    ['2026-03-28T12:00:00Z', 'Europe/Berlin', false], // a Saturday
    ['2026-10-18T08:59:00Z', null, false], ['2026-10-18T09:00:00Z', '', true],
  ];
  for (const [now, zone, open] of OPEN_AT) {
    test(`at ${now} a team in ${zone || 'no zone'} is ${open ? 'open' : 'closed'}`, async () => {
      await teams({ business_hours_id: 1, timezone: zone });
      const { teams: [first], unused } = await look({ now, overflow: [{ team: 1, to: 2, after: 60 }] });
      assert.deepEqual([first.overflow, unused], [open ? [{ team: '2', after: 60_000 }] : undefined, []]);
    });
  }

  test('a team without a time zone has the one of the configuration', async () => {
    await teams({ business_hours_id: 1 });
    const at = { now: '2026-10-18T13:00:00Z', overflow: [{ team: 1, to: 2, after: 60 }] };
    assert.equal((await look({ ...at, timeZone: 'America/New_York' })).teams[0].overflow.length, 1);
    assert.equal((await look({ ...at, timeZone: 'Asia/Tokyo' })).teams[0].overflow, undefined);
  });
});

describe('shifts', () => {
  const BERLIN = 'Europe/Berlin';
  /** Whether an agent with this shift is on it. */
  const isOn = async (now, shift) => (await look({ now, shifts: [{ agent: 1, time_zone: BERLIN, ...shift }] })).agents[0].availability === 'online';
  const one = () => fill(desk.query, { agents: range(1, 1), teams: [{ id: 1, members: [1] }], conversations: range(1, 1) });

  // The last Sunday of March has no 02:30 there, and that of October has two.
  const EARLY = { hours: { Sunday: [['02:00', '03:00'], ['09:00', '17:00']] } };
  const NIGHT = { hours: { Saturday: [['22:00', '06:00']] } };
  const TIMES = [
    ['before the clock goes forward', '2026-03-29T00:59:59Z', EARLY, false],
    ['in the hour that is left out', '2026-03-29T01:00:00Z', EARLY, false],
    ['at nine in summer time', '2026-03-29T07:00:00Z', EARLY, true],
    ['at five in summer time', '2026-03-29T15:00:00Z', EARLY, false],
    ['at nine in winter time, a week before', '2026-03-22T08:00:00Z', EARLY, true],
    ['in the hour that comes twice, first', '2026-10-25T00:30:00Z', EARLY, true],
    ['in the hour that comes twice, again', '2026-10-25T01:30:00Z', EARLY, true],
    ['after it', '2026-10-25T02:00:00Z', EARLY, false],
    ['at nine in winter time', '2026-10-25T08:00:00Z', EARLY, true],
    ['at eight in winter time', '2026-10-25T07:00:00Z', EARLY, false],
    ['in a night that is an hour shorter', '2026-03-29T03:59:59Z', NIGHT, true],
    ['at its end', '2026-03-29T04:00:00Z', NIGHT, false],
    ['in a night that is an hour longer', '2026-10-25T04:59:59Z', NIGHT, true],
    ['at its end, too', '2026-10-25T05:00:00Z', NIGHT, false],
    ['when the night begins', '2026-10-24T20:00:00Z', NIGHT, true],
    ['the evening after', '2026-10-25T21:30:00Z', NIGHT, false],
    ['in a night that began on a holiday', '2026-10-25T00:30:00Z', { ...NIGHT, holidays: ['2026-10-24'] }, false],
    ['in a night that ends on a holiday', '2026-10-25T00:30:00Z', { ...NIGHT, holidays: ['2026-10-25'] }, true],
    ['on a holiday', '2026-12-25T12:00:00Z', { hours: { Friday: [['00:00', '24:00']] }, holidays: ['2026-12-25'] }, false],
    ['on the same day of another year', '2027-12-24T12:00:00Z', { hours: { Friday: [['00:00', '24:00']] }, holidays: ['2026-12-25'] }, true],
    ['on a day that is not there', '2026-12-24T12:00:00Z', { hours: { Friday: [['00:00', '24:00']] } }, false],
    ['all day long', '2026-12-25T22:59:59Z', { hours: { Friday: [['00:00', '24:00']] } }, true],
  ];
  for (const [when, now, shift, expected] of TIMES) {
    test(`${when} the agent is ${expected ? 'on' : 'off'} shift`, async () => {
      await one();
      assert.equal(await isOn(now, shift), expected);
    });
  }

  test('whoever is off shift gets nothing; an own line comes before the team\'s, and one line is enough', async () => {
    await fill(desk.query, {
      agents: [{ id: 1, first_name: 'Ida' }, { id: 2 }, { id: 3 }, { id: 4, availability: 'offline' }],
      teams: [{ id: 1, members: [1, 2, 4] }, { id: 2, members: [2] }, { id: 3, members: [3] }],
      conversations: [{ id: 1 }, { id: 2, team: 2 }, { id: 3, team: 3 }],
    });
    const always = Object.fromEntries(['Monday', 'Thursday'].map((day) => [day, [['00:00', '24:00']]]));
    // A Thursday, 10:00 there, 19:00 in Tokyo.
    const { agents, plan, unused } = await look({
      now: '2026-01-01T10:00:00Z',
      shifts: [
        { team: 1, hours: { Thursday: [['18:00', '20:00']] } }, { team: 'Team 2', time_zone: 'Asia/Tokyo', hours: { Thursday: [['18:00', '20:00']] } },
        { agent: 'Ida', hours: { Monday: [['00:00', '24:00']] } }, { agent: 'Ida', hours: { Thursday: [['08:00', '09:00'], ['10:00', '10:01']] } },
        { agent: 'Ida B', hours: always }, { team: 7, hours: always },
      ],
    });
    assert.deepEqual(agents.map(({ availability }) => availability), ['online', 'online', 'online', 'off_shift']);
    assert.deepEqual(takers(plan).slice(1), [2, 3]);
    assert.deepEqual(unused, ['the shift of agent "Ida B" does nothing: there is no such agent; the nearest is "Ida"', 'the shift of team 7 does nothing: there is no such team']);
    const monday = await look({ now: '2026-01-05T10:00:00Z', shifts: [{ team: 1, hours: {} }, { agent: 2, hours: always }] });
    assert.deepEqual(monday.agents.map(({ availability }) => availability), ['off_shift', 'online', 'online', 'off_shift']);
    assert.deepEqual([takers(monday.plan), waits(monday.plan)], [[2, 2, 3], []]);
    const own = await look({ now: '2026-01-05T10:00:00Z', shifts: [{ team: 1, hours: always }, { agent: 2, hours: {} }] });
    assert.deepEqual(own.agents.map(({ availability }) => availability), ['online', 'off_shift', 'online', 'offline']);
  });
});

describe('permissions', () => {
  test('whoever may not reply gets nothing, whatever their weight', async () => {
    await fill(desk.query, {
      agents: [{ id: 1 }, { id: 2, role: 2 }, { id: 3 }], teams: [{ id: 1, members: [1, 2, 3] }], conversations: range(1, 4),
    });
    await desk.query('DELETE FROM user_roles WHERE user_id = 3');
    const { teams, plan, unused } = await look({ weights: [{ team: 1, agent: 2, weight: 5 }] });
    assert.deepEqual(teams[0].members, [{ agent: '1' }, { agent: '2', weight: 0 }, { agent: '3', weight: 0 }]);
    assert.deepEqual([takers(plan), unused], [[1, 1, 1, 1], []]);
    // One role that lets them is enough.
    await desk.query('INSERT INTO user_roles (user_id, role_id) VALUES (2, 1)');
    assert.deepEqual((await look({})).teams[0].members, [{ agent: '1' }, { agent: '2' }, { agent: '3', weight: 0 }]);
  });
});

const remembered = async () => (await desk.query(`SELECT coalesce(json_agg(json_build_array(conversation, agent, since = (SELECT updated_at FROM evenhand_state)) ORDER BY conversation, agent), '[]') AS list
  FROM evenhand_given`)).list;

describe('at most so many in a time', () => {
  test('what is left of it is the most that somebody gets, counted from what was given', async () => {
    await fill(desk.query, { agents: range(1, 4), teams: [{ id: 1, members: [1, 2, 3] }], conversations: range(1, 12) });
    await desk.query(`INSERT INTO evenhand_given VALUES
      (91, 1, $1::timestamptz - interval '599 s'), (92, 1, $1::timestamptz - interval '600 s'), (93, 1, NULL),
      (94, 2, $1::timestamptz - interval '1 s'), (95, 2, $1::timestamptz - interval '1 s'), (96, 2, $1::timestamptz - interval '1 s'), (97, 3, $1::timestamptz - interval '700 s')`, [NOW]);
    const { agents, plan, unused } = await look({
      atMost: [{ count: 2, within: 600 }, { agent: 'Agent 3', count: 5, within: 600 }, { agent: 3, count: 4, within: 3600 }, { agent: 'Agnet 3', count: 1, within: 1 }],
    });
    assert.deepEqual(agents.map(({ max_new: left }) => left), [1, 0, 3, 2]);
    assert.deepEqual(takers(plan).reduce((sums, agent) => ({ ...sums, [agent]: (sums[agent] ?? 0) + 1 }), {}), { 1: 1, 3: 3, null: 8 });
    assert.deepEqual(unused, ['the limit of 1 in 1 seconds for agent "Agnet 3" does nothing: there is no such agent; the nearest is "Agent 3"']);
  });

  test('a tick remembers what it gives, where a policy asks for it, and the next one counts it', async () => {
    await fill(desk.query, { agents: range(1, 2), teams: [{ id: 1, members: [1, 2] }], conversations: range(1, 5) });
    const settings = { rule: 'round_robin', assignable: ['online'] };
    const limit = { ...settings, atMost: [{ count: 2, within: 600 }] };
    assert.equal((await tick(desk, limit)).claimed, 4);
    assert.deepEqual((await remembered()).map(([conversation, , now]) => [conversation, now]), [[1, true], [2, true], [3, true], [4, true]]);
    assert.equal((await tick(desk, limit)).claimed, 0);
    await desk.query("UPDATE evenhand_given SET since = since - interval '10 minutes' WHERE conversation = 1");
    assert.equal((await tick(desk, limit)).claimed, 1);
    await desk.query('INSERT INTO conversations (id, contact_id, inbox_id, assigned_team_id, status_id) VALUES (6, 1000000, 1, 1, 1)');
    assert.equal((await tick(desk, settings)).claimed, 1);
    assert.deepEqual((await remembered()).map(([conversation]) => conversation), [1, 2, 3, 4, 5]);
  });

  test('when it was given last is remembered, and stays when it is taken back', async () => {
    await fill(desk.query, { agents: [{ id: 1 }, { id: 2, availability: 'away_manual' }], teams: [{ id: 1, members: [1, 2] }], conversations: [{ id: 1, waiting_since: at(0) }] });
    const settings = { rule: 'round_robin', assignable: ['online'], takeBack: { away_and_reassigning: true } };
    await desk.query("INSERT INTO evenhand_given VALUES (1, 1, '2020-01-01')");
    await tick(desk, settings);
    assert.deepEqual(await remembered(), [[1, 1, true]]);
    await desk.query("UPDATE users SET availability_status = CASE id WHEN 1 THEN 'away_and_reassigning' ELSE 'online' END::user_availability_status WHERE id < 3");
    await tick(desk, settings);
    assert.deepEqual(await remembered(), [[1, 1, false], [1, 2, true]]);
  });

  test('what is closed is forgotten after a day, at every hundredth plan', async () => {
    await fill(desk.query, {
      agents: range(1, 1), teams: [{ id: 1, members: [1] }],
      conversations: [{ id: 1 }, { id: 2, agent: 1 }, { id: 3, agent: 1, status: RESOLVED }, { id: 4, agent: 1, status: SNOOZED }, { id: 5, agent: 1, status: RESOLVED }, { id: 6, status: RESOLVED }],
    });
    await desk.query(`INSERT INTO evenhand_given SELECT id, 1, now() - interval '25 hours' FROM generate_series(2, 4) id
      UNION ALL VALUES (5::bigint, 1::bigint, now() - interval '23 hours'), (6, 1, NULL), (7, 1, NULL)`);
    const limit = { rule: 'round_robin', assignable: ['online'], atMost: [{ count: 20, within: 600 }] };
    await desk.query('UPDATE evenhand_state SET version = 99');
    await tick(desk, limit);
    assert.deepEqual((await remembered()).map(([conversation]) => conversation), [1, 2, 3, 4, 5, 6, 7]);
    await desk.query('UPDATE conversations SET assigned_user_id = NULL WHERE id = 1');
    await tick(desk, limit);
    assert.deepEqual((await remembered()).map(([conversation]) => conversation), [1, 2, 4, 5]);
  });
});

describe('taking back', () => {
  const SETTINGS = { rule: 'round_robin', assignable: ['online'], now: NOW };
  /** What goes back with this setting, as [conversation, holder, excluded]. */
  const taken = async (takeBack) => (await look({ takeBack })).conversations.map(({ id, held_by: holder, excluded }) => [id, holder, excluded]);
  const held = (columns, ...conversations) => fill(desk.query, {
    agents: [{ id: 1, ...columns }, ...range(2, 3)], teams: [{ id: 1, members: [1, 2, 3] }, { id: 2, members: [1, 2, 3], manual: true }],
    conversations: conversations.map((more, i) => ({ id: i + 1, agent: 1, waiting_since: at(0), ...more })),
  });

  test('nothing goes back unless it is asked for', async () => {
    await held({ availability: 'offline', last_active_at: at(-9000) }, {});
    assert.deepEqual((await look({})).conversations, []);
    assert.deepEqual(await taken({ unanswered_for: 1, away_and_reassigning: true }), []);
  });

  test('what somebody has who has been offline for long enough, while the customer waits', async () => {
    const all = [{}, { waiting_since: null }, { status: SNOOZED }, { status: RESOLVED }, { team: 2 }, { team: null }, { agent: 2 }];
    await held({ availability: 'offline', last_active_at: at(-300) }, ...all);
    assert.deepEqual(await taken({ offline_for: 900 }), [['1', '1', undefined]]);
    assert.deepEqual(await taken({ offline_for: 901 }), []);
    // Who never had Libredesk open: since the customer waits.
    await held({ availability: 'offline', last_active_at: null }, ...all);
    assert.deepEqual(await taken({ offline_for: 600 }), [['1', '1', undefined]]);
    assert.deepEqual(await taken({ offline_for: 601 }), []);
    await held({ availability: 'away', last_active_at: at(-300) }, ...all);
    assert.deepEqual(await taken({ offline_for: 900 }), []);
  });

  test('nothing of a team that draws as Libredesk does, which would give it back to whoever had it', async () => {
    await held({}, {}, {});
    await desk.query('INSERT INTO evenhand_given SELECT id, 1, $1 FROM conversations', [at(0)]);
    const takeBack = { unanswered_for: 60 };
    for (const rule of ['libredesk_2025', 'libredesk_2026']) {
      assert.deepEqual((await look({ rule, takeBack })).conversations, []);
      const two = await look({ rule, takeBack, rules: [{ team: 1, rule: 'least_loaded' }] });
      assert.deepEqual(two.conversations.map(({ id }) => id), ['1', '2']);
      assert.equal((await tick(desk, { ...SETTINGS, rule, takeBack })).claimed, 0);
    }
    assert.deepEqual((await look({ takeBack, rules: [{ team: 1, rule: 'libredesk_2026' }] })).conversations, []);
  });

  test('what somebody has who is away and reassigning', async () => {
    await held({ availability: 'away_and_reassigning' }, {});
    assert.deepEqual(await taken({ away_and_reassigning: true }), [['1', '1', undefined]]);
    assert.deepEqual(await taken({ away_and_reassigning: false, offline_for: 0 }), []);
  });

  test('what Evenhand gave somebody who has not answered since', async () => {
    await held({}, {}, { waiting_since: at(301) }, {}, { waiting_since: at(300) }, { waiting_since: null });
    await desk.query(`INSERT INTO evenhand_given VALUES (1, 1, $1), (2, 1, $1), (3, 2, $1), (4, 1, $2), (5, 1, $1), (4, 3, NULL)`, [at(300), at(-9000)]);
    assert.deepEqual(await taken({ unanswered_for: 300 }), [['1', '1', undefined], ['4', '1', ['3']]]);
    assert.deepEqual(await taken({ unanswered_for: 301 }), []);
  });

  test('it goes to somebody else, never to whoever had it before, and stays where nobody is left', async () => {
    await held({ availability: 'away_and_reassigning' }, {});
    const back = { ...SETTINGS, takeBack: { away_and_reassigning: true } };
    const { plan, names } = await tick(desk, back);
    const { 1: second } = await holders(desk.query);
    const third = second === 2 ? 3 : 2;
    assert.deepEqual(plan.decisions.map(({ agent, held_by: holder }) => [Number(agent), holder]), [[second, '1']]);
    assert.equal(decisionLine(plan.decisions[0], names), `#100 Team 1, Agent 1 -> Agent ${second}: it is their turn`);
    assert.deepEqual(await remembered(), [[1, 1, null], [1, second, true]]);
    // The first one is back, and the second one leaves.
    await desk.query("UPDATE users SET availability_status = CASE WHEN id = $1 THEN 'away_and_reassigning' ELSE 'online' END::user_availability_status WHERE id < 4", [second]);
    assert.equal((await tick(desk, back)).claimed, 1);
    assert.deepEqual(await holders(desk.query), { 1: third });
    await desk.query("UPDATE users SET availability_status = CASE WHEN id = $1 THEN 'away_and_reassigning' ELSE 'online' END::user_availability_status WHERE id < 4", [third]);
    const last = await tick(desk, back);
    assert.deepEqual([last.claimed, waits(last.plan), await holders(desk.query)], [0, [['1', 'nobody_qualified']], { 1: third }]);
    assert.match(decisionLine(last.plan.decisions[0], names), new RegExp(`^#100 Team 1 stays with Agent ${third}: `));
  });
});
