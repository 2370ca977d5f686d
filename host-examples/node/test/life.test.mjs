// A desk that lives: the same seed, the same life; a day's rhythm; and only what a help desk's people do.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { openMemory, openPostgres } from '../desk.mjs';
import { DAY, HOUR, MINUTE, planDay } from '../sample/day.mjs';
import { begin } from '../sample/life.mjs';
import { keepPace } from '../sample/part.mjs';
import { sentence } from '../sample/tell.mjs';
import { fill, OPEN, range, REPLIED, SNOOZED } from '../test-support/fill.mjs';
import { startPostgres } from '../test-support/postgres.mjs';
import { tick } from '../tick.mjs';

const SAMPLE = readFileSync(new URL('../sample/desk.sql', import.meta.url), 'utf8');
const SETTINGS = { rule: 'round_robin', assignable: ['online'] };
const MONDAY = Date.UTC(2026, 2, 2);
const TEAMS = [{ id: 1, limit: 6, members: 20 }, { id: 2, limit: 0, members: 20 }];
const AGENTS = range(1, 40);

const plan = (midnight, seed = 1, bustle = 1) => planDay({ teams: TEAMS, agents: AGENTS }, midnight, { seed, bustle });
const happening = (day, what) => day.filter((act) => act.what === what);
const during = (day, from, to) => day.filter(({ at }) => (at - MONDAY) % DAY >= from && (at - MONDAY) % DAY < to).length;

describe('a planned day', () => {
  test('is the same from the same seed, and another from another', () => {
    assert.deepEqual(plan(MONDAY), plan(MONDAY));
    assert.notDeepEqual(plan(MONDAY), plan(MONDAY, 2));
    const hours = (day) => day.map(({ at, what }) => `${at % DAY} ${what}`);
    assert.notDeepEqual(hours(plan(MONDAY)), hours(plan(MONDAY + DAY)));
  });

  test('has its rhythm: quiet at night, busy before and after lunch, calm on Sunday', () => {
    const came = happening(plan(MONDAY), 'arrives');
    const hourly = (hour) => during(came, hour * HOUR, (hour + 1) * HOUR);
    assert.ok(came.length > 800 && came.length < 1800, `${came.length} in a day`);
    assert.ok(hourly(3) < 15, `${hourly(3)} at three in the night`);
    assert.ok(hourly(10) > 100, `${hourly(10)} at ten`);
    assert.ok(hourly(12) < hourly(10) && hourly(12) < hourly(15), 'fewer at noon');
    assert.ok(happening(plan(MONDAY - DAY), 'arrives').length < came.length / 2, 'fewer on Sunday');
    assert.ok(happening(plan(MONDAY, 1, 3), 'arrives').length > came.length * 2, 'more where it bustles');
  });

  test('has people at work by day, with a break now and then, and nobody at night', () => {
    const day = happening(plan(MONDAY), 'availability');
    const online = (until) => {
      const last = new Map(day.filter(({ at }) => at < MONDAY + until).map(({ agent, to }) => [agent, to]));
      return [...last.values()].filter((to) => to === 'online').length;
    };
    assert.deepEqual([online(6 * HOUR), online(DAY)], [0, 0]);
    assert.ok(online(11 * HOUR) > 20, `${online(11 * HOUR)} at eleven`);
    for (const { id } of AGENTS) {
      const own = day.filter(({ agent }) => agent === id).map(({ to }) => to);
      if (own.length === 0) continue;
      assert.deepEqual([own[0], own.at(-1)], ['online', 'offline']);
      // Who is away comes back before anything else, except to leave.
      own.slice(1).forEach((to, i) => assert.equal(to === 'online', own[i].startsWith('away') && own[i] !== 'away_and_reassigning'));
    }
  });

  test('turns a team to Manual and back, three times, never two at once, and only teams that have a limit', () => {
    for (const seed of [1, 2, 3]) {
      const phases = happening(plan(MONDAY, seed), 'assignment');
      assert.deepEqual(phases.map(({ to, team }) => [to, team]), [
        ['Manual', 1], ['Round robin', 1], ['Manual', 1], ['Round robin', 1], ['Manual', 1], ['Round robin', 1],
      ]);
    }
  });
});

