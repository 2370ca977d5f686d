// Each measure on a desk so small that the numbers are worked out by hand.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advance, createLane, type Ground } from '../lane.ts';
import { DEFINITIONS, measure, sharesOf } from '../measures.ts';
import { ANSWERED, copyState, ENDED, HELD } from '../state.ts';
import { MINUTE } from '../time.ts';
import { at, tiny } from './support.ts';

function after(ground: Ground, minutes: number) {
  const state = createLane(ground);
  advance(state, ground, at(minutes));
  return { state, measures: { ...measure(state, ground), shares: sharesOf(state) } };
}

const close = (value: number | undefined, expected: number) => assert.ok(Math.abs(value! - expected) < 1e-9, `${value} is not ${expected}`);

test('an agent answers one after the other, in the order in which they got them', () => {
  // Both come before the tick of minute 1, b is never there.
  const ground = tiny({ members: 1, arrivals: [{ at: 0.5, efforts: [3] }, { at: 0.6, efforts: [2] }] });
  const { state, measures } = after(ground, 5);
  assert.deepEqual([...state.status], [ENDED, HELD]);
  // The first is begun at minute 1 and done at 4, the second begun at 4.
  assert.deepEqual([...state.answeredAfter], [0.5 * MINUTE, Math.round(3.4 * MINUTE)]);
  assert.equal(measures.counts.ended, 1);
  assert.deepEqual([...after(ground, 6.1).state.status], [ENDED, ENDED]);
});

test('on a break nobody works, and what is held stays', () => {
  const changes = [{ at: at(2), agent: 0, to: 'away' as const }, { at: at(12), agent: 0, to: 'online' as const }];
  const ground = tiny({ members: 1, changes, arrivals: [{ at: 0.5, efforts: [3] }] });
  // One minute of three is done before the break, so it ends at 14.
  assert.deepEqual([...after(ground, 14).state.status], [HELD]);
  assert.deepEqual([...after(ground, 14.01).state.status], [ENDED]);
});

test('whoever goes home gives back what is open, and a customer who writes again then waits for the team', () => {
  const changes = [{ at: at(3), agent: 0, to: 'offline' as const }];
  const ground = tiny({ members: 1, changes, arrivals: [{ at: 0.5, efforts: [1, 1], gap: 5 }, { at: 0.6, efforts: [9] }] });
  const before = after(ground, 2.5);
  assert.deepEqual([...before.state.status], [ANSWERED, HELD]);
  const { state } = after(ground, 8);
  assert.deepEqual(state.waiting, [0, 1]);
  assert.deepEqual([...state.queuedAt], [at(7), at(3)]);
});

test('a customer who writes again gets the agent who knows them', () => {
  const ground = tiny({ arrivals: [{ at: 0.5, efforts: [1, 1], gap: 5 }] });
  const { state } = after(ground, 7.5);
  assert.deepEqual([...state.status], [HELD]);
  assert.equal(state.records.log.at.length, 1);
  assert.equal(state.holder[0], state.records.log.agent[0]);
});

test('the distance from the fair share', () => {
  const ground = tiny({ members: 3, arrivals: [1, 2, 3, 4].map((n) => ({ at: n - 0.5, efforts: [0.1] })) });
  // Each of three is owed a third: whoever got the first is 2/3 above, the third of three back at their share.
  close(after(ground, 1.5).measures.distance.value, 2 / 3);
  const { measures } = after(ground, 4.5);
  close(measures.distance.value, 2 / 3);
  assert.equal(measures.distance.at, at(1));
  assert.deepEqual(measures.shares.map(({ received }) => received).sort(), [1, 1, 2]);
  for (const { owed } of measures.shares) close(owed, 4 / 3);
});

