// What the commands make of a recording: replay, diff and why.

import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { range } from '../test-support/fill.mjs';
import { MAIN, startProgram } from '../test-support/host.mjs';
import { newFolders, startRecording, timeOf } from '../test-support/recordings.mjs';

const newFolder = newFolders();
const run = (args) => startProgram(args).ended;

const desk = {
  agents: range(1, 3).map(({ id }) => ({ id: String(id), availability: 'online', load: 0 })),
  teams: [{ id: '1', assignment: 'round_robin', members: [{ agent: '1' }, { agent: '2' }, { agent: '3' }] }],
};

/** A recording of four ticks, its lines passed through `change`. */
async function recorded(change = (line) => line) {
  const folder = newFolder();
  const { tick, close } = startRecording(folder);
  for (let n = 1; n <= 4; n += 1) await tick({ ...desk, conversations: [2 * n - 1, 2 * n] });
  await close();
  const path = join(folder, '000001.jsonl.gz');
  const lines = gunzipSync(readFileSync(path)).toString().trimEnd().split('\n').map((line, i) => change(JSON.parse(line), i + 1));
  // As another tool would write it: one member for all.
  writeFileSync(path, gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
  return folder;
}

test('the same is 0', async () => {
  assert.deepEqual(await run(['replay', await recorded()]), {
    code: 0, signal: null, output: 'planned 4 ticks in 1 file again: all the same, byte for byte\n', errors: '',
  });
});

test('a plan that was changed is 1, with tick, file and place', async () => {
  const folder = await recorded((line, n) => (n >= 3 ? { ...line, plan: line.plan.replace('"agent":"2"', '"agent":"3"') } : line));
  const { code, output, errors } = await run(['replay', folder]);
  assert.deepEqual([code, errors], [1, '']);
  assert.equal(output, [
    'planned 4 ticks in 1 file again: 2 are not the same',
    `first tick 3 of ${timeOf(3)}, 000001.jsonl.gz line 3, at byte 66:`,
    '  recorded ..."team":"1","agent":"3","why":"turn"},{"conversation":"6","te...',
    '  now      ..."team":"1","agent":"2","why":"turn"},{"conversation":"6","te...',
    '',
  ].join('\n'));
});

test('a refusal is planned again too', async () => {
  const refuse = (refused) => (line, n) => (n === 2 ? { ...line, snapshot: '{"version":1,"agent":[]}', plan: null, refused, claim: undefined } : line);
  assert.equal((await run(['replay', await recorded(refuse({ code: 'unknown_field', path: '/agent' }))])).code, 0);
  const { code, output } = await run(['replay', await recorded(refuse({ code: 'unknown_field', path: '/agents' }))]);
  assert.equal(code, 1);
  assert.match(output, /^ {2}recorded \.\.\.own_field at "\/agents"\n {2}now      \.\.\.own_field at "\/agent"$/m);
});

test('a cut line is said and harmless, a damaged one is 1', async () => {
  const folder = await recorded();
  const path = join(folder, '000001.jsonl.gz');
  appendFileSync(path, gzipSync('{"recording":1,"tick":5').subarray(0, -9));
  assert.deepEqual(await run(['replay', folder]), {
    code: 0, signal: null, errors: '',
    output: '000001.jsonl.gz: line 5 is cut off, as a host that was killed leaves it\nplanned 4 ticks in 1 file again: all the same, byte for byte\n',
  });
  writeFileSync(join(folder, '000002.jsonl.gz'), gzipSync('nonsense\n'));
  const { code, output } = await run(['replay', folder]);
  assert.equal(code, 1);
  assert.match(output, /^000002\.jsonl\.gz: line 1 is damaged$/m);
});

test('no folder, an empty one and a file are 2, for every command', async () => {
  const empty = newFolder();
  mkdirSync(empty);
  const none = newFolder();
  const nothing = `error: there is no recording in ${empty}\n`;
  await Promise.all([
    [['replay', empty], nothing],
    [['replay', none], `error: ${none} cannot be read: ENOENT\n`],
    [['replay', MAIN], `error: ${MAIN} cannot be read: ENOTDIR\n`],
    [['diff', empty, '--rule', 'least_loaded'], nothing],
    [['why', 'id:1', '--from', empty], nothing],
  ].map(async ([args, errors]) => assert.deepEqual(await run(args), { code: 2, signal: null, output: '', errors })));
});

const WRONG = [
  ['replay'], ['diff', 'x'], ['diff', 'x', '--rule', 'manual'], ['diff', 'x', '--objective', 'all'], ['why'], ['why', '1', '--at', '3'], ['why', '1', '--from', 'x', '--at', 'noon'],
  ['--record'], ['--record', 'x', '--record-size', '0'], ['--record', 'x', '--record-keep', '0'],
];
test('what makes no sense is refused in one line with exit code 2', async () => {
  await Promise.all(WRONG.map(async (args) => {
    const { code, output, errors } = await run(args);
    assert.deepEqual([code, output], [2, ''], args.join(' '));
    assert.match(errors, /^error: .+\n$/, args.join(' '));
  }));
});

test('diff is a table', async () => {
  const { code, output, errors } = await run(['diff', await recorded(), '--rule', 'libredesk_2026']);
  assert.deepEqual([code, errors], [0, '']);
  assert.equal(output, [
    'conversations that each agent got',
    'agent  recorded  libredesk_2026  difference',
    '1             3               3           0',
    '2             3               3           0',
    '3             2               2           0',
    '0 of 8 decisions in 4 ticks differ: 0 another agent, 0 wait instead, 0 assigned instead',
    '',
  ].join('\n'));
});

test('diff of an objective is one, too', async () => {
  const { code, output, errors } = await run(['diff', await recorded(), '--objective', 'most']);
  assert.deepEqual([code, errors], [0, '']);
  assert.match(output, /^agent {2}recorded {2}most {2}difference$/m);
  assert.match(output, /^0 of 8 decisions in 4 ticks differ: /m);
});

test('why finds the tick: the last, by number, by time', async () => {
  const folder = newFolder();
  // Two runs. Conversation 5 waits in ticks 1 and 2 of both.
  for (const away of ['away', 'offline']) {
    const { tick, close } = startRecording(folder);
    await tick({ ...desk, agents: desk.agents.map((agent) => ({ ...agent, availability: away })), conversations: [5] });
    await tick({ ...desk, conversations: [4, 5] });
    await tick({ ...desk, conversations: [6] });
    await close();
  }
  const why = async (...args) => (await run(['why', 'id:5', '--from', folder, ...args])).output.split('\n');
  const [last, first, third, ninth, then, later, sooner, nowhere] = await Promise.all([
    why(), why('--at', '1'), why('--at', '3'), why('--at', '9'),
    why('--at', timeOf(2)), why('--at', '2026-03-01T12:00Z'), why('--at', '2026-02-01'),
    // 3 is an agent.
    run(['why', 'id:3', '--from', folder]),
  ]);
  assert.deepEqual(last, [
    'conversation id:5 went to agent 2 (turn)',
    `team 1, round_robin, place 2 of 2 in the queue, tick 2 of ${timeOf(2)}`,
    'agent    load   owed  answer',
    'agent 2     0  +0.33  takes it',
    'agent 3     0  +0.33  2nd in line',
    'agent 1     1  -0.67  3rd in line',
    '',
  ]);
  // The number is that of the last run.
  assert.match(first[3], /is offline/);
  assert.deepEqual(third, ['conversation id:5 did not wait at tick 3', '']);
  assert.deepEqual(ninth, ['the recording has no tick 9', '']);
  assert.deepEqual(then, last);
  assert.deepEqual(later, [`conversation id:5 did not wait at tick 3 of ${timeOf(3)}`, '']);
  assert.deepEqual(sooner, ['the recording begins later', '']);
  // As JSON it is what Evenhand says.
  const { decision, place, members } = JSON.parse((await why('--json')).join('\n'));
  assert.deepEqual([decision.agent, place, members.map(({ agent, owed, position }) => [agent, owed, position])], ['2', 2, [['2', 333, 1], ['3', 333, 2], ['1', -667, 3]]]);
  assert.deepEqual(nowhere, { code: 1, signal: null, output: 'conversation id:3 waited in no recorded tick\n', errors: '' });
});

test('why says what became of the decision', async () => {
  const first = async (...args) => {
    const folder = newFolder();
    const { tick, close } = startRecording(folder);
    await tick({ ...desk, conversations: [5] }, ...args);
    await close();
    return (await run(['why', 'id:5', '--from', folder])).output.split('\n')[0];
  };
  assert.equal(await first(), 'conversation id:5 went to agent 1 (turn)');
  assert.equal(await first({ lost: [5] }), 'conversation id:5 went to agent 1 (turn); somebody else had changed or locked it or the agent, or the database refused it, and it was left as it was');
  assert.equal(await first({ won: false }), 'conversation id:5 went to agent 1 (turn); another host wrote its plan first, and this was not written');
  const failed = await recorded((line) => ({ ...line, claim: null }));
  assert.match((await run(['why', 'id:5', '--from', failed])).output, /^conversation id:5 went to agent 2 \(turn\); the claim failed, and may have been written or not\n/);
});

test('why does not explain what this Evenhand would not have decided', async () => {
  const folder = await recorded((line) => ({ ...line, plan: line.plan.replace('"agent":"2"', '"agent":"3"') }));
  const { code, output, errors } = await run(['why', 'id:5', '--from', folder]);
  assert.deepEqual([code, output], [1, '']);
  assert.match(errors, /^error: tick 3 of .+ was decided otherwise by another version of Evenhand: .+; see replay\n$/);
});

test('why --json: nothing to explain and every error is one object, too', async () => {
  const folder = await recorded((line, n) => (n === 2 ? { ...line, snapshot: line.snapshot.replace('"agents"', '"agent"'), plan: null, refused: { code: 'unknown_field', path: '/agent' }, claim: undefined } : line));
  const why = async (...args) => {
    const { code, output, errors } = await run(['why', '--json', ...args]);
    assert.equal(errors, '');
    return [code, JSON.parse(output)];
  };
  assert.deepEqual(await Promise.all([
    why('id:99', '--from', folder), why('id:3', '--from', folder, '--at', '2'), why('id:3', '--from', folder, '--at', '9'), why('id:1', '--from', newFolder()),
  ]).then(([absent, refused, nowhere, [code, { error }]]) => [absent, refused, nowhere, code, error.replace(/^\S+/, '')]), [
    [1, { conversation: '99', absent: 'not_recorded', message: 'conversation id:99 waited in no recorded tick' }],
    [1, { conversation: '3', absent: 'refused', message: `tick 2 of ${timeOf(2)} was refused, unknown_field at "/agent": nothing was decided` }],
    [1, { conversation: '3', absent: 'not_recorded', message: 'the recording has no tick 9' }],
    2, ' cannot be read: ENOENT',
  ]);
});
