// What MIGRATION.md says, done to a stand-in of each version of Libredesk, on a real PostgreSQL and a real Redis.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fill, range } from '../../host-examples/node/test-support/fill.mjs';
import { startPostgres } from '../../host-examples/node/test-support/postgres.mjs';
import { notKept } from '../../host-examples/conformance/test/support.mjs';
import open from '../../host-examples/conformance/adapters/dropin.mjs';
import { blocks, migrate, of, SHAPES, table } from './migrate.mjs';
import { startRedis } from './redis.mjs';

const folder = mkdtempSync(join(tmpdir(), 'evenhand-libredesk-'));
let postgres;
let redis;
before(async () => { [postgres, redis] = await Promise.all([startPostgres(), startRedis()]); });
after(async () => {
  await Promise.all([postgres?.stop(), redis?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

/** The keys as the page has them. */
const KEYS = of(blocks('Get the package'), 'toml')[0].code;

/** Returns the path of a configuration with these keys of the autoassigner. */
function configured(keys) {
  const path = join(folder, 'config.toml');
  writeFileSync(path, `[redis]\naddress = "${redis.address}"\n\n${keys}`);
  return path;
}

const keys = (values) => `[autoassigner]\n${Object.entries({ autoassign_interval: '5m', ...values }).filter(([, value]) => value !== undefined).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`).join('')}`;

/** Opens a desk of three agents who are online and one who is offline, of one team. */
async function openDesk({ max = 0 } = {}) {
  const url = await postgres.createDesk();
  const client = await postgres.connect(url);
  const query = async (sql, values) => (await client.query(sql, values)).rows[0];
  await fill(query, { agents: [...range(1, 3), { id: 4, availability: 'offline' }], teams: [{ id: 1, members: [1, 2, 3, 4], max }] });
  return {
    url: `${url}?sslmode=disable`,
    query,
    come: (id) => query('INSERT INTO conversations (id, contact_id, inbox_id, assigned_team_id, status_id) VALUES ($1, 1000000, 1, 1, 1)', [id]),
    has: async () => (await query('SELECT json_agg(coalesce(assigned_user_id, 0)::int ORDER BY id) AS list FROM conversations')).list,
  };
}

function start(program, desk, config, ...args) {
  const child = spawn(program, ['--config', config, ...args], { env: { ...process.env, DATABASE_URL: desk.url }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { said += chunk; });
  return { child, end: async () => { const [code] = child.exitCode === null ? await once(child, 'close') : [child.exitCode]; return { code, said }; } };
}

async function tick(program, desk, config) {
  const { code, said } = await start(program, desk, config, '--once').end();
  assert.equal(code, 0, said);
  return said;
}

/** Lets a conversation come, with a tick of a server that is started for it, and so on; returns who got them. */
async function turns(program, desk, config, count) {
  for (let id = 1; id <= count; id += 1) {
    await desk.come(id);
    await tick(program, desk, config);
  }
  return desk.has();
}

for (const shape of SHAPES) {
  describe(`Libredesk ${shape.name}`, () => {
    let program;
    before(() => { program = migrate(join(folder, shape.name.replaceAll(' ', '-')), shape); });

    test('with the keys as the page has them, turns go on after each restart, and who is offline gets nothing', async () => {
      const got = await turns(program, await openDesk(), configured(KEYS), 6);
      assert.deepEqual([[...got.slice(0, 3)].sort(), got.slice(3)], [[1, 2, 3], got.slice(0, 3)]);
    });

    test('turns go on after each restart in Redis, too, and without a pool of its own it is the old one', async () => {
      const got = await turns(program, await openDesk(), configured(keys({ engine: 'evenhand', cursors: 'redis' })), 8);
      assert.deepEqual([[...got.slice(0, 4)].sort(), got.slice(4)], [[1, 2, 3, 4], got.slice(0, 4)]);
    });

    test('the rule is that of the configuration', async () => {
      const desk = await openDesk();
      for (const id of [1, 2]) await desk.come(id);
      await desk.query('UPDATE conversations SET assigned_user_id = id');
      for (const id of [3, 4]) await desk.come(id);
      await tick(program, desk, configured(keys({ engine: 'evenhand', rule: 'least_loaded', assignable: ['online'] })));
      assert.equal((await desk.has())[2], 3);
    });

    test('the old engine is there without a word, and by its name', async () => {
      for (const engine of [undefined, 'libredesk']) {
        const desk = await openDesk();
        await desk.come(1);
        await tick(program, desk, configured(keys({ engine })));
        assert.deepEqual(await desk.has(), [1]);
      }
    });

    test('a shadow lets the old engine work, reports, names people and teams, and remembers', async () => {
      const desk = await openDesk();
      const config = configured(keys({ engine: 'shadow', cursors: 'postgres' }));
      let said;
      for (const id of [1, 2]) {
        await desk.come(id);
        said = await tick(program, desk, config);
      }
      assert.deepEqual(await desk.has(), [1, 1], 'the stand-in begins anew');
      assert.match(said, /autoassigner, shadow: 2 ticks watched, 0 failed in the shadow, 0 writes unclear\n/);
      assert.match(said, /\n +of team 1 Team 1 +2 +2 *\n/);
      assert.match(said, /\n +1 Agent 1 +2 +0\.5 /);
    });

    test('what is no engine and no store is refused', async () => {
      const desk = await openDesk();
      for (const [values, message] of [[{ engine: 'fast' }, /autoassigner.engine is "fast"/], [{ engine: 'evenhand', cursors: 'file' }, /autoassigner.cursors is "file"/], [{ engine: 'evenhand', rule: 'fast' }, /`fast` is no rule/]]) {
        const { code, said } = await start(program, desk, configured(keys(values)), '--once').end();
        assert.equal(code, 1);
        assert.match(said, message);
      }
    });

    test('the server runs, assigns at its interval, and stops', async () => {
      const desk = await openDesk();
      const server = start(program, desk, configured(keys({ engine: 'evenhand', autoassign_interval: '20ms', cursors: 'postgres' })));
      await desk.come(1);
      while ((await desk.has())[0] === 0 && server.child.exitCode === null) await sleep(5);
      server.child.kill('SIGTERM');
      const { code, said } = await server.end();
      assert.equal(code, 0, said);
    });

    test('of two servers one is killed in the middle of its tick, and the other goes on', async () => {
      const desk = await openDesk();
      const config = configured(keys({ engine: 'evenhand', cursors: 'postgres', assignable: ['online'] }));
      await desk.come(1);
      // Its claim waits for this.
      const other = await postgres.connect(desk.url);
      await other.query('BEGIN');
      await other.query('SELECT FROM conversations FOR UPDATE');
      const first = start(program, desk, config, '--once');
      await sessions(desk, 1, "wait_event_type = 'Lock'");
      const second = start(program, desk, config, '--once');
      await sessions(desk, 2, "query LIKE '%pg_try_advisory_lock%'");
      first.child.kill('SIGKILL');
      await first.end();
      await other.query('ROLLBACK');
      const { code, said } = await second.end();
      assert.equal(code, 0, said);
      assert.notEqual((await desk.has())[0], 0);
    });

    // The oldest reads other members, and writes as the one after it does.
    if (shape === SHAPES[2]) return;
    test('the conformance kit: what is not kept is what the page says', async () => {
      const url = await postgres.createDesk();
      const adapter = await open({ url, program: [program, '--config', configured(keys({ engine: 'evenhand', cursors: 'postgres' }))] });
      try {
        const { outcomes, said } = await notKept(adapter);
        const broken = outcomes.filter(([, result]) => result !== 'not run').map(([situation, result, invariant]) => [situation, `${result} ${invariant}`]);
        assert.deepEqual(broken, NOT_KEPT.filter(([, claims]) => shape !== SHAPES[0] || claims).map(([situation]) => [situation, 'broken 3']), said);
        assert.deepEqual(outcomes.filter(([, result]) => result === 'not run').length, 3, said);
      } finally {
        await adapter.close();
      }
    });
  });
}

/** The rows of the page's table: the situation, and whether it is not kept with a claim either. */
const NOT_KEPT = table('What it cannot keep').map(([situation, since, before]) => {
  assert.equal(before, 'not kept');
  return [situation, since === 'not kept'];
});

test('the stores for cursors, on real servers', async () => {
  const at = join(folder, 'stores');
  migrate(at, SHAPES[0]);
  cpSync(new URL('stores', import.meta.url), join(at, 'stores'), { recursive: true });
  const url = `${await postgres.createDesk()}?sslmode=disable`;
  const child = spawn('go', ['test', '-count=1', './stores'], { cwd: at, env: { ...process.env, DATABASE_URL: url, REDIS_ADDRESS: redis.address }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { said += chunk; });
  const [code] = await once(child, 'close');
  assert.equal(code, 0, said);
});

test('a manager that says more is asked', async () => {
  const program = migrate(join(folder, 'priorities'), SHAPES[0], { priorities: true });
  const desk = await openDesk({ max: 1 });
  await desk.query("UPDATE users SET availability_status = 'away_manual' WHERE id > 1");
  await desk.query("INSERT INTO conversation_priorities VALUES (1, 'Low'), (2, 'High')");
  for (const id of [1, 2, 3]) await desk.come(id);
  await desk.query('UPDATE conversations SET priority_id = id - 1 WHERE id > 1');
  await tick(program, desk, configured(keys({ engine: 'evenhand' })));
  assert.deepEqual(await desk.has(), [0, 0, 1]);
});

/** Waits until there are so many sessions of the desk of which this is true. */
async function sessions(desk, count, where) {
  for (const deadline = Date.now() + 10_000; ;) {
    const { n } = await desk.query(`SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND ${where}`);
    if (n === count) return;
    if (Date.now() > deadline) throw new Error(`${n} sessions, of which ${where}`);
    await sleep(5);
  }
}
