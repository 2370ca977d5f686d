// What holds of every run.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRun, type Run } from '../run.ts';
import { readScenario, scenarioOf, type Act, type Scenario } from '../scenario.ts';
import { ANSWERED, AWAITED, ENDED, HELD, WAITS } from '../state.ts';
import { HOUR, MINUTE } from '../time.ts';
import { BOTH, desk, small } from './support.ts';

function ran(scenario: Scenario, until = Infinity, options = {}): Run {
  const run = createRun(scenario, options);
  run.advanceTo(until);
  return run;
}

/** A desk on which everything there is happens. */
const BUSY: Act[] = [
  { at: 9 * HOUR, what: 'surge', team: 'cakes', minutes: 90, factor: 3 },
  { at: 9.5 * HOUR, what: 'availability', agent: 'ayo', availability: 'away', minutes: 20 },
  { at: 10 * HOUR, what: 'lunch', minutes: 15 },
  { at: 10.5 * HOUR, what: 'limit', team: 'cakes', limit: 6 },
  { at: 11 * HOUR, what: 'member', team: 'cakes', agent: 'ayo', in: true },
  { at: 11.5 * HOUR, what: 'weight', team: 'cakes', agent: 'mia', weight: 2 },
  { at: 12 * HOUR, what: 'shift', agents: ['ben'], shift: 'late' },
  { at: 13 * HOUR, what: 'capacity', agent: 'lea', capacity: 2 },
  { at: 13.5 * HOUR, what: 'tick', seconds: 5 },
  { at: 14 * HOUR, what: 'rule', team: 'catering', rule: 'manual' },
  { at: 15 * HOUR, what: 'rule', team: 'catering', rule: 'least_loaded', lane: 1 },
];

const busy = (how = {}, lanes = BOTH) => {
  const scenario = structuredClone(small(how, lanes));
  Object.assign(scenario.desk.teams[0].by_hand, { share: 0.3 });
  // A claim takes longer than from tick to tick: what is lost is lost again.
  Object.assign(scenario.desk, { claim_ms: 40_000, absent: 0.1 });
  return readScenario({ ...scenario, acts: BUSY });
};

test('every conversation arrives once, and ends once or is still there', () => {
  const run = ran(busy({ days: 3 }));
  for (const lane of [0, 1]) {
    const state = run.lane(lane);
    const { counts } = run.measures(lane);
    const held = state.inbox.flat();
    assert.equal(counts.arrived, run.world.ids.length);
    assert.equal(new Set(run.world.ids).size, counts.arrived);
    assert.equal(new Set([...held, ...state.waiting]).size, held.length + state.waiting.length);
    const places = [AWAITED, WAITS, HELD, ANSWERED, ENDED].map((status) => state.status.filter((one) => one === status).length);
    assert.deepEqual(places, [0, state.waiting.length, held.length, places[3], counts.ended]);
    assert.equal(places.reduce((a, b) => a + b), counts.arrived);
    for (const [agent, list] of state.inbox.entries()) for (const one of list) assert.deepEqual([state.status[one], state.holder[one]], [HELD, agent]);
    for (const [team, waiting] of state.queues.entries()) assert.equal(state.waiting.filter((one) => run.world.team[one] === team).length, waiting);
    // Everything that was handed out had come, and what is over was handed out.
    const { log } = state.records;
    log.conversation.forEach((one, i) => assert.ok(log.at[i] >= run.world.at[one] && log.waited[i] >= 0));
    const given = new Set(log.conversation);
    state.status.forEach((status, one) => assert.ok(status !== ENDED || given.has(one)));
    assert.ok(counts.byHand > 0 && counts.lostClaims > 0 && counts.ended > 0);
    // In every team what was received is what was owed.
    for (const { owed, received } of state.fairness) {
      const sum = (list: Iterable<number>) => [...list].reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(sum(owed) - sum(received)) < 1e-6);
    }
  }
});

