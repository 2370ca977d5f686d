// `@evenhand/host` as people get it: installed from the tarballs into an empty folder, and run there.
// EVENHAND_TARBALLS is the folder that has them.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';

const folder = mkdtempSync(join(tmpdir(), 'evenhand-host-'));
const home = join(folder, 'node_modules/@evenhand/host');
const shell = process.platform === 'win32';
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(DATABASE_URL|EVENHAND_\w+)$/.test(name)));

/** Runs the host as its README says. */
const host = (...args) => {
  const { status, stdout, stderr } = spawnSync('npx', ['--no-install', 'evenhand-host', ...args], { cwd: folder, env, encoding: 'utf8', shell });
  return { status, output: stdout + stderr };
};

before(() => {
  const tarballs = readdirSync(process.env.EVENHAND_TARBALLS).filter((name) => /^evenhand-(host-)?\d/.test(name));
  assert.equal(tarballs.length, 2, tarballs.join());
  writeFileSync(join(folder, 'package.json'), '{"private": true}');
  const install = ['install', '--silent', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  execFileSync('npm', [...install, ...tarballs.map((name) => join(process.env.EVENHAND_TARBALLS, name))], { cwd: folder, stdio: 'inherit', shell });
});
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

test('it says what it can do, and its version', () => {
  const { status, output } = host('--help');
  assert.equal(status, 0, output);
  assert.match(output, /^Usage: evenhand-host /);
  assert.equal(host('--version').output, `${JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')).version}\n`);
});

test('a dry run plans the sample desk and leaves nothing behind', () => {
  const { status, output } = host('--dry-run');
  assert.equal(status, 0, output);
  assert.match(output, /244/);
  assert.equal(existsSync(join(folder, '.evenhand-desk')), false);
});

test('a tick assigns on the embedded desk, which is in the working directory, and is explained', () => {
  const { status, output } = host('--once', '--record', 'recording');
  assert.equal(status, 0, output);
  assert.match(output, /Evenhand on a new sample desk in \.evenhand-desk/);
  assert.match(output, /tick 1: assigned 244, waiting 68 /);
  assert.equal(existsSync(join(folder, '.evenhand-desk/pgdata')), true);
  assert.match(host('replay', 'recording').output, /planned 1 tick .*all the same, byte for byte/);
  assert.match(host('why', 'id:294', '--from', 'recording').output, /^conversation id:294 went to /);
  assert.match(host('why', '393', '--from', 'recording', '--data', '.evenhand-desk').output, /^conversation #393 went to /);
});

test('what its README names is there', () => {
  const named = (file) => [...readFileSync(join(home, file), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path]) => join(home, dirname(file), path));
  const files = ['README.md', 'POLICIES.md', 'sql/README.md', 'recording/FORMAT.md'].flatMap(named);
  assert.notEqual(files.length, 0);
  for (const file of [...files, ...['check', 'role', 'state', 'snapshot', 'claim', 'claim-begin', 'claim-look', 'claim-end', 'guard', 'conversation', 'wake', 'index'].map((name) => join(home, `sql/${name}.sql`))]) assert.ok(existsSync(file), file);
  assert.deepEqual(readdirSync(join(home, 'monitoring')).sort(), ['alerts.test.yml', 'alerts.yml', 'figures.mjs', 'grafana.json', 'meter.mjs']);
  const [, schema] = /"\$schema": "\.\/node_modules\/@evenhand\/host\/([\w.]+)"/.exec(readFileSync(join(home, 'README.md'), 'utf8'));
  assert.ok(existsSync(join(home, schema)), schema);
  const [, program] = /^ExecStart=\S+ \/opt\/evenhand\/node_modules\/@evenhand\/host\/(\S+)/m.exec(readFileSync(join(home, 'systemd/evenhand-host.service'), 'utf8'));
  assert.ok(existsSync(join(home, program)), program);
});

test('it has what it needs and nothing else', () => {
  const files = readdirSync(home).sort();
  assert.deepEqual(files.filter((name) => !name.endsWith('.mjs')), [
    'LICENSE-APACHE', 'LICENSE-MIT', 'POLICIES.md', 'README.md', 'evenhand.config.schema.json', 'log.schema.json', 'monitoring', 'package.json', 'recording', 'sample', 'sql', 'systemd',
  ]);
  assert.deepEqual(Object.keys(JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))).filter((key) => /scripts|dev|private/i.test(key)), []);
});
