// What a tick costs, however long the queue is.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLAIM, openPostgres, SNAPSHOT } from '../desk.mjs';
import { statement } from '../sql.mjs';
import { tick } from '../tick.mjs';
import { fill, range } from '../test-support/fill.mjs';
import { startPostgres } from '../test-support/postgres.mjs';

const SETTINGS = { rule: 'round_robin', assignable: ['online'] };

let server;
before(async () => { server = await startPostgres(); });
after(() => server?.stop());

/** A desk of ten teams and a hundred agents, all in every team, with `waiting` in the queue. */
async function deskWith(waiting) {
  const url = await server.createDesk();
  const admin = await server.connect(url);
  const query = async (sql, values) => (await admin.query(sql, values)).rows[0];
  const ids = range(1, 100).map(({ id }) => id);
  await fill(query, { agents: range(1, 100), teams: range(1, 10, { members: ids }) });
  // The planner's statistics are from a quiet night, when nobody waited.
  await query(`INSERT INTO conversations (id, contact_id, inbox_id, assigned_user_id, assigned_team_id, status_id)
    SELECT n, 1000000, 1, 1 + n % 100, 1 + n % 10, 4 FROM generate_series(1000001, 1020000) n`);
  await query('ANALYZE');
  await query('ALTER TABLE conversations SET (autovacuum_enabled = false)');
  await query(`INSERT INTO conversations (id, contact_id, inbox_id, assigned_team_id, status_id)
    SELECT n, 1000000, 1, 1 + n % 10, 1 FROM generate_series(1, ${waiting}) n`);
  return { url, query };
}

/** The statements that the server ran for the host, as its log has them. */
async function statementsOf(url, query, work) {
  const database = new URL(url).pathname.slice(1);
  await query(`ALTER DATABASE ${database} SET log_statement = 'all'`);
  const desk = await openPostgres(url);
  try {
    const from = server.log().length;
    await work(desk);
    // What is in the log after everything else that the host said.
    const end = `SELECT 'end of ${database}'`;
    await desk.query(end);
    for (const deadline = Date.now() + 10_000; !server.log().includes(end);) {
      assert.ok(Date.now() < deadline, 'the log has no end');
      await sleep(10);
    }
    const lines = server.log().slice(from).split('\n');
    return lines.flatMap((line) => /^\[evenhand\] LOG: {2}(?:statement|execute [^:]*): (.*)$/.exec(line)?.[1] ?? []).slice(0, -1);
  } finally {
    await desk.close();
  }
}

for (const waiting of [10, 10_000]) {
  test(`a tick is two statements, with ${waiting} waiting`, async () => {
    const { url, query } = await deskWith(waiting);
    let outcome;
    const statements = await statementsOf(url, query, async (desk) => { outcome = await tick(desk, SETTINGS); });
    assert.equal(outcome.claimed, waiting);
    assert.deepEqual(statements, [
      // Once per connection.
      'SELECT pg_backend_pid() AS pid',
      'SET SESSION statement_timeout = 30000; SET SESSION jit = off; SET plan_cache_mode = force_generic_plan;',
      '-- The desk at one moment, as the snapshot that Evenhand reads. One statement, so one moment.',
      '-- Writes a plan: the conversations it hands out, its cursors, and what could not be written.',
    ]);
  });
}

