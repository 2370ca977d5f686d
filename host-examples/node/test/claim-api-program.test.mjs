// The program with --claim api: its options, what it says, and the rights that suffice.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { freshDesk } from '../test-support/fresh-desk.mjs';
import { holders } from '../test-support/fill.mjs';
import { startHost } from '../test-support/host.mjs';
import { KEY, SECRET, startApi } from '../test-support/libredesk-api.mjs';
import { openMemory } from '../desk.mjs';
import { sampleLibredesk } from '../sample/libredesk.mjs';
import { statement } from '../sql.mjs';

const desk = freshDesk();
const KEYS = { EVENHAND_API_KEY: KEY, EVENHAND_API_SECRET: SECRET };
const WRONG_KEY = { ...KEYS, EVENHAND_API_SECRET: 'not-that' };

/** Runs the host against `libredesk`; `lines` are without time and duration. */
async function run(libredesk, args, { env = KEYS, url = desk.url } = {}) {
  const host = startHost(url, ['--claim', 'api', '--api-timeout', '0.5', ...(libredesk ? ['--api-url', libredesk.url] : []), ...args], { env });
  const { code, output } = await host.ended;
  return { code, output, lines: output.split('\n').slice(0, -1).map((line) => line.replace(/^\d\d:\d\d:\d\d /, '').replace(/, \d+ ms$/, '')) };
}

/** Runs `work` beside a stand-in. */
async function beside(work, options) {
  const libredesk = await startApi(desk.url, options);
  try {
    await work(libredesk);
  } finally {
    await libredesk.close();
  }
}

test('it says what was assigned as always, and Libredesk has told people', () => beside(async (libredesk) => {
  const { code, lines } = await run(libredesk, ['--once']);
  assert.deepEqual([code, lines[2]], [0, 'tick 1: assigned 4, waiting 2 (2 all full), 0 lost claims']);
  assert.equal((await libredesk.told()).length, 4);
}));

test('a key that is refused is said once, and says what it needs', () => beside(async (libredesk) => {
  const { code, lines } = await run(libredesk, ['--ticks', '4', '--interval', '0.05', '--log-level', 'info', '--api-at-once', '1'], { env: WRONG_KEY });
  assert.deepEqual([code, lines.filter((line) => /API/.test(line)), libredesk.heard.length], [0, [
    "error: Libredesk's API refuses the key: Invalid credential; nothing is assigned until EVENHAND_API_KEY and EVENHAND_API_SECRET are those of an agent who may read and assign all conversations",
  ], 0]);
  // Nobody had changed or locked anything.
  assert.deepEqual(lines.filter((line) => /somebody else/.test(line)), []);
}));

