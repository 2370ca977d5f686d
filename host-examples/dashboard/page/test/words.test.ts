// What the page says, against what is behind it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { AssignReason, Gate, WaitReason } from 'evenhand';
import { DEFINITIONS, type Measures } from '../../sim/measures.ts';
import { AVAILABILITIES } from '../../sim/policy.ts';
import { assigns, bottleneckSentence, clock, GROUPS, headline, limitWords, moment, passedOver, presence, queueSentence, signed, waitingSentence, waits, written } from '../words.ts';

const HOUR = 3_600_000;
const NAMES = ['Libredesk today', 'Evenhand'];

const measures = (distance: number, run: number, left: number): Measures => ({
  distance: { value: distance, agent: 0, team: 0, at: 0 },
  run: { value: run, agent: 0, team: 0, at: 0 },
  leftWhileFree: left,
  counts: { assigned: 10 },
}) as Measures;

const said = (a: Measures, b: Measures) => {
  const { parts, more } = headline(NAMES, [a, b]);
  return [parts.map(({ text }) => text).join(''), more];
};

test('the headline says which lane is nearer to the fair share, and by how much', () => {
  assert.deepEqual(said(measures(12.61, 4, 2), measures(1.08, 2, 0)), [
    'Evenhand keeps everybody within 1.1 conversations of their fair share of every team. Under Libredesk today somebody is 12.6 off.',
    'One person got up to 4 in a row under Libredesk today, and 2 under Evenhand. 2 were left waiting while somebody was free under Libredesk today, none under Evenhand.',
  ]);
  assert.match(said(measures(1, 2, 0), measures(20, 2, 0))[0], /^Libredesk today keeps everybody within 1 conversations/);
});

test('where there is no difference the headline says so', () => {
  assert.deepEqual(said(measures(1, 2, 0), measures(1.3, 2, 0)), [
    'Until now both share the work alike: nobody is more than 1 and 1.3 conversations from their fair share of a team.',
    'The longest run to one person is 2 in a row under both. No conversation was left waiting while somebody was free.',
  ]);
  assert.match(headline(NAMES, [{ ...measures(0, 0, 0), counts: { assigned: 0 } } as Measures]).parts[0].text, /^Nothing has been handed out/);
});

test('each number of the headline is marked with its lane', () => {
  const { parts } = headline(NAMES, [measures(12, 4, 2), measures(1, 2, 0)]);
  assert.deepEqual(parts.filter(({ lane }) => lane !== undefined), [{ text: '1', lane: 1 }, { text: '12', lane: 0 }]);
});

test('a queue is a sentence with its reasons', () => {
  const team = { queue: 8, rule: 'round_robin' as const, limit: 4 };
  const passedOver = [{ why: 'unavailable' as const, members: 3 }, { why: 'agent_full' as const, members: 1 }, { why: 'team_full' as const, members: 4 }];
  assert.equal(
    queueSentence('Billing', { ...team, why: { why: 'all_full', passedOver } }),
    "Billing: 8 wait: everybody who could take them is full (3 are away, 1 is full, 4 are at the team's limit)",
  );
  assert.equal(queueSentence('Billing', { ...team, queue: 1, why: { why: 'manual_team', passedOver: [] } }), 'Billing: 1 waits: people assign there');
  assert.equal(queueSentence('Billing', team), 'Billing: 8 wait until the next tick');
  assert.equal(queueSentence('Billing', { ...team, queue: 0 }), 'Nobody waits for Billing');
});

test('a group that waits is a sentence with its channel and its needs', () => {
  const group = { team: 'Support', why: 'all_full' as const, conversations: 3, passed_over: [] };
  assert.equal(
    waitingSentence({ ...group, channel: 'WhatsApp', needs: [{ skill: 'German', level: 1 }, { skill: 'French', level: 3 }] }),
    'Support, WhatsApp, German, French 3: 3 wait: everybody who could take them is full',
  );
  assert.equal(waitingSentence({ ...group, conversations: 1 }), 'Support: 1 waits: everybody who could take it is full');
});