/** Every policy at once, with lists as long as a large desk may have. */
const agents = range(1, 100).map(({ id: agent }) => agent);
const teams = range(1, 10).map(({ id: team }) => team);
const members = teams.flatMap((team) => agents.map((agent) => ({ team, agent })));
const EVERYTHING = {
  ...SETTINGS,
  rules: teams.map((team) => ({ team, rule: 'round_robin' })),
  weights: members.map((one) => ({ ...one, weight: 2 })),
  tiers: members.map((one) => ({ ...one, tier: one.agent % 2 })),
  capacities: agents.map((agent) => ({ agent, capacity: 1000 })),
  priorities: [{ priority: 'High', value: 10 }],
  ageing: 60,
  nearing: range(1, 20).map(({ id }) => ({ within: 600 * id, raise: 20 - id })),
  deadlines: true,
  skills: agents.flatMap((agent) => range(1, 10).map(({ id }) => ({ agent: `Agent ${agent}`, skill: `skill ${id}`, level: 1 + (agent % 5) }))),
  needs: range(1, 500).map(({ id }) => ({ tag: `tag ${id}`, skill: `skill ${1 + (id % 10)}`, relax_after: 1 + id }))
    .concat([{ inbox: 2, skill: 'skill 1' }, { attribute: 'language', value: 'de', skill: 'skill 2' }]),
  channels: [{ channel: 'email', capacity: 1000 }, ...agents.map((agent) => ({ agent, channel: 'livechat', capacity: 1000 }))],
  sameAgent: { hold_for: 1, within: 30 },
  fallback: ['away'],
  overflow: teams.flatMap((team) => teams.filter((to) => to !== team).map((to) => ({ team, to, after: 3600 }))),
  shifts: agents.map((agent) => ({ agent, hours: Object.fromEntries(['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'].map((day) => [day, [['00:00', '24:00']]])) })),
  atMost: [{ count: 100_000, within: 600 }, ...agents.slice(50).map((agent) => ({ agent, count: 100_000, within: 3600 }))],
  takeBack: { offline_for: 900, away_and_reassigning: true, unanswered_for: 1800 },
};

/** Makes of what waits something that every policy looks at, and lets Evenhand have given 20,000 in the last day. */
async function season(query) {
  await query("INSERT INTO conversation_priorities (id, name) VALUES (1, 'Low'), (2, 'Medium'), (3, 'High')");
  await query("INSERT INTO inboxes (id, name, channel) VALUES (1, 'Support', 'email'), (2, 'Website', 'livechat')");
  await query("INSERT INTO tags (id, name) SELECT n, 'tag ' || n FROM generate_series(1, 500) n");
  await query(`INSERT INTO users (id, type, first_name) SELECT n, 'contact', 'Customer' FROM generate_series(1000001, 1002000) n`);
  await query(`UPDATE conversations SET contact_id = 1000001 + id % 2000, priority_id = 1 + id % 3, inbox_id = 1 + id % 2, next_sla_deadline_at = now() + id % 100 * interval '5 minutes',
    custom_attributes = CASE WHEN id % 3 = 0 THEN '{"language": "de"}' ELSE '{"language": "en", "plan": 3}' END::jsonb`);
  // Of contacts the planner knows the truth.
  await query('ANALYZE conversations (contact_id)');
  await query('INSERT INTO conversation_tags SELECT id, 1 + id % 500 FROM conversations');
  await query("INSERT INTO evenhand_given SELECT id, assigned_user_id, now() - id % 86400 * interval '1 second' FROM conversations WHERE assigned_user_id IS NOT NULL");
}

test('with every policy at once a tick is two statements, and 10,000 waiting are handed out', async () => {
  const { url, query } = await deskWith(10_000);
  await season(query);
  let outcome;
  const statements = await statementsOf(url, query, async (desk) => { outcome = await tick(desk, EVERYTHING); });
  assert.deepEqual([outcome.claimed, statements.length, Object.values(outcome.unused).flat()], [10_000, 4, []]);
  assert.ok(outcome.phases.snapshot < 5000, `the snapshot took ${outcome.phases.snapshot} ms`);
});

/**
 * A desk with 50,000 waiting, on a server whose planner always picks the nested loop: what it may do on a day
 * when its statistics are wrong enough. A loop over 50,000 times 50,000 rows would take minutes.
 */
async function deskAtItsWorst() {
  const { url, query } = await deskWith(50_000);
  const database = new URL(url).pathname.slice(1);
  for (const setting of ["statement_timeout = '20s'", 'enable_hashjoin = off', 'enable_mergejoin = off']) {
    await query(`ALTER DATABASE ${database} SET ${setting}`);
  }
  return { desk: await openPostgres(url), query };
}