test('nobody is owed anything while they are away or full', () => {
  // All three are owed a third of the first. Then b is away and whoever took the first is full: the second
  // is the last one's alone, and of the third nobody is owed anything.
  const changes = [{ at: at(1.2), agent: 1, to: 'away' as const }];
  const ground = tiny({ members: 3, limit: 1, changes, arrivals: [{ at: 0.5, efforts: [9] }, { at: 1.5, efforts: [9] }, { at: 2.5, efforts: [9] }] });
  const { state, measures } = after(ground, 3.5);
  assert.deepEqual(state.records.log.agent, [0, 2]);
  assert.deepEqual(state.waiting, [2]);
  assert.deepEqual(measures.shares.map(({ received }) => received), [1, 0, 1]);
  [1 / 3, 1 / 3, 4 / 3].forEach((owed, agent) => close(measures.shares[agent].owed, owed));
});

test('the longest run counts what a colleague could have taken, and nothing else', () => {
  // b is away, so a gets all: no run. Then b is there, and a's run begins anew.
  const changes = [{ at: at(0.1), agent: 1, to: 'away' as const }, { at: at(5.2), agent: 1, to: 'online' as const }];
  const arrivals = [1, 2, 3, 4, 5, 6, 7].map((n) => ({ at: n - 0.5, efforts: [0.1] }));
  const { state, measures } = after(tiny({ changes, arrivals }), 8);
  assert.deepEqual(state.records.log.agent.slice(0, 5), [0, 0, 0, 0, 0]);
  assert.equal(measures.run.value, 1);
  assert.deepEqual(state.records.log.run, [0, 0, 0, 0, 0, 1, 1]);
  // The original lets the one who was away start level: with three there is no run either.
  const both = after(tiny({ members: 1, arrivals }), 8);
  assert.deepEqual(both.measures.run, { value: 0, agent: -1, team: -1, at: 0 });
});

test('a run of three is three', () => {
  // Weight 5 against 1: a b and four of the first in a row.
  const ground = tiny({ arrivals: [1, 2, 3, 4, 5, 6].map((n) => ({ at: n - 0.5, efforts: [0.1] })) });
  ground.scenario = { ...ground.scenario, lanes: [{ name: 'one', policy: { weights: [{ team: 't', agent: 'a', weight: 5 }] } }] };
  const { state, measures } = after(ground, 7);
  assert.deepEqual(state.records.log.agent, [0, 0, 0, 1, 0, 0]);
  assert.deepEqual(measures.run, { value: 3, agent: 0, team: 0, at: at(3) });
  assert.deepEqual(state.records.log.run, [1, 2, 3, 1, 1, 2]);
  // Of six, five and one are their parts.
  [5, 1].forEach((owed, agent) => close(measures.shares[agent].owed, owed));
});

test('waits: median, 90, 99, and what goes on counts as long as it is', () => {
  const arrivals = [{ at: 0.5, efforts: [100] }, { at: 0.75, efforts: [100] }, { at: 1.5, efforts: [1] }];
  const { measures } = after(tiny({ limit: 1, arrivals }), 11.5);
  // 15 and 30 seconds, and ten minutes so far.
  assert.deepEqual({ ...measures.wait, p99: undefined }, { median: 30_000, p90: 486_000, p99: undefined, count: 3, still: 1 });
  close(measures.wait.p99, 30_000 + 0.98 * 570_000);
  assert.equal(measures.answer.count, 3);
  assert.equal(measures.answer.median, 30_000);
});

test('what people pick by hand is a wait, and nobody\u2019s turn', () => {
  const { state, measures } = after(tiny({ arrivals: [{ at: 0.5, efforts: [1], pickAt: 0.75 }] }), 2);
  assert.deepEqual(state.records.log, { at: [at(0.75)], conversation: [0], agent: [0], waited: [15_000], how: [1], run: [0] });
  assert.deepEqual([measures.counts.byHand, measures.counts.assigned, measures.shares], [1, 0, []]);
});

