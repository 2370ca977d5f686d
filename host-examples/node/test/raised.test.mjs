// Conversations that the database refuses to assign: a trigger or a constraint raises. The others are assigned all the same.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { CLAIM, openPostgres } from '../desk.mjs';
import { isRefusal } from '../recovery.mjs';
import { tick } from '../tick.mjs';
import { fill, holders, range, RESOLVED, state } from '../test-support/fill.mjs';
import { startProgram } from '../test-support/host.mjs';
import { startPostgres } from '../test-support/postgres.mjs';

const SETTINGS = { rule: 'round_robin', assignable: ['online'] };

let server;
let url;
let desk;
let other;

before(async () => { server = await startPostgres(); });
beforeEach(async () => {
  url = await server.createDesk();
  desk = await openPostgres(url);
  other = await server.connect(url);
});
after(() => server?.stop());

/** One team of agents 1 to `agents`, each of whom may hold `max`, and as many conversations as wait. */
const deskOf = ({ agents = 3, max = 0, waiting = 9 } = {}) => fill(desk.query, {
  agents: range(1, agents), teams: [{ id: 1, members: range(1, agents).map(({ id }) => id), max }], conversations: range(1, waiting),
});

/** Has `body` run before each assignment. */
const guard = (body) => desk.query(`
  CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} RETURN NEW; END $$;
  CREATE TRIGGER guard BEFORE UPDATE OF assigned_user_id ON conversations FOR EACH ROW EXECUTE FUNCTION guard()`);

const refuse = (...ids) => guard(`IF NEW.id IN (${ids}) THEN RAISE 'hands off %', NEW.id; END IF;`);
const losses = async () => (await state(desk.query)).lost_claims.map(({ decision, losses: n, plans }) => [decision.conversation, n, plans]);
const sum = ({ won, claimed, lost, raised }) => [won, claimed, lost.map(({ conversation }) => conversation), raised];

test('a trigger raises for two of nine: seven are assigned, two are lost and reported, and the plan is written once', async () => {
  await deskOf();
  await refuse(2, 7);
  const outcome = await tick(desk, SETTINGS);
  assert.deepEqual(sum(outcome), [true, 7, ['2', '7'], [
    { conversation: '2', error: 'hands off 2' },
    { conversation: '7', error: 'hands off 7' },
  ]]);
  assert.deepEqual(outcome.lost, [1, 6].map((i) => outcome.plan.decisions[i]));
  const expected = outcome.plan.decisions.map(({ conversation, agent }) => [conversation, ['2', '7'].includes(conversation) ? null : Number(agent)]);
  assert.deepEqual(await holders(desk.query), Object.fromEntries(expected));
  const { version, cursors, lost_claims } = await state(desk.query);
  assert.deepEqual([version, cursors], [1, outcome.plan.cursors]);
  assert.deepEqual(lost_claims, outcome.lost.map((decision) => ({ decision, losses: 1, plans: 2, raised: true })));
});

test('it is kept away for 1, 2, 4 and up to 64 plans, although there is room', async () => {
  await deskOf();
  await refuse(5);
  const tried = [];
  for (let n = 1; n <= 210; n += 1) {
    const { lost, raised, kept_away: kept } = await tick(desk, SETTINGS);
    if (raised.length > 0) tried.push(n);
    assert.deepEqual([lost.length, [...kept, ...raised.map(({ conversation }) => conversation)]], [1, ['5']]);
  }
  assert.deepEqual(tried, [1, 3, 6, 11, 20, 37, 70, 135, 200]);
  assert.deepEqual(await losses(), [['5', 9, 55]]);
  const errors = server.log().split('\n').filter((line) => line.includes('hands off 5')).length;
  assert.ok(errors < 40, `${errors} errors in the log of the database`);
});

