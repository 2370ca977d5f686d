import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { bottleneckLine, causes, dryRunLines, failureLine, lostLines, size, tickLine, waitingLines } from '../report.mjs';
import { words } from '../words.mjs';

const NUMBERS = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [i + 1, String(100 + i)]));
const names = { teams: { 1: 'Billing', 2: 'VIP' }, agents: { 7: 'Maya Lindqvist' }, conversations: NUMBERS };
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
      { ...group('1', 'all_full', 3, [['channel_full', 9]]), channel: 'WhatsApp', needs: [{ skill: 'German', level: 1 }] },
      { ...group('2', 'nobody_qualified', 1), needs: [{ skill: 'German', level: 3 }, { skill: 'French', level: 1 }] },
      { ...group('2', 'manual_team', 4), channel: 'mail' },
      group('1', 'on_holiday', 2, [['at_sea', 2]]),
    ])),
    [
      "Billing: 8 wait: everybody who could take them is full (3 are away, 1 is full, 4 are at the team's limit)",
      'Billing: 1 waits: nobody who could take it is there (1 is no active agent, 2 are away)',
      'VIP: 2 wait: people assign there',
      'team 9: 4 wait: there is no such team',
      'VIP: 5 wait: the team has nobody who takes turns',
      'VIP: 5 wait: the team has nobody who takes turns (2 have weight 0)',
      'Billing: 6 wait: the load of everybody who could take them is unknown (2 have an unknown load)',
      'Billing: 3 wait: the turns went to people who could not take them',
      "Billing: 3 wait: the turns went to people who could not take them (2 are at the team's limit)",
      'Billing: 2 wait: everybody is excluded or lacks a skill that is needed (1 is excluded, 3 lack a skill that is needed)',
      'Billing: 1 waits: it is held for somebody who cannot take it now',
      'Billing: 2 wait: they are held for somebody who cannot take them now (4 are not preferred, 1 is away)',
      'VIP: 3 wait: everybody who could take them is full (1 is full, 2 are full in the channel, 1 has got all that one plan gives)',
      'Billing, WhatsApp, German: 3 wait: everybody who could take them is full (9 are full in the channel)',
      'VIP, German 3, French: 1 waits: everybody is excluded or lacks a skill that is needed',
      'VIP, mail: 4 wait: people assign there',
      'Billing: 2 wait: on holiday (2 at sea)',
    ],
  );
});

const bottleneck = (classes, rooms, waiting) => ({
  classes: classes.map((one, i) => ({ ...one, conversation: String(i + 1) })),
  agents: Object.entries(rooms).map(([agent, room]) => ({ agent, room })),
  assigned: Object.values(rooms).reduce((sum, room) => sum + room, 0),
  waiting,
});

test('what holds back those who wait', () => {
  const german = { team: '1', needs: [{ skill: 'German', level: 1 }] };
  const of = (...given) => bottleneckLine(bottleneck(...given), { teams: names.teams, agents: { 1: 'Ana', 2: 'Bo', 3: 'Cy', 4: 'Di', 5: 'Ed', 6: 'Flo' } });
  assert.deepEqual([
    of([german], { 1: 1, 2: 1 }, 7),
    of([german], { 1: 1, 2: 0 }, 1),
    of([{ team: '2', channel: 'WhatsApp', needs: [{ skill: 'German', level: 3 }, { skill: 'French', level: 1 }] }, { team: '1' }], { 1: 0 }, 2),
    of([{ team: '9' }], { 8: 2 }, 1),
    of([german], {}, 7),
    of([german], {}, 1),
    // Those whom only what else they ask for tells apart are called the same.
    of([german, german, { team: '2' }, german], { 1: 0, 2: 0 }, 3),
    of([german, { team: '1' }, { team: '2' }, { team: '8' }], { 1: 1, 2: 1, 3: 1, 4: 1 }, 3),
    of([german, { team: '1' }, { team: '2' }, { team: '8' }, { team: '9' }], { 1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 0 }, 1000),
  ], [
    '7 wait for Billing (German): only Ana and Bo may take them, 2 places between them; one more like them serves one more',
    '1 waits for Billing (German): only Ana and Bo may take it, 1 place between them; one more like them serves one more',
    '2 wait for VIP (WhatsApp, German 3, French) or Billing: only Ana may take them, and has no place; one more like them serves one more',
    '1 waits for team 9: only agent 8 may take it, and has 2 places; one more like them serves one more',
    '7 wait for Billing (German): nobody may take them',
    '1 waits for Billing (German): nobody may take it',
    '3 wait for Billing (German) or VIP: only Ana and Bo may take them, no place between them; one more like them serves one more',
    '3 wait for Billing (German), Billing, VIP or team 8: only Ana, Bo, Cy and Di may take them, 4 places between them; one more like them serves one more',
    '1000 wait for Billing (German), Billing, VIP or 2 others: only Ana, Bo, Cy and 3 others may take them, 5 places between them; one more like them serves one more',
  ]);
});

