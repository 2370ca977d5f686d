// Recordings, held against what the Node host itself reads and compares.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { planJson, type Assignment, type Plan, type Snapshot } from 'evenhand';
import { advance, createLane, type Ground } from '../lane.ts';
import { RULES } from '../policy.ts';
import { compareWith, openRecording, readSnapshot, readTicks, RecordingError, type RecordingFile, type Tick } from '../recording.ts';
import { readScenario } from '../scenario.ts';
import { HOUR } from '../time.ts';
import { createWorld } from '../world.ts';
import { file, small } from './support.ts';

const host = (name: string) => import(file(`../node/recording/${name}.mjs`).href);
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evenhand-recording-'));
  const { createRecorder } = await host('write');
  const recorder = createRecorder(folder, { fileSize: 60_000, failed: assert.fail, recovered: assert.fail });
  for (const line of lines()) await recorder.write(line);
  await recorder.close();
});
after(() => rm(folder, { recursive: true }));

/** What a host would have recorded of a simulated desk that loses claims, and some again and again; ids are numbers, as in a database. */
function lines(): Tick[] {
  const scenario = structuredClone(small());
  Object.assign(scenario.desk, { claim_ms: 60_000 });
  scenario.desk.agents.forEach((agent, i) => (agent.id = String(i + 1)));
  const place = new Map(small().desk.agents.map(({ id }, i) => [id, String(i + 1)]));
  scenario.desk.teams.forEach((team, i) => {
    team.id = String(i + 1);
    team.members = team.members.map((id) => place.get(id)!);
    team.by_hand = { share: 1, mean_minutes: 2 };
  });
  scenario.acts = [
    { at: 10 * HOUR, what: 'rule', team: '2', rule: 'manual' },
    { at: 11 * HOUR, what: 'rule', team: '2', rule: 'libredesk_2026' },
    { at: 14 * HOUR, what: 'surge', team: '1', minutes: 30, factor: 3 },
    { at: 14 * HOUR, what: 'tick', seconds: 5 },
  ];
  const checked = readScenario(scenario);
  const world = createWorld(checked);
  const result: Tick[] = [];
  const ground: Ground = {
    scenario: checked,
    lane: 0,
    world,
    whole: true,
    watch: {
      happened() {},
      ticked(at, text, missed) {
        const tick = result.length + 1;
        // Once somebody took a cursor away.
        const taken = { ...JSON.parse(text!), cursors: [] };
        const snapshot = tick === 100 ? JSON.stringify(taken) : text!;
        // A desk that stands still is left out, else the test would take its time.
        if (snapshot.includes('"conversations":[]') && snapshot.endsWith('"lost_claims":[]}') && tick > 3) return;
        const plan = planJson(snapshot);
        const lost = (JSON.parse(plan) as Plan).decisions.filter(({ conversation }) => missed.has(world.ids.indexOf(conversation)));
        result.push({ tick, time: new Date(at).toISOString(), version: String(tick), snapshot, plan, claim: { won: true, claimed: 0, lost } });
      },
    },
  };
  advance(createLane(ground), ground, 15 * HOUR);
  // Another host was faster, the claim failed, the snapshot was refused.
  const last = result.at(-1)!;
  const { claim: _, ...refused } = last;
  return [
    ...result,
    { ...last, tick: last.tick + 1, claim: { won: false, claimed: 0, lost: [] } },
    { ...last, tick: last.tick + 2, claim: null },
    { ...refused, tick: last.tick + 3, plan: null, refused: { code: 'invalid_id', path: '/agents/0/id' } },
  ];
}

async function files(from = folder): Promise<RecordingFile[]> {
  return Promise.all((await readdir(from)).map(async (name) => {
    const bytes = await readFile(join(from, name));
    return { name, arrayBuffer: async () => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer };
  }));
}

async function all<T>(generator: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const one of generator) list.push(one);
  return list;
}

/** The lines that the host's own reader finds. */
async function asTheHostReads(from = folder) {
  const { readRecording } = await host('read');
  return (await all<{ file: string; number: number; line?: Tick; fault?: string }>(readRecording(from)))
    .map(({ file: name, number, line, fault }) => (fault ? { file: name, line: number, fault } : line));
}

test('a recording is read as the host reads it', async () => {
  const ticks = await all(readTicks((await files()).reverse()));
  assert.ok(ticks.length > 200 && (await readdir(folder)).length > 2);
  assert.ok(isDeepStrictEqual(ticks, await asTheHostReads()));
});