test('whoever picks between the tick and the claim is faster, and the turn is given back', () => {
  const arrivals = [{ at: 0.5, efforts: [1], pickAt: 1 + 1 / 120 }, { at: 0.6, efforts: [1] }];
  const ground = tiny({ arrivals, claim_ms: 1000 });
  const { state, measures } = after(ground, 1.5);
  assert.equal(measures.counts.lostClaims, 1);
  assert.equal(state.lost.length, 1);
  assert.equal(measures.counts.byHand, 1);
  assert.equal(measures.leftWhileFree, 0);
  // At the next tick the engine hears of it, once, as it had decided.
  const heard: unknown[] = [];
  const ticked = (_: number, snapshot?: string) => heard.push(snapshot && JSON.parse(snapshot).lost_claims);
  const watched = { ...ground, watch: { ticked, happened() {} } };
  advance(createLane(watched), watched, at(3.5));
  const decision = { conversation: 'c1', team: 't', agent: 'a', why: 'turn' };
  assert.deepEqual(state.lost, [{ conversation: 0, times: 1, plans: 2, decision }]);
  assert.deepEqual(heard.slice(481), [[], [decision], undefined]);
});

test('a copy of a lane is the same and goes its own way', () => {
  // At this moment something waits, is held, was lost and is planned.
  const arrivals = [{ at: 0.5, efforts: [1], pickAt: 1 + 1 / 120 }, { at: 0.6, efforts: [3, 1], gap: 1 }, { at: 0.7, efforts: [9] }, { at: 0.8, efforts: [9] }];
  const ground = tiny({ arrivals, limit: 1, claim_ms: 1000 });
  const { state } = after(ground, 1.001);
  const [lost, inbox] = [state.lost.length, state.inbox.flat().length];
  assert.deepEqual([lost, inbox, state.waiting.length], [1, 1, 3]);
  const text = JSON.stringify(state);
  const copy = copyState(state, structuredClone(state.records));
  assert.deepEqual(JSON.parse(JSON.stringify(copy)), JSON.parse(text));
  const before = JSON.stringify(copy);
  advance(copy, ground, at(60));
  assert.notEqual(JSON.stringify(copy), before);
  assert.equal(JSON.stringify(state), text);
});

test('what waits while somebody is free', () => {
  // One draw, and a is full: the turn is lost, though b is free.
  const arrivals = [{ at: 0.5, efforts: [100] }, { at: 1.5, efforts: [0.1] }, { at: 2.5, efforts: [1] }];
  const old = after(tiny({ limit: 1, rule: 'libredesk_2025', arrivals }), 3.5);
  const now = after(tiny({ limit: 1, arrivals }), 3.5);
  assert.equal(now.measures.leftWhileFree, 0);
  assert.equal(now.measures.counts.waiting, 0);
  assert.equal(old.measures.leftWhileFree, 1);
  assert.deepEqual(old.state.waiting, [2]);
  assert.equal(old.state.why[0]?.why, 'turn_lost');
});

test('the load spread is the mean over the minutes of the busiest less the least busy', () => {
  // From the tick of minute 1 one holds one, the other none; from minute 3 both one.
  const arrivals = [{ at: 0.5, efforts: [100] }, { at: 2.5, efforts: [100] }];
  const { state, measures } = after(tiny({ arrivals }), 5);
  // The sample is before the tick of the same moment: minutes 0, 1 are even, 2, 3 are not, 4 is.
  assert.deepEqual(state.records.samples.spread.slice(480), [0, 0, 1, 1, 0]);
  close(measures.spread, 2 / 5);
});

test('idle time is the part of the time at work', () => {
  // Two people ten minutes; one works from minute 1 to 5.
  const { measures } = after(tiny({ arrivals: [{ at: 0.5, efforts: [4] }] }), 10);
  close(measures.idle, 16 / 20);
});

test('every measure has a sentence of its own, and a name', () => {
  assert.equal(new Set(DEFINITIONS.map(({ id }) => id)).size, DEFINITIONS.length);
  for (const { name, sentence } of DEFINITIONS) {
    assert.ok(name.length > 0);
    assert.match(sentence, /^[A-Z].*\.$/);
  }
});