test('two lanes of one policy are the same', () => {
  for (const policy of [{ rule: 'round_robin' }, { rule: 'libredesk_2026' }, { rule: 'least_loaded' }, { rule: 'least_recent' }] as const) {
    const acts = BUSY.filter((act) => !('lane' in act));
    const run = ran({ ...busy({ days: 2 }, [{ name: 'one', policy }, { name: 'other', policy }] as typeof BOTH), acts });
    const [one, other] = [0, 1].map((lane) => ({ ...run.lane(lane), events: undefined }));
    assert.deepEqual(one, other);
  }
});

test('what a policy does changes nothing of the world', () => {
  const run = ran(busy());
  assert.notDeepEqual(run.lane(0).records.log, run.lane(1).records.log);
  assert.deepEqual(ran(busy({}, [BOTH[1], BOTH[1]])).world, run.world);
  // Whoever comes and goes does so in both.
  assert.deepEqual(run.lane(0).availability, run.lane(1).availability);
  assert.deepEqual(run.lane(0).there, run.lane(1).there);
});

test('an act changes what it is about, and nothing else', () => {
  const plain = createRun(small());
  const acts: Act[] = [{ at: 9 * HOUR, what: 'surge', team: 'cakes', minutes: 60, factor: 4 }];
  const surge = createRun(readScenario({ ...plain.scenario, acts }));
  const extra = surge.world.ids.filter((id) => !plain.world.ids.includes(id));
  assert.ok(extra.length > 20 && extra.every((id) => id.startsWith('cakes-surge-')));
  for (const id of extra) {
    const at = surge.world.at[surge.world.ids.indexOf(id)];
    assert.ok(at >= 9 * HOUR && at < 10 * HOUR);
  }
  assert.deepEqual(surge.world.ids.filter((id) => !extra.includes(id)), plain.world.ids);
  assert.deepEqual(surge.world.changes, plain.world.changes);
  const lunch = createRun(readScenario({ ...plain.scenario, acts: [{ at: 9 * HOUR, what: 'availability', agent: 'tom', availability: 'online', minutes: 30 }] }));
  assert.deepEqual(lunch.world.changes.filter(({ agent }) => agent !== 4), plain.world.changes.filter(({ agent }) => agent !== 4));
  assert.deepEqual(lunch.world.changes.filter(({ agent, at }) => agent === 4 && at >= 9 * HOUR && at < 10 * HOUR), [
    { at: 9 * HOUR, agent: 4, to: 'online' },
    { at: 9 * HOUR + 30 * MINUTE, agent: 4, to: 'offline' },
  ]);
});

test('asking about the teams that have something to decide is asking about all', async () => {
  for (const seed of [1, 2]) {
    const part = createRun(busy({ seed }));
    const whole = createRun(busy({ seed }), { whole: true });
    const remembered = (run: Run) => [0, 1].map((lane) => run.lane(lane)).map(({ cursors, sets, lost }) => [cursors, sets, lost]);
    while (part.now < part.end) {
      for (const run of [part, whole]) run.tick();
      assert.deepEqual(remembered(part), remembered(whole));
    }
    for (const lane of [0, 1]) {
      assert.ok(part.lane(lane).counts.asked < whole.lane(lane).counts.asked);
      assert.deepEqual(part.lane(lane).records, whole.lane(lane).records);
      assert.deepEqual(part.measures(lane), whole.measures(lane));
      assert.deepEqual(part.shares(lane), whole.shares(lane));
    }
  }
});

test('where the most is served, too, and what holds back those who wait is known', async () => {
  const lanes = [{ name: 'in order', policy: { rule: 'round_robin' } }, { name: 'most', policy: { rule: 'round_robin', objective: 'most' } }] as unknown as typeof BOTH;
  const part = createRun(busy({}, lanes));
  const whole = createRun(busy({}, lanes), { whole: true });
  let held = 0;
  while (part.now < part.end) {
    for (const run of [part, whole]) run.tick();
    const [few, all] = [part, whole].map((run) => run.lane(1));
    assert.deepEqual([few.cursors, few.sets, few.lost, few.bottlenecks], [all.cursors, all.sets, all.lost, all.bottlenecks]);
    assert.deepEqual(part.lane(0).bottlenecks, []);
    held += few.bottlenecks.length;
  }
  assert.ok(held > 0 && part.lane(1).counts.asked < whole.lane(1).counts.asked);
  assert.deepEqual(part.lane(1).records, whole.lane(1).records);
});