describe('a life', () => {
  let desk;
  before(async () => { desk = await openMemory(); });
  after(() => desk?.close());

  /** The sample desk as it is on the first day. */
  async function fresh(on = desk) {
    const { query } = on;
    await query('TRUNCATE conversations, conversation_statuses, team_members, teams, users RESTART IDENTITY');
    await query(SAMPLE);
    await query("UPDATE evenhand_state SET version = 0, seed = 1, cursors = '[]', lost_claims = '[]'");
  }

  /** Lives, as `role`, until `hours` o'clock, a tick every ten minutes of the desk's; `pieces` steps between two of them. */
  async function live({ seed, hours, bustle, pieces = 1, role = 'NONE', ticks = true, on = desk }) {
    const acts = [];
    const life = await begin(on.query, { seed, bustle, told: ({ place, ...act }) => acts.push(act) });
    const start = life.now();
    for (let from = start; from < MONDAY + hours * HOUR; from += 10 * MINUTE) {
      if (ticks) await tick(on, SETTINGS);
      await on.query(`SET ROLE ${role}`);
      for (let piece = 1; piece <= pieces; piece += 1) await life.step(from + (10 * MINUTE * piece) / pieces);
      await on.query('RESET ROLE');
    }
    return { acts, rows: await rows(on) };
  }

  // When a claim was written is the host's own clock.
  const rows = async (on = desk) => (await on.query(`
    SELECT json_build_object(
      'conversations', (SELECT json_agg(json_build_array(uuid, created_at, assigned_user_id, assigned_team_id, status_id) ORDER BY uuid) FROM conversations),
      'people', (SELECT json_agg(json_build_array(id, availability_status) ORDER BY id) FROM users),
      'teams', (SELECT json_agg(json_build_array(id, conversation_assignment_type) ORDER BY id) FROM teams)
    ) AS all`)).all;

  test('is the same from the same seed, in however many steps, and another from another', async () => {
    await fresh();
    const once = await live({ seed: 1, hours: 8.7 });
    await fresh();
    const again = await live({ seed: 1, hours: 8.7, pieces: 7 });
    await fresh();
    const other = await live({ seed: 2, hours: 8.7 });
    assert.deepEqual(again.acts, once.acts);
    assert.deepEqual(again.rows, once.rows);
    assert.notDeepEqual(other.rows, once.rows);
    const done = new Set(once.acts.filter(({ changed }) => changed.length > 0).map(({ what }) => what));
    for (const what of ['arrives', 'answers', 'resolves', 'snoozes', 'writes again', 'availability', 'takes', 'sorts']) {
      assert.ok(done.has(what), `nobody ${what}`);
    }
  });

  test('is the same on a real PostgreSQL', async () => {
    await fresh();
    const embedded = await live({ seed: 1, hours: 8.5 });
    const server = await startPostgres();
    const real = await openPostgres(await server.createDesk());
    try {
      await fresh(real);
      assert.deepEqual(await live({ seed: 1, hours: 8.5, on: real }), embedded);
    } finally {
      await real.close();
      await server.stop();
    }
  });

  test('is the same where the answers of the database get lost on the way', async () => {
    await fresh();
    const once = await live({ seed: 1, hours: 8.5 });
    await fresh();
    let n = 0;
    let lost = 0;
    const acts = [];
    const hurt = await begin(async (sql, values) => {
      const row = await desk.query(sql, values);
      if ((n += 1) % 8 === 0) {
        lost += 1;
        throw new Error('lost on the way');
      }
      return row;
    }, { seed: 1, told: (act) => acts.push(act) });
    for (let from = hurt.now(); from < MONDAY + 8.5 * HOUR; from += 10 * MINUTE) {
      await tick(desk, SETTINGS);
      while (await hurt.step(from + 10 * MINUTE).then(() => false, (error) => error.message === 'lost on the way'));
    }
    assert.ok(lost > 50);
    assert.deepEqual(await rows(), once.rows);
    // Whatever was done by hand is not done again, so nobody hears that it was done.
    const told = (list) => list.filter(({ which, what }) => which === undefined && what !== 'sorts').map(({ what, at }) => [what, at]);
    assert.deepEqual(told(acts), told(once.acts));
  });

  test('changes what people change and nothing else', async () => {
    await fresh();
    // What the help desk's own server may do in a day without anybody being hired or a team made.
    await desk.query(`
      DROP ROLE IF EXISTS people;
      CREATE ROLE people;
      GRANT SELECT, INSERT, UPDATE (assigned_user_id, assigned_team_id, status_id, updated_at) ON conversations TO people;
      GRANT USAGE ON SEQUENCE conversations_id_seq, conversation_numbers TO people;
      GRANT SELECT, UPDATE (availability_status) ON users TO people;
      GRANT SELECT, UPDATE (conversation_assignment_type) ON teams TO people;
      GRANT SELECT ON team_members, conversation_statuses TO people;
      CREATE TABLE before_conversations AS SELECT * FROM conversations;
      CREATE TABLE before_users AS SELECT * FROM users;
    `);
    const { acts } = await live({ seed: 1, hours: 17, bustle: 0.4, role: 'people' });

    const count = async (sql) => (await desk.query(`SELECT count(*)::int AS n FROM ${sql}`)).n;
    assert.equal(await count(`before_users b JOIN users u USING (id)
      WHERE u.availability_status <> b.availability_status AND b.type <> 'agent'`), 0);
    assert.equal(await count('before_conversations b LEFT JOIN conversations c USING (id, uuid, created_at, contact_id, inbox_id) WHERE c.id IS NULL'), 0);
    // Whoever got a conversation is in its team.
    assert.equal(await count(`conversations c LEFT JOIN before_conversations b USING (id)
      WHERE c.assigned_user_id IS DISTINCT FROM b.assigned_user_id AND c.assigned_user_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM team_members m WHERE m.team_id = c.assigned_team_id AND m.user_id = c.assigned_user_id)`), 0);

    const changed = (what) => acts.filter((act) => act.what === what).flatMap((act) => act.changed);
    for (const what of ['arrives', 'answers', 'resolves', 'snoozes', 'writes again', 'reopens', 'availability', 'assignment', 'hands back', 'sorts', 'takes', 'passes on', 'moves', 'puts back']) {
      assert.ok(changed(what).length > 0, `nobody ${what}`);
    }
    for (const { conversation, number } of ['takes', 'passes on', 'moves', 'puts back'].flatMap(changed)) assert.equal(number, String(conversation + 99));
    for (const { before: giver, agent, team } of changed('passes on')) {
      assert.ok(giver !== agent && giver !== null && agent !== null && team !== null);
    }
    for (const { agent, team } of changed('moves')) assert.deepEqual([agent, typeof team], [null, 'number']);
    // A team that was turned to Manual is turned back; the one where people always assign stays so.
    assert.equal(changed('assignment').length, 6);
    assert.deepEqual(
      (await desk.query("SELECT json_agg(name) AS list FROM teams WHERE conversation_assignment_type = 'Manual'")).list,
      ['Key Accounts'],
    );
    await desk.query('DROP TABLE before_conversations, before_users');
  });

  test('goes on where it was left, and sets right what was left undone', async () => {
    await fresh();
    const { acts } = await live({ seed: 1, hours: 9.2, ticks: false });
    const uuids = new Set(acts.filter(({ what }) => what === 'arrives').map(({ uuid }) => uuid));
    await desk.query("UPDATE teams SET conversation_assignment_type = 'Manual' WHERE id = 3");

    const later = [];
    const life = await begin(desk.query, { seed: 1, told: (act) => later.push(act) });
    const from = life.now();
    assert.ok(from > MONDAY + 9 * HOUR && from < MONDAY + 9.4 * HOUR);
    await life.step(from + 25 * MINUTE);
    const arrived = later.filter(({ what }) => what === 'arrives');
    assert.ok(arrived.length > 10);
    assert.deepEqual(arrived.filter(({ uuid, changed }) => uuids.has(uuid) && changed.length > 0), []);
    assert.equal(
      (await desk.query('SELECT conversation_assignment_type::text AS type FROM teams WHERE id = 3')).type,
      'Round robin',
    );
  });

  describe('on a desk of two', () => {
    const state = async () => (await desk.query(
      // What came in later has other ids.
      `SELECT json_object_agg(id, status_id ORDER BY id) AS statuses, json_object_agg(id, assigned_user_id ORDER BY id) AS holders
       FROM conversations WHERE created_at < '2026-03-01'`,
    ));
    const NIGHT = MONDAY + HOUR;

    test('only who is there answers, and only what is theirs', async () => {
      await fill(desk.query, {
        agents: [{ id: 1 }, { id: 2, availability: 'away' }],
        teams: [{ id: 1, members: [1, 2] }],
        conversations: [{ id: 1, agent: 1 }, { id: 2, agent: 2 }, { id: 3 }],
      });
      const acts = [];
      const life = await begin(desk.query, { seed: 1, start: NIGHT, told: (act) => acts.push(act) });
      await life.step(NIGHT + 3 * HOUR);
      assert.deepEqual([...new Set(acts.filter(({ what }) => what === 'answers').map(({ conversation }) => conversation))], [1]);
      const { statuses } = await state();
      assert.deepEqual([statuses[2], statuses[3]], [OPEN, OPEN]);

      await desk.query("UPDATE users SET availability_status = 'online' WHERE id = 2");
      acts.length = 0;
      await life.step(NIGHT + 5 * HOUR);
      assert.ok(acts.some(({ what, conversation, changed }) => what === 'answers' && conversation === 2 && changed.length > 0));
      assert.equal((await state()).statuses[3], OPEN);
    });

    test('what somebody else took meanwhile is not touched', async () => {
      await fill(desk.query, {
        agents: [{ id: 1 }, { id: 2, availability: 'offline' }],
        teams: [{ id: 1, members: [1, 2] }],
        conversations: range(1, 20, { agent: 1 }),
      });
      const life = await begin(desk.query, { seed: 1, start: NIGHT });
      await life.step(NIGHT);
      await desk.query('UPDATE conversations SET assigned_user_id = 2');
      await life.step(NIGHT + 2 * HOUR);
      const { statuses, holders } = await state();
      assert.deepEqual([...new Set(Object.values(statuses))], [OPEN]);
      assert.deepEqual([...new Set(Object.values(holders))], [2]);
    });

    test('who has gone away since does not answer', async () => {
      await fill(desk.query, { agents: [{ id: 1 }], teams: [{ id: 1, members: [1] }], conversations: range(1, 20, { agent: 1 }) });
      const life = await begin(desk.query, { seed: 1, start: NIGHT });
      await life.step(NIGHT);
      await desk.query("UPDATE users SET availability_status = 'away' WHERE id = 1");
      await life.step(NIGHT + 2 * HOUR);
      assert.deepEqual([...new Set(Object.values((await state()).statuses))], [OPEN]);
    });

    test('a customer who writes again finds an agent who is leaving no more, and the others still', async () => {
      await fill(desk.query, {
        agents: [{ id: 1, availability: 'away_and_reassigning' }, { id: 2, availability: 'offline' }],
        teams: [{ id: 1, members: [1, 2] }],
        conversations: [{ id: 1, agent: 1, status: SNOOZED }, { id: 2, agent: 2, status: SNOOZED }, { id: 3, agent: 2, status: REPLIED }],
      });
      const life = await begin(desk.query, { seed: 1, start: NIGHT });
      await life.step(NIGHT + 5 * HOUR + MINUTE);
      const { statuses, holders } = await state();
      assert.deepEqual([statuses[1], statuses[2]], [OPEN, OPEN]);
      assert.deepEqual(holders, { 1: null, 2: 2, 3: 2 });
    });

    test('a desk without the usual statuses is refused', async () => {
      await fill(desk.query, {});
      await desk.query("DELETE FROM conversation_statuses WHERE name = 'Snoozed'");
      await assert.rejects(begin(desk.query, { seed: 1 }), /the desk has no status "Snoozed"/);
    });
  });
});

