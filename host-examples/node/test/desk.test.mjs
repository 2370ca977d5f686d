// What a tick reads and writes, on both databases.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { plan as planOf } from 'evenhand';
import { CLAIM, openMemory, openPostgres, SNAPSHOT } from '../desk.mjs';
import { dryRun, howToAssign, tick } from '../tick.mjs';
import { bottleneckLines, size } from '../report.mjs';
import { fill, holders, OPEN, range, REPLIED, RESOLVED, SNOOZED, state } from '../test-support/fill.mjs';
import { statement } from '../sql.mjs';
import { startPostgres } from '../test-support/postgres.mjs';

const SETTINGS = { rule: 'round_robin', assignable: ['online'] };

let server;
before(async () => { server = await startPostgres(); });
after(() => server?.stop());

const OPENERS = {
  PGlite: openMemory,
  PostgreSQL: async () => openPostgres(await server.createDesk()),
};

for (const [name, open] of Object.entries(OPENERS)) {
  describe(name, () => {
    let desk;
    before(async () => { desk = await open(); });
    after(() => desk?.close());

    const snapshot = async (settings = SETTINGS) =>
      JSON.parse((await desk.query(SNAPSHOT, [howToAssign(settings)])).snapshot);

    /** The desk, with something done to it between the two statements of a tick. */
    const interrupted = (between) => ({
      ...desk,
      async query(sql, values) {
        if (sql === CLAIM) await between();
        return desk.query(sql, values);
      },
    });

    test('the snapshot is the desk, in order, with what counts and nothing else', async () => {
      await fill(desk.query, {
        agents: [
          { id: 10 },
          { id: 9, availability: 'away' },
          { id: 8, enabled: false },
          { id: 7, deleted_at: '2026-01-01T00:00:00Z' },
          { id: 6, type: 'ai_assistant' },
          { id: 5, availability: 'offline' },
        ],
        teams: [{ id: 2, members: [10, 9, 8], max: 3 }, { id: 1, members: [5, 10] }, { id: 3, manual: true }],
        conversations: [
          { id: 1, at: 30 },
          { id: 2, at: 10, team: 2 },
          { id: 4, at: 20 },
          { id: 3, at: 20, status: REPLIED },
          { id: 5, status: RESOLVED },
          { id: 6, status: SNOOZED },
          { id: 7, status: null },
          { id: 8, team: null },
          { id: 11, agent: 10 },
          { id: 12, agent: 10, status: REPLIED, team: 2 },
          { id: 13, agent: 10, status: RESOLVED },
          { id: 14, agent: 10, status: SNOOZED },
          { id: 15, agent: 10, status: null },
          { id: 16, agent: 10, team: null },
          { id: 17, agent: 5 },
          { id: 18, agent: 7 },
        ],
      });
      assert.deepEqual(await snapshot(), {
        version: 1,
        seed: 1,
        objective: 'in_order',
        agents: [
          { id: '5', availability: 'offline', load: 1 },
          { id: '9', availability: 'away', load: 0 },
          { id: '10', availability: 'online', load: 3 },
        ],
        teams: [
          { id: '1', assignment: 'round_robin', assignable: ['online'], members: [{ agent: '5' }, { agent: '10' }] },
          {
            id: '2',
            assignment: 'round_robin',
            max_load: 3,
            assignable: ['online'],
            members: [{ agent: '8' }, { agent: '9' }, { agent: '10' }],
          },
          { id: '3', assignment: 'manual', assignable: ['online'], members: [] },
        ],
        conversations: [{ id: '2', team: '2' }, { id: '3', team: '1' }, { id: '4', team: '1' }, { id: '1', team: '1' }],
        cursors: [],
        lost_claims: [],
      });
    });

    test('without policies the snapshot is the same to the byte as ever', async () => {
      await fill(desk.query, {
        agents: [{ id: 1 }, { id: 2, availability: 'away' }], teams: [{ id: 1, members: [1, 2], max: 2 }], conversations: [{ id: 1 }, { id: 2 }, { id: 3, agent: 1 }],
      });
      const text = (await desk.query(SNAPSHOT, [howToAssign(SETTINGS)])).snapshot;
      assert.equal(text, '{"version" : 1, "seed" : 1, "objective" : "in_order", '
        + '"agents" : [{"id":"1","availability":"online","load":1}, {"id":"2","availability":"away","load":0}], '
        + '"teams" : [{"id":"1","assignment":"round_robin","max_load":2,"assignable":["online"],"members":[{"agent":"1"},{"agent":"2"}]}], '
        + '"conversations" : [{"id" : "1", "team" : "1"}, {"id" : "2", "team" : "1"}], "cursors" : [], "lost_claims" : []}');
    });

    test('whoever waits has waited since the customer did, or since it came in, by the clock of the database', async () => {
      await fill(desk.query, {
        teams: [{ id: 1 }],
        conversations: [...range(1, 4), { id: 5, agent: null, team: null }, { id: 6, status: SNOOZED }],
      });
      for (const [id, created, since] of [[1, "'1 day'", 'NULL'], [2, "'1 day'", "'90.9 s'"], [3, "'-1 hour'", 'NULL'], [4, "'1 day'", "'-1 hour'"]]) {
        await desk.query(`UPDATE conversations SET created_at = now() - ${created}::interval, waiting_since = now() - ${since}::interval WHERE id = ${id}`);
      }
      const { ages } = await dryRun(desk, SETTINGS);
      assert.deepEqual(Object.keys(ages), ['1', '2', '3', '4']);
      // Some seconds may have gone by.
      assert.ok(Number.isInteger(ages[1]) && ages[1] - 86_400 >= 0 && ages[1] - 86_400 < 60, `${ages[1]}`);
      assert.ok(Number.isInteger(ages[2]) && ages[2] - 90 >= 0 && ages[2] - 90 < 60, `${ages[2]}`);
      assert.deepEqual([ages[3], ages[4]], [0, 0]);
    });

    test('an empty desk has an empty plan', async () => {
      await fill(desk.query, {});
      assert.deepEqual((await dryRun(desk, SETTINGS)).ages, {});
      assert.deepEqual(await snapshot(), {
        version: 1, seed: 1, objective: 'in_order', agents: [], teams: [], conversations: [], cursors: [], lost_claims: [],
      });
      const { plan, claimed, won } = await tick(desk, SETTINGS);
      assert.deepEqual([plan.decisions, claimed, won], [[], 0, true]);
    });

    test('the rule and the availabilities are the ones asked for', async () => {
      await fill(desk.query, {
        agents: [{ id: 1, availability: 'away' }],
        teams: [{ id: 1, members: [1] }, { id: 2, members: [1], manual: true }],
        conversations: range(1, 2),
      });
      const { teams } = await snapshot({ rule: 'least_loaded', assignable: ['online', 'away'] });
      assert.deepEqual(teams.map(({ assignment }) => assignment), ['least_loaded', 'manual']);
      assert.deepEqual(teams[0].assignable, ['online', 'away']);
      assert.equal((await tick(desk, SETTINGS)).claimed, 0);
      assert.equal((await tick(desk, { ...SETTINGS, assignable: ['online', 'away'] })).claimed, 2);
    });

    test('where most is the objective, nobody waits whom a better arrangement serves, and the plan says what holds back the rest', async () => {
      await fill(desk.query, {
        agents: range(1, 2),
        teams: [{ id: 1, members: [1, 2], max: 1 }, { id: 2, members: [1], max: 1 }],
        conversations: [{ id: 1 }, { id: 2, team: 2 }, { id: 3, team: 2 }],
      });
      const most = { ...SETTINGS, objective: 'most' };
      assert.equal((await snapshot(most)).objective, 'most');
      const { plan, names, tooMuch } = await dryRun(desk, most);
      assert.deepEqual(plan.decisions.map(({ agent }) => agent), ['2', '1', null]);
      assert.deepEqual(bottleneckLines({ plan, names }), [
        '1 waits for Team 2: only Agent 1 may take it, and has 1 place; one more like them serves one more',
      ]);
      assert.equal(tooMuch, undefined);
      assert.equal((await tick(desk, most)).claimed, 2);
    });

    test('the names of teams and agents come along, the numbers of what waits, and agents without a last name have one', async () => {
      await fill(desk.query, {
        agents: [{ id: 1, first_name: 'Maya', last_name: 'Lindqvist' }, { id: 2, first_name: 'Omar', last_name: '' }],
        teams: [{ id: 4 }],
        conversations: [{ id: 160, team: 4 }, { id: 61, team: 4 }, { id: 62, team: 4, agent: 1 }, { id: 63, team: null }, { id: 64, team: 4, status: RESOLVED }],
      });
      const { names } = await tick(desk, SETTINGS);
      assert.deepEqual(names, { teams: { 4: 'Team 4' }, agents: { 1: 'Maya Lindqvist', 2: 'Omar' }, conversations: { 61: '160', 160: '259' } });
    });

    test('the System user is no agent, unless somebody called so is in a team', async () => {
      await fill(desk.query, {
        agents: [
          { id: 1, first_name: 'System', last_name: '' }, { id: 2, first_name: 'System', last_name: null },
          { id: 3, first_name: 'System', last_name: 'Admin' }, { id: 4, first_name: 'System', last_name: '' }, { id: 5, first_name: 'Omar' },
        ],
        teams: [{ id: 1, members: [4] }],
        conversations: [{ id: 1 }, { id: 2, agent: 1 }],
      });
      const outcome = await tick(desk, SETTINGS);
      const shown = ['3', '4', '5'];
      assert.deepEqual([JSON.parse(outcome.texts.snapshot).agents.map(({ id }) => id), Object.keys(outcome.names.agents)], [shown, shown]);
      assert.match(size(outcome), /^1 team, 3 agents, /);
      assert.deepEqual([outcome.claimed, outcome.plan.decisions[0].agent], [1, '4']);
    });

    test('turns go on where the last tick ended', async () => {
      await fill(desk.query, {
        agents: range(1, 3),
        teams: [{ id: 1, members: [1, 2, 3] }],
        conversations: range(1, 4),
      });
      await tick(desk, SETTINGS);
      const [a, b, c, again] = Object.values(await holders(desk.query));
      assert.deepEqual([a, b, c].sort(), [1, 2, 3]);
      assert.equal(again, a);
      await desk.query(
        `INSERT INTO conversations (id, contact_id, inbox_id, assigned_team_id, status_id, created_at)
         SELECT id, 1000000, 1, 1, 1, timestamptz '2026-02-01' + id * interval '1 second' FROM generate_series(5, 8) id`,
      );
      await tick(desk, SETTINGS);
      assert.deepEqual(Object.values(await holders(desk.query)), [a, b, c, a, b, c, a, b]);
    });

    test('the cursors are stored as the plan has them, to the letter', async () => {
      await fill(desk.query, { agents: range(1, 3), teams: [{ id: 1, members: [1, 2, 3] }], conversations: range(1, 2) });
      const { plan } = await tick(desk, SETTINGS);
      const { text, version } = await desk.query('SELECT cursors::text AS text, version::int FROM evenhand_state');
      assert.equal(text, JSON.stringify(plan.cursors));
      assert.equal(version, 1);
      assert.deepEqual((await snapshot()).cursors, plan.cursors);
    });

    test('nobody is given more than the limit of the team, counted with what they hold', async () => {
      await fill(desk.query, {
        agents: range(1, 2),
        teams: [{ id: 1, members: [1, 2], max: 3 }],
        conversations: [...range(1, 8), { id: 9, agent: 1 }, { id: 10, agent: 1 }, { id: 11, agent: 2, status: RESOLVED }],
      });
      const { claimed, plan } = await tick(desk, SETTINGS);
      assert.equal(claimed, 4);
      assert.deepEqual(plan.waiting, [
        { team: '1', why: 'all_full', conversations: 4, members: 2, passed_over: [{ why: 'team_full', members: 2 }] },
      ]);
      assert.deepEqual(
        Object.values(await holders(desk.query)).slice(0, 8).map((agent) => agent !== null),
        [true, true, true, true, false, false, false, false],
      );
    });

    test('a limit of 0 is no limit', async () => {
      await fill(desk.query, { agents: [{ id: 1 }], teams: [{ id: 1, members: [1], max: 0 }], conversations: range(1, 40) });
      assert.equal((await tick(desk, SETTINGS)).claimed, 40);
    });

    test('a team set to Manual is left alone, at once', async () => {
      await fill(desk.query, { agents: [{ id: 1 }], teams: [{ id: 1, members: [1], max: 1 }], conversations: range(1, 2) });
      assert.equal((await tick(desk, SETTINGS)).claimed, 1);
      const { cursors } = await state(desk.query);
      await desk.query("UPDATE teams SET conversation_assignment_type = 'Manual', max_auto_assigned_conversations = 0");
      const { claimed, plan } = await tick(desk, SETTINGS);
      assert.equal(claimed, 0);
      assert.deepEqual(plan.decisions, [{ conversation: '2', team: '1', agent: null, why: 'manual_team' }]);
      assert.deepEqual((await state(desk.query)).cursors, cursors);
    });

    test('who is not online is not served', async () => {
      await fill(desk.query, {
        agents: ['online', 'away', 'away_manual', 'offline', 'away_and_reassigning'].map((availability, i) => ({ id: i + 1, availability })),
        teams: [{ id: 1, members: [1, 2, 3, 4, 5] }, { id: 2, members: [2, 3, 4, 5] }],
        conversations: [...range(1, 3), { id: 4, team: 2 }],
      });
      const { plan } = await tick(desk, SETTINGS);
      assert.deepEqual(await holders(desk.query), { 1: 1, 2: 1, 3: 1, 4: null });
      assert.deepEqual(plan.waiting, [
        { team: '2', why: 'nobody_available', conversations: 1, members: 4, passed_over: [{ why: 'unavailable', members: 4 }] },
      ]);
    });

    test('an agent who left is passed over and stops nobody', async () => {
      await fill(desk.query, {
        agents: [{ id: 1 }, { id: 2, enabled: false }, { id: 3, deleted_at: '2026-01-01T00:00:00Z' }],
        teams: [{ id: 1, members: [1, 2, 3] }, { id: 2, members: [2, 3] }],
        conversations: [...range(1, 2), { id: 3, team: 2 }],
      });
      await tick(desk, SETTINGS);
      assert.deepEqual(await holders(desk.query), { 1: 1, 2: 1, 3: null });
    });

    test('a tick changes the assignee and the time of what it hands out, and nothing else', async () => {
      await fill(desk.query, {
        agents: range(1, 2),
        teams: [{ id: 1, members: [1, 2], max: 1 }],
        conversations: [...range(1, 3), { id: 4, status: RESOLVED }, { id: 5, agent: 1, status: SNOOZED }],
      });
      const everything = () => desk.query(`SELECT
        (SELECT json_agg(c ORDER BY id) FROM conversations c) AS conversations,
        (SELECT json_agg(u ORDER BY id) FROM users u) AS users,
        (SELECT json_agg(t ORDER BY id) FROM teams t) AS teams,
        (SELECT json_agg(m ORDER BY team_id, user_id) FROM team_members m) AS members,
        (SELECT json_agg(s ORDER BY id) FROM conversation_statuses s) AS statuses`);
      const before = await everything();
      await tick(desk, SETTINGS);
      const after = await everything();
      for (const i of [0, 1]) {
        assert.ok([1, 2].includes(after.conversations[i].assigned_user_id));
        assert.ok(after.conversations[i].updated_at > before.conversations[i].updated_at);
        Object.assign(after.conversations[i], { assigned_user_id: null, updated_at: before.conversations[i].updated_at });
      }
      assert.deepEqual(after, before);
    });

    /** Writes the plan of the desk in which these conversations are to go to somebody else; `between` comes before the claim. */
    const reassign = async (ids, between = () => {}) => {
      const { version, snapshot: text } = await desk.query(SNAPSHOT, [howToAssign(SETTINGS)]);
      const seen = JSON.parse(text);
      const held = await holders(desk.query);
      seen.conversations.push(...ids.map((id) => ({ id: String(id), team: '1', held_by: String(held[id]) })));
      const plan = planOf(seen);
      await between();
      return { plan, ...await desk.query(CLAIM, [version, JSON.stringify(plan)]) };
    };

    test('a decision with held_by moves the conversation from its holder, and one that waits changes nothing', async () => {
      await fill(desk.query, {
        agents: range(1, 3),
        teams: [{ id: 1, members: [1, 2], max: 2 }],
        conversations: [{ id: 1 }, { id: 2, agent: 3, waiting_since: '2026-01-01' }, { id: 3, agent: 3, waiting_since: '2026-01-01' }, { id: 4, agent: 1 }, { id: 5, agent: 1 }],
      });
      const row = (id) => desk.query('SELECT row_to_json(c) AS row FROM conversations c WHERE id = $1', [id]);
      const kept = await row(3);
      const { plan, won, claimed, lost } = await reassign([2, 3]);
      assert.deepEqual(plan.decisions.map(({ agent, held_by: from }) => [agent, from]), [['2', undefined], ['2', '3'], [null, '3']]);
      assert.deepEqual([won, claimed, lost], [true, 2, []]);
      assert.deepEqual(await holders(desk.query), { 1: 2, 2: 2, 3: 3, 4: 1, 5: 1 });
      assert.deepEqual(await row(3), kept);
      assert.deepEqual((await state(desk.query)).lost_claims, []);
    });

    for (const [what, holder] of [['somebody else has it', 4], ['nobody has it', null]]) {
      test(`where by now ${what}, a conversation is not moved from its holder: a lost claim with every field`, async () => {
        await fill(desk.query, { agents: range(1, 4), teams: [{ id: 1, members: [1, 2] }], conversations: [{ id: 1, agent: 3, waiting_since: '2026-01-01' }, { id: 2, agent: 3, waiting_since: '2026-01-01' }] });
        const { plan, claimed, lost } = await reassign([1, 2], () => desk.query('UPDATE conversations SET assigned_user_id = $1 WHERE id = 2', [holder]));
        const { decisions: [, decision] } = plan;
        assert.deepEqual([decision.held_by, claimed, lost], ['3', 1, [decision]]);
        assert.deepEqual(await holders(desk.query), { 1: Number(plan.decisions[0].agent), 2: holder });
        // The engine takes the decision as it was.
        const next = await snapshot();
        assert.deepEqual(next.lost_claims, [decision]);
        assert.equal(planOf(next).decisions.length, holder === null ? 1 : 0);
      });
    }

    test('what waits with its holder stays with whoever has it by now', async () => {
      await fill(desk.query, { agents: [...range(1, 2), { id: 3, availability: 'away' }], teams: [{ id: 1, members: [3] }], conversations: [{ id: 1, agent: 1 }] });
      const before = await holders(desk.query);
      const { plan, won, claimed, lost } = await reassign([1], () => desk.query('UPDATE conversations SET assigned_user_id = 2 WHERE id = 1'));
      assert.deepEqual([plan.decisions[0].why, won, claimed, lost], ['nobody_available', true, 0, []]);
      assert.deepEqual([before, await holders(desk.query)], [{ 1: 1 }, { 1: 2 }]);
    });

    const OTHERS = {
      'a person took it': 'assigned_user_id = 3',
      'it was moved to another team': 'assigned_team_id = 2',
      'it was taken out of its team': 'assigned_team_id = NULL',
      'it was resolved': `status_id = ${RESOLVED}`,
      'it was snoozed': `status_id = ${SNOOZED}`,
      'it lost its status': 'status_id = NULL',
    };
    for (const [what, change] of Object.entries(OTHERS)) {
      test(`between the two statements ${what}: kept, and a lost claim once`, async () => {
        await fill(desk.query, {
          agents: range(1, 3),
          teams: [{ id: 1, members: [1, 2] }, { id: 2 }],
          conversations: range(1, 3),
        });
        const row = () => desk.query('SELECT row_to_json(c) AS row FROM conversations c WHERE id = 2');
        let theirs;
        const outcome = await tick(interrupted(async () => {
          await desk.query(`UPDATE conversations SET ${change} WHERE id = 2`);
          theirs = await row();
        }), SETTINGS);
        const decision = outcome.plan.decisions[1];
        assert.deepEqual(await row(), theirs);
        assert.deepEqual([outcome.won, outcome.claimed, outcome.lost], [true, 2, [decision]]);
        assert.deepEqual((await state(desk.query)).lost_claims, [{ decision, losses: 1, plans: 2 }]);
        assert.deepEqual((await snapshot()).lost_claims, [decision]);
        await tick(desk, SETTINGS);
        assert.deepEqual((await snapshot()).lost_claims.filter((claim) => claim.agent !== null), []);
      });
    }

    test('lost claims come in the order of the decisions', async () => {
      await fill(desk.query, { agents: range(1, 3), teams: [{ id: 1, members: [1, 2, 3] }], conversations: range(1, 12, { at: 0 }) });
      const { plan, lost } = await tick(interrupted(() =>
        desk.query('UPDATE conversations SET assigned_user_id = 1 WHERE id % 2 = 1')), SETTINGS);
      assert.deepEqual(lost.map(({ conversation }) => conversation), ['1', '3', '5', '7', '9', '11']);
      assert.deepEqual(
        (await state(desk.query)).lost_claims,
        plan.decisions.filter((_, i) => i % 2 === 0).map((decision) => ({ decision, losses: 1, plans: 2 })),
      );
    });

    test('a conversation that was removed is a lost claim too', async () => {
      await fill(desk.query, { agents: [{ id: 1 }], teams: [{ id: 1, members: [1] }], conversations: range(1, 2) });
      const { claimed, lost } = await tick(interrupted(() => desk.query('DELETE FROM conversations WHERE id = 1')), SETTINGS);
      assert.deepEqual([claimed, lost], [1, [{ conversation: '1', team: '1', agent: '1', why: 'only_candidate' }]]);
    });

    test('a change that leaves it open and in its team is no obstacle', async () => {
      await fill(desk.query, { agents: [{ id: 1 }], teams: [{ id: 1, members: [1] }], conversations: range(1, 2) });
      const { claimed } = await tick(interrupted(() =>
        desk.query(`UPDATE conversations SET status_id = ${REPLIED} WHERE id = 1`)), SETTINGS);
      assert.equal(claimed, 2);
    });

    test('a plan from an older version writes nothing', async () => {
      await fill(desk.query, { agents: range(1, 2), teams: [{ id: 1, members: [1, 2] }], conversations: range(1, 3) });
      const before = [await holders(desk.query), { ...(await state(desk.query)), version: 7 }];
      const outcome = await tick(interrupted(() => desk.query('UPDATE evenhand_state SET version = 7')), SETTINGS);
      assert.deepEqual([outcome.won, outcome.claimed, outcome.lost], [false, 0, []]);
      assert.deepEqual([await holders(desk.query), await state(desk.query)], before);
    });

    test('a lost claim gives the turn back', async () => {
      await fill(desk.query, { agents: range(1, 3), teams: [{ id: 1, members: [1, 2, 3] }], conversations: [{ id: 1 }] });
      const first = await tick(interrupted(() =>
        desk.query('UPDATE conversations SET assigned_user_id = 1 WHERE id = 1')), SETTINGS);
      await desk.query("INSERT INTO conversations (id, contact_id, inbox_id, assigned_team_id, status_id) VALUES (2, 1000000, 1, 1, 1)");
      const second = await tick(desk, SETTINGS);
      assert.equal(second.plan.decisions[0].agent, first.plan.decisions[0].agent);
    });

    test('a lost claim comes back with its set, so that nobody pays for a pick they had no share in', async () => {
      await fill(desk.query, { agents: range(1, 3), teams: [{ id: 1, members: [1, 2, 3] }], conversations: range(1, 4) });
      // Once 3 has one, what comes is shared by 1 and 2.
      const settings = { ...SETTINGS, capacities: [{ agent: 3, capacity: 1 }] };
      const before = await snapshot(settings);
      const { plan, lost } = await tick(interrupted(() =>
        desk.query('UPDATE conversations SET assigned_user_id = 1 WHERE id = 4')), settings);
      assert.deepEqual(lost, [{ conversation: '4', team: '1', agent: plan.decisions[3].agent, why: 'turn', set: 1 }]);
      const { cursors, lost_claims } = await snapshot(settings);
      assert.deepEqual([cursors, lost_claims], [plan.cursors, lost]);
      const after = await tick(desk, settings);
      assert.deepEqual(after.plan.cursors[0].turns, planOf({ ...before, conversations: before.conversations.slice(0, 3) }).cursors[0].turns);
    });

    describe('the memory of what is lost again and again', () => {
      const remembered = async () => (await state(desk.query)).lost_claims.map(({ decision: { conversation, agent }, losses, plans }) => [conversation, agent, losses, plans]);
      const last = async () => (await snapshot()).lost_claims.map(({ conversation, agent }) => [conversation, agent]);
      const taken = 'UPDATE conversations SET assigned_user_id = 1 WHERE id = 1';
      const back = 'UPDATE conversations SET assigned_user_id = NULL WHERE id = 1';
      /** A tick in which the claim of conversation 1 is lost, which waits again afterwards. */
      async function loseIt() {
        await tick(interrupted(() => desk.query(taken)), SETTINGS);
        await desk.query(back);
      }
      const away = (who) => desk.query(`UPDATE users SET availability_status = '${who ? 'away' : 'online'}' WHERE id = 1`);

      test('a conversation is put last for 2, 3, 5, ... 65 plans after so many losses in a row, and then is as old as it is', async () => {
        await fill(desk.query, { agents: [{ id: 1 }], teams: [{ id: 1, members: [1] }], conversations: [{ id: 1 }] });
        const after = [];
        for (let n = 1; n <= 9; n += 1) {
          await loseIt();
          after.push((await remembered())[0]);
        }
        assert.deepEqual(after, [2, 3, 5, 9, 17, 33, 65, 65, 65].map((plans, i) => ['1', '1', i + 1, plans]));
        await fill(desk.query, { agents: [{ id: 1 }], teams: [{ id: 1, members: [1] }], conversations: [{ id: 1 }] });
        await loseIt();
        await loseIt();
        await away(true);
        const seen = [];
        for (let n = 0; n < 5; n += 1) {
          seen.push([await last(), await remembered()]);
          await tick(desk, SETTINGS);
        }
        assert.deepEqual(seen, [
          [[['1', '1']], [['1', '1', 2, 3]]],
          [[['1', null]], [['1', null, 2, 2]]],
          [[['1', null]], [['1', null, 2, 1]]],
          [[], [['1', null, 2, 0]]],
          [[], [['1', null, 2, 0]]],
        ]);
        // However long ago: the next loss is the third in a row.
        await away(false);
        await loseIt();
        assert.deepEqual(await remembered(), [['1', '1', 3, 5]]);
      });

      const ENDS = {
        'claimed': () => {},
        'taken by a person': () => desk.query(taken),
        'resolved': () => desk.query(`UPDATE conversations SET status_id = ${RESOLVED} WHERE id = 1`),
        'removed': () => desk.query('DELETE FROM conversations WHERE id = 1'),
        'taken out of its team': () => desk.query('UPDATE conversations SET assigned_team_id = NULL WHERE id = 1'),
      };
      for (const [what, end] of Object.entries(ENDS)) {
        test(`it ends when the conversation is ${what}`, async () => {
          await fill(desk.query, { agents: [{ id: 1 }], teams: [{ id: 1, members: [1] }], conversations: [{ id: 1 }] });
          await loseIt();
          await loseIt();
          await end();
          await tick(desk, SETTINGS);
          assert.deepEqual(await remembered(), []);
          assert.deepEqual(await last(), []);
        });
      }

      test('in another team it is remembered too', async () => {
        await fill(desk.query, { agents: [{ id: 1 }], teams: [{ id: 1, members: [1] }, { id: 2, manual: true }], conversations: [{ id: 1 }] });
        await loseIt();
        await desk.query('UPDATE conversations SET assigned_team_id = 2 WHERE id = 1');
        await tick(desk, SETTINGS);
        assert.deepEqual((await state(desk.query)).lost_claims, [
          { decision: { conversation: '1', team: '2', agent: null, why: 'manual_team' }, losses: 1, plans: 1 },
        ]);
      });

      test('a plan that is not written, because of another host or an error, counts for nothing', async () => {
        await fill(desk.query, { agents: [{ id: 1, availability: 'away' }], teams: [{ id: 1, members: [1] }], conversations: [{ id: 1 }] });
        await away(false);
        await loseIt();
        await away(true);
        const { won } = await tick(interrupted(() => desk.query('UPDATE evenhand_state SET version = version + 1')), SETTINGS);
        assert.equal(won, false);
        await assert.rejects(tick(interrupted(() => { throw new Error('the connection broke'); }), SETTINGS));
        await dryRun(desk, SETTINGS);
        assert.deepEqual(await remembered(), [['1', '1', 1, 2]]);
      });
    });

    test('a snapshot that is refused says where, writes nothing, and the next tick goes on', async () => {
      await fill(desk.query, { agents: [{ id: 1 }], teams: [{ id: 1, members: [1] }], conversations: range(1, 2) });
      await desk.query(`UPDATE evenhand_state SET cursors = '[{"rotation": "1", "rule": "lottery", "turns": []}]'`);
      const before = await state(desk.query);
      await assert.rejects(tick(desk, SETTINGS), { name: 'EvenhandError', code: 'unknown_value', path: '/cursors/0/rule' });
      assert.deepEqual([await state(desk.query), await holders(desk.query)], [before, { 1: null, 2: null }]);
      await desk.query("UPDATE evenhand_state SET cursors = '[]'");
      assert.equal((await tick(desk, SETTINGS)).claimed, 2);
    });

    test('a dry run plans the same and writes nothing', async () => {
      await fill(desk.query, { agents: range(1, 2), teams: [{ id: 1, members: [1, 2] }], conversations: range(1, 5) });
      const { plan } = await dryRun(desk, SETTINGS);
      assert.deepEqual(await holders(desk.query), { 1: null, 2: null, 3: null, 4: null, 5: null });
      assert.deepEqual(await state(desk.query), { version: 0, cursors: [], lost_claims: [] });
      assert.deepEqual((await tick(desk, SETTINGS)).plan, plan);
    });

    test('a dry run that is refused leaves no transaction behind', async () => {
      await fill(desk.query, {});
      await desk.query(`UPDATE evenhand_state SET cursors = '{}'`);
      await assert.rejects(dryRun(desk, SETTINGS), { code: 'wrong_type', path: '/cursors' });
      await desk.query("UPDATE evenhand_state SET cursors = '[]'");
      assert.equal((await tick(desk, SETTINGS)).won, true);
    });

    test('a dry run needs no table of ours and leaves none', async () => {
      await fill(desk.query, { agents: [{ id: 1 }], teams: [{ id: 1, members: [1] }], conversations: [{ id: 1, status: OPEN }] });
      await desk.query('ALTER TABLE evenhand_state RENAME TO put_aside');
      const { plan } = await dryRun(desk, SETTINGS);
      assert.equal(plan.decisions[0].agent, '1');
      assert.deepEqual(await desk.query("SELECT to_regclass('evenhand_state') AS name"), { name: null });
      await desk.query('ALTER TABLE put_aside RENAME TO evenhand_state');
    });

    test('a state that lost its row is said to be so', async () => {
      await fill(desk.query, {});
      await desk.query('DELETE FROM evenhand_state');
      await assert.rejects(tick(desk, SETTINGS), /evenhand_state/);
      await desk.query('INSERT INTO evenhand_state DEFAULT VALUES');
    });
  });
}

