import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { dryRunLines, failureLine, lostLines, size, tickLine, waitingLines } from '../report.mjs';

const names = { teams: { 1: 'Billing', 2: 'VIP' }, agents: { 7: 'Maya Lindqvist' } };
const group = (team, why, conversations, passedOver = []) => ({
  team, why, conversations, members: 9, passed_over: passedOver.map(([gate, members]) => ({ why: gate, members })),
});
const outcome = (waiting, rest = {}) => ({
  plan: { decisions: [], waiting }, names, won: true, claimed: 0, lost: [], milliseconds: 12.4, ...rest,
});

test('the line of a tick', () => {
  assert.equal(tickLine(1, outcome([])), 'tick 1: assigned 0, waiting 0, 0 lost claims, 12 ms');
  assert.equal(
    tickLine(2, outcome(
      [group('1', 'all_full', 5), group('2', 'manual_team', 2), group('9', 'all_full', 3)],
      { claimed: 40, lost: [{}], milliseconds: 1033.7 },
    )),
    'tick 2: assigned 40, waiting 10 (8 all full, 2 manual team), 1 lost claim, 1034 ms',
  );
  assert.equal(
    tickLine(3, outcome([], { won: false })),
    'tick 3: another host wrote its plan first, nothing was written, 12 ms',
  );
});

test('who waits and why', () => {
  assert.deepEqual(
    waitingLines(outcome([
      group('1', 'all_full', 8, [['unavailable', 3], ['agent_full', 1], ['team_full', 4]]),
      group('1', 'nobody_available', 1, [['unknown_agent', 1], ['unavailable', 2]]),
      group('2', 'manual_team', 2),
      group('9', 'unknown_team', 4),
      group('2', 'no_members', 5),
      group('2', 'no_members', 5, [['zero_weight', 2]]),
      group('1', 'load_unknown', 6, [['load_unknown', 2]]),
      group('1', 'turn_lost', 3),
      group('1', 'turn_lost', 3, [['team_full', 2]]),
      group('1', 'nobody_qualified', 2, [['excluded', 1], ['lacks_skill', 3]]),
      group('1', 'held', 1),
      group('1', 'held', 2, [['held_for_other', 4], ['unavailable', 1]]),
      group('2', 'all_full', 3, [['agent_full', 1], ['channel_full', 2], ['new_limit', 1]]),
      group('1', 'on_holiday', 2, [['at_sea', 2]]),
    ])),
    [
      '8 wait for Billing: 3 away, 5 full',
      '1 waits for Billing: 1 not active, 2 away',
      '2 wait for VIP: people assign there',
      '4 wait for team 9: there is no such team',
      '5 wait for VIP: nobody is in the team',
      '5 wait for VIP: 2 with weight 0',
      '6 wait for Billing: 2 with an unknown load',
      '3 wait for Billing: the turn was lost',
      '3 wait for Billing: the turn was lost, 2 full',
      '2 wait for Billing: 1 excluded, 3 without a skill that is needed',
      '1 waits for Billing: held for somebody who is not free',
      '2 wait for Billing: held for somebody who is not free, 4 not preferred, 1 away',
      '3 wait for VIP: 1 full, 2 full in the channel, 1 with all that one tick gives them',
      '2 wait for Billing: 2 at sea',
    ],
  );
});

test('every gate of the engine has its words', () => {
  const codes = readFileSync(new URL('../../../tests/codes.txt', import.meta.url), 'utf8').trim().split('\n').map((line) => line.split(' '));
  const gates = codes.filter(([kind]) => kind === 'gate').map(([, code]) => code);
  assert.ok(gates.length > 10);
  for (const gate of gates) {
    const [line] = waitingLines(outcome([group('1', 'all_full', 1, [[gate, 1]])]));
    // One code is the word.
    if (gate !== 'excluded') assert.notEqual(line, `1 waits for Billing: 1 ${gate.replaceAll('_', ' ')}`);
  }
});