test('once it raises no more it is assigned when it is tried, and nothing is remembered', async () => {
  await deskOf();
  await refuse(5);
  await tick(desk, SETTINGS);
  await desk.query('DROP TRIGGER guard ON conversations');
  assert.deepEqual(sum(await tick(desk, SETTINGS)), [true, 0, ['5'], []]);
  assert.deepEqual(sum(await tick(desk, SETTINGS)), [true, 1, [], []]);
  assert.deepEqual(await losses(), []);
  // The turn came back to whom it was for.
  await desk.query('INSERT INTO conversations (contact_id, inbox_id, assigned_team_id, status_id, id) SELECT 1000000, 1, 1, 1, n FROM generate_series(10, 12) n');
  await tick(desk, SETTINGS);
  assert.deepEqual(Object.values(await holders(desk.query)).sort(), [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
});

test('with one place that comes free again and again it takes up fewer and fewer ticks', async () => {
  await deskOf({ agents: 1, max: 1, waiting: 90 });
  await refuse(1);
  const lostIn = [];
  for (let n = 1; n <= 80; n += 1) {
    const { plan, lost } = await tick(desk, SETTINGS);
    if (lost.length > 0) lostIn.push(n);
    const given = plan.decisions.find(({ agent }) => agent !== null).conversation;
    if (lost.length === 0) await desk.query(`UPDATE conversations SET status_id = ${RESOLVED} WHERE id = ${given}`);
  }
  assert.deepEqual(lostIn, [1, 4, 8, 14, 24, 42, 76]);
  assert.deepEqual(await losses(), [['1', 7, 61]]);
});

for (const [what, make, message] of [
  ['a check constraint', 'ALTER TABLE conversations ADD CHECK (id <> 5 OR assigned_user_id IS NULL)', /violates check constraint/],
  ['a constraint that is checked at the end of the transaction', `
    CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id = 5 THEN RAISE 'too late'; END IF; RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON conversations DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION late()`, /too late/],
  ['a trigger that is broken for it', `
    CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id = 5 THEN PERFORM 1 FROM no_such_table; END IF; RETURN NEW; END $$;
    CREATE TRIGGER broken BEFORE UPDATE ON conversations FOR EACH ROW EXECUTE FUNCTION broken()`, /no_such_table/],
]) {
  test(`${what} costs one conversation`, async () => {
    await deskOf();
    await desk.query(make);
    const { claimed, lost, raised } = await tick(desk, SETTINGS);
    assert.deepEqual([claimed, lost.length, raised.map(({ conversation }) => conversation)], [8, 1, ['5']]);
    assert.match(raised[0].error, message);
  });
}

test('what raises only together: as many are assigned as go together', async () => {
  await deskOf();
  await guard("IF (SELECT count(*) FROM conversations WHERE assigned_user_id = NEW.assigned_user_id) >= 2 THEN RAISE 'two are enough'; END IF;");
  const { claimed, raised } = await tick(desk, SETTINGS);
  assert.deepEqual([claimed, raised.map(({ conversation }) => conversation)], [6, ['7', '8', '9']]);
});

test('what is locked, taken, or for an agent who is locked is lost as ever, and not waited for', async () => {
  await deskOf();
  await refuse(6);
  await other.query('BEGIN');
  await other.query('SELECT FROM conversations WHERE id = 1 FOR UPDATE');
  const interrupted = {
    ...desk,
    async query(sql, values) {
      if (sql === CLAIM) {
        await other.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [JSON.parse(values[1]).decisions[1].agent]);
        await desk.query('UPDATE conversations SET assigned_team_id = NULL WHERE id = 3');
      }
      return desk.query(sql, values);
    },
  };
  const outcome = await tick(interrupted, SETTINGS);
  await other.query('ROLLBACK');
  assert.deepEqual(sum(outcome), [true, 3, ['1', '2', '3', '5', '6', '8'], [{ conversation: '6', error: 'hands off 6' }]]);
});

test('another host writes meanwhile: nothing is written, nothing reported', async () => {
  await deskOf();
  await refuse(5);
  const beaten = {
    ...desk,
    async transaction(work) {
      await other.query('UPDATE evenhand_state SET version = version + 1');
      return desk.transaction(work);
    },
  };
  assert.deepEqual(sum(await tick(beaten, SETTINGS)), [false, 0, [], []]);
  assert.ok(Object.values(await holders(desk.query)).every((agent) => agent === null));
});

test('three of 1,000 are found in some dozens of statements', async () => {
  await deskOf({ waiting: 1000 });
  await refuse(1, 500, 1000);
  let claims = 0;
  const counting = {
    ...desk,
    transaction: (work) => desk.transaction((query) => work((sql, values) => {
      if (sql === CLAIM) claims += 1;
      return query(sql, values);
    })),
  };
  const { claimed, raised } = await tick(counting, SETTINGS);
  assert.deepEqual([claimed, raised.length], [997, 3]);
  assert.ok(claims < 70, `${claims} claims`);
});

test('a plan of which nothing can be written is still a plan', async () => {
  await deskOf({ waiting: 3 });
  await refuse(1, 2, 3);
  assert.deepEqual(sum(await tick(desk, SETTINGS)).slice(0, 3), [true, 0, ['1', '2', '3']]);
});

test('where it is not the data that is refused, the tick fails as before', async () => {
  await deskOf();
  await desk.query('ALTER TABLE evenhand_state ADD CHECK (version = 0)');
  await assert.rejects(tick(desk, SETTINGS), { code: '23514' });
  assert.ok(Object.values(await holders(desk.query)).every((agent) => agent === null));
  for (const code of ['40001', '40P01', '42501', '55P03', '57014', '57P01', '25006', '53100', '08006', '42P01', 'EPIPE', 'ENOENT', undefined]) {
    assert.equal(isRefusal(Object.assign(new Error('no'), { code })), false, code);
  }
  for (const code of ['23514', 'P0001', '22003', 'ABCDE']) assert.equal(isRefusal(Object.assign(new Error('no'), { code })), true, code);
});

test('the host names it with the words of the database, once', async () => {
  await deskOf();
  await refuse(5);
  const { code, output } = await startProgram(['--ticks', '3', '--interval', '0.05'], { url }).ended;
  const lines = output.split('\n').slice(0, -1).map((line) => line.slice(9).replace(/, \d+ ms$/, ''));
  assert.deepEqual([code, lines.filter((line) => /assigned|refuses|left as/.test(line))], [0, [
    'tick 1: assigned 8, waiting 0, 1 lost claim',
    'warning: the database refuses to assign #104, and it waits: hands off 5',
    'tick 2: assigned 0, waiting 0, 1 lost claim',
    'tick 3: assigned 0, waiting 0, 1 lost claim',
  ]], output);
});
