// The host on a real PostgreSQL, beside the Node host: `cargo xtask test wasmtime-host`.
// EVENHAND_WASMTIME is the program.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { fill, holders, range, state } from '../../node/test-support/fill.mjs';
import { startProgram } from '../../node/test-support/host.mjs';
import { startPostgres } from '../../node/test-support/postgres.mjs';
import { untilRows } from '../../node/test-support/until.mjs';
import { openTap } from '../../node/test-support/wiretap.mjs';

const program = process.env.EVENHAND_WASMTIME;
assert.ok(program, 'EVENHAND_WASMTIME must be the program');
process.env.EVENHAND_MODULE ??= fileURLToPath(new URL('../../../dist/evenhand.core.wasm', import.meta.url));

const start = (args, options) => startProgram(args, { program, before: [], ...options });
const run = (args, options) => start(args, options).ended;
const told = (output) => output.trimEnd().split('\n').map((line) => line.replace(/^\d\d:\d\d:\d\d /, '').replace(/, \d+ ms$/, ''));
const ticks = (output) => told(output).filter((line) => line.startsWith('tick '));

const RULES = ['round_robin', 'least_loaded', 'least_recent', 'libredesk_2025', 'libredesk_2026'];
const DESK = {
  agents: [{ id: 1 }, { id: 2 }, { id: 3, availability: 'away_manual' }],
  teams: [{ id: 1, members: [1, 2, 3], max: 2 }, { id: 2, manual: true }],
  conversations: [...range(1, 6), { id: 7, team: 2 }],
};

let server;
let url;
let client;
const query = async (sql, values) => (await client.query(sql, values)).rows?.[0];

before(async () => {
  server = await startPostgres();
  url = await server.createDesk();
  client = await server.connect(url);
});
after(() => server?.stop());
beforeEach(async () => {
  await client.query('ROLLBACK');
  await fill(query, DESK);
});

/** Waits until the server has a statement of the host that waits for a lock. */
async function claimWaits() {
  const watcher = await server.connect(url);
  await untilRows(watcher, "SELECT FROM pg_stat_activity WHERE application_name = 'evenhand' AND wait_event_type = 'Lock'", 1);
}