test('an agent who may not assign is told what they lack', () => beside(async (libredesk) => {
  const { lines } = await run(libredesk, ['--once']);
  assert.match(lines.join('\n'), /^error: Libredesk's API refuses the key: Permission denied; its agent lacks conversations:update_user_assignee; nothing/m);
}, { permissions: ['conversations:read', 'conversations:read_all'] }));

test('a conversation that Libredesk refuses is called by its number', () => beside(async (libredesk) => {
  libredesk.on = (moment, { conversation }) => (moment === 'asked' && conversation === '2'
    ? { status: 422, body: { status: 'error', message: 'not that one', error_type: 'DataException' } }
    : undefined);
  const { lines } = await run(libredesk, ['--once']);
  assert.ok(lines.includes('warning: Libredesk refuses to assign #101, and it waits: not that one'), lines.join('\n'));
}));

test('--dry-run sends nothing, and needs no server', async () => {
  const { code, output } = await run({ url: 'http://127.0.0.1:1' }, ['--dry-run']);
  assert.deepEqual([code, /would assign 4/.test(output)], [0, true]);
});

test('the role suffices, and the key is in no list of processes and no log', { skip: !existsSync('/bin/ps') }, () => beside(async (libredesk) => {
  await desk.client.query(statement('role'));
  const at = desk.url.replace('postgres@', 'evenhand@');
  let listed;
  libredesk.on = () => { listed ??= execFileSync('/bin/ps', ['-eo', 'args'], { encoding: 'utf8' }); };
  const { code, output } = await run(libredesk, ['--ticks', '2', '--interval', '0.1', '--json'], { url: at });
  assert.equal(code, 0, output);
  assert.equal(Object.values(await holders(desk.query)).filter((holder) => holder !== null).length, 4);
  assert.ok(listed.includes('--claim api') && !listed.includes(SECRET) && !output.includes(SECRET));
}));

test('wrong options are one line and exit code 2', async () => {
  const at = { url: 'http://127.0.0.1:1' };
  for (const [libredesk, args, options, sentence] of [
    [undefined, [], {}, 'error: --claim api needs --api-url'],
    [at, ['--sql', 'anywhere'], {}, 'error: --claim api is for Libredesk, and --sql for desks that are none'],
    [at, [], { url: '' }, 'error: --api-url needs DATABASE_URL: the sample desk has a stand-in for Libredesk of its own'],
    [at, [], { env: {} }, 'error: --claim api needs the key of an agent in EVENHAND_API_KEY and EVENHAND_API_SECRET'],
    [at, [], { env: { ...KEYS, EVENHAND_API_SECRET: '' } }, 'error: --claim api needs the key of an agent in EVENHAND_API_KEY and EVENHAND_API_SECRET'],
    [at, [], { env: { ...KEYS, EVENHAND_API_KEY: 'a key\n' } }, 'error: EVENHAND_API_KEY and EVENHAND_API_SECRET must be as Libredesk showed them'],
    [at, [], { env: { ...KEYS, EVENHAND_API_SECRT: 'x' } }, 'error: unknown variable EVENHAND_API_SECRT; did you mean EVENHAND_API_SECRET?'],
    [{ url: 'desk.example.com' }, [], {}, "error: option '--api-url <url>' argument 'desk.example.com' is invalid. It must be a URL such as https://desk.example.com, without a password."],
    [{ url: 'http://a:b@c' }, [], {}, "error: option '--api-url <url>' argument 'http://a:b@c' is invalid. It must be a URL such as https://desk.example.com, without a password."],
    [at, ['--api-at-once', '65'], {}, "error: option '--api-at-once <n>' argument '65' is invalid. It must be a whole number from 1 to 64."],
    [at, ['--claim', 'mail'], {}, "error: option '--claim <way>' argument 'mail' is invalid. Allowed choices are sql, api."],
  ]) {
    const { code, output } = await run(libredesk, ['--once', ...args], options);
    assert.deepEqual([code, output], [2, `${sentence}\n`]);
  }
});

test('the sample desk names whom Libredesk notifies, also of what a tick that failed had assigned', async () => {
  const sample = await openMemory();
  const lines = [];
  const { api, ticked, close } = await sampleLibredesk.start({ desk: sample, settings: { embedded: true, claim: 'api', apiAtOnce: 1, apiTimeout: 5 }, log: { info: (line) => lines.push(line) } });
  try {
    const { id, number, uuid } = await sample.query('SELECT id, reference_number AS number, uuid FROM conversations WHERE assigned_user_id IS NULL LIMIT 1');
    const agents = { 1: 'Maya Lindqvist' };
    for (const conversations of [{ [id]: number }, {}]) {
      assert.equal((await api.assign(uuid, '1')).is, 'done');
      ticked(1, { names: { agents, conversations } });
      await sample.query('UPDATE conversations SET assigned_user_id = NULL WHERE id = $1', [id]);
    }
    assert.deepEqual(lines.slice(1), [`  Libredesk notifies Maya Lindqvist of #${number}`, `  Libredesk notifies Maya Lindqvist of id:${id}`]);
  } finally {
    await close();
    await sample.close();
  }
});

test('the help names the options and where the key is', () => {
  const help = execFileSync(process.execPath, ['main.mjs', '--help'], { encoding: 'utf8', cwd: new URL('..', import.meta.url) });
  for (const word of ['--claim', '--api-url', '--api-at-once', '--api-timeout', 'EVENHAND_API_KEY', 'EVENHAND_API_SECRET']) assert.ok(help.includes(word), word);
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  assert.ok(readme.includes("## Assigning through Libredesk's API"));
});
