// Why a conversation is whose it is: every gate, the line, and that the answer is Evenhand's own.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { explain, plan } from 'evenhand';
import { whyLines } from '../recording/why.mjs';

const why = (desk, conversation, how = {}) => {
  const snapshot = { version: 1, conversations: [{ id: conversation, team: '1' }], ...desk };
  return whyLines(explain(snapshot, conversation), snapshot, { when: 'tick 4 of 2026-03-01T08:00:00.000Z', goes: 'went to', ...how });
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
    }, '17', { names: { teams: { 1: 'Billing' }, agents: { 1: 'Omar Haddad', 6: 'Mia Sato' }, conversations: { 17: '116' } } }), [
      'conversation #116 went to Omar Haddad (only candidate)',
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
      'conversation id:5 waits (all full)',
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
      'conversation id:8 waits (manual team)', `team 1, manual, ${head}`, 'people assign there',
    ]);
    assert.deepEqual(why(teams({ assignment: 'round_robin', members: [] }), '8'), [
      'conversation id:8 waits (no members)', `team 1, round_robin, ${head}`, 'the team has nobody who takes turns',
    ]);
    assert.deepEqual(why({ agents: [], teams: [] }, '8'), [
      'conversation id:8 waits (unknown team)', `team 1, ${head}`, 'there is no such team',
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
      'conversation id:1 went to agent 2 (turn)',
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
      'conversation id:9 waits (turn lost)',
      'team 1, libredesk_2025, place 1 of 1 in the queue, tick 4 of 2026-03-01T08:00:00.000Z',
      'agent    load  points  answer',
      'agent 2     0       0  2nd in line',
      'agent 1     5       0  passed over, team_full: holds 5, and the team gives nothing from 5 on',
      'agent 3     0       -  passed over, unavailable: is away, the team serves online',
    ]);
  });
});

describe('where most is the objective', () => {
  const german = [{ skill: 'German' }];
  const desk = {
    objective: 'most',
    agents: [agent('1', 0, { capacity: 1, skills: german }), ...['2', '3'].map((id) => agent(id, 0, { capacity: 1 }))],
    teams: [{ id: '1', assignment: 'round_robin', members: members('1', '2', '3') }],
    conversations: [
      { id: '1', team: '1' }, { id: '2', team: '1' }, { id: '3', team: '1', needs: german }, { id: '4', team: '1', needs: german },
      { id: '5', team: '1' }, { id: '6', team: '1', needs: [{ skill: 'French' }] },
    ],
  };
  const names = { teams: { 1: 'Billing' }, agents: { 1: 'Ana', 2: 'Bo', 3: 'Cy' }, conversations: { 2: '101', 3: '102' } };
  const of = (id) => why(desk, id, { names });

  test('who is needed elsewhere, and for which conversation', () => {
    assert.deepEqual(of('2'), [
      'conversation #101 went to Cy (matched)',
      'Billing, round_robin, place 2 of 6 in the queue, tick 4 of 2026-03-01T08:00:00.000Z',
      'agent  load   owed  answer',
      'Cy        0  +0.33  takes it',
      'Ana       0  +0.33  asked, and needed elsewhere, for conversation #102',
      'Bo        1  -0.67  passed over, agent_full: holds 1, 1 of them from this tick, and may hold 1',
    ]);
  });

  test('what holds it back, and how many come before it', () => {
    const back = 'held back: 2 wait for Billing (German) or Billing: only Ana, Bo and Cy may take them, 3 places between them; one more like them serves one more';
    assert.deepEqual([of('4')[3], of('5')[2]], [`${back}; this is the first of them`, `${back}; 1 of them comes before this one`]);
    assert.equal(of('6')[3], 'held back: 1 waits for Billing (French): nobody may take it; this is the first of them');
    const two = { ...desk, conversations: [...desk.conversations, { id: '7', team: '1' }] };
    assert.match(why(two, '7', { names })[2], /^held back: 3 wait for .+; 2 of them come before this one$/);
  });
});

