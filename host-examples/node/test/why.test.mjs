// Why a conversation is whose it is: every gate, the line, and that the answer is Evenhand's own.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { plan } from 'evenhand';
import { explain, whyLines } from '../recording/why.mjs';

const why = (desk, conversation, how = {}) => {
  const explanation = explain(JSON.stringify({ version: 1, conversations: [{ id: conversation, team: '1' }], ...desk }), conversation);
  return whyLines(explanation, { when: 'tick 4 of 2026-03-01T08:00:00.000Z', goes: 'went to', ...how });
};
const agent = (id, load, rest) => ({ id, availability: 'online', load, ...rest });
const members = (...ids) => ids.map((id) => ({ agent: id }));

describe('the gates', () => {
  test('each by its own number', () => {
    assert.deepEqual(why({
      agents: [
        agent('1', 2), agent('2', 2), agent('3', 2, { availability: 'away' }), agent('4', null), agent('5', 3, { capacity: 3 }), agent('6', 9),
        // Who fails several is passed over by the first.
        agent('7', 9, { availability: 'offline', capacity: 0 }), agent('8', 9, { capacity: 9 }),
      ],
      teams: [{
        id: '1', assignment: 'round_robin', max_load: 4, assignable: ['online', 'here'],
        members: [{ agent: '1' }, { agent: '2', weight: 0 }, ...members('3', '4', '5', '6', '7', '8', '9')],
      }],
    }, '17', { names: { teams: { 1: 'Billing' }, agents: { 1: 'Omar Haddad', 6: 'Mia Sato' } } }), [
      'conversation 17 went to Omar Haddad (only candidate)',
      'Billing, round_robin, place 1 of 1 in the queue, tick 4 of 2026-03-01T08:00:00.000Z',
      'agent        weight  load  owed  answer',
      'Omar Haddad       1     2  0.00  takes it',
      'agent 2           0     2  0.00  passed over, zero_weight: has weight 0',
      'agent 3           1     2  0.00  passed over, unavailable: is away, the team serves online, here',
      'agent 4           1     ?  0.00  passed over, load_unknown: has an unknown load',
      'agent 5           1     3  0.00  passed over, agent_full: holds 3, and may hold 3',
      'Mia Sato          1     9  0.00  passed over, team_full: holds 9, and the team gives nothing from 4 on',
      'agent 7           1     9  0.00  passed over, unavailable: is offline, the team serves online, here',
      'agent 8           1     9  0.00  passed over, agent_full: holds 9, and may hold 9',
      'agent 9           1     -  0.00  passed over, unknown_agent: is no active agent',
    ]);
  });

  test('what the same tick gave before counts', () => {
    assert.deepEqual(why({
      agents: [agent('1', 2), agent('2', 0)],
      teams: [
        { id: '1', assignment: 'least_loaded', max_load: 3, members: members('1', '2') },
        { id: '2', assignment: 'round_robin', members: members('2') },
      ],
      conversations: [
        { id: '1', team: '2' }, { id: '2', team: '2' }, { id: '3', team: '1' }, { id: '4', team: '2' }, { id: '5', team: '1' }, { id: '6', team: '1' },
      ],
    }, '5'), [
      'conversation 5 waits (all full)',
      'team 1, least_loaded, place 5 of 6 in the queue, tick 4 of 2026-03-01T08:00:00.000Z',
      'agent    load  answer',
      'agent 1     3  passed over, team_full: holds 3, 1 of them from this tick, and the team gives nothing from 3 on',
      'agent 2     3  passed over, team_full: holds 3, 3 of them from this tick, and the team gives nothing from 3 on',
    ]);
  });

  test('where nobody is drawn, that is the answer', () => {
    const head = 'place 1 of 1 in the queue, tick 4 of 2026-03-01T08:00:00.000Z';
    const teams = (team) => ({ agents: [agent('1', 0)], teams: [{ id: '1', ...team }] });
    assert.deepEqual(why(teams({ assignment: 'manual', members: members('1') }), '8'), [
      'conversation 8 waits (manual team)', `team 1, manual, ${head}`, 'people assign there',
    ]);
    assert.deepEqual(why(teams({ assignment: 'round_robin', members: [] }), '8'), [
      'conversation 8 waits (no members)', `team 1, round_robin, ${head}`, 'the team has nobody who takes turns',
    ]);
    assert.deepEqual(why({ agents: [], teams: [] }, '8'), [
      'conversation 8 waits (unknown team)', `team 1, ${head}`, 'there is no such team',
    ]);
  });
});

