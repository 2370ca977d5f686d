// `evenhand-conformance` as people get it: installed from the tarball into an empty folder, and run there on an adapter.
// EVENHAND_TARBALLS is the folder that has it.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

const folder = mkdtempSync(join(tmpdir(), 'evenhand-conformance-'));
const shell = process.platform === 'win32';
const MEMORY = new URL('../test/memory.mjs', import.meta.url).href;

before(() => {
  const [tarball] = readdirSync(process.env.EVENHAND_TARBALLS).filter((name) => name.startsWith('evenhand-conformance-'));
  writeFileSync(join(folder, 'package.json'), '{"private": true}');
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', join(process.env.EVENHAND_TARBALLS, tarball)], { cwd: folder, stdio: 'inherit', shell });
  writeFileSync(join(folder, 'sound.mjs'), `export { default } from ${JSON.stringify(MEMORY)};\n`);
  // Whoever is disabled goes on working.
  writeFileSync(join(folder, 'wrong.mjs'), `import open from ${JSON.stringify(MEMORY)};\nexport default async () => ({ ...await open(), async disable() {} });\n`);
});
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

const run = (file) => {
  const { status, stdout, stderr } = spawnSync('npx', ['--no-install', 'evenhand-conformance', file], { cwd: folder, encoding: 'utf8', shell });
  return [status, (stdout + stderr).trimEnd().split('\n').at(-1)];
};

test('it says that a sound host keeps everything, and what another one breaks', () => {
  assert.deepEqual(run('sound.mjs'), [0, '15 kept, 0 broken, 0 unusable, 0 not run']);
  assert.deepEqual(run('wrong.mjs'), [1, '14 kept, 1 broken, 0 unusable, 0 not run']);
});