const remembered = (query) => query(`SELECT max((e ->> 'losses')::int) AS losses, max((e ->> 'plans')::int) AS plans, count(e)::int AS n
  FROM evenhand_state LEFT JOIN json_array_elements(lost_claims) e ON true`);

test('50,000 waiting are handed out in seconds, however the planner errs', async () => {
  const { desk, query } = await deskAtItsWorst();
  try {
    assert.equal((await tick(desk, SETTINGS)).claimed, 50_000);
    const { least, most } = await query(
      `SELECT min(n)::int AS least, max(n)::int AS most
       FROM (SELECT count(*) AS n FROM conversations WHERE status_id = 1 GROUP BY assigned_user_id) shares`,
    );
    assert.deepEqual([least, most], [500, 500]);
  } finally {
    await desk.close();
  }
});

test('so are they with every policy at once', async () => {
  const { desk, query } = await deskAtItsWorst();
  try {
    await season(query);
    const { claimed, phases } = await tick(desk, EVERYTHING);
    assert.equal(claimed, 50_000);
    assert.ok(phases.snapshot < 15_000, `the snapshot took ${phases.snapshot} ms`);
  } finally {
    await desk.close();
  }
});

test('50,000 claims of which half are lost are counted in seconds too, and those remembered', async () => {
  const { desk, query } = await deskAtItsWorst();
  try {
    const interrupted = {
      ...desk,
      async query(sql, values) {
        if (sql === CLAIM) await query('UPDATE conversations SET assigned_user_id = 1 WHERE status_id = 1 AND id % 2 = 0');
        return desk.query(sql, values);
      },
    };
    const { claimed, lost } = await tick(interrupted, SETTINGS);
    assert.deepEqual([claimed, lost.length], [25_000, 25_000]);
    // As many are remembered, and wait on among as many others.
    await query('UPDATE conversations SET assigned_user_id = NULL WHERE status_id = 1');
    await query("UPDATE users SET availability_status = 'away'");
    assert.deepEqual(await remembered(query), { losses: 1, plans: 2, n: 25_000 });
    assert.equal((await tick(desk, SETTINGS)).claimed, 0);
    assert.deepEqual(await remembered(query), { losses: 1, plans: 1, n: 25_000 });
    await query("UPDATE users SET availability_status = 'online'");
    assert.equal((await tick(desk, SETTINGS)).claimed, 50_000);
    assert.deepEqual(await remembered(query), { losses: null, plans: null, n: 0 });
  } finally {
    await desk.close();
  }
});

test('with index.sql a tick reads what is open, and not what is resolved, with an agent or without', async () => {
  const { query } = await deskWith(50);
  await query('CREATE INDEX ON conversations (status_id)');
  await query(`INSERT INTO conversations (id, contact_id, inbox_id, assigned_user_id, assigned_team_id, status_id)
    SELECT n, 1000000, 1, CASE WHEN n % 2 = 0 THEN 1 + n % 100 END, 1 + n % 10, 4 FROM generate_series(2000001, 2100000) n`);
  for (const one of statement('index').split(';')) await query(one);
  await query('ANALYZE');
  const how = JSON.stringify(SETTINGS);
  const { 'QUERY PLAN': [{ Plan: plan }] } = await query(`EXPLAIN (ANALYZE, FORMAT JSON) ${SNAPSHOT.replaceAll('$1', `'${how}'`)}`);
  const scans = (node) => [node, ...(node.Plans ?? []).flatMap(scans)];
  const used = scans(plan).map((node) => node['Index Name'] ?? '').filter((name) => /^(evenhand|conversations)_/.test(name));
  assert.deepEqual(used.sort(), ['evenhand_loads', 'evenhand_waiting'], JSON.stringify(plan, null, 1));
});
