// `@evenhand/desk` as people get it: installed from the tarballs into an empty folder, and used there.
// EVENHAND_TARBALLS is the folder that has them.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch, until, visit } from '../e2e/browsers.ts';
import { serve } from '../e2e/server.ts';
import { createRun, HOUR, readScenario } from '../sim/index.ts';

const here = fileURLToPath(new URL('..', import.meta.url));
const read = (name) => JSON.parse(readFileSync(join(here, name), 'utf8'));

/** What the examples are made with, which nobody installs for the desk's sake. */
const TOOLS = ['vite', 'typescript', 'vue', '@vitejs/plugin-vue', 'svelte', '@sveltejs/vite-plugin-svelte', 'react', 'react-dom', '@types/react', '@types/react-dom'];

const folder = mkdtempSync(join(tmpdir(), 'evenhand-desk-'));
const node = (cwd, ...args) => {
  try {
    return execFileSync(process.execPath, args, { cwd: join(folder, cwd), encoding: 'utf8', stdio: 'pipe' });
  } catch ({ stdout, stderr }) {
    throw new Error(`${args.join(' ')} failed:\n${stdout}${stderr}`);
  }
};

before(() => {
  const tarballs = readdirSync(process.env.EVENHAND_TARBALLS).filter((name) => /^evenhand-(desk-)?\d/.test(name));
  assert.equal(tarballs.length, 2, tarballs.join());
  writeFileSync(join(folder, 'package.json'), '{"private": true, "type": "module"}');
  const install = ['install', '--silent', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  execFileSync('npm', [...install, ...tarballs.map((name) => join(process.env.EVENHAND_TARBALLS, name))], { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' });
  for (const name of TOOLS) {
    mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true });
    symlinkSync(join(here, 'node_modules', name), join(folder, 'node_modules', name), 'junction');
  }
  cpSync(join(here, 'examples'), folder, { recursive: true });
});
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

test('the tarball holds what it should and nothing else', () => {
  const files = readdirSync(join(folder, 'node_modules/@evenhand/desk'), { recursive: true, withFileTypes: true });
  const kinds = files.filter((entry) => entry.isFile()).map(({ name, parentPath }) => {
    const path = join(parentPath, name).slice(join(folder, 'node_modules/@evenhand/desk').length + 1).split('\\').join('/');
    return path.replace(/-[\w-]{8}\./, '-*.').replace(/^lib\/sim\/\w+/, 'lib/sim/*');
  });
  assert.deepEqual([...new Set(kinds)].sort(), [
    'LICENSE-APACHE', 'LICENSE-MIT', 'README.md',
    'dist/LICENSES.md', 'dist/assets/evenhand-*.wasm', 'dist/assets/place-*.js', 'dist/assets/worker-*.js', 'dist/evenhand-desk.js',
    'lib/page/desk.d.ts', 'lib/page/desk.js', 'lib/page/react.d.ts', 'lib/page/react.js',
    'lib/sim/*.d.ts', 'lib/sim/*.js',
    'package.json',
  ]);
});

test('the simulation runs in Node, and is the one of the page', async () => {
  const policies = ['policies/libredesk_today.json', 'policies/evenhand.json'].map(read);
  const document = { version: 1, seed: 7, days: 1, tick_seconds: 15, desk: read('desks/sample.json'), lanes: policies.map((policy, i) => ({ name: 'AB'[i], policy })) };
  writeFileSync(join(folder, 'scenario.json'), JSON.stringify(document));
  writeFileSync(join(folder, 'run.js'), `
    import { readFileSync } from 'node:fs';
    import { createRun, HOUR, Invalid, readScenario } from '@evenhand/desk/sim';
    const run = createRun(readScenario(JSON.parse(readFileSync('scenario.json', 'utf8'))));
    run.advanceTo(10 * HOUR);
    console.log(await run.digest(), typeof document);
    try { readScenario({}); } catch (error) { console.log(error instanceof Invalid, error.path); }
  `);
  const run = createRun(readScenario(document));
  run.advanceTo(10 * HOUR);
  assert.equal(node('.', 'run.js'), `${await run.digest()} undefined\ntrue /version\n`);
});

describe('the types', () => {
  const tsc = (...args) => node('.', join(here, 'node_modules/typescript/bin/tsc'), '--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2022', ...args);

  test('hold with all that they refer to', () => {
    cpSync(join(here, 'packed/types.ts'), join(folder, 'types.ts'));
    tsc('--lib', 'es2023,dom,dom.iterable', '--module', 'nodenext', 'types.ts');
  });

  test('of the simulation need no DOM', () => {
    cpSync(join(here, 'packed/sim.ts'), join(folder, 'sim.ts'));
    tsc('--lib', 'es2023', '--module', 'nodenext', '--skipLibCheck', 'sim.ts');
  });

  test('hold in the JSX of React, as bundlers read them', () => {
    cpSync(join(here, 'packed/react.tsx'), join(folder, 'react/types.tsx'));
    node('react', join(here, 'node_modules/typescript/bin/tsc'), '-p', '.');
  });
});

describe('a page', () => {
  let chrome;
  before(async () => {
    chrome = await launch('chrome');
  });
  after(() => chrome.close());

  for (const name of ['plain', 'react', 'vue', 'svelte']) {
    test(`in ${name} sets a policy before the script is there, and sets it again at each event`, async () => {
      if (name === 'plain') cpSync(join(folder, 'node_modules/@evenhand/desk/dist'), join(folder, 'plain/desk'), { recursive: true });
      else node(name, join(here, 'node_modules/vite/bin/vite.js'), 'build', '--base', './', '--logLevel', 'warn');
      const site = await serve(join(folder, name, name === 'plain' ? '.' : 'dist'));
      try {
        await visit(chrome, site.address, async (desk) => {
          const lanes = () => desk.page.evaluate(() => document.querySelector('evenhand-desk')?.scenario?.lanes?.map(({ name }) => name));
          const tries = (rule) => until(`${rule} is tried`, async () => (await lanes())?.[1] === `Evenhand’s ${rule}`);
          const seen = () => desk.page.evaluate(() => globalThis.seen);
          await tries('least loaded');
          await desk.reads('.lane, .tag, h1', /./);
          assert.deepEqual(await quiet(seen), { before: true, changes: 1 });
          await desk.page.click('button');
          await tries('least recent');
          assert.deepEqual(await quiet(seen), { before: true, changes: 2 });
        }, { before: watch });
      } finally {
        site.close();
      }
    });
  }
});

/** Runs in the page before anything else: whether the policy was there before the script, and how many events came. */
function watch() {
  globalThis.seen = { before: false, changes: 0 };
  document.addEventListener('evenhand-change', () => (seen.changes += 1), true);
  const { define } = customElements;
  customElements.define = function (...args) {
    seen.before = Object.hasOwn(document.querySelector('evenhand-desk') ?? {}, 'policy');
    return define.apply(this, args);
  };
}

/** Returns what is seen once it stays the same for a while. */
async function quiet(seen) {
  for (let last = ''; ; ) {
    const now = await seen();
    if (JSON.stringify(now) === last) return now;
    last = JSON.stringify(now);
    assert.ok(now.changes < 20, `a loop: ${last}`);
    await new Promise((later) => setTimeout(later, 1000));
  }
}