describe('what a conversation asks for', () => {
  const skilled = (id, level, rest) => agent(id, 0, { skills: [{ skill: 'german', level }], ...rest });
  const asked = { id: '1', team: '1', since: 500, channel: 'mail', needs: [{ skill: 'german', level: 2 }, { skill: 'tax', relax_after: 100 }] };

  test('its channel, its needs in force, whom it excludes, and the load in the channel', () => {
    const agents = [
      skilled('1', 1), skilled('2', 2), skilled('3', 3, { load: 5, channels: [{ channel: 'mail', load: 2, capacity: 2 }] }),
      skilled('4', 2, { load: 5, channels: [{ channel: 'mail', load: 1, capacity: 2 }] }), skilled('5', 2, { max_new: 0 }),
    ];
    const teams = [{ id: '1', assignment: 'least_loaded', members: members('1', '2', '3', '4', '5') }];
    assert.deepEqual(why({ now: 1000, agents, teams, conversations: [{ ...asked, excluded: ['2', 'gone'] }] }, '1'), [
      'conversation id:1 went to agent 4 (only candidate)',
      'team 1, least_loaded, place 1 of 1 in the queue, tick 4 of 2026-03-01T08:00:00.000Z',
      'it came by mail; needs german 2; does not go to agent 2',
      'agent    load  in mail  answer',
      'agent 4     5        1  takes it',
      'agent 1     0        -  passed over, lacks_skill: lacks a skill that is needed',
      'agent 2     0        -  passed over, excluded: is excluded',
      'agent 3     5        2  passed over, channel_full: holds 2 of mail, and may hold 2',
      'agent 5     0        -  passed over, new_limit: gets 0 in one plan, and has got them',
    ]);
  });

  test('who is preferred, and for whom it is held', () => {
    const desk = (rest) => ({
      now: 1000, agents: [agent('1', 0), agent('2', 0)], teams: [{ id: '1', assignment: 'round_robin', members: members('1', '2') }],
      conversations: [{ id: '1', team: '1', since: 500, preferred: ['2'], ...rest }],
    });
    assert.deepEqual(why(desk(), '1').slice(2), [
      'it prefers agent 2',
      'agent    load  owed  answer',
      'agent 2     0  0.00  takes it; preferred',
      'agent 1     0  0.00  in line, but not among the next 10000',
    ]);
    assert.deepEqual(why(desk({ hold_for: 501 }), '1').slice(2), [
      'it is held for agent 2',
      'agent    load  owed  answer',
      'agent 2     0  0.00  takes it; preferred',
      'agent 1     0  0.00  passed over, held_for_other: is not preferred',
    ]);
  });

  test('whom it is taken back from, and with whom it stays', () => {
    const desk = { agents: [agent('1', 1), agent('2', 0, { max_new: 1 })], teams: [{ id: '1', assignment: 'least_loaded', members: members('1', '2') }] };
    const conversations = ['1', '2'].map((id) => ({ id, team: '1', held_by: '1' }));
    const names = { teams: {}, agents: { 1: 'Ida', 2: 'Ben' }, conversations: {} };
    assert.equal(why({ ...desk, conversations }, '1', { names })[0], 'conversation id:1 went to Ben (only candidate), taken back from Ida');
    assert.equal(why({ ...desk, conversations }, '2', { names })[0], 'conversation id:2 stays with Ida (all full)');
  });

  test('backups, by tier and by availability, and the teams that help out', () => {
    assert.deepEqual(why({
      now: 1000,
      agents: [agent('1', 1, { capacity: 1 }), agent('2', 0, { availability: 'away' }), agent('3', 0)],
      teams: [
        { id: '1', assignment: 'round_robin', overflow: [{ team: '2', after: 500 }, { team: '3', after: 501 }], members: members('1') },
        { id: '2', assignment: 'least_recent', fallback: ['away'], members: [{ agent: '2', tier: 1 }, { agent: '3', tier: 2 }] },
        { id: '3', assignment: 'least_recent', members: members('3') },
      ],
      conversations: [{ id: '1', team: '1', since: 500 }],
    }, '1', { names: { teams: { 1: 'Billing', 2: 'Sales' }, agents: {}, conversations: {} } }), [
      'conversation id:1 went to agent 3 by Sales (only candidate)',
      'Billing, round_robin, place 1 of 1 in the queue, tick 4 of 2026-03-01T08:00:00.000Z',
      'asked are Billing, then Sales',
      'agent    team     tier  load  owed  answer',
      'agent 3  Sales       2     0     -  takes it',
      'agent 2  Sales       1     0     -  in line, but not among the next 10000; is away, which is a fallback',
      'agent 1  Billing     0     1  0.00  passed over, agent_full: holds 1, and may hold 1',
    ]);
  });
});
