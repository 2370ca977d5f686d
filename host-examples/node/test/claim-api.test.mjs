// A plan that is written through Libredesk's API: the same decisions as by a statement, whatever people and the API do meanwhile.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { planJson } from 'evenhand';
import { claim } from '../claim.mjs';
import { claimThroughApi, settle } from '../claim-api.mjs';
import { CLAIM, openPostgres, SNAPSHOT, STATE } from '../desk.mjs';
import { statement } from '../sql.mjs';
import { howToAssign, tick } from '../tick.mjs';
import { apiDesk, apiOf, NINE, SETTINGS } from '../test-support/api-desk.mjs';
import { holders, range, REPLIED, RESOLVED, state } from '../test-support/fill.mjs';
import { startApi } from '../test-support/libredesk-api.mjs';
import { until } from '../test-support/until.mjs';

const desk = apiDesk();
const { query } = desk;

const idsOf = (list) => list.map(({ conversation }) => conversation);
const failure = (status, type, message) => ({ status, body: { status: 'error', message, data: null, error_type: type } });

/** What the host did not do: hold a plan open. */
async function assertSettled() {
  assert.equal(await desk.pending(), null);
}

describe('as by a statement', () => {
  test('every decision is one request, people are told once, and the turns go on', async () => {
    const outcome = await desk.tick();
    assert.deepEqual(
      [outcome.won, outcome.claimed, outcome.lost, outcome.way, outcome.requests.answers],
      [true, 9, [], 'api', { done: 9 }],
    );
    const given = outcome.plan.decisions.map(({ conversation, agent }) => ({ conversation, agent }));
    const inOrder = (list) => list.toSorted((a, b) => a.conversation - b.conversation);
    assert.deepEqual(inOrder(desk.libredesk.heard), given);
    assert.deepEqual(inOrder(await desk.libredesk.told()), given.map((one) => ({ ...one, before: null })));
    assert.deepEqual(await desk.state(), { version: 1, cursors: outcome.plan.cursors, lost_claims: [] });
    await assertSettled();
    await desk.comeIn(3);
    await desk.tick();
    assert.deepEqual(await desk.shares(), { 1: 4, 2: 4, 3: 4 });
  });

  // What people do between the look at the desk and the claim.
  const MEANWHILE = [
    'UPDATE conversations SET assigned_user_id = 4 WHERE id = 2',
    'UPDATE conversations SET assigned_team_id = 2 WHERE id = 3',
    'UPDATE conversations SET status_id = 4 WHERE id = 4',
    'DELETE FROM conversations WHERE id = 5',
    `UPDATE conversations SET status_id = ${REPLIED}, inbox_id = 77 WHERE id = 6`,
    'UPDATE conversations SET assigned_user_id = 1 WHERE id = 7',
    'UPDATE users SET enabled = false WHERE id = 2',
    'SELECT 1',
    'UPDATE users SET enabled = true WHERE id = 2; DELETE FROM team_members WHERE user_id = 3',
    'INSERT INTO team_members VALUES (1, 3); UPDATE conversations SET assigned_user_id = NULL WHERE assigned_user_id = 1',
    'UPDATE conversations SET assigned_user_id = 4 WHERE id = 8',
    'SELECT 1',
    'SELECT 1',
  ];
  test('decision by decision, and to the letter of what is remembered, while people change what they like', async () => {
    const other = await desk.beside(NINE);
    const person = await desk.server.connect(other.url);
    let lost = 0;
    let claimed = 0;
    for (const [n, act] of MEANWHILE.entries()) {
      const [one, two] = await Promise.all([desk, other].map(async ({ door }) => {
        await door.query(`INSERT INTO conversations (contact_id, inbox_id, assigned_team_id, status_id, id, created_at)
          SELECT 1000000, 1, 1, 1, 100 + ${n * 10} + n, '2026-01-01'::timestamptz + make_interval(days => ${n}, secs => n) FROM generate_series(1, 4) n`);
        const { version, snapshot } = await door.query(SNAPSHOT, [howToAssign(SETTINGS)]);
        return { version, plan: planJson(snapshot), snapshot };
      }));
      assert.equal(one.snapshot, two.snapshot);
      for (const at of [desk.person, person]) {
        await at.query(act);
        await at.query('BEGIN');
        await at.query('SELECT FROM conversations WHERE id IN (101, 102) FOR UPDATE');
      }
      const outcomes = [await claimThroughApi(desk.door, one, apiOf(desk.libredesk)), await claim(other.door, two)];
      const [through, by] = outcomes.map(({ way, requests, ...same }) => same);
      assert.deepEqual(through, by);
      assert.deepEqual(await desk.state(), await state(other.query));
      assert.deepEqual(await desk.holders(), await holders(other.query));
      for (const at of [desk.person, person]) await at.query('ROLLBACK');
      lost += by.lost.length;
      claimed += by.claimed;
    }
    assert.ok(lost > 20 && claimed > 30, `${lost} lost, ${claimed} claimed`);
    assert.ok((await desk.libredesk.told()).every(({ before }) => before === null), 'somebody was overwritten');
  });

  test('policies remember who was given what and taken from whom, and forget it, as they do by a statement, and what a host that was killed had given', async () => {
    const other = await desk.beside(NINE);
    const settings = { ...SETTINGS, atMost: [{ count: 2, within: 600 }], takeBack: { away_and_reassigning: true } };
    const given = async (ask) => (await ask('SELECT json_agg(json_build_array(conversation, agent, since IS NOT NULL) ORDER BY conversation, agent) AS list FROM evenhand_given')).list;
    const ofClosed = async () => (await query(`SELECT count(*)::int FROM evenhand_given JOIN conversations c ON c.id = conversation WHERE status_id = ${RESOLVED}`)).count;
    const claimed = [];
    let closed;
    for (const between of ['SELECT 1', `UPDATE conversations SET waiting_since = now();
        UPDATE users SET availability_status = 'away_and_reassigning' WHERE id = 1; DELETE FROM evenhand_given WHERE agent = 2`,
      `UPDATE evenhand_state SET version = 200; UPDATE conversations SET status_id = ${RESOLVED} WHERE assigned_user_id = 3; UPDATE evenhand_given SET since = now() - interval '25 hours'`]) {
      for (const { query: ask } of [desk, other]) await ask(between);
      closed = await ofClosed();
      const outcomes = [await tick(desk.door, settings, {}, { api: apiOf(desk.libredesk) }), await tick(other.door, settings)];
      assert.deepEqual(await desk.holders(), await holders(other.query));
      assert.deepEqual(await given(desk.query), await given(other.query));
      claimed.push(outcomes.map((one) => one.claimed));
    }
    assert.deepEqual(claimed, [[6, 6], [2, 2], [3, 3]]);
    assert.deepEqual([closed, await ofClosed()], [2, 0]);
    const moved = (await given(query)).filter(([conversation], i, all) => all[i - 1]?.[0] === conversation);
    assert.deepEqual(moved.map(([, agent]) => agent), [2, 2]);

    await query("DELETE FROM evenhand_given; UPDATE users SET availability_status = 'online'; UPDATE conversations SET assigned_user_id = NULL");
    const { version, snapshot } = await query(SNAPSHOT, [howToAssign(settings)]);
    const plan = JSON.parse(planJson(snapshot));
    await query(statement('claim-begin'), [version, JSON.stringify({ ...plan, remember: true }), 0]);
    const { conversation, agent } = plan.decisions.find((one) => one.agent !== null);
    await query('UPDATE conversations SET assigned_user_id = $2 WHERE id = $1', [conversation, agent]);
    await settle(query);
    assert.deepEqual(await given(query), [[Number(conversation), Number(agent), true]]);
  });

  test('what the database refuses to Libredesk is remembered as what it refuses to a statement, and kept away', async () => {
    const other = await desk.beside(NINE);
    for (const { query: ask } of [desk, other]) {
      await ask(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $f$
        BEGIN IF NEW.id IN (2, 5) AND NEW.assigned_user_id IS NOT NULL THEN RAISE 'not that one'; END IF; RETURN NEW; END $f$;
        CREATE TRIGGER refuse BEFORE UPDATE ON conversations FOR EACH ROW EXECUTE FUNCTION refuse()`);
    }
    const kept = [];
    for (let n = 0; n < 8; n += 1) {
      const outcomes = [await desk.tick(), await tick(other.door, SETTINGS)];
      const [through, by] = outcomes.map(({ claimed, lost, raised, kept_away: away }) => ({ claimed, lost, raised: idsOf(raised), away }));
      assert.deepEqual(through, by);
      assert.deepEqual(await desk.state(), await state(other.query));
      kept.push(by.away.length);
      if (n === 0) assert.deepEqual(outcomes[0].raised, [{ conversation: '2', error: 'Something went wrong' }, { conversation: '5', error: 'Something went wrong' }]);
    }
    assert.deepEqual(kept, [0, 2, 0, 2, 2, 0, 2, 2]);
    await query('DROP TRIGGER refuse ON conversations');
    for (let n = 0; n < 6; n += 1) await desk.tick();
    assert.equal((await desk.holders())[2] === null, false);
    assert.deepEqual(await desk.shares(), { 1: 3, 2: 3, 3: 3 });
  });

  test('a plan that assigns nothing is one statement, and needs no API', async () => {
    await query("UPDATE users SET availability_status = 'away'");
    await desk.libredesk.close();
    const outcome = await desk.tick();
    assert.deepEqual([outcome.won, outcome.claimed, outcome.way, outcome.requests], [true, 0, 'statement', undefined]);
  });

  test('300 conversations, at most as many requests at once as were asked for', async () => {
    await desk.fill({ ...NINE, conversations: range(1, 300) });
    const { heard } = desk.libredesk;
    // The first seven wait for each other, and then whether there is an eighth.
    desk.libredesk.on = async (moment, { n }) => {
      if (moment !== 'asked' || n > 7) return;
      await until(() => heard.length >= 7, () => `only ${heard.length} at once`);
      await sleep(100);
    };
    const outcome = await desk.tick({ atOnce: 7, timeout: 5 });
    assert.deepEqual([outcome.claimed, outcome.lost, desk.libredesk.most], [300, [], 7]);
    assert.deepEqual(await desk.shares(), { 1: 100, 2: 100, 3: 100 });
    assert.deepEqual((await desk.libredesk.told()).map(({ conversation }) => Number(conversation)).toSorted((a, b) => a - b), range(1, 300).map(({ id }) => id));
  });

  test('one at a time is one after the other', async () => {
    desk.libredesk.on = () => sleep(3);
    await desk.tick({ atOnce: 1 });
    assert.equal(desk.libredesk.most, 1);
  });

  test('a decision that moves a conversation moves it from whoever has it, and only from them while the customer waits', async () => {
    for (const [holder, waiting, expected] of [[3, 'now()', 1], [4, 'now()', 4], [3, 'NULL', 3]]) {
      await desk.fill({ ...NINE, conversations: [{ id: 5, agent: 3 }] });
      const { version } = await desk.look();
      const decision = { conversation: '5', team: '1', agent: '1', why: 'turn', held_by: '3' };
      await query(`UPDATE conversations SET assigned_user_id = $1, waiting_since = ${waiting} WHERE id = 5`, [holder]);
      await claimThroughApi(desk.door, { version, plan: JSON.stringify({ decisions: [decision], cursors: [] }) }, apiOf(desk.libredesk));
      assert.equal((await desk.holders())[5], expected);
    }
  });
});

describe('a person is faster', () => {
  test('before the look: theirs stays theirs, nothing is sent for it, and the turn comes back', async () => {
    desk.libredesk.on = async (moment, { n }) => {
      if (moment === 'asked' && n === 1) await desk.person.query('UPDATE conversations SET assigned_user_id = 4 WHERE id = 6');
    };
    const outcome = await desk.tick({ atOnce: 1 });
    assert.deepEqual([outcome.claimed, idsOf(outcome.lost)], [8, ['6']]);
    assert.deepEqual(desk.libredesk.heard.filter(({ conversation }) => conversation === '6'), []);
    assert.equal((await desk.holders())[6], 4);
    desk.libredesk.on = () => {};
    await desk.comeIn(4);
    await desk.tick();
    assert.deepEqual(await desk.shares(), { 1: 4, 2: 4, 3: 4, 4: 1 });
  });

  test('who holds a row or an agent locked is not waited for', async () => {
    await desk.person.query('BEGIN');
    await desk.person.query('SELECT FROM conversations WHERE id = 6 FOR UPDATE');
    await desk.person.query('SELECT FROM users WHERE id = 1 FOR UPDATE');
    const outcome = await desk.tick();
    await desk.person.query('ROLLBACK');
    const theirs = outcome.plan.decisions.filter(({ agent, conversation }) => agent === '1' || conversation === '6');
    assert.deepEqual(outcome.lost, theirs);
  });

  test('in the window between look and request they are overwritten, as the API has it, and nobody is told of it', async () => {
    desk.libredesk.on = async (moment, { conversation }) => {
      if (moment === 'asked' && conversation === '6') await desk.person.query('UPDATE conversations SET assigned_user_id = 4 WHERE id = 6');
    };
    const outcome = await desk.tick();
    assert.deepEqual([outcome.claimed, outcome.requests.overtaken], [9, []]);
    assert.deepEqual((await desk.libredesk.told()).filter(({ before }) => before !== null).map(({ conversation, before }) => [conversation, before]), [['6', '4']]);
  });

  test('in that window with guard.sql: theirs stays theirs, nobody is told, and the turn comes back', async () => {
    await query(statement('guard'));
    await query(statement('guard'));
    desk.libredesk.on = async (moment, { conversation }) => {
      if (moment === 'asked' && conversation === '6') await desk.person.query('UPDATE conversations SET assigned_user_id = 4 WHERE id = 6');
    };
    const { claimed, lost, raised, requests } = await desk.tick();
    assert.deepEqual([claimed, idsOf(lost), raised, requests.answers], [8, ['6'], [], { done: 8, refused: 1 }]);
    assert.deepEqual([(await desk.holders())[6], (await desk.libredesk.told()).length], [4, 8]);
    await desk.assertExact();
  });

  test('guard.sql waits for a person who is about to take it, and is in nobody\'s way otherwise', async () => {
    await query(statement('guard'));
    const other = await desk.server.connect(desk.url);
    // Libredesk's own role knows nothing of Evenhand's table.
    await query('CREATE ROLE libredesk_like; GRANT SELECT, UPDATE ON conversations TO libredesk_like');
    await other.query('SET ROLE libredesk_like');
    desk.libredesk.on = async (moment, { conversation }) => {
      if (moment !== 'asked' || conversation !== '6') return;
      await desk.person.query('BEGIN');
      await desk.person.query('UPDATE conversations SET assigned_user_id = 4 WHERE id = 6');
      sleep(100).then(() => desk.person.query('COMMIT'));
      // Meanwhile somebody moves another one as they like, and takes one away.
      await other.query('UPDATE conversations SET assigned_user_id = 4 WHERE id = 2');
      await other.query('UPDATE conversations SET assigned_user_id = NULL WHERE id = 2');
    };
    const { lost } = await desk.tick({ atOnce: 1, timeout: 2 });
    assert.deepEqual([idsOf(lost), (await desk.holders())[6]], [['6'], 4]);
    const agent = (await desk.holders())[1];
    await query('UPDATE conversations SET assigned_user_id = 4 WHERE id = 1');
    // Nobody is at it any more.
    await query('UPDATE conversations SET assigned_user_id = $1 WHERE id = 1', [agent]);
    desk.libredesk.on = () => {};
    // What a plan takes from its holder it may take.
    await desk.fill({ ...NINE, conversations: [{ id: 5, agent: 3, waiting_since: '2026-01-01' }] });
    const { version } = await desk.look();
    const decision = { conversation: '5', team: '1', agent: '1', why: 'turn', held_by: '3' };
    await claimThroughApi(desk.door, { version, plan: JSON.stringify({ decisions: [decision], cursors: [] }) }, apiOf(desk.libredesk));
    assert.equal((await desk.holders())[5], 1);
    // Nor is it in the way where Evenhand is gone.
    await query('DROP TABLE evenhand_state');
    await desk.person.query('UPDATE conversations SET assigned_user_id = 2 WHERE id = 5');
    await assert.rejects(query(statement('guard')), { code: '42P01' });
    await query('ROLLBACK');
  });

  test('right after the request: theirs stays theirs, the turn is spent as it would be, and it is told', async () => {
    desk.libredesk.on = async (moment, { conversation }) => {
      if (moment === 'done' && conversation === '6') await desk.person.query('UPDATE conversations SET assigned_user_id = 4 WHERE id = 6');
    };
    const outcome = await desk.tick();
    const { agent } = outcome.plan.decisions[5];
    assert.deepEqual([outcome.claimed, outcome.lost, outcome.requests.overtaken], [9, [], [{ conversation: '6', agent, holder: '4' }]]);
    assert.equal((await desk.holders())[6], 4);
  });
});

describe('answers', () => {
  test('success, and nobody has it: a rule took it away, and it is not tried in every tick', async () => {
    desk.libredesk.on = async (moment, { conversation }) => {
      if (moment === 'done' && conversation === '6') await desk.person.query('UPDATE conversations SET assigned_user_id = NULL WHERE id = 6');
    };
    const { claimed, lost, requests, plan } = await desk.tick();
    assert.deepEqual([claimed, idsOf(lost), requests.overtaken], [8, ['6'], [{ conversation: '6', agent: plan.decisions[5].agent, holder: null }]]);
    assert.deepEqual((await desk.state()).lost_claims.map(({ losses, plans }) => [losses, plans]), [[1, 2]]);
  });

  test('an address below which there is no API: nothing is sent but once, and no conversation is to blame', async () => {
    const { claimed, lost, requests } = await desk.tick({ url: `${desk.libredesk.url}/desk`, atOnce: 1 });
    assert.deepEqual([claimed, lost.length, requests.answers], [0, 9, { unreachable: 1 }]);
    assert.deepEqual([requests.stopped.error, (await desk.state()).lost_claims[0].losses], ['Route not found', 0]);
    await desk.tick({ url: `${desk.libredesk.url}//` });
    await desk.assertExact();
  });

  test('an agent whom Libredesk does not know is refused, and nothing changed', async () => {
    const decision = { conversation: '5', team: '1', agent: '77', why: 'turn' };
    const { is, error } = await apiOf(desk.libredesk).assign('00000000-0000-4000-8000-000000000005', decision.agent);
    assert.deepEqual([is, error, (await desk.holders())[5]], ['refused', 'Something went wrong', null]);
  });

  test('an error for one conversation is its own: the others are assigned, and it says why', async () => {
    desk.libredesk.on = (moment, { conversation }) => (moment === 'asked' && conversation === '6' ? failure(422, 'DataException', 'not that one') : undefined);
    const { claimed, lost, raised, requests } = await desk.tick();
    assert.deepEqual([claimed, idsOf(lost), raised], [8, ['6'], [{ conversation: '6', error: 'not that one' }]]);
    assert.deepEqual([requests.answers, requests.stopped], [{ done: 8, refused: 1 }, undefined]);
    // Of nobody is said that they had changed it.
    assert.deepEqual((await desk.state()).lost_claims, [{ decision: lost[0], losses: 1, plans: 2, raised: true }]);
  });

  test('an error after the row was written is no loss, and is told', async () => {
    desk.libredesk.on = (moment, { conversation }) => (moment === 'done' && conversation === '6' ? failure(500, 'GeneralException', 'Something went wrong') : undefined);
    const { claimed, lost, raised, requests } = await desk.tick();
    assert.deepEqual([claimed, lost, raised, requests.incomplete], [9, [], [], [{ conversation: '6', error: 'Something went wrong' }]]);
  });

  test('an error where somebody else has it by now is a loss and no refusal', async () => {
    desk.libredesk.on = async (moment, { conversation }) => {
      if (moment !== 'asked' || conversation !== '6') return undefined;
      await desk.person.query('UPDATE conversations SET assigned_user_id = 4 WHERE id = 6');
      return failure(409, 'ConflictException', 'taken');
    };
    const { lost, raised } = await desk.tick();
    assert.deepEqual([idsOf(lost), raised], [['6'], []]);
  });

  test('a conversation that is gone for the API is a loss', async () => {
    desk.libredesk.on = (moment, { conversation }) => (moment === 'asked' && conversation === '6' ? failure(404, 'NotFoundException', 'Conversation not found') : undefined);
    const { claimed, lost, raised, requests } = await desk.tick();
    assert.deepEqual([claimed, idsOf(lost), raised, requests.answers], [8, ['6'], [], { done: 8, gone: 1 }]);
  });

  for (const [what, options, error] of [
    ['a wrong key', { key: 'another' }, 'Invalid credential'],
    ['a wrong secret', { secret: 'another' }, 'Invalid credential'],
  ]) {
    test(`${what}: one request, all turns come back, nothing is counted against a conversation`, async () => {
      const { claimed, lost, requests, plan } = await desk.tick({ ...options, atOnce: 1 });
      assert.deepEqual([claimed, lost, requests.answers, requests.stopped.error], [0, plan.decisions, { denied: 1 }, error]);
      assert.deepEqual((await desk.state()).lost_claims, lost.map((decision) => ({ decision, losses: 0, plans: 1 })));
      assert.equal((await desk.tick()).claimed, 9);
      assert.deepEqual((await desk.state()).lost_claims, []);
      await desk.assertExact();
    });
  }

  for (const missing of ['conversations:update_user_assignee', 'conversations:read']) {
    test(`an agent without ${missing}: said, and nothing else is sent`, async () => {
      desk.libredesk.permissions = desk.libredesk.permissions.filter((one) => one !== missing);
      const { claimed, requests, raised } = await desk.tick({ atOnce: 1 });
      assert.deepEqual([claimed, desk.libredesk.heard.length, raised], [0, 1, []]);
      assert.deepEqual(requests.stopped, { is: 'denied', error: `Permission denied; its agent lacks ${missing}` });
    });
  }

  test('an agent who may not see one team: only its conversations are refused', async () => {
    await desk.fill({ ...NINE, teams: [{ id: 1, members: [1, 2, 3] }, { id: 2, members: [4] }], conversations: [...range(1, 5), { id: 6, team: 2 }] });
    await desk.libredesk.close();
    desk.libredesk = await startApi(desk.url, { permissions: ['conversations:read', 'conversations:update_user_assignee'], teams: [1] });
    const { claimed, raised, requests } = await desk.tick();
    assert.deepEqual([claimed, idsOf(raised), requests.stopped], [5, ['6'], undefined]);
    assert.match(raised[0].error, /conversations:read_all/);
    await desk.libredesk.close();
  });

  test('a server that is down: nothing is sent, all turns come back, and it goes on when it is there', async () => {
    const { port } = desk.libredesk;
    await desk.libredesk.close();
    for (let n = 0; n < 5; n += 1) {
      const { won, claimed, lost, requests } = await desk.tick({ atOnce: 2 });
      assert.deepEqual([won, claimed, lost.length, Object.keys(requests.answers), requests.stopped.is], [true, 0, 9, ['unreachable'], 'unreachable']);
      assert.ok(requests.answers.unreachable <= 2);
      assert.deepEqual(requests.unheard.toSorted(), range(1, 9).map(({ id }) => String(id)));
      await assertSettled();
    }
    desk.libredesk = await startApi(desk.url, { port });
    assert.equal((await desk.tick()).claimed, 9);
    assert.deepEqual((await desk.state()).lost_claims, []);
    await desk.assertExact();
    await desk.libredesk.close();
  });

  test('a server that asks for patience is asked again in the next tick', async () => {
    desk.libredesk.on = () => failure(429, 'RateLimitException', 'too many');
    const { claimed, requests } = await desk.tick({ atOnce: 1 });
    assert.deepEqual([claimed, requests.answers, requests.stopped], [0, { unreachable: 1 }, { is: 'unreachable', status: 429, error: 'too many' }]);
  });

  test('a timeout after which it is done is no loss', async () => {
    desk.libredesk.on = async (moment, { n }) => { if (moment === 'asked' && n === 3) await sleep(600); };
    const { claimed, lost, requests } = await desk.tick({ atOnce: 1 });
    assert.deepEqual([claimed, idsOf(lost), requests.answers], [3, ['4', '5', '6', '7', '8', '9'], { done: 2, unclear: 1 }]);
    desk.libredesk.on = () => {};
    assert.equal((await desk.tick()).claimed, 6);
    await desk.assertExact();
  });

  for (const [what, instead] of [
    ['a timeout', 'hang'],
    ['a connection that breaks', 'drop'],
    ['garbage', { status: 200, body: '<html>' }],
    ['an envelope that says nothing', { status: 200, body: {} }],
    ["a proxy's error", { status: 502, body: '<html>bad gateway' }],
    ['a redirect', { status: 302, body: '' }],
  ]) {
    test(`${what}, with nothing done: a loss of that conversation alone, and the next plan sends it last`, async () => {
      desk.libredesk.on = (moment, { conversation }) => (moment === 'asked' && conversation === '4' ? instead : undefined);
      const first = await desk.tick({ atOnce: 1 });
      assert.deepEqual([first.claimed, idsOf(first.lost), first.requests.answers], [3, ['4', '5', '6', '7', '8', '9'], { done: 3, unclear: 1 }]);
      assert.deepEqual((await desk.state()).lost_claims.map(({ losses }) => losses), [1, 0, 0, 0, 0, 0]);
      const second = await desk.tick({ atOnce: 1 });
      assert.deepEqual([second.claimed, idsOf(second.lost)], [5, ['4']]);
      await desk.assertExact();
      desk.libredesk.on = () => {};
      assert.equal((await desk.tick()).claimed, 1);
      await desk.assertExact();
    });

    test(`${what} after it was done: no loss`, async () => {
      desk.libredesk.on = (moment, { conversation }) => (moment === 'done' && conversation === '4' ? instead : undefined);
      const first = await desk.tick({ atOnce: 1 });
      assert.deepEqual([first.claimed, idsOf(first.lost)], [4, ['5', '6', '7', '8', '9']]);
      await assertSettled();
    });
  }
});

describe('hosts', () => {
  test('two at once: one sends, the other sends nothing', async () => {
    const second = await openPostgres(desk.url);
    try {
      const [mine, theirs] = [await desk.look(), await desk.look()];
      desk.libredesk.on = () => sleep(5);
      const outcomes = await Promise.all([
        claimThroughApi(desk.door, mine, apiOf(desk.libredesk)),
        claimThroughApi(second, theirs, apiOf(desk.libredesk)),
      ]);
      assert.deepEqual(outcomes.map(({ won, claimed }) => [won, claimed]).toSorted(), [[false, 0], [true, 9]]);
      assert.equal(desk.libredesk.heard.length, 9);
    } finally {
      await second.close();
    }
  });

  test('while one is at it, another neither plans by a statement nor settles it', async () => {
    const second = await openPostgres(desk.url);
    try {
      const { version, plan } = await desk.look();
      desk.libredesk.on = () => sleep(60);
      const mine = claimThroughApi(desk.door, { version, plan }, apiOf(desk.libredesk, { atOnce: 1 }));
      await until(() => desk.libredesk.heard.length > 2, () => 'it never sent');
      assert.equal(await settle(second.query), undefined);
      assert.deepEqual(await second.query(CLAIM, [version, plan]), { won: false, idle: false, claimed: 0, lost: [], kept_away: [] });
      // Nor does a plan that would change nothing pass.
      await second.query("UPDATE conversations SET assigned_user_id = NULL WHERE id > 9");
      const idle = JSON.stringify({ ...JSON.parse(plan), decisions: [], cursors: [] });
      assert.equal((await second.query(CLAIM, [version, idle])).won, false);
      const asked = await tick(second, SETTINGS);
      assert.deepEqual([asked.won, asked.settled], [false, undefined]);
      assert.deepEqual([(await mine).claimed, (await desk.state()).version], [9, 1]);
    } finally {
      await second.close();
    }
  });

  test('two that tick as fast as they can, one by a statement and one through the API, hand everything out once and in turn', async () => {
    const second = await openPostgres(desk.url);
    try {
      for (let round = 0; round < 8; round += 1) {
        await Promise.all([desk.tick(), tick(second, SETTINGS)]);
        await desk.comeIn(3);
      }
      await desk.tick();
      assert.deepEqual(await desk.shares(), { 1: 11, 2: 11, 3: 11 });
      assert.ok((await desk.libredesk.told()).every(({ before }) => before === null));
    } finally {
      await second.close();
    }
  });

  test('one that was stopped for long sends nothing of a plan that another has settled', async () => {
    const second = await openPostgres(desk.url);
    try {
      let settled;
      desk.libredesk.on = async (moment, { n }) => {
        if (moment !== 'done' || n !== 3) return;
        await second.query("UPDATE evenhand_state SET pending_until = now() - interval '1 second'");
        settled = await settle(second.query);
      };
      const outcome = await desk.tick({ atOnce: 1 });
      assert.deepEqual([settled.claimed, idsOf(settled.lost)], [3, ['4', '5', '6', '7', '8', '9']]);
      assert.deepEqual([outcome.won, desk.libredesk.heard.length], [false, 3]);
      assert.equal((await desk.tick()).claimed, 6);
      await desk.assertExact();
    } finally {
      await second.close();
    }
  });

  test('a look that fails: no other request begins, and the next host settles it', async () => {
    let looks = 0;
    const failing = { ...desk.door, query(sql, values) {
      if (sql.startsWith('-- Looks') && (looks += 1) === 5) return Promise.reject(new Error('Connection terminated'));
      return desk.door.query(sql, values);
    } };
    await assert.rejects(async () => claimThroughApi(failing, await desk.look(), apiOf(desk.libredesk, { atOnce: 1 })), { message: 'Connection terminated' });
    assert.equal(desk.libredesk.heard.length, 2);
    const { settled } = await until(async () => {
      const next = await desk.tick();
      return next.settled && next;
    }, () => 'it was never settled');
    assert.deepEqual([settled.claimed, idsOf(settled.lost)], [2, ['3', '4', '5', '6', '7', '8', '9']]);
    await desk.assertExact();
  });

  test('one that was stopped between the look and the request does not send what it saw long ago', async () => {
    let looks = 0;
    const stopped = { ...desk.door, async query(sql, values) {
      const row = await query(sql, values);
      if (sql.startsWith('-- Looks') && (looks += 1) === 3) await sleep(500);
      return row;
    } };
    const outcome = await claimThroughApi(stopped, await desk.look(), apiOf(desk.libredesk, { atOnce: 1 }));
    assert.deepEqual([outcome.claimed, outcome.lost.length, outcome.requests.stopped], [1, 8, { is: 'unclear', error: 'a look took longer than 0.4 s' }]);
    assert.equal(desk.libredesk.heard.length, 1);
    await desk.assertExact();
  });

  test('a signal: what is under way is ended, nothing else is sent, and all turns come back', async () => {
    const end = new AbortController();
    desk.libredesk.on = (moment, { n }) => { if (moment === 'asked' && n === 3) end.abort(); };
    const { claimed, lost } = await desk.tick({ atOnce: 1 }, end.signal);
    assert.deepEqual([claimed, lost.length, desk.libredesk.heard.length], [3, 6, 3]);
    await desk.assertExact();
    assert.equal((await desk.tick()).claimed, 6);
    await desk.assertExact();
  });

  test('a signal while a request has no answer: it stays in the row, and the next host settles it once it is late', async () => {
    const end = new AbortController();
    desk.libredesk.on = async (moment, { n }) => {
      if (moment !== 'asked' || n !== 3) return;
      end.abort();
      await sleep(600);
    };
    await assert.rejects(desk.tick({ atOnce: 1 }, end.signal), { name: 'AbortError' });
    assert.equal((await desk.tick()).won, false);
    const { settled, claimed } = await until(async () => {
      const next = await desk.tick();
      return next.settled && next;
    }, () => 'it was never settled');
    assert.deepEqual([settled.claimed, idsOf(settled.lost), claimed], [3, ['4', '5', '6', '7', '8', '9'], 6]);
    await desk.assertExact();
  });

  test('the database is lost in the middle: no request is under way any more when the tick fails', async () => {
    desk.libredesk.on = async (moment, { n }) => {
      if (moment === 'done' && n === 4) {
        await desk.person.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'evenhand' AND datname = current_database()");
      }
      await sleep(20);
    };
    // A pool that finds its connection broken takes another one: what is sent is one claim all the same.
    const outcome = await desk.tick().catch((error) => error);
    const heard = desk.libredesk.heard.length;
    await sleep(100);
    assert.equal(desk.libredesk.heard.length, heard);
    desk.libredesk.on = () => {};
    if (outcome instanceof Error) await until(async () => (await desk.tick()).settled, () => 'it was never settled');
    assert.equal((await desk.libredesk.told()).length, 9);
    await desk.assertExact();
  });
});

describe("Evenhand's row", () => {
  test('a table of an earlier version gets what is missing, as often as you like, and keeps its turns', async () => {
    await desk.tick();
    const before = await desk.state();
    await query('ALTER TABLE evenhand_state DROP pending, DROP pending_until');
    const clients = await Promise.all(Array.from({ length: 4 }, () => desk.server.connect(desk.url)));
    await Promise.all(clients.map((client) => client.query(STATE)));
    assert.deepEqual([await desk.state(), await desk.pending()], [before, null]);
    await desk.comeIn(3);
    assert.equal((await desk.tick()).claimed, 3);
  });

  test('somebody begins with level turns in the middle of a claim: so it stays', async () => {
    desk.libredesk.on = async (moment, { n }) => {
      if (moment === 'done' && n === 3) await desk.person.query("UPDATE evenhand_state SET version = version + 1, cursors = '[]', lost_claims = '[]'");
    };
    const outcome = await desk.tick({ atOnce: 1 });
    assert.equal(outcome.won, false);
    await query("UPDATE evenhand_state SET pending_until = now() - interval '1 second'");
    assert.deepEqual(await settle(desk.query), { claimed: 0, lost: [] });
    assert.deepEqual([await desk.state(), await desk.pending()], [{ version: 1, cursors: [], lost_claims: [] }, null]);
  });
});