test('what a host that was killed leaves is read up to its last whole line, and damage is told', async () => {
  const copy = await mkdtemp(join(tmpdir(), 'evenhand-recording-'));
  try {
    const [first, second, ...rest] = (await readdir(folder)).sort();
    for (const name of [first, second, rest[0]]) await writeFile(join(copy, name), await readFile(join(folder, name)));
    const bytes = await readFile(join(copy, first));
    await truncate(join(copy, first), bytes.length - 20);
    const damaged = await readFile(join(copy, second));
    damaged.fill(0, 700, 720);
    await writeFile(join(copy, second), damaged);
    const ticks = await all(readTicks(await files(copy)));
    const faults = ticks.filter((tick) => 'fault' in tick);
    assert.deepEqual(faults.map((fault) => [fault.file, fault.fault]), [[first, 'cut'], [second, 'damaged']]);
    // Of the file that was cut off the host reads the same lines; of the damaged one it may give up earlier.
    const whole = (list: unknown[]) => list.slice(0, list.findIndex((one) => (one as { fault?: string }).fault === 'cut') + 1);
    assert.ok(whole(ticks).length > 50);
    assert.ok(isDeepStrictEqual(whole(ticks), whole(await asTheHostReads(copy))));
    assert.equal('fault' in ticks.at(-1)!, false);
  } finally {
    await rm(copy, { recursive: true });
  }
});

test('what is no recording, or of another format, is refused', async () => {
  assert.throws(() => openRecording([{ name: 'photo.jpg', arrayBuffer: async () => new ArrayBuffer(0) }]), RecordingError);
  const gzip = new Blob([`${JSON.stringify({ recording: 2, snapshot: '' })}\n`]).stream().pipeThrough(new CompressionStream('gzip'));
  const bytes = await new Response(gzip).arrayBuffer();
  await assert.rejects(all(readTicks([{ name: '000001.jsonl.gz', arrayBuffer: async () => bytes }])), /format 2/);
});

for (const rule of RULES) {
  test(`what ${rule} would have decided is what the host's diff says`, async () => {
    const { compare } = await host('diff');
    const expected: any = await compare(folder, { rule });
    const result = { ticks: 0, decisions: 0, differ: { otherAgent: 0, nowWaits: 0, nowAssigned: 0 } };
    const waited = new Map<string, [Set<string>, Set<string>]>();
    for await (const { decisions } of compareWith(readTicks(await files()), { rule })) {
      result.ticks += 1;
      for (const { recorded, other } of decisions) {
        result.decisions += 1;
        assert.equal(recorded.conversation, other.conversation);
        if (recorded.agent !== other.agent) {
          if (other.agent === null) result.differ.nowWaits += 1;
          else if (recorded.agent === null) result.differ.nowAssigned += 1;
          else result.differ.otherAgent += 1;
        }
        [recorded, other].forEach(({ conversation, team, agent, why }, side) => {
          if (agent !== null) return;
          const key = JSON.stringify([team, why]);
          if (!waited.has(key)) waited.set(key, [new Set(), new Set()]);
          waited.get(key)![side].add(conversation);
        });
      }
    }
    assert.deepEqual(result, { ticks: expected.ticks, decisions: expected.decisions, differ: expected.differ });
    assert.deepEqual([...waited], [...expected.waited].map(([key, { waited: sets }]: [string, { waited: unknown }]) => [key, sets]));
    assert.ok(expected.leftOut === 3 && result.decisions > 300);
  });
}

test('another policy is more than another rule', async () => {
  const policy = { assignable: ['away' as const], weights: [{ team: 1, agent: 2, weight: 3 }], capacities: [{ agent: '1', capacity: 0 }], rules: [{ team: 2, rule: 'least_loaded' as const }] };
  for await (const { snapshot, tick } of compareWith(readTicks(await files()), policy)) {
    const recorded = JSON.parse(tick.snapshot) as Snapshot;
    assert.deepEqual(snapshot.agents, recorded.agents.map((agent) => (agent.id === '1' ? { ...agent, capacity: 0 } : agent)));
    const manual = recorded.teams[1].assignment === 'manual';
    assert.deepEqual(snapshot.teams[0].assignable, ['away']);
    assert.deepEqual([snapshot.teams[0].assignment, snapshot.teams[1].assignment], ['libredesk_2026', manual ? 'manual' : 'least_loaded']);
    assert.deepEqual(snapshot.teams[0].members.map(({ agent, weight }) => [agent, weight]), recorded.teams[0].members.map(({ agent }) => [agent, agent === '2' ? 3 : 1]));
  }
});

test('another policy may be another objective', async () => {
  const two: Snapshot = {
    version: 1,
    agents: ['a', 'b'].map((id) => ({ id, availability: 'online', load: 0, capacity: 1 })),
    teams: [{ id: 't', assignment: 'least_loaded', members: [{ agent: 'a' }, { agent: 'b' }] }, { id: 'u', assignment: 'least_loaded', members: [{ agent: 'a' }] }],
    conversations: [{ id: 'c1', team: 't' }, { id: 'c2', team: 'u' }, { id: 'c3', team: 'u' }],
  };
  const under = async (objective: 'most' | undefined, snapshot: Snapshot) => {
    for await (const { snapshot: { objective: planned }, other } of compareWith(recorded([snapshot]), objective ? { objective } : {})) {
      return [planned, other.decisions.map(({ agent }) => agent), other.bottlenecks?.map(({ waiting }) => waiting)];
    }
    return undefined;
  };
  assert.deepEqual(await under(undefined, two), [undefined, ['a', null, null], undefined]);
  assert.deepEqual(await under('most', two), ['most', ['b', 'a', null], [1]]);
  assert.deepEqual(await under(undefined, { ...two, objective: 'most' }), ['most', ['b', 'a', null], [1]]);
});