describe('the line', () => {
  const three = { agents: ['1', '2', '3'].map((id) => agent(id, 0)), teams: [{ id: '1', assignment: 'round_robin', members: members('1', '2', '3') }] };

  test('its order and what each is owed, before and after a claim', () => {
    const before = { ...three, conversations: [{ id: '1', team: '1' }, { id: '2', team: '1' }] };
    assert.deepEqual(why(before, '1').slice(2), [
      'agent    load  owed  answer',
      'agent 1     0  0.00  takes it',
      'agent 2     0  0.00  2nd in line',
      'agent 3     0  0.00  3rd in line',
    ]);
    const second = [
      'agent    load   owed  answer',
      'agent 2     0  +0.33  takes it',
      'agent 3     0  +0.33  2nd in line',
      'agent 1     1  -0.67  3rd in line',
    ];
    assert.deepEqual(why(before, '2').slice(2), second);
    // The same desk one tick later: the first one was claimed.
    const { cursors, decisions: [first] } = plan({ version: 1, ...before, conversations: [{ id: '1', team: '1' }] });
    const after = { agents: [agent('1', 1), agent('2', 0), agent('3', 0)], teams: three.teams, cursors };
    assert.deepEqual(why(after, '2').slice(2), second);
    // The claim was lost, and the turn comes back.
    const lost = { ...three, cursors, lost_claims: [first] };
    assert.deepEqual(why(lost, '2').slice(2), why(before, '1').slice(2));
    // It waits on and is served last, and whom the claim was lost for is asked last for it.
    assert.deepEqual(why({ ...lost, conversations: before.conversations }, '1'), [
      'conversation 1 went to agent 2 (turn)',
      'team 1, round_robin, place 2 of 2 in the queue since a claim of it was lost, tick 4 of 2026-03-01T08:00:00.000Z',
      'agent    load   owed  answer',
      'agent 2     0  +0.33  takes it',
      'agent 3     0  +0.33  2nd in line',
      'agent 1     1  -0.67  3rd in line; asked last for this one, since the claim for them was lost',
    ]);
    // Remembered without an agent, it is last, and nobody is asked last for it.
    assert.deepEqual(why({ ...three, lost_claims: [{ ...first, agent: null }] }, '1').slice(1), [
      'team 1, round_robin, place 1 of 1 in the queue since a claim of it was lost, tick 4 of 2026-03-01T08:00:00.000Z',
      ...why(before, '1').slice(2),
    ]);
  });

  test('a claim that is lost again: whom it was lost for takes it where nobody else can', () => {
    const two = { agents: [agent('1', 0), agent('2', 0, { availability: 'away' })], teams: [{ ...three.teams[0], members: members('1', '2') }] };
    const { cursors, decisions } = plan({ version: 1, ...two, conversations: [{ id: '1', team: '1' }] });
    assert.deepEqual(why({ ...two, cursors, lost_claims: decisions }, '1').slice(3), [
      'agent 1     0  0.00  takes it again, as nobody else can',
      'agent 2     0  0.00  passed over, unavailable: is away, the team serves online',
    ]);
  });

  test('in a rotation that teams share, all that was got in it counts', () => {
    const shared = (id, ...ids) => ({ id, assignment: 'round_robin', rotation: 'all', members: members(...ids) });
    assert.deepEqual(why({
      agents: three.agents,
      teams: [shared('1', '1', '2'), shared('2', '1', '3')],
      conversations: [{ id: '1', team: '2' }, { id: '2', team: '1' }],
    }, '2').slice(2), [
      'agent    load   owed  answer',
      'agent 2     0  +0.33  takes it',
      'agent 1     1  -0.67  2nd in line',
    ]);
  });

  test('by load: the next one in line is not the next in turn', () => {
    assert.deepEqual(why({ agents: [agent('1', 3), agent('2', 0), agent('3', 1)], teams: [{ ...three.teams[0], assignment: 'least_loaded' }] }, '9').slice(2), [
      'agent    load  answer',
      'agent 2     0  takes it',
      'agent 3     1  2nd in line',
      'agent 1     3  6th in line',
    ]);
  });

  test('by who has waited longest', () => {
    const cursors = [{ rotation: '1', rule: 'least_recent', turns: ['3', '1', '2'].map((id) => ({ agent: id })) }];
    assert.deepEqual(why({ ...three, cursors, teams: [{ ...three.teams[0], assignment: 'least_recent' }] }, '9').slice(2), [
      'agent    load  answer',
      'agent 3     0  takes it',
      'agent 1     0  2nd in line',
      'agent 2     0  3rd in line',
    ]);
  });

  test('somebody who is far behind is said to be so', () => {
    const beside = (load) =>
      why({ agents: [agent('1', 0), agent('2', load)], teams: [{ ...three.teams[0], assignment: 'least_loaded', members: members('1', '2') }] }, '9').slice(3);
    assert.deepEqual(beside(3000), ['agent 1     0  takes it', 'agent 2  3000  3001st in line']);
    assert.deepEqual(beside(1_000_000), ['agent 1        0  takes it', 'agent 2  1000000  in line, but not among the next 10000']);
  });

  test('a turn that was lost under a legacy rule', () => {
    assert.deepEqual(why({
      agents: [agent('1', 5), agent('2', 0), agent('3', 0, { availability: 'away' })],
      teams: [{ ...three.teams[0], assignment: 'libredesk_2025', max_load: 5 }],
    }, '9'), [
      'conversation 9 waits (turn lost)',
      'team 1, libredesk_2025, place 1 of 1 in the queue, tick 4 of 2026-03-01T08:00:00.000Z',
      'agent    load  points  answer',
      'agent 2     0       0  2nd in line',
      'agent 1     5       0  passed over, team_full: holds 5, and the team gives nothing from 5 on',
      'agent 3     0       -  passed over, unavailable: is away, the team serves online',
    ]);
  });

  test('what is owed is counted in conversations, and by load nothing is owed', () => {
    const cursors = [{ rotation: '1', rule: 'round_robin', turns: [{ agent: '1', owed: -2 * 5_354_228_880 }, { agent: '2', owed: 2 * 5_354_228_880 }] }];
    const owed = (assignment) =>
      explain(JSON.stringify({ version: 1, ...three, teams: [{ id: '1', assignment, members: members('1', '2') }], cursors, conversations: [{ id: '1', team: '1' }] }), '1')
        .members.map((member) => [member.id, member.owed]).sort();
    assert.deepEqual(owed('round_robin'), [['1', -2], ['2', 2]]);
    assert.deepEqual(owed('least_loaded'), [['1', undefined], ['2', undefined]]);
  });
});