test('every code of the engine has its words', () => {
  const codes = readFileSync(new URL('../../../tests/codes.txt', import.meta.url), 'utf8').trim().split('\n').map((line) => line.split(' '));
  const said = codes.filter(([kind]) => ['assign', 'wait', 'gate'].includes(kind));
  assert.ok(said.length > 20);
  for (const [kind, code] of said) {
    for (const n of [1, 2]) assert.notEqual(words(kind, code, n), code.replaceAll('_', ' '));
  }
});

test('where space is short the members tell it, if everybody is passed over', () => {
  const short = (...passedOver) => causes(outcome([group('1', 'turn_lost', 3, passedOver)]), { short: true })[0];
  assert.equal(short(['unavailable', 1], ['team_full', 8]), "1 is away, 8 are at the team's limit");
  assert.equal(short(['unavailable', 1]), 'the turns went to people who could not take them (1 is away)');
  assert.equal(short(), 'the turns went to people who could not take them');
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
  assert.deepEqual(lines([]), [
    "Billing: 1 waits: everybody who could take it is full (1 is away, 2 are at the team's limit)",
    "VIP: 1 waits: everybody who could take it is full (2 are at the team's limit)",
    'team 3: 1 waits: everybody who could take it is full (1 has weight 0, 1 is away, 1 is full)',
  ]);
  // Where the limit is lower they are full all the same, and where they are drawn by nobody it does not matter.
  assert.deepEqual(lines([{ conversation: '5', team: '1', agent: '1' }]), [
    `${lines([])[0]}; a lost claim left room for the next tick`,
    ...lines([]).slice(1),
  ]);
});

test('which claims were lost', () => {
  const lost = (n) => ({ lost: Array.from({ length: n }, (_, i) => ({ conversation: String(i + 1) })), raised: [], kept_away: [], names });
  assert.deepEqual(lostLines(lost(0)), []);
  assert.deepEqual(lostLines({ ...lost(2), raised: [{ conversation: '1', error: 'hands off' }] }), [lostLines(lost(2))[0].replace('#100, ', '')]);
  assert.deepEqual(lostLines({ ...lost(2), kept_away: ['1', '2'] }), []);
  assert.deepEqual(lostLines(lost(2)), ['changed or locked by somebody else, and left as they are: #100, #101']);
  assert.match(lostLines(lost(12))[0], /#108, #109 and 2 more$/);
  // Whose number is not known is called by the id, which is somebody else's number.
  assert.deepEqual(
    lostLines({ ...lost(3), names: { ...names, conversations: { 1: '100', 3: '2' } } }),
    ['changed or locked by somebody else, and left as they are: #100, id:2, #2'],
  );
});

test('a dry run shows the first decisions and the sum', () => {
  const decision = (id, agent) => ({ conversation: String(id), team: '1', agent, why: agent ? 'only_candidate' : 'all_full' });
  const plan = { decisions: [decision(1, '7'), decision(2, null)], waiting: [group('1', 'all_full', 1, [['team_full', 1]])] };
  assert.deepEqual(dryRunLines({ plan, names }), [
    '  #100 Billing -> Maya Lindqvist: nobody else could take it',
    '  #101 Billing waits: everybody who could take it is full',
    'would assign 1, waiting 1 (1 all full)',
    "  Billing: 1 waits: everybody who could take it is full (1 is at the team's limit)",
    'nothing was written',
  ]);
  plan.bottlenecks = [bottleneck([{ team: '1' }], { 7: 1 }, 1)];
  assert.deepEqual(dryRunLines({ plan, names }).slice(3), [
    "  Billing: 1 waits: everybody who could take it is full (1 is at the team's limit)",
    '  1 waits for Billing: only Maya Lindqvist may take it, and has 1 place; one more like them serves one more',
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
