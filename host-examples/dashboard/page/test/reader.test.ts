// What the page makes of the files that somebody drops on it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { planJson, type Plan } from 'evenhand';
import { createReader, failureOf } from '../own/reader.ts';
import type { Answers, Call } from '../own/protocol.ts';
import { ownHeadline } from '../own/words.ts';

const agents = ['1', '2', '3'].map((id) => ({ id, availability: 'online', load: 0 }));
const members = agents.map(({ id }) => ({ agent: id }));

function snapshot(conversations: string[], assignment: string, more: object = {}): string {
  return JSON.stringify({ version: 1, agents, teams: [{ id: '7', assignment, max_load: 3, members }], conversations: conversations.map((id) => ({ id, team: '7' })), ...more });
}

function line(tick: number, text: string, claim: object | null = { won: true, claimed: 0, lost: [] }): string {
  return `${JSON.stringify({ recording: 1, tick, time: `2026-11-22T09:00:0${tick}.000Z`, version: '1', snapshot: text, plan: planJson(text), claim })}\n`;
}

/** The recorded rule gives the first conversation to `favoured`; Evenhand's own begins level. */
const desk = (favoured: string, ...conversations: string[]) => snapshot(conversations, 'libredesk_2026', {
  cursors: [{ rotation: '7', rule: 'libredesk_2026', turns: agents.map(({ id }) => ({ agent: id, owed: id === favoured ? 2 : 0 })) }],
});
const first = desk('3', 'c1', 'c2');
const refused = snapshot(['c1'], 'round_robin').replace('"id":"1"', '"id":""');
const LINES = [
  line(1, first),
  line(2, first, { won: false, claimed: 0, lost: [] }),
  line(3, first, null),
  `${JSON.stringify({ recording: 1, tick: 4, time: '2026-11-22T09:00:04.000Z', version: '1', snapshot: refused, plan: null, refused: { code: 'invalid_id', path: '/agents/0/id' } })}\n`,
  line(5, snapshot([], 'libredesk_2026')),
  // The customer wrote again; the snapshot before had no cursors, so the turns begin anew.
  line(6, desk('2', 'c1')),
];
const recording = new File([...LINES.map((text) => gzipSync(text)), gzipSync(LINES[0]).subarray(0, 40)], '000001.jsonl.gz');

async function ask<C extends Call>(reader: ReturnType<typeof createReader>, call: C): Promise<Answers[C['what']]> {
  return reader.answer(call, async () => {});
}

async function failing(call: Call) {
  return ask(createReader(), call).then(() => assert.fail('it was taken'), failureOf);
}

test('a recording is held against a policy, decision by decision', async () => {
  const reader = createReader();
  const compared = await ask(reader, { what: 'files', files: [new File(['x'], 'photo.jpg'), recording], policy: undefined });
  assert.ok(compared.kind === 'recording');
  const recorded = JSON.parse(planJson(first)) as Plan;
  assert.deepEqual(recorded.decisions.map(({ agent }) => agent), ['3', '1']);
  assert.deepEqual(compared.policy, { rule: 'round_robin' });
  assert.deepEqual(compared.lines, [
    { what: 'written', tick: 1, time: '2026-11-22T09:00:01.000Z', decisions: 2, differ: 2 },
    { what: 'overtaken', tick: 2, time: '2026-11-22T09:00:02.000Z' },
    { what: 'unknown', tick: 3, time: '2026-11-22T09:00:03.000Z' },
    { what: 'refused', tick: 4, time: '2026-11-22T09:00:04.000Z' },
    { what: 'written', tick: 5, time: '2026-11-22T09:00:05.000Z', decisions: 0, differ: 0 },
    { what: 'written', tick: 6, time: '2026-11-22T09:00:06.000Z', decisions: 1, differ: 1 },
    { what: 'cut', file: '000001.jsonl.gz', line: 7 },
  ]);
  assert.deepEqual(compared.sums, { ticks: 3, decisions: 3, otherAgent: 3, nowWaits: 0, nowAssigned: 0, leftOut: 3, faults: 1 });
  // Of a conversation that came twice where it went first.
  assert.deepEqual(compared.agents, [{ agent: '1', recorded: 1, other: 1 }, { agent: '2', recorded: 0, other: 1 }, { agent: '3', recorded: 1, other: 0 }]);
  assert.deepEqual((await ask(reader, { what: 'tick', line: 0 })).pairs, [
    { conversation: 'c1', team: '7', recorded: { agent: '3', why: 'turn' }, other: { agent: '1', why: 'turn' } },
    { conversation: 'c2', team: '7', recorded: { agent: '1', why: 'turn' }, other: { agent: '2', why: 'turn' } },
  ]);
  const why = await ask(reader, { what: 'why', line: 0, conversation: 'c2' });
  assert.deepEqual([why.recorded.decision.agent, why.other.decision.agent, why.other.place, why.other.queue], ['1', '2', 2, 2]);
  const { refused: failure } = await ask(reader, { what: 'tick', line: 3 });
  assert.deepEqual([failure?.code, failure?.path, failure?.place?.marked], ['invalid_id', '/agents/0/id', '""']);
  assert.equal(await (await ask(reader, { what: 'csv' })).text(), [
    'tick,time,conversation,team,recorded_agent,recorded_why,other_agent,other_why,differs',
    '1,2026-11-22T09:00:01.000Z,c1,7,3,turn,1,turn,yes',
    '1,2026-11-22T09:00:01.000Z,c2,7,1,turn,2,turn,yes',
    '6,2026-11-22T09:00:06.000Z,c1,7,2,turn,1,turn,yes',
    '',
  ].join('\r\n'));
  const again = await ask(reader, { what: 'policy', text: '{"rule": "libredesk_2026"}' });
  // Of tick 6 only the recording knows where its cursor comes from.
  assert.ok(again.kind === 'recording');
  assert.deepEqual(again.lines.flatMap((one) => ('differ' in one ? [one.differ] : [])), [0, 0, 1]);
});