/** The ticks that a host records of these snapshots; a claim of `lost` fails. */
async function* recorded(snapshots: Snapshot[], lost: string[] = []): AsyncGenerator<Tick> {
  for (const [i, one] of snapshots.entries()) {
    const snapshot = JSON.stringify(one);
    const plan = planJson(snapshot);
    const missed = (JSON.parse(plan) as Plan).decisions.filter(({ conversation }) => lost.includes(conversation));
    yield { tick: i + 1, time: '', version: '', snapshot, plan, claim: { won: true, claimed: 0, lost: missed } };
  }
}

const three = (assignment: Assignment, conversations: string[], more: Partial<Snapshot> = {}): Snapshot => ({
  version: 1,
  agents: ['a', 'b', 'c'].map((id) => ({ id, availability: 'online', load: 0, capacity: 1 })),
  teams: [{ id: 't', assignment, members: [{ agent: 'a' }, { agent: 'b' }, { agent: 'c' }] }],
  conversations: conversations.map((id) => ({ id, team: 't' })),
  ...more,
});

test('what the other policy lost is handed back as it decided it, and what the host served last stays last', async () => {
  const last = (conversation: string) => ({ conversation, team: 't', agent: null });
  const full = three('libredesk_2026', []).agents.map((agent) => (agent.id === 'c' ? { ...agent, capacity: 0 } : agent));
  const ticks = [
    // Nobody is left for 3.
    three('libredesk_2026', ['1', '2', '3'], { agents: full }),
    // The host puts 2 last, which it lost, and 9, which it lost before.
    three('libredesk_2026', ['9', '2', '3', '-1'], { agents: full, cursors: [{ rotation: 't', rule: 'libredesk_2026', turns: [] }], lost_claims: [last('9'), last('2')] }),
  ];
  const [first, second] = await all(compareWith(recorded(ticks, ['2']), { rule: 'round_robin', capacities: [{ agent: 'c', capacity: 1 }] }));
  assert.deepEqual(first.other.decisions.slice(1), [
    { conversation: '2', team: 't', agent: 'b', why: 'turn', set: 1 },
    { conversation: '3', team: 't', agent: 'c', why: 'only_candidate', set: 2 },
  ]);
  // Of 3 nobody has lost a claim: c has the turn back, and it keeps its place.
  assert.deepEqual(second.snapshot.lost_claims, [first.other.decisions[1], last('9'), { ...first.other.decisions[2], conversation: '-2' }]);
  assert.deepEqual(second.snapshot.cursors, first.other.cursors);
  // b has the turn back, too, and gets 3, which is served first; a is left for 9, and nobody for 2.
  assert.deepEqual(second.other.decisions.map(({ agent }) => agent), ['a', null, 'b', 'c']);
});

test('teams that share a rotation have one each under a rule of Libredesk', async () => {
  const members = [{ agent: 'a' }, { agent: 'b' }];
  const teams = ['t', 'u'].map((id) => ({ id, assignment: 'round_robin' as const, rotation: 'both', members }));
  const cursors = [{ rotation: 'both', rule: 'round_robin' as const, turns: [] }];
  const conversations = ['t', 'u'].map((team) => ({ id: team, team }));
  const ticks = [1, 2, 3].map((tick) => three('round_robin', [], { teams, conversations, cursors: tick === 3 ? [] : cursors }));
  const shared = await all(compareWith(recorded(ticks), { rule: 'least_recent' }));
  assert.deepEqual(shared.map(({ other }) => other.decisions.map(({ agent }) => agent)), [['a', 'b'], ['a', 'b'], ['a', 'b']]);
  assert.deepEqual(shared[1].snapshot.cursors!.map(({ rotation }) => rotation), ['both']);
  const apart = await all(compareWith(recorded(ticks), { rule: 'libredesk_2025' }));
  assert.deepEqual(apart.map(({ snapshot }) => snapshot.cursors!.map(({ rotation }) => rotation)), [['both'], ['t', 'u'], []]);
  // Each team's own turn: at first a is full when the other team draws them.
  assert.deepEqual(apart.map(({ other }) => other.decisions.map(({ agent }) => agent)), [['a', null], ['b', null], ['a', null]]);
});

test('a snapshot without a recording gets a plan, or the engine\u2019s own error with its place', () => {
  const text = '{"version":1,"agents":[],"teams":[],"conversations":[{"id":"c","team":"t"}]}';
  assert.equal(JSON.parse(readSnapshot(text).plan).decisions[0].why, 'unknown_team');
  assert.throws(() => readSnapshot(text.replace('"id":"c"', '"id":""')), { name: 'EvenhandError', code: 'invalid_id', path: '/conversations/0/id' });
  assert.throws(() => readSnapshot('{'), { name: 'EvenhandError', code: 'malformed_json' });
});
