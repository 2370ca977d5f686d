// `--sql`: the statements of another help desk, those of ../sql/plain, on a real PostgreSQL.

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openPostgres } from '../desk.mjs';
import { startProgram } from '../test-support/host.mjs';
import { startPostgres } from '../test-support/postgres.mjs';
import { tick } from '../tick.mjs';

const PLAIN = fileURLToPath(new URL('../../sql/plain', import.meta.url));
const SCHEMA = readFileSync(join(PLAIN, 'schema.sql'), 'utf8');
const SETTINGS = { rule: 'round_robin', assignable: ['online'] };

let server;
/** A Libredesk, and the help desk of the folder. */
let libredesk;
let url;
let client;

before(async () => {
  server = await startPostgres();
  libredesk = await server.createDesk({ state: false });
  await (await server.connect(libredesk)).query('CREATE DATABASE plain');
  url = Object.assign(new URL(libredesk), { pathname: '/plain' }).href;
  client = await server.connect(url);
});
after(() => server?.stop());
beforeEach(() => client.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public; ${SCHEMA};
  INSERT INTO agents (id, name, availability) VALUES (1, 'Ada', 'online'), (2, 'Ben', 'offline');
  INSERT INTO teams (id, name, max_open) VALUES (1, 'Billing', 2);
  INSERT INTO members VALUES (1, 1), (1, 2);
  INSERT INTO tickets (id, team_id, agent_id, hand_over, subject) VALUES (1, 1, 2, true, ''), (2, 1, NULL, false, ''), (3, 1, NULL, false, '')`));

const run = async (args, at = url) => {
  const { code, output, errors } = await startProgram(args, { url: at }).ended;
  const lines = (output + errors).trimEnd().split('\n').map((line) => line.replace(/^\d\d:\d\d:\d\d /, '').replace(/, \d+ ms$/, ''));
  return { code, lines };
};
const rows = async (sql) => (await client.query({ text: sql, rowMode: 'array' })).rows;
const holders = () => rows('SELECT id::int, agent_id::int, hand_over FROM tickets ORDER BY id');

test('it plans, writes nothing in a dry run, assigns, and says whom it means', async () => {
  const dry = await run(['--sql', PLAIN, '--dry-run']);
  assert.equal(dry.code, 0);
  assert.deepEqual(dry.lines.slice(1), [
    '1 team, 2 agents, 2 conversations waiting, 1 to take back',
    '  #1 Billing, Ben -> Ada: nobody else could take it',
    '  #2 Billing -> Ada: nobody else could take it',
    '  #3 Billing waits: everybody who could take it is full',
    'would assign 2, waiting 1 (1 all full)',
    "  Billing: 1 waits: everybody who could take it is full (1 is away, 1 is at the team's limit)",
    'nothing was written',
  ]);
  assert.deepEqual(await rows("SELECT to_regclass('evenhand_state')"), [[null]]);

  const { code, lines } = await run(['--sql', PLAIN, '--once']);
  assert.deepEqual([code, lines.slice(1)], [0, [
    '1 team, 2 agents, 2 conversations waiting, 1 to take back',
    'tick 1: assigned 2, waiting 1 (1 all full), 0 lost claims',
    "  Billing: 1 waits: everybody who could take it is full (1 is away, 1 is at the team's limit)",
  ]]);
  assert.deepEqual(await holders(), [[1, 1, false], [2, 1, false], [3, null, false]]);
  assert.deepEqual((await run(['why', '2', '--sql', PLAIN])).lines[0], 'conversation #2 does not wait: Ada has it; what led there is in a recording, if there is one: --from');
  assert.equal((await run(['why', '#3', '--sql', PLAIN])).lines[0], 'conversation #3 waits (all full)');
});

test('what a person changes in between is left as it is: a ticket to be handed over, too', async () => {
  const desk = await openPostgres(url, { sql: PLAIN });
  try {
    await desk.query(readFileSync(join(PLAIN, 'state.sql'), 'utf8'));
    const before = { ...desk, query: async (sql, values) => {
      if (values?.length === 2) await client.query('UPDATE tickets SET hand_over = false WHERE id = 1; UPDATE tickets SET team_id = NULL WHERE id = 2');
      return desk.query(sql, values);
    } };
    const { claimed, lost } = await tick(before, SETTINGS);
    assert.deepEqual([claimed, lost.map(({ conversation }) => conversation)], [0, ['1', '2']]);
    assert.deepEqual(await holders(), [[1, 2, false], [2, null, false], [3, null, false]]);
    assert.equal((await tick(desk, SETTINGS)).claimed, 1);
  } finally {
    await desk.close();
  }
});

test('a ticket that the database refuses to assign costs that ticket, and rows that stay locked take up fewer and fewer ticks', async () => {
  await client.query(`
    UPDATE teams SET max_open = 1;
    DELETE FROM tickets;
    INSERT INTO tickets (id, team_id, subject) SELECT id, 1, '' FROM generate_series(1, 33) id;
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.id = 1 THEN RAISE EXCEPTION ''no''; END IF; RETURN NEW; END';
    CREATE TRIGGER refuse BEFORE UPDATE ON tickets FOR EACH ROW EXECUTE FUNCTION refuse()`);
  const other = await server.connect(url);
  await other.query('BEGIN; SELECT FROM tickets WHERE id IN (2, 3) FOR UPDATE');
  const desk = await openPostgres(url, { sql: PLAIN });
  try {
    await desk.query(readFileSync(join(PLAIN, 'state.sql'), 'utf8'));
    const lostIn = [];
    for (let n = 1; n <= 40; n += 1) {
      const { claimed, lost } = await tick(desk, SETTINGS);
      assert.equal(claimed + lost.length, 1);
      if (lost.length > 0) lostIn.push(n);
      else await client.query("UPDATE tickets SET status = 'solved' WHERE agent_id IS NOT NULL");
    }
    assert.deepEqual(lostIn, [1, 2, 3, 4, 5, 6, 8, 9, 10, 14, 15, 16, 24, 25, 26]);
  } finally {
    await desk.close();
    await other.query('ROLLBACK');
  }
});

test('a folder without a statement, a database without the tables, no database: exit code 2, and what to do', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'evenhand-sql-'));
  try {
    cpSync(PLAIN, folder, { recursive: true, filter: (path) => !path.endsWith('claim.sql') });
    const { code, lines } = await run(['--sql', folder, '--once']);
    assert.equal(code, 2);
    assert.match(lines[0], /^error: a statement of --sql cannot be read: ENOENT: .*claim\.sql/);
  } finally {
    rmSync(folder, { recursive: true });
  }
  const wrong = await run(['--sql', PLAIN, '--once'], libredesk);
  assert.deepEqual([wrong.code, wrong.lines.at(-1)], [
    2, `error: the database has not what the statements in ${PLAIN} need: there is no agents, members, tickets, teams.max_open, teams.overflow_minutes, teams.overflow_team_id`,
  ]);
  assert.deepEqual(await run(['--sql', PLAIN, '--once'], ''), { code: 2, lines: ['error: --sql needs DATABASE_URL: the sample desk is a Libredesk'] });
});