test('a recording that was unpacked is the same recording', async () => {
  const files = [new File([...LINES, LINES[0].slice(0, 40)], '000001.jsonl')];
  const packed = await ask(createReader(), { what: 'files', files: [recording], policy: undefined });
  const unpacked = await ask(createReader(), { what: 'files', files, policy: undefined });
  assert.ok(packed.kind === 'recording' && unpacked.kind === 'recording');
  assert.deepEqual({ ...unpacked, name: '' }, { ...packed, name: '', lines: [...packed.lines.slice(0, -1), { what: 'cut', file: '000001.jsonl', line: 7 }] });
});

test('one snapshot is held against a policy, and the engine’s plan is handed on', async () => {
  const text = snapshot(['c1', 'c2'], 'round_robin');
  const compared = await ask(createReader(), { what: 'files', files: [new File([text], 'desk.json')], policy: { rule: 'least_loaded', capacities: [{ agent: 1, capacity: 0 }] } });
  assert.ok(compared.kind === 'snapshot');
  assert.deepEqual(compared.sums, { ticks: 1, decisions: 2, otherAgent: 2, nowWaits: 0, nowAssigned: 0, leftOut: 0, faults: 0 });
  assert.deepEqual(compared.plans!.plan, JSON.parse(planJson(text)));
  assert.deepEqual((compared.plans!.other as Plan).decisions.map(({ agent }) => agent), ['2', '3']);
  // The rule that is in use anyway would say nothing.
  const other = await ask(createReader(), { what: 'snapshot', text, policy: undefined });
  assert.deepEqual(other.policy, { rule: 'libredesk_2026' });
});

test('scenarios and policies are known from snapshots', async () => {
  const json = (document: unknown) => [new File([JSON.stringify(document)], 'x.json')];
  assert.deepEqual(await ask(createReader(), { what: 'files', files: json({ version: 1, desk: {} }), policy: undefined }), { kind: 'scenario', scenario: { version: 1, desk: {} } });
  assert.deepEqual(await ask(createReader(), { what: 'files', files: json({ interval: 5, rule: 'least_loaded' }), policy: undefined }), { kind: 'policy', policy: { rule: 'least_loaded' } });
});

test('what cannot be read is refused in the engine’s own words, with the place', async () => {
  const file = (content: BlobPart, name = 'desk.json'): Call => ({ what: 'files', files: [new File([content], name)], policy: undefined });
  const broken = await failing(file(snapshot(['c1'], 'round_robins')));
  assert.deepEqual([broken.code, broken.path, broken.file, broken.place?.marked], ['unknown_value', '/teams/0/assignment', 'desk.json', '"round_robins"']);
  assert.match(broken.message, /round_robins|expected/);
  assert.equal((await failing(file('hello'))).code, 'malformed_json');
  assert.equal((await failing(file(new Uint8Array([0x7b, 0xff])))).code, 'malformed_json');
  assert.equal((await failing(file(LINES[0], 'notes.jsonl'))).code, 'invalid');
  const policy = await failing(file('{"rule": "round_robins"}', 'policy.json'));
  assert.deepEqual([policy.code, policy.path, policy.place?.marked], ['invalid', '/rule', '"round_robins"']);
  assert.deepEqual((await failing({ what: 'policy', text: '{"rule":' })).place?.column, 9);
});

test('what holds back those who wait is there on both sides', async () => {
  const reader = createReader();
  const text = JSON.stringify({
    version: 1,
    agents: ['1', '2'].map((id) => ({ id, availability: 'online', load: 0, capacity: 1 })),
    teams: [{ id: '7', assignment: 'least_loaded', members: [{ agent: '1' }, { agent: '2' }] }, { id: '8', assignment: 'least_loaded', members: [{ agent: '1' }] }],
    conversations: [{ id: 'c1', team: '7' }, { id: 'c2', team: '8' }, { id: 'c3', team: '8' }],
  });
  const compared = await ask(reader, { what: 'snapshot', text, policy: { objective: 'most' } });
  assert.deepEqual(compared.sums, { ticks: 1, decisions: 3, otherAgent: 1, nowWaits: 0, nowAssigned: 1, leftOut: 0, faults: 0 });
  assert.equal(ownHeadline(compared).parts.map(({ text: part }) => part).join(''), 'Of 3 decisions, 2 would be different under serving the most.');
  assert.deepEqual((await ask(reader, { what: 'tick', line: 0 })).bottlenecks, {
    recorded: [], other: [{ classes: [{ team: '8', conversation: 'c2' }], agents: [{ agent: '1', room: 1 }], assigned: 1, waiting: 1 }],
  });
  const file = new File(['{"objective":"most"}'], 'evenhand.config.json');
  assert.deepEqual(await ask(reader, { what: 'files', files: [file], policy: undefined }), { kind: 'policy', policy: { objective: 'most' } });
});
