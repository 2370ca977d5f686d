// The page's copy of a run, frame by frame: whatever way the run took, the copy is the run's own records.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AVAILABILITIES } from '../../sim/policy.ts';
import { createRun, type Run } from '../../sim/run.ts';
import { readScenario } from '../../sim/scenario.ts';
import { HOUR, MINUTE } from '../../sim/time.ts';
import { buffersOf, laneFrame, openedOf, waitingFor, type Sent } from '../frame.ts';
import { hashOf, linkedBy } from '../link.ts';
import { Log, Samples } from '../records.ts';
import { SAMPLE } from '../sample.ts';

function copyOf(run: Run) {
  const { desk } = run.scenario;
  return run.scenario.lanes.map(() => ({ sent: { log: 0, samples: 0 } as Sent, log: new Log(desk.agents.length), samples: new Samples(desk.teams.length) }));
}

function same(run: Run, copies: ReturnType<typeof copyOf>) {
  copies.forEach(({ sent, log, samples }, lane) => {
    const { log: had, samples: minutes } = sent;
    const frame = laneFrame(run, lane, sent, false, -1);
    assert.deepEqual([frame.log.from, frame.samples.from], [had, minutes]);
    log.put(frame.log);
    samples.put(frame.samples);
    const { records, fairness } = run.lane(lane);
    assert.deepEqual(sent, { log: records.log.at.length, samples: records.samples.distance.length });
    for (const name of ['at', 'conversation', 'agent', 'waited', 'how', 'run'] as const) assert.deepEqual([...log[name].values], records.log[name], name);
    assert.deepEqual([...log.team.values], records.log.conversation.map((one) => run.world.team[one]));
    log.byAgent.forEach((entries, agent) => assert.deepEqual(entries, records.log.agent.flatMap((one, i) => (one === agent ? [i] : []))));
    assert.deepEqual([...samples.distance.values], records.samples.distance);
    samples.queues.forEach((queue, team) => assert.deepEqual([...queue.values], records.queues[team]));
    assert.deepEqual([...frame.received], run.scenario.desk.agents.map((_, agent) => fairness.reduce((sum, { received }) => sum + received[agent], 0)));
    assert.deepEqual([...laneFrame(run, lane, sent, false, 2).received], [...fairness[2].received]);
  });
}

test('a page that gets every frame has the run, forwards and after a way back', () => {
  const run = createRun(readScenario(SAMPLE));
  const copies = copyOf(run);
  for (const at of [7.5, 8, 8.25, 9.1]) {
    run.advanceTo(at * HOUR);
    same(run, copies);
  }
  const before = copies[0].log.length;
  assert.ok(before > 100);
  run.rewind(8.5 * HOUR);
  for (const { sent } of copies) Object.assign(sent, { log: 0, samples: 0 });
  same(run, copies);
  assert.ok(copies[0].log.length < before);
  run.advanceTo(9 * HOUR);
  same(run, copies);
});

test('a frame gives away its own arrays and none of the run', () => {
  const run = createRun(readScenario(SAMPLE));
  run.advanceTo(9 * HOUR);
  const digest = JSON.stringify(run.measures(0));
  const frame = laneFrame(run, 0, { log: 0, samples: 0 }, true, -1);
  const buffers = buffersOf(frame);
  assert.equal(new Set(buffers).size, buffers.length);
  structuredClone(frame, { transfer: buffers as ArrayBuffer[] });
  assert.equal(frame.log.at.length, 0);
  assert.equal(JSON.stringify(run.measures(0)), digest);
  run.advanceTo(9.5 * HOUR);
});

test('the strips know who is there as the lanes do', () => {
  const run = createRun(readScenario(SAMPLE));
  run.advanceTo(11.6 * HOUR);
  const { changes } = openedOf(run);
  const state = run.scenario.desk.agents.map(() => AVAILABILITIES.indexOf('offline'));
  changes.at.forEach((at, i) => {
    if (at < run.now) state[changes.agent[i]] = changes.to[i];
  });
  assert.deepEqual(state, [...laneFrame(run, 0, { log: 0, samples: 0 }, false, -1).availability]);
});

test('who waits for a team is its queue, the oldest first', () => {
  const run = createRun(readScenario(SAMPLE));
  run.advanceTo(13 * HOUR + 7 * MINUTE);
  let all = 0;
  run.scenario.desk.teams.forEach((_, team) => {
    const waiting = waitingFor(run, 0, team);
    assert.equal(waiting.length, run.lane(0).queues[team]);
    all += waiting.length;
    for (const one of waiting) assert.equal(run.world.ids[one.conversation], one.id);
  });
  assert.ok(all > 0);
});

test('a link holds the whole scenario, and another one is no link', async () => {
  const scenario = readScenario({ ...SAMPLE, acts: [{ at: 9 * HOUR, what: 'lunch', minutes: 45 }] });
  const hash = await hashOf({ scenario, at: 10 * HOUR });
  assert.ok(hash!.length < 4000, `${hash!.length} characters`);
  assert.deepEqual(await linkedBy(`#${hash}`), JSON.parse(JSON.stringify({ scenario, at: 10 * HOUR })));
  assert.equal(await linkedBy('#pricing'), undefined);
  await assert.rejects(linkedBy(`#${hash!.slice(0, 500)}`));
  const { desk } = scenario;
  const large = { ...desk, agents: Array.from({ length: 5000 }, (_, i) => ({ id: crypto.randomUUID(), shift: desk.shifts[i % 2].id })) };
  assert.equal(await hashOf({ scenario: { ...scenario, desk: large }, at: 0 }), undefined);
});