test('the pace is so many times the clock\'s, and a stop ends it', async () => {
  let time = 5000;
  const stop = new AbortController();
  const steps = [];
  const life = {
    now: () => 1_000_000,
    async step(until) {
      steps.push(until - 1_000_000);
      // A slow machine: the next step is the longer.
      if (steps.length === 2) time += 400;
      if (steps.length === 4) stop.abort();
    },
  };
  const clock = { now: () => time, sleep: async (milliseconds) => { time += milliseconds; } };
  await keepPace(life, { speed: 60, signal: stop.signal, clock });
  assert.deepEqual(steps, [6000, 12_000, 42_000, 48_000]);
});

test('what is told of a conversation names its number', () => {
  const names = { agents: { 1: 'Maya', 2: 'Omar' }, teams: { 3: 'Sales' } };
  const told = (what, rest) => sentence({ what, changed: [{ conversation: 61, number: '160', ...rest }] }, names);
  assert.deepEqual([
    told('takes', { agent: 1 }), told('passes on', { before: 1, agent: 2 }), told('moves', { team: 3 }), told('puts back', { before: 2 }), told('answers'),
  ], [
    'Maya takes #160 by hand', 'a lead gives #160 of Maya to Omar', 'somebody moves #160 to Sales', 'a lead takes #160 off Omar', undefined,
  ]);
});
