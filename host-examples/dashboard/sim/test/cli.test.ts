import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DEFINITIONS } from '../measures.ts';
import { createRun } from '../run.ts';
import { resultOf } from '../report.ts';
import { desk, file, small } from './support.ts';

let folder: string;
before(async () => (folder = await mkdtemp(join(tmpdir(), 'evenhand-simulate-'))));
after(() => rm(folder, { recursive: true }));

function simulate(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const command = ['--import', 'tsx', fileURLToPath(file('sim/cli.ts')), ...args];
  return new Promise((done) => {
    execFile(process.execPath, command, { cwd: fileURLToPath(file('.')) }, (error, out, err) => done({ code: Number(error?.code ?? 0), out, err }));
  });
}

const SMALL = ['--desk', 'desks/small.json', '--policy', 'policies/libredesk_today.json', '--policy', 'policies/evenhand.json'];

test('the terminal shows every measure of both lanes, what it means, and everybody', async () => {
  const { code, out, err } = await simulate(...SMALL, '--days', '2', '--seed', '7');
  assert.deepEqual([code, err], [0, '']);
  assert.match(out, /^Corner Bakery: 2 teams, 5 agents, \d+ conversations in 2 days, a tick every 15 s, seed 7\n/);
  for (const { name, sentence } of DEFINITIONS) {
    assert.match(out, new RegExp(`^${name}  +\\S.*  \\S`, 'm'));
    assert.ok(out.includes(sentence));
  }
  for (const { name } of desk('small').agents) assert.match(out, new RegExp(`^${name}( +\\d+\\.\\d +\\d+ +\\d+\\.\\d){2}$`, 'm'));
});

test('the numbers are those of the run', async () => {
  const { out } = await simulate(...SMALL, '--json', '--seed', '7', '--tick', '30');
  const names = ['libredesk_today', 'evenhand'];
  const run = createRun(small({ seed: 7, tick_seconds: 30 }, small().lanes.map(({ policy }, i) => ({ name: names[i], policy: { ...policy, assignable: ['online'] } })) as never));
  run.advanceTo(run.end);
  assert.deepEqual(JSON.parse(out), resultOf(run));
});

test('a scenario is run as it was saved', async () => {
  const run = createRun(small());
  run.act({ at: 36_000_000, what: 'lunch', minutes: 40 });
  run.advanceTo(run.end);
  const path = join(folder, 'scenario.json');
  await writeFile(path, JSON.stringify(run.scenario));
  assert.deepEqual(JSON.parse((await simulate('--scenario', path, '--json')).out), resultOf(run));
});

test('what is wrong is said with its place', async () => {
  const path = join(folder, 'desk.json');
  await writeFile(path, JSON.stringify({ ...desk('small'), shifts: [] }));
  assert.deepEqual(await simulate('--desk', path), { code: 1, out: '', err: `${path}, at "/agents/0/shift": there is no shift \`day\`\n` });
  await writeFile(path, '{');
  assert.match((await simulate('--desk', path)).err, /is not JSON/);
  assert.match((await simulate('--desk', join(folder, 'no.json'))).err, /cannot be read/);
  await writeFile(path, JSON.stringify({ weights: [{ team: 'Pies', agent: 'Mia', weight: 1 }] }));
  assert.deepEqual(await simulate('--desk', 'desks/small.json', '--policy', path), { code: 1, out: '', err: 'at "/lanes/0/policy/weights/0/team": nobody is called `Pies`\n' });
  const scenario = structuredClone(small());
  scenario.desk.teams[1].id = 'half of \ud83d';
  await writeFile(path, JSON.stringify(scenario));
  assert.match((await simulate('--scenario', path)).err, /^on day 1, 00:00:00 Evenhand refused the snapshot of lane 1: malformed_json at "\/teams\/1\/id": /);
  assert.match((await simulate('--days', '0')).err, /whole number from 1/);
  assert.match((await simulate('--policy', 'a', '--policy', 'b', '--policy', 'c')).err, /at most twice/);
});