test('the same seed gives the same numbers everywhere, and another seed others', async () => {
  const run = ran(scenarioOf(desk('sample'), BOTH));
  assert.equal(await run.digest(), DIGEST);
  assert.notEqual(await ran(scenarioOf(desk('sample'), BOTH, { seed: 2 })).digest(), DIGEST);
});

/** Of a day of the sample desk; the page has to come to the same. */
const DIGEST = '1eb378148efba44c02ecf637d161e62e8d6d350dbef1168c088d1670dc29eef3';

test('going in steps, back and forth, is going straight on', async () => {
  const straight = await ran(busy()).digest();
  const run = createRun(busy());
  for (let at = 0; at < run.end; at += 37 * MINUTE + 13) run.advanceTo(at);
  run.jumpTo(10 * HOUR + 1);
  run.jumpTo(16 * HOUR);
  run.jumpTo(3 * HOUR);
  run.tick();
  assert.equal(run.now, 3 * HOUR + 1);
  run.tick();
  assert.equal(run.now, 3 * HOUR + 15_001);
  run.jumpTo(run.end);
  assert.equal(await run.digest(), straight);
});

test('an act that is done while it runs is as if it had been in the scenario, and undo as if it had never been', async () => {
  const { acts, ...rest } = busy();
  const plain = await ran({ ...rest, acts: [] }).digest();
  const live = createRun({ ...rest, acts: [] });
  for (const act of acts) {
    live.advanceTo(act.at);
    live.act(act);
  }
  live.advanceTo(live.end);
  assert.deepEqual(live.scenario.acts, acts);
  assert.equal(await live.digest(), await ran(busy()).digest());
  // Late, and in another order.
  const late = ran({ ...rest, acts: [] });
  for (const act of acts.toReversed()) late.act(act);
  assert.equal(await late.digest(), await live.digest());
  while (late.undo());
  assert.equal(late.now, late.end);
  assert.equal(await late.digest(), plain);
  assert.notEqual(plain, await live.digest());
});

test('an act that makes no sense is refused, and nothing is changed', async () => {
  const run = ran(small(), 9 * HOUR);
  const before = await run.digest();
  assert.throws(() => run.act({ at: 8 * HOUR, what: 'limit', team: 'pies', limit: 1 }), { name: 'Invalid', path: '/acts/0/team' });
  assert.equal(await run.digest(), before);
  assert.equal(run.undo(), undefined);
});

test('a conversation has a history', () => {
  const run = ran(busy());
  for (const lane of [0, 1]) {
    const { log } = run.lane(lane).records;
    for (let conversation = 0; conversation < run.world.ids.length; conversation += 29) {
      const { conversation: id, events } = run.history(lane, conversation);
      assert.equal(id, run.world.ids[conversation]);
      assert.deepEqual([events[0].what, events[0].at], ['came', run.world.at[conversation]]);
      const given = events.flatMap((event) => (event.what === 'assigned' || event.what === 'picked' ? [[event.at, event.agent]] : []));
      const logged = log.conversation.flatMap((one, i) => (one === conversation ? [[log.at[i], run.scenario.desk.agents[log.agent[i]].id]] : []));
      assert.deepEqual(given, logged);
      assert.equal(events.at(-1)!.what === 'ended', run.lane(lane).status[conversation] === ENDED);
      assert.deepEqual(events.map(({ at }) => at), events.map(({ at }) => at).sort((a, b) => a - b));
      for (const event of events) {
        // Whoever takes it is first in the line, and somebody held back everybody while it waited.
        if (event.what === 'assigned') assert.deepEqual([event.members[0].agent, event.members[0].position], [event.agent, 1]);
        if (event.what === 'waited' && event.why !== 'manual_team' && lane === 1) assert.ok(event.members.every(({ gate }) => gate));
      }
    }
  }
});