describe('a PostgreSQL without a pooler', () => {
  test('compiles no statement, which takes far longer than to run it', async () => {
    const url = await server.createDesk();
    assert.equal((await (await server.connect(url)).query('SHOW jit')).rows[0].jit, 'on');
    const desk = await openPostgres(url);
    try {
      assert.deepEqual(await desk.query('SHOW jit'), { jit: 'off' });
      assert.deepEqual(await desk.transaction((query) => query('SHOW jit')), { jit: 'off' });
    } finally {
      await desk.close();
    }
  });

  test('plans the statements once for a connection, and finds what waits by the indexes of index.sql whatever the configuration is', async () => {
    const url = await server.createDesk();
    const client = await server.connect(url);
    for (const one of statement('index').split(';')) await client.query(one);
    await client.query('SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_bitmapscan = off');
    await client.query(`PREPARE snapshot (jsonb) AS ${SNAPSHOT}`);
    const { rows } = await client.query({ text: `EXPLAIN EXECUTE snapshot ('${howToAssign(SETTINGS)}')`, rowMode: 'array' });
    const scans = rows.flat().filter((line) => / on conversations /.test(line)).map((line) => /using (\w+)/.exec(line)?.[1]);
    assert.deepEqual([scans.includes('evenhand_loads'), scans.includes('evenhand_waiting')], [true, true], rows.join('\n'));

    const desk = await openPostgres(url);
    try {
      for (let n = 0; n < 3; n += 1) await tick(desk, SETTINGS);
      assert.deepEqual(await desk.query(`
        SELECT json_object_agg(name, generic_plans) AS generic, sum(custom_plans)::int AS custom, current_setting('max_parallel_workers_per_gather') AS workers
        FROM pg_prepared_statements`), { generic: { evenhand_1: 3, evenhand_2: 3 }, custom: 0, workers: '0' });
    } finally {
      await desk.close();
    }
  });
});