describe('ticks', () => {
  test('two ticks say what they did, and who waits once', async () => {
    const { code, output, errors } = await run(['--ticks', '2', '--interval', '500ms'], { url });
    assert.deepEqual([code, errors], [0, '']);
    const { host, pathname } = new URL(url);
    assert.deepEqual(told(output), [
      `Evenhand on PostgreSQL at ${host}, database ${pathname.slice(1)}`,
      '2 teams, 3 agents, 7 conversations waiting',
      'tick 1: assigned 4, waiting 3 (2 all full, 1 manual team), 0 lost claims',
      "  Team 1: 2 wait: everybody who could take them is full (1 is away, 2 are at the team's limit)",
      '  Team 2: 1 waits: people assign there',
      'tick 2: assigned 0, waiting 3 (2 all full, 1 manual team), 0 lost claims',
    ]);
    assert.equal(Object.values(await holders(query)).filter((agent) => agent !== null).length, 4);
    // The second plan changed nothing.
    assert.equal((await state(query)).version, 1);
  });

  test('a dry run shows the plan and writes nothing, not even a table', async () => {
    const { code, output } = await run(['--dry-run'], { url });
    assert.equal(code, 0, output);
    assert.deepEqual(told(output).slice(1).map((line) => line.replace(/Agent [12]/, 'Agent')), [
      '2 teams, 3 agents, 7 conversations waiting',
      '  #100 Team 1 -> Agent: it is their turn',
      '  #101 Team 1 -> Agent: it is their turn',
      '  #102 Team 1 -> Agent: it is their turn',
      '  #103 Team 1 -> Agent: nobody else could take it',
      '  #104 Team 1 waits: everybody who could take it is full',
      '  #105 Team 1 waits: everybody who could take it is full',
      '  #106 Team 2 waits: people assign there',
      'would assign 4, waiting 3 (2 all full, 1 manual team)',
      "  Team 1: 2 wait: everybody who could take them is full (1 is away, 2 are at the team's limit)",
      '  Team 2: 1 waits: people assign there',
      'nothing was written',
    ]);
    assert.deepEqual(await state(query), { version: 0, cursors: [], lost_claims: [] });
    const fresh = await server.createDesk({ state: false });
    assert.equal((await run(['--dry-run'], { url: fresh })).code, 0);
    const other = await server.connect(fresh);
    assert.deepEqual((await other.query("SELECT to_regclass('evenhand_state') AS name")).rows, [{ name: null }]);
    // The first run makes it.
    assert.equal((await run(['--once'], { url: fresh })).code, 0);
  });

  test('where most is the objective, it says what holds them back, once, and in a dry run too', async () => {
    const sentence = '  2 wait for Team 1: only Agent 1 and Agent 2 may take them, 4 places between them; one more like them serves one more';
    const dry = await run(['--dry-run', '--objective', 'most'], { url });
    assert.deepEqual([dry.code, told(dry.output).slice(-4)], [0, [
      "  Team 1: 2 wait: everybody who could take them is full (1 is away, 2 are at the team's limit)",
      '  Team 2: 1 waits: people assign there',
      sentence,
      'nothing was written',
    ]]);
    const { output } = await run(['--once', '--objective', 'most'], { url });
    assert.equal(output.split(`${sentence}\n`).length, 2);
    assert.equal((await run(['--once', '--objective', 'all'], { url })).code, 2);
  });

  test('a row that a person is changing is left, and its turn is given back', async () => {
    const person = await server.connect(url);
    await person.query('BEGIN');
    await person.query('UPDATE conversations SET assigned_user_id = 3 WHERE id = 2');
    const { code, output } = await run(['--once'], { url });
    await person.query('COMMIT');
    assert.equal(code, 0, output);
    assert.match(output, /tick 1: assigned 3, .*, 1 lost claim,/);
    assert.match(output, /changed or locked by somebody else, and left as they are: #101\n/);
    assert.equal((await holders(query))['2'], 3);
    const [{ decision, ...memory }, ...none] = (await state(query)).lost_claims;
    assert.deepEqual([decision.conversation, decision.why, memory, none], ['2', 'turn', { losses: 1, plans: 2 }, []]);
    assert.match((await run(['--once'], { url })).output, /tick 1: assigned 1, waiting 2 .*, 0 lost claims,/);
    assert.equal((await state(query)).lost_claims.length, 0);
  });

  test('a lost claim is handed back with every field that a decision can have', async () => {
    const decision = { conversation: '2', team: '1', agent: '1', why: 'turn', held_by: '3', by: '1', set: 1 };
    await query('UPDATE evenhand_state SET lost_claims = $1', [JSON.stringify([{ decision, losses: 1, plans: 2 }])]);
    const { code, output } = await run(['--once'], { url });
    assert.equal(code, 0, output);
    assert.match(output, /tick 1: assigned 4, /);
    // It is served last.
    assert.equal((await holders(query))['2'], null);
  });

  test('rows that stay locked hold nobody up', async () => {
    await fill(query, { agents: [{ id: 1 }], teams: [{ id: 1, members: [1], max: 1 }], conversations: range(1, 4) });
    const person = await server.connect(url);
    await person.query('BEGIN');
    await person.query('SELECT FROM conversations WHERE id IN (1, 2) FOR UPDATE');
    // Each tick is a program of its own: what was lost before stands in the database.
    const lost = async () => {
      const { code, output } = await run(['--once'], { url });
      assert.equal(code, 0, output);
      return /left as they are: #(\d+)\n/.exec(output)?.[1];
    };
    assert.deepEqual([await lost(), await lost(), await lost()], ['100', '101', undefined]);
    assert.deepEqual(await holders(query), { 1: null, 2: null, 3: 1, 4: null });
    await person.query('COMMIT');
    await query('UPDATE conversations SET assigned_user_id = NULL, assigned_team_id = NULL WHERE id = 3');
    assert.equal(await lost(), undefined);
    assert.deepEqual(await holders(query), { 1: 1, 2: null, 3: null, 4: null });
  });

  test('of two hosts one writes, and the other says so', async () => {
    await query('BEGIN');
    await query('SELECT version FROM evenhand_state FOR UPDATE');
    const host = start(['--once'], { url });
    await claimWaits();
    await query('UPDATE evenhand_state SET version = version + 1');
    await query('COMMIT');
    const { code, output } = await host.ended;
    assert.equal(code, 0);
    assert.match(output, /tick 1: another host wrote its plan first, nothing was written, /);
    assert.deepEqual(new Set(Object.values(await holders(query))), new Set([null]));
  });

  test('a plan that a host left in the middle of Libredesk\'s API is settled, and the next one is written', async () => {
    await query(`UPDATE conversations SET assigned_user_id = 2 WHERE id = 1;
      UPDATE evenhand_state SET pending_until = now() - interval '1 s', pending = json_build_object('version', version, 'cursors', '[]'::json,
        'decisions', '[{"conversation": "1", "team": "1", "agent": "2", "why": "turn"}, {"conversation": "2", "team": "1", "agent": "1", "why": "turn"}]'::json)`);
    const { code, output } = await run(['--ticks', '2', '--interval', '100ms'], { url });
    assert.equal(code, 0);
    assert.deepEqual(told(output).filter((line) => /^(warning|tick)/.test(line)), [
      'warning: a plan that a host had left in the middle is settled: 1 conversation assigned, 1 lost claim',
      'tick 1: another host wrote its plan first, nothing was written',
      'tick 2: assigned 3, waiting 3 (2 all full, 1 manual team), 0 lost claims',
    ]);
  });

  test('the configuration of single people reaches the plan, and what does nothing is said', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'evenhand-config-'));
    try {
      const config = join(folder, 'config.json');
      writeFileSync(config, JSON.stringify({ capacities: [{ agent: 'Agent 1', capacity: 0 }, { agent: 99, capacity: 1 }] }));
      const { code, output } = await run(['--once', '--config', config], { url });
      assert.equal(code, 0, output);
      assert.match(output, /tick 1: assigned 2, /);
      assert.match(output, /warning: \{"agent":99,"capacity":1\} in `capacities` does nothing/);
      writeFileSync(config, '{"weigths": []}');
      const wrong = await run(['--once', '--config', config], { url });
      assert.equal(wrong.code, 2);
      assert.match(wrong.output, /unknown field `weigths`/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test('the plans and the claims are those of the Node host, to the byte', async () => {
  const plans = [];
  const rows = [];
  for (const options of [{ program, before: [] }, {}]) {
    await fill(query, { ...DESK, agents: range(1, 9), teams: [{ id: 1, members: [1, 2, 3, 4, 5, 6, 7], max: 20 }, { id: 2, members: [5, 6, 7, 8, 9] }], conversations: range(1, 40, {}).map(({ id }) => ({ id, team: 1 + (id % 2) })) });
    const heard = [];
    const tap = await openTap(url, heard);
    for (const rule of RULES) {
      const { code, output } = await startProgram(['--once', '--rule', rule, '--assignable', 'online,away_manual'], { url: `${tap.url}?sslmode=disable`, ...options }).ended;
      assert.equal(code, 0, output);
      await query('UPDATE conversations SET assigned_user_id = NULL WHERE id % 3 = 0');
    }
    await tap.close();
    plans.push(heard.filter(({ sql }) => sql.startsWith('-- Writes a plan')).map(({ values }) => values[1]));
    const { cursors } = await query('SELECT cursors::text FROM evenhand_state');
    rows.push({ holders: await holders(query), cursors });
  }
  assert.equal(plans[0].length, RULES.length);
  assert.match(plans[0][0], /^\{"version":1,"decisions":\[\{"conversation":"1",/);
  assert.deepEqual(plans[0], plans[1]);
  assert.deepEqual(rows[0], rows[1]);
});

describe('the end', () => {
  test('SIGTERM in the middle of a tick ends after it, with everything written', async () => {
    await query('BEGIN');
    await query('SELECT version FROM evenhand_state FOR UPDATE');
    const host = start(['--interval', '5m'], { url });
    await claimWaits();
    host.child.kill('SIGTERM');
    await host.says(/SIGTERM: ending after the running tick/);
    await sleep(300);
    assert.equal(host.child.exitCode, null);
    await query('COMMIT');
    const { code, output } = await host.ended;
    assert.deepEqual([code, ticks(output).length, (await state(query)).version], [0, 1, 1]);
  });

  test('SIGINT between two ticks ends at once', async () => {
    const host = start(['--interval', '10m'], { url });
    await host.says(/tick 1:/);
    host.child.kill('SIGINT');
    assert.equal((await host.ended).code, 0);
  });

  test('a second signal, or the end of --grace, leaves the tick', async () => {
    await query('BEGIN');
    await query('SELECT version FROM evenhand_state FOR UPDATE');
    const host = start([], { url });
    await claimWaits();
    host.child.kill('SIGINT');
    await host.says(/SIGINT: ending after the running tick/);
    host.child.kill('SIGTERM');
    assert.equal((await host.ended).code, 143);
    const impatient = start(['--grace', '0.2'], { url });
    await impatient.says(/Evenhand on/);
    await sleep(300);
    impatient.child.kill('SIGTERM');
    const { code, output } = await impatient.ended;
    await query('COMMIT');
    assert.equal(code, 4, output);
    assert.match(output, /error: the running tick did not end within 0\.2 s and is left/);
  });

  test('a host that nobody reads any longer ends', async () => {
    const host = start(['--interval', '0.1'], { url });
    await host.says(/tick 1:/);
    host.child.stdout.destroy();
    const { code, errors } = await host.ended;
    assert.deepEqual([code, errors], [0, '']);
  });
});

describe('when things break', () => {
  test('a refused snapshot costs its tick', async () => {
    await query(`UPDATE evenhand_state SET cursors = '[{"rotation": "1", "rule": "lottery", "turns": []}]'`);
    const host = start(['--ticks', '2', '--interval', '1'], { url });
    await host.says(/error: tick 1: the snapshot was refused, unknown_value: .*, nothing was written; evenhand_state was changed by hand/);
    await query("UPDATE evenhand_state SET cursors = '[]'");
    const { code, output } = await host.ended;
    assert.equal(code, 1);
    assert.deepEqual(ticks(output), ['tick 2: assigned 4, waiting 3 (2 all full, 1 manual team), 0 lost claims']);
  });

  test('a lost row says how to begin again', async () => {
    await query('DELETE FROM evenhand_state');
    const { code, output } = await run(['--once'], { url });
    await query('INSERT INTO evenhand_state DEFAULT VALUES');
    assert.equal(code, 1);
    assert.match(output, /error: tick 1: failed: evenhand_state has lost its row, .*INSERT INTO evenhand_state DEFAULT VALUES\n/);
  });

  test('a server that stops and comes back is said once each', async () => {
    const host = start(['--interval', '0.2'], { url });
    await host.says(/tick 1:/);
    await server.halt();
    await host.says(/error: the database is lost: /);
    await sleep(1500);
    await server.resume();
    client = await server.connect(url);
    await host.says(/the database is back after /);
    host.child.kill('SIGTERM');
    const { code, output } = await host.ended;
    assert.equal(code, 0);
    assert.equal(output.match(/is lost/g).length, 1, output);
    assert.equal(output.match(/is back after/g).length, 1);
  });

  test('what cannot be reached is told apart, by exit code, and --wait waits for it', async () => {
    const nowhere = 'postgres://postgres:sesame@127.0.0.1:1/desk';
    const gone = await run(['--once'], { url: nowhere });
    assert.equal(gone.code, 3);
    assert.match(gone.output, /error: the database cannot be reached; --wait waits for it: /);
    const out = await run(['--once'], { url: url.replace(/\/desk_\d+$/, '/nowhere') });
    assert.equal(out.code, 2);
    assert.match(out.output, /error: the database does not let the host in; .*database "nowhere" does not exist/);
    const tls = await run(['--once'], { url: `${url}?sslmode=require` });
    assert.equal(tls.code, 2, tls.output);
    const waiting = start(['--wait'], { url: nowhere });
    await waiting.says(/error: the database cannot be reached: .*; waiting for it\n/);
    waiting.child.kill('SIGTERM');
    assert.equal((await waiting.ended).code, 0);
    assert.doesNotMatch(gone.output + waiting.output, /sesame/);
  });

  test('a module that is not there says how to make it', async () => {
    const { code, output } = await run(['--once', '--module', 'nowhere.wasm'], { url });
    assert.equal(code, 2);
    assert.match(output, /error: cannot read the module `nowhere.wasm`, which `cargo xtask modules` in Evenhand's repository makes: No such file/);
  });

  for (const args of [['--nonsense'], ['--ticks', '0'], ['--ticks', '2', '--once'], ['--interval', '0'], ['--interval', 'soon'], ['--rule', 'lottery'], ['--assignable', 'asleep']]) {
    test(`${args.join(' ')} is refused with exit code 2`, async () => {
      const { code, output, errors } = await run(args, { url });
      assert.deepEqual([code, output], [2, '']);
      assert.match(errors, /^error: /);
    });
  }

  test('a DATABASE_URL of something else is refused, and not shown', async () => {
    const { code, output, errors } = await run(['--once'], { url: 'mysql://root:sesame@localhost/desk' });
    assert.equal(code, 2);
    assert.match(output, /error: DATABASE_URL must begin with postgres:\/\/ or postgresql:\/\/\n/);
    assert.doesNotMatch(output + errors, /sesame/);
  });
});