test('who is full by the plan, and has room again since a claim was lost', () => {
  const member = (agent, weight) => ({ agent, weight });
  const snapshot = {
    agents: [
      { id: '1', availability: 'online', load: 1 }, { id: '2', availability: 'online', load: 1 },
      { id: '3', availability: 'away', load: 1 }, { id: '4', availability: 'online', load: 2, capacity: 2 },
    ],
    teams: [
      { id: '1', assignment: 'round_robin', max_load: 2, assignable: ['online'], members: [member('1'), member('2'), member('3')] },
      { id: '2', assignment: 'round_robin', max_load: 1, assignable: ['online'], members: [member('1'), member('2')] },
      { id: '3', assignment: 'round_robin', assignable: ['online'], members: [member('1', 0), member('3'), member('4')] },
    ],
  };
  const waiting = [
    group('1', 'all_full', 1, [['unavailable', 1], ['team_full', 2]]),
    group('2', 'all_full', 1, [['team_full', 2]]),
    group('3', 'all_full', 1, [['zero_weight', 1], ['unavailable', 1], ['agent_full', 1]]),
  ];
  const loads = [{ agent: '1', before: 1, after: 2 }, { agent: '2', before: 1, after: 2 }];
  const lines = (lost) => waitingLines({
    plan: { decisions: [], waiting, loads }, names, won: true, texts: { snapshot: JSON.stringify(snapshot) }, lost,
  });
  assert.deepEqual(lines([]), ['1 waits for Billing: 1 away, 2 full', '1 waits for VIP: 2 full', '1 waits for team 3: 1 with weight 0, 1 away, 1 full']);
  // Where the limit is lower they are full all the same, and where they are drawn by nobody it does not matter.
  assert.deepEqual(lines([{ conversation: '5', team: '1', agent: '1' }]), [
    '1 waits for Billing: 1 away, 2 full; a lost claim left room for the next tick',
    ...lines([]).slice(1),
  ]);
});

test('which claims were lost', () => {
  const lost = (n) => ({ lost: Array.from({ length: n }, (_, i) => ({ conversation: String(i + 1) })) });
  assert.deepEqual(lostLines(lost(0)), []);
  assert.deepEqual(lostLines(lost(2)), ['changed or locked by somebody else, and left as they are: #1, #2']);
  assert.match(lostLines(lost(12))[0], /#9, #10 and 2 more$/);
});

test('a dry run shows the first decisions and the sum', () => {
  const decision = (id, agent) => ({ conversation: String(id), team: '1', agent, why: agent ? 'only_candidate' : 'all_full' });
  const plan = { decisions: [decision(1, '7'), decision(2, null)], waiting: [group('1', 'all_full', 1, [['team_full', 1]])] };
  assert.deepEqual(dryRunLines({ plan, names }), [
    '  #1 Billing -> Maya Lindqvist (only candidate)',
    '  #2 Billing waits (all full)',
    'would assign 1, waiting 1 (1 all full)',
    '  1 waits for Billing: 1 full',
    'nothing was written',
  ]);
  plan.decisions = Array.from({ length: 25 }, (_, i) => decision(i, '7'));
  assert.equal(dryRunLines({ plan, names })[20], '  and 5 more decisions');
});

test('how large the desk is', () => {
  assert.equal(size({ plan: { decisions: [{}] }, names }), '2 teams, 1 agent, 1 conversation waiting');
});

test('a failure names the code and the place, or what the database said', () => {
  const refused = Object.assign(new Error('expected a rule'), { name: 'EvenhandError', code: 'unknown_value', path: '/cursors/0/rule' });
  assert.equal(
    failureLine(4, refused),
    'tick 4: the snapshot was refused, unknown_value at "/cursors/0/rule", nothing was written: expected a rule; '
    + "evenhand_state was changed by hand; UPDATE evenhand_state SET version = version + 1, cursors = '[]', lost_claims = '[]' begins with level turns",
  );
  assert.equal(
    failureLine(4, Object.assign(new Error('must be unique'), { name: 'EvenhandError', code: 'duplicate_id', path: '/teams/1' })),
    'tick 4: the snapshot was refused, duplicate_id at "/teams/1", nothing was written: must be unique',
  );
  assert.equal(failureLine(5, new Error('connection lost')), 'tick 5: failed: connection lost');
  assert.equal(failureLine(6, Object.assign(new Error(''), { code: 'ECONNREFUSED' })), 'tick 6: failed: ECONNREFUSED');
});
