// What a lane remembers of the claims that it lost, and what the engine hears of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plan, type Cursor, type Decision, type LostClaim } from 'evenhand';
import { advance, createLane } from '../lane.ts';
import { remember, type Lost } from '../lost.ts';
import { sharesOf } from '../measures.ts';
import { at, tiny } from './support.ts';

const decision = (conversation: string, agent: string, why: Decision['why'], set?: number) =>
  ({ conversation, team: 't', agent, why, ...(set === undefined ? {} : { set }) }) as Decision;

/** Returns what each plan gets: the lost decision (`L`), that it is served last (`l`), or nothing; `loses` says which plans lose it. */
function rhythm(plans: number, loses: (plan: number) => boolean): string {
  let memory: Lost[] = [];
  let said = '';
  for (let plan = 0; plan < plans; plan += 1) {
    const [one] = memory;
    said += one?.decision ? 'L' : one?.plans ? 'l' : '-';
    memory = remember(memory, new Map(loses(plan) ? [[7, decision('c', 'a', 'turn')]] : []), () => true);
  }
  return said;
}

test('after the n-th loss in a row 2^(n-1) plans more serve it last, and never more than 64', () => {
  assert.equal(rhythm(6, (plan) => plan === 0), '-Ll---');
  // Lost once more while it is served last, and once it is not.
  assert.equal(rhythm(8, (plan) => plan < 2), '-LLll---');
  assert.equal(rhythm(14, (plan) => plan === 0 || plan === 3 || plan === 6), '-Ll-LllLllll--');
  assert.equal(rhythm(100, (plan) => plan < 10).replaceAll('-', ''), 'L'.repeat(10) + 'l'.repeat(64));
});

test('what waits no longer is forgotten, and begins anew', () => {
  const lost = new Map([[7, decision('c', 'a', 'turn')]]);
  const twice = remember(remember([], lost, () => true), lost, () => true);
  assert.deepEqual(twice.map(({ times, plans }) => [times, plans]), [[2, 3]]);
  assert.deepEqual(remember(twice, new Map(), () => false), []);
  assert.deepEqual(remember(remember(twice, new Map(), () => false), lost, () => true).map(({ times }) => times), [1]);
});

/** Returns what the engine hears of lost claims, tick by tick from the first on that has a conversation. */
function heard(ground: ReturnType<typeof tiny>, minutes: number): LostClaim[][] {
  const list: LostClaim[][] = [];
  const ticked = (_: number, snapshot?: string) => {
    const { conversations, lost_claims } = JSON.parse(snapshot!);
    if (conversations.length > 0 || list.length > 0) list.push(lost_claims);
  };
  const watched = { ...ground, whole: true, watch: { ticked, happened() {} } };
  advance(createLane(watched), watched, at(minutes));
  return list;
}

test('two conversations that are lost again and again do not keep a third from the one who has room', () => {
  // For half a minute somebody is about to pick the first two; a takes one at a time.
  const arrivals = [{ at: 0.01, efforts: [9], pickAt: 0.5 }, { at: 0.02, efforts: [9], pickAt: 0.5 }, { at: 0.03, efforts: [9] }];
  const ground = tiny({ members: 1, limit: 1, tick_seconds: 5, claim_ms: 60_000, arrivals });
  const state = createLane(ground);
  advance(state, ground, at(0.4));
  // Ticks at 5, 10 and 15 seconds: the third goes to a with the third of them.
  assert.deepEqual([state.records.log.conversation, state.records.log.at], [[2], [at(0.25)]]);
  assert.deepEqual(heard(ground, 0.45), [
    [],
    [decision('c1', 'a', 'only_candidate')],
    [{ conversation: 'c1', team: 't', agent: null }, decision('c2', 'a', 'only_candidate')],
    [{ conversation: 'c2', team: 't', agent: null }],
    [],
  ]);
});

test('what is remembered is the same where only the teams are asked that have something to decide', () => {
  const arrivals = [1, 2, 3, 4].map((n) => ({ at: n / 100, efforts: [0.2], ...(n < 4 ? { pickAt: 1 + n / 100 } : {}) }));
  const ground = tiny({ members: 1, limit: 1, tick_seconds: 5, claim_ms: 60_000, arrivals });
  const lanes = [ground, { ...ground, whole: true }].map((one) => ({ one, state: createLane(one) }));
  const seen = new Set<string>();
  for (let tick = 1; tick < 60; tick += 1) {
    const [part, whole] = lanes.map(({ one, state }) => {
      advance(state, one, at(tick / 12) + 1);
      return { ...state, counts: undefined, changed: undefined, events: undefined };
    });
    assert.deepEqual(part, whole);
    for (const { times, plans, decision } of part.lost) seen.add(`${times} ${decision ? 'lost' : plans > 0 ? 'last' : 'remembered'}`);
  }
  assert.ok(lanes[0].state.counts.asked < lanes[1].state.counts.asked - 500);
  assert.deepEqual([...seen].sort(), ['1 last', '1 lost', '1 remembered', '2 last', '2 lost', '2 remembered', '3 last', '3 lost']);
});

