// The kit itself: what it says of a sound host, of adapters that do not do what they must, and what the program prints.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import open from './memory.mjs';
import { notKept } from './support.mjs';

const MEMORY = new URL('memory.mjs', import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), 'evenhand-kit-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the program on an adapter that is the one in memory, changed. */
function run(change) {
  const file = join(folder, 'adapter.mjs');
  writeFileSync(file, `import open from ${JSON.stringify(MEMORY)};\nexport default async () => { const host = await open(); return { ...host, ${change} }; };\n`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(new URL('../main.mjs', import.meta.url)), file], { encoding: 'utf8' });
  return { status, lines: (stdout + stderr).trimEnd().split('\n') };
}

const SITUATIONS = [
  'nothing happens: turn by turn',
  'a person is faster',
  'two hosts at once',
  'the host is killed before the claim',
  'the host is killed in the claim',
  'the host is killed after the claim',
  'a row is locked for an hour',
  'two rows are locked, and one place is free',
  'three rows are locked, and one place is free',
  'an agent is disabled in between',
  'a member is away and comes back',
  'ids are above 2^53',
  "the host's clock is an hour off",
  "the host's clock is an hour fast, and another team helps after half an hour",
  "the host's clock is an hour slow, and another team helps after half an hour",
];

test('a sound host keeps everything', () => {
  assert.deepEqual(run(''), { status: 0, lines: [...SITUATIONS.map((name) => `kept      ${name}`), '15 kept, 0 broken, 0 unusable, 0 not run'] });
});

test('what is left out is listed with the reason', () => {
  const { status, lines } = run("without: { clock: 'it has none', overflow: 'no such thing', largeIds: 'uuids' }");
  assert.equal(status, 0);
  assert.deepEqual(lines.slice(-9), [
    'not run   ids are above 2^53', '          uuids',
    `not run   ${SITUATIONS[12]}`, '          it has none',
    `not run   ${SITUATIONS[13]}`, '          no such thing',
    `not run   ${SITUATIONS[14]}`, '          no such thing',
    '11 kept, 0 broken, 0 unusable, 4 not run',
  ]);
});

test('a broken invariant is named, with what was to be', () => {
  const { status, lines } = run('setAvailable: async () => {}');
  assert.equal(status, 1);
  const at = lines.indexOf('broken    a member is away and comes back');
  assert.deepEqual(lines.slice(at + 1, at + 3), [
    '          invariant 3: the claim is atomic and writes only rows that are still as the plan saw them; lost decisions come back',
    '          the next conversations after this: z went away: must go to yxy, and went to yzx',
  ]);
  assert.equal(lines.at(-1), '12 kept, 3 broken, 0 unusable, 0 not run');
});

test('an adapter that does not do what it must is no broken host', async () => {
  const whole = await open();
  const unusable = async (change) => {
    const { outcomes } = await notKept({ ...whole, ...change });
    assert.ok(outcomes.every(([, result]) => result === 'unusable'), JSON.stringify(outcomes));
    return outcomes.map(([name]) => name);
  };
  // It does not hold the host.
  assert.deepEqual(await unusable({ tick: () => whole.tick() }), [SITUATIONS[1], SITUATIONS[2], SITUATIONS[9]]);
  // It does not lock.
  assert.deepEqual(await unusable({ lock: async () => async () => {} }), [SITUATIONS[7], SITUATIONS[8]]);
  // It throws.
  assert.deepEqual(await unusable({ kill: async () => { throw new Error('no'); } }), SITUATIONS.slice(3, 6));
  // It forgets conversations.
  assert.deepEqual(await unusable({ assignments: async () => ({}) }), SITUATIONS);
});

test('an adapter that cannot be opened is no broken host', () => {
  writeFileSync(join(folder, 'shut.mjs'), "export default async () => { throw new Error('no database'); };");
  for (const [file, what] of [['shut.mjs', /cannot be opened: Error: no database/], ['none.mjs', /cannot be opened: Error.*Cannot find module/s]]) {
    const { status, stderr } = spawnSync(process.execPath, [fileURLToPath(new URL('../main.mjs', import.meta.url)), join(folder, file)], { encoding: 'utf8' });
    assert.equal(status, 2);
    assert.match(stderr, what);
  }
});

test('the program says how it is used', () => {
  const { status, stderr } = spawnSync(process.execPath, [fileURLToPath(new URL('../main.mjs', import.meta.url))], { encoding: 'utf8' });
  assert.deepEqual([status, stderr.split('\n')[0]], [2, 'usage: evenhand-conformance ADAPTER']);
});