test('a conversation that is not in the queue has no answer', () => {
  assert.equal(explain(JSON.stringify({ version: 1, agents: [], teams: [], conversations: [] }), '1'), undefined);
});

describe('over random desks', () => {
  const RULES = ['round_robin', 'least_loaded', 'least_recent', 'libredesk_2025', 'libredesk_2026'];
  const rotationOf = ({ id, rotation = id }) => rotation;

  /** Numbers below `n`, the same in every run: a linear congruential generator. */
  function chance(seed) {
    let state = seed;
    return (n) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
  }

  function randomDesk(below) {
    const agents = Array.from({ length: 2 + below(7) }, (_, i) => ({
      id: `a${i}`,
      availability: ['online', 'online', 'online', 'away', 'busy'][below(5)],
      load: below(8) === 0 ? null : below(6),
      ...(below(4) === 0 && { capacity: below(12) }),
    }));
    const teams = Array.from({ length: 1 + below(3) }, (_, i) => ({
      id: `t${i}`,
      assignment: below(10) === 0 ? 'manual' : RULES[below(RULES.length)],
      ...(below(2) === 0 && { max_load: below(16) }),
      ...(below(4) === 0 && { assignable: ['online', 'busy'] }),
      // One of them may be no agent.
      members: Array.from({ length: 9 }, (_, a) => `a${a}`).filter(() => below(3) > 0)
        .map((id) => ({ agent: id, ...(below(3) === 0 && { weight: below(4) }) })),
    }));
    // Those of one rule share a rotation, now and then; the legacy rules know of none.
    if (below(2) === 0) for (const team of teams) if (!team.assignment.startsWith('libredesk_')) team.rotation = `all of ${team.assignment}`;
    const conversations = (n) => Array.from({ length: n }, (_, i) => ({ id: `c${i}`, team: `t${below(teams.length + (below(9) === 0))}` }));
    const desk = { version: 1, seed: below(1000), agents, teams };
    // Cursors of a history, some of it under another rule, and with somebody missing.
    const { cursors, decisions } = plan({ ...desk, conversations: conversations(below(20)) });
    return {
      ...desk,
      teams: teams.map((team) => (below(4) === 0 ? { ...team, members: team.members.slice(1) } : team)),
      conversations: conversations(1 + below(12)),
      cursors,
      // Some wait on, under ids that are there again.
      lost_claims: decisions.filter(() => below(6) === 0),
    };
  }

  test('it never says anything else than the plan', () => {
    const seen = { gates: new Set(), line: 0, conversations: 0, lost: 0 };
    for (let seed = 1; seed <= 250; seed += 1) {
      const desk = randomDesk(chance(seed));
      const text = JSON.stringify(desk);
      const whole = plan(desk);
      const isLast = new Set(desk.lost_claims.map(({ conversation }) => conversation));
      const [first, last] = [false, true].map((wanted) => desk.conversations.filter(({ id }) => isLast.has(id) === wanted));
      const queue = [...first, ...last];
      queue.forEach(({ id, team: teamId }, at) => {
        const { decision, place, lost, members: answers } = explain(text, id);
        seen.conversations += 1;
        seen.lost += lost ? 1 : 0;
        assert.deepEqual([decision, place], [whole.decisions.find(({ conversation }) => conversation === id), at + 1]);
        assert.deepEqual(lost, desk.lost_claims.find(({ conversation }) => conversation === id));
        const team = desk.teams.find((record) => record.id === teamId);
        if (!team || team.assignment === 'manual') {
          assert.equal(answers, undefined);
          return;
        }
        assert.deepEqual(answers.map((answer) => answer.id).sort(), team.members.map(({ agent: member }) => member).sort());
        // Asked as if the queue ended with this conversation, the plan's own counts of the gates are
        // those of its turn: where it waits, no load moves after it.
        const upTo = plan({ ...desk, conversations: queue.slice(0, at + 1) });
        if (decision.agent === null) {
          const counts = new Map();
          for (const { gate } of answers) if (gate) counts.set(gate, (counts.get(gate) ?? 0) + 1);
          const group = upTo.waiting.find((waiting) => waiting.team === teamId);
          assert.deepEqual(new Map(group.passed_over.map((gate) => [gate.why, gate.members])), counts, `seed ${seed}, ${id}`);
          for (const gate of counts.keys()) seen.gates.add(gate);
        }
        // More of the team's conversations behind this one, put last like it: they go down the line in its order.
        const more = Array.from({ length: 300 }, (_, i) => ({ id: `more${i}`, team: teamId }));
        const { decisions } = plan({
          ...desk,
          conversations: [...queue.slice(0, at + 1), ...more],
          lost_claims: [...desk.lost_claims, ...more.map((one) => ({ conversation: one.id, team: teamId, agent: null }))],
        });
        const served = [...new Set(decisions.slice(at).map(({ agent: who }) => who).filter((who) => who !== null))];
        const line = answers.filter(({ gate }) => !gate).map((answer) => answer.id);
        assert.deepEqual(served, line, `seed ${seed}, ${id}`);
        for (const { id: who, serves } of answers) {
          if (serves) assert.equal(decisions.slice(at).findIndex((later) => later.agent === who) + 1, serves, `seed ${seed}, ${id}`);
        }
        seen.line += line.length;
        // What each is owed is what the cursor says, once whoever takes it has paid.
        const { turns } = upTo.cursors.find(({ rotation }) => rotation === rotationOf(team));
        if (decision.agent === null && team.assignment === 'round_robin') {
          const owed = new Map(turns.map((turn) => [turn.agent, turn.owed / 5_354_228_880]));
          for (const answer of answers) assert.equal(answer.owed, owed.get(answer.id), `seed ${seed}, ${id}`);
        }
      });
    }
    // The desks are rich enough to say something.
    assert.deepEqual([...seen.gates].sort(), ['agent_full', 'load_unknown', 'team_full', 'unavailable', 'unknown_agent', 'zero_weight']);
    assert.ok(seen.conversations > 1000 && seen.line > 900 && seen.lost > 100, JSON.stringify(seen));
  });
});