test('a decision that is lost is handed back with its set', () => {
  // a is full with c1, so b and c share in c2, which is lost.
  const arrivals = [{ at: 0.5, efforts: [9] }, { at: 0.6, efforts: [9], pickAt: 1 + 1 / 120 }];
  const ground = tiny({ members: 3, limit: 1, claim_ms: 1000, arrivals });
  assert.deepEqual(heard(ground, 2.5), [[], [decision('c2', 'b', 'turn', 1)]]);
});

test('each plan gets the cursors of the last one, with the sets by which what was lost is undone', () => {
  // The first is lost, and before and after the tick of minute 3 nothing happens.
  const arrivals = [1, 2, 4, 6].map((n) => ({ at: n - 0.5, efforts: [0.1], ...(n === 1 ? { pickAt: n + 1 / 120 } : {}) }));
  const ground = tiny({ claim_ms: 1000, arrivals });
  // From minute 4 on people assign, and the cursor stays as it was.
  ground.scenario.acts = [{ at: at(4.5), what: 'rule', team: 't', rule: 'manual' }];
  const cursors: Cursor[][] = [];
  const ticked = (_: number, snapshot?: string) => cursors.push(JSON.parse(snapshot!).cursors, plan(JSON.parse(snapshot!)).cursors);
  const watched = { ...ground, whole: true, watch: { ticked, happened() {} } };
  const lanes = [ground, watched].map((one) => ({ one, state: createLane(one) }));
  const sets: unknown[] = [];
  for (let minute = 0; minute < 8; minute += 1) {
    const [part, whole] = lanes.map(({ one, state }) => {
      advance(state, one, at(minute) + 1);
      return [state.cursors, state.sets, state.lost];
    });
    assert.deepEqual(part, whole);
    sets.push(part[1][0]);
  }
  const first = '[{"seats":[0,1]}]';
  assert.deepEqual(sets, [undefined, first, first, undefined, first, first, first, first]);
  for (let i = 1; i < cursors.length - 1; i += 2) assert.deepEqual(cursors[i + 1], cursors[i]);
});

test('what was lost was given to nobody, and nobody is owed for it', () => {
  // c1 is lost on a, c2 goes to b. Then the turn is a's again.
  const arrivals = [{ at: 0.5, efforts: [0.1], pickAt: 1 + 1 / 120 }, { at: 0.6, efforts: [0.1] }, { at: 1.5, efforts: [0.1] }];
  for (const rule of ['round_robin', 'least_loaded', 'least_recent'] as const) {
    const ground = tiny({ rule, claim_ms: 1000, arrivals });
    const state = createLane(ground);
    advance(state, ground, at(1.5));
    const shares = () => sharesOf(state).map(({ agent, received, owed }) => [agent, received, owed]);
    assert.deepEqual(shares(), [[0, 0, 1 / 2], [1, 1, 1 / 2]], rule);
    advance(state, ground, at(2.5));
    // By turn, by hand, by turn.
    assert.deepEqual([state.records.log.conversation, state.records.log.how, state.records.log.agent], [[1, 0, 2], [0, 1, 0], [1, 0, 0]], rule);
    assert.deepEqual(shares(), [[0, 1, 1], [1, 1, 1]], rule);
  }
});

test('whoever is full with what is lost is owed nothing of the rest of that plan', () => {
  // a is full with c1, which is lost: c2 can go to b alone, and c3 waits.
  const arrivals = [{ at: 0.5, efforts: [9], pickAt: 1 + 1 / 120 }, { at: 0.6, efforts: [9] }, { at: 0.7, efforts: [9] }];
  for (const rule of ['round_robin', 'least_loaded', 'least_recent'] as const) {
    const ground = tiny({ rule, limit: 1, claim_ms: 1000, arrivals });
    const state = createLane(ground);
    advance(state, ground, at(1.001));
    assert.deepEqual(state.records.log.agent, [1], rule);
    assert.deepEqual(sharesOf(state).map(({ agent, received, owed }) => [agent, received, owed]), [[1, 1, 1]], rule);
    assert.deepEqual([state.records.log.run, state.waiting], [[0], [0, 2]], rule);
  }
});

test('what is served last is measured as served last', () => {
  // At the tick of minute 1 c1 is lost and a and b are free. At that of minute 2 it comes after c2, when b alone is left.
  const arrivals = [{ at: 0.5, efforts: [9], pickAt: 1.9 }, { at: 1.5, efforts: [9] }];
  const ground = tiny({ limit: 1, claim_ms: 60_000, arrivals });
  const state = createLane(ground);
  ground.world.pickAt[0] = at(1.9);
  advance(state, ground, at(1.001));
  assert.deepEqual(state.lost.map(({ conversation }) => conversation), [0]);
  // Nobody picks it after all.
  ground.world.pickAt[0] = Infinity;
  state.events.pop();
  advance(state, ground, at(2.001));
  assert.deepEqual([state.records.log.conversation, state.records.log.agent], [[1, 0], [0, 1]]);
  assert.deepEqual(sharesOf(state).map(({ owed }) => owed), [1 / 2, 3 / 2]);
});