test('what holds them back is a sentence', () => {
  const german = { team: '1', needs: [{ skill: 'German', level: 1 }] };
  const [billing, vip, other] = ['1', '2', '8'].map((team) => ({ team }));
  const names: Record<string, string> = { 1: 'Billing', 2: 'VIP' };
  const people = ['Ana', 'Bo', 'Cy', 'Di', 'Ed', 'Flo'];
  const of = (classes: { team: string; channel?: string; needs?: { skill: string; level: number }[] }[], rooms: number[], waiting: number) => bottleneckSentence({
    classes: classes.map((one) => ({ ...one, conversation: '1' })),
    agents: rooms.map((room, i) => ({ agent: String(i), room })),
    assigned: rooms.reduce((sum, room) => sum + room, 0),
    waiting,
  }, (id) => names[id] ?? `team ${id}`, (id) => people[Number(id)]);
  assert.deepEqual([
    of([german], [1, 1], 7),
    of([german], [1, 0], 1),
    of([{ team: '2', channel: 'WhatsApp', needs: [{ skill: 'German', level: 3 }, { skill: 'French', level: 1 }] }, billing], [0], 2),
    of([german], [], 7),
    of([other], [], 1),
    of([german, german, vip, german], [0, 0], 3),
    of([german, billing, vip, other], [1, 1, 1, 1], 3),
    of([german, billing, vip, other, { team: '9' }], [1, 1, 1, 1, 1, 0], 1000),
  ], [
    '7 wait for Billing (German): only Ana and Bo may take them, 2 places between them; one more like them serves one more',
    '1 waits for Billing (German): only Ana and Bo may take it, 1 place between them; one more like them serves one more',
    '2 wait for VIP (WhatsApp, German 3, French) or Billing: only Ana may take them, and has no place; one more like them serves one more',
    '7 wait for Billing (German): nobody may take them',
    '1 waits for team 8: nobody may take it',
    '3 wait for Billing (German) or VIP: only Ana and Bo may take them, no place between them; one more like them serves one more',
    '3 wait for Billing (German), Billing, VIP or team 8: only Ana, Bo, Cy and Di may take them, 4 places between them; one more like them serves one more',
    '1,000 wait for Billing (German), Billing, VIP or 2 others: only Ana, Bo, Cy and 3 others may take them, 5 places between them; one more like them serves one more',
  ]);
});

test('a code of a newer engine stands for itself', () => {
  assert.equal(
    waitingSentence({ team: 'Support', why: 'on_holiday' as never, conversations: 2, passed_over: [{ why: 'at_sea' as never, members: 2 }] }),
    'Support: 2 wait: on holiday (2 at sea)',
  );
  assert.equal(assigns('by_luck' as never), 'by luck');
});

test('a limit is said once where the lanes have the same', () => {
  assert.deepEqual([[4, 4], [Infinity, Infinity], [4, Infinity]].map(limitWords), ['limit 4', 'no limit', 'A: limit 4, B: no limit']);
});

test('every code of the engine has its words', () => {
  const codes = readFileSync(new URL('../../../../tests/codes.txt', import.meta.url), 'utf8').trim().split('\n').map((line) => line.split(' '));
  const of = <T>(kind: string) => codes.filter(([one]) => one === kind).map(([, code]) => code as T);
  const said = [of<WaitReason>('wait').map((code) => waits(code)), of<Gate>('gate').map((code) => passedOver(code)), of<AssignReason>('assign').map(assigns)];
  for (const words of said) {
    assert.ok(words.length > 4);
    for (const word of words) assert.ok(word);
  }
});

test('times, shares and signs', () => {
  assert.equal(moment(9.5 * HOUR), 'Mon 09:30');
  assert.equal(moment(33 * HOUR + 1000, true), 'Tue 09:00:01');
  assert.equal(moment(8 * 24 * HOUR), 'Tue, day 9, 00:00');
  assert.equal(clock(23.99 * HOUR), '23:59');
  assert.deepEqual([0.04, -0.04, 2.25, -3].map(signed), ['±0.0', '±0.0', '+2.3', '−3.0']);
  assert.deepEqual([written(undefined, 'time', 0), written(61_000, 'time', 0), written(0.127, 'share', 0), written(2, 'conversations', 1), written(1234, 'conversations', 0)], ['–', '1 min 01 s', '12.7 %', '2.0', '1,234']);
});

test('every measure is in a group with its sentence', () => {
  assert.deepEqual(GROUPS.flat().map(({ id }) => id), DEFINITIONS.map(({ id }) => id));
  for (const group of GROUPS) assert.equal(new Set(group.map(({ sentence }) => sentence)).size, 1);
});

test('every availability has a word', () => {
  AVAILABILITIES.forEach((_, i) => assert.ok(presence(i)));
});
