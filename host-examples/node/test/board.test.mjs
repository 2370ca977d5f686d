// The board as text, from outcomes that stand here.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { draw } from '../board.mjs';

const agent = (id, availability, load, rest = {}) => ({ id: String(id), availability, load, ...rest });
const team = (id, members, rest = {}) => ({
  id: String(id),
  assignment: 'round_robin',
  assignable: ['online'],
  members: members.map((one) => ({ agent: String(one) })),
  ...rest,
});

const SNAPSHOT = {
  agents: [
    agent(1, 'online', 3),
    agent(2, 'online', 5),
    agent(3, 'away_manual', 2),
    agent(4, 'away_and_reassigning', 1),
    agent(5, 'offline', 0),
    agent(6, 'online', 9),
    agent(7, 'online', null),
    agent(8, 'online', 2, { capacity: 3 }),
  ],
  teams: [
    team(1, [1, 2, 3, 4], { max_load: 6 }),
    team(2, [5, 6, 7, 8, 99]),
    team(3, [1], { assignment: 'manual' }),
  ],
};

const OUTCOME = {
  texts: { snapshot: JSON.stringify(SNAPSHOT), plan: '' },
  plan: {
    decisions: [],
    waiting: [
      { team: '1', why: 'all_full', conversations: 14, members: 4, passed_over: [{ why: 'unavailable', members: 2 }, { why: 'team_full', members: 2 }] },
      { team: '9', why: 'unknown_team', conversations: 1, members: 0, passed_over: [] },
    ],
    loads: [{ agent: '1', before: 3, after: 6 }, { agent: '2', before: 5, after: 7 }],
  },
  names: {
    teams: { 1: 'Billing', 2: 'Technical Support', 3: 'Key Accounts' },
    agents: { 1: 'Maya Lindqvist', 2: 'Omar Haddad', 3: 'Priya Nair', 4: 'Jonas Weber', 5: 'Lucia Romero', 6: '森健二', 7: 'Amara', 8: '' },
  },
  won: true,
  claimed: 4,
  lost: [{ conversation: '12', team: '1', agent: '2' }],
  milliseconds: 12.4,
};

const SCENE = {
  title: 'PostgreSQL at desk.example:5432, database libredesk',
  clock: 'Monday 09:41, 60x',
  ticks: 12,
  failed: 0,
  assigned: 250,
  lost: 1,
  outcome: OUTCOME,
  decisions: ['#834 Billing -> Maya Lindqvist: it is their turn', '#833 Billing -> Omar Haddad: it is their turn', '#831 Billing -> Maya Lindqvist: it is their turn', '#830 Billing waits: everybody who could take it is full'],
  news: ['09:41 Priya Nair takes a break', '09:40 somebody sets Billing to Manual', '09:38 Lucia Romero goes home'],
  page: 0,
};

const text = (scene, screen) => draw(scene, screen).map((line) => line.trimEnd());

test('whoever gets work is shown with what they hold, idle or not, and nobody else', () => {
  const snapshot = { ...SNAPSHOT, teams: [team(1, [1, 3, 5], { assignable: ['online', 'away_manual'], fallback: ['offline'], max_load: 6 })] };
  snapshot.agents = snapshot.agents.map((one) => (one.id === '1' ? { ...one, availability: 'off_shift' } : one));
  const lines = text({ ...SCENE, outcome: { ...OUTCOME, texts: { snapshot: JSON.stringify(snapshot), plan: '' } } }, { columns: 80, rows: 23 });
  assert.equal(lines[3], "Billing       14  ·▃▁     2 are away, 2 are at the team's limit");
  assert.ok(lines.some((line) => line.includes('Maya Lindqv… off      6/6')), lines.join('\n'));
  assert.ok(lines.some((line) => line.includes('Priya Nair   ██░░░░   2/6')), lines.join('\n'));
});

test('on a terminal of the usual size', () => {
  assert.deepEqual(text(SCENE, { columns: 80, rows: 23 }), [
    'Evenhand on PostgreSQL at desk.example:5432, database libred…  Monday 09:41, 60x',
    'tick 12, 12 ms | assigned 4, 250 in all | waiting 15 | lost claims 1',
    'team               waiting  agents  why they wait',
    "Billing                 14  ██··    2 are away, 2 are at the team's limit",
    'Technical Support        0  ·▇?▅',
    'Key Accounts             0  ▅       people assign there',
    'team 9                   1          there is no such team',
    'agents',
    'Maya Lindqv… ██████   6/6  Jonas Weber  leaves   1/6  Amara        ░░░░░░     ?',
    'Omar Haddad  ██████   6/6  Lucia Romero off        0  agent 8      ████░░   2/3',
    'Priya Nair   away     2/6  森健二       █████░     9',
    'last decisions',
    '#834 Billing -> Maya Lindqvist: it is their turn',
    '#833 Billing -> Omar Haddad: it is their turn',
    '#831 Billing -> Maya Lindqvist: it is their turn',
    '#830 Billing waits: everybody who could take it is full',
    'meanwhile',
    '09:41 Priya Nair takes a break',
    '09:40 somebody sets Billing to Manual',
  ]);
});

test('on a wide and high terminal', () => {
  assert.deepEqual(text(SCENE, { columns: 120, rows: 34 }), [
    'Evenhand on PostgreSQL at desk.example:5432, database libredesk                                        Monday 09:41, 60x',
    'tick 12, 12 ms | assigned 4, 250 in all | waiting 15 | lost claims 1',
    '',
    'team               waiting  agents  why they wait',
    "Billing                 14  ██··    2 are away, 2 are at the team's limit",
    'Technical Support        0  ·▇?▅',
    'Key Accounts             0  ▅       people assign there',
    'team 9                   1          there is no such team',
    '',
    'agents',
    'Maya Lindqvist  ██████   6/6  Priya Nair      away     2/6  Lucia Romero    off        0  Amara           ░░░░░░     ?',
    'Omar Haddad     ██████   6/6  Jonas Weber     leaves   1/6  森健二          █████░     9  agent 8         ████░░   2/3',
    '',
    'last decisions',
    '#834 Billing -> Maya Lindqvist: it is their turn',
    '#833 Billing -> Omar Haddad: it is their turn',
    '#831 Billing -> Maya Lindqvist: it is their turn',
    '#830 Billing waits: everybody who could take it is full',
    '',
    'meanwhile',
    '09:41 Priya Nair takes a break',
    '09:40 somebody sets Billing to Manual',
    '09:38 Lucia Romero goes home',
  ]);
});

test('what holds them back stands below the teams', () => {
  const bottlenecks = ['1', '9'].map((id) => ({ classes: [{ team: id, conversation: id }], agents: [{ agent: '1', room: 3 }, { agent: '2', room: 2 }], assigned: 5, waiting: 14 }));
  const scene = { ...SCENE, outcome: { ...OUTCOME, plan: { ...OUTCOME.plan, bottlenecks } } };
  assert.deepEqual(text(scene, { columns: 130, rows: 34 }).slice(7, 13), [
    'team 9                   1          there is no such team',
    '',
    'what holds them back',
    '14 wait for Billing: only Maya Lindqvist and Omar Haddad may take them, 5 places between them; one more like them serves one more',
    '14 wait for team 9: only Maya Lindqvist and Omar Haddad may take them, 5 places between them; one more like them serves one more',
    '',
  ]);
  for (const rows of [1, 8, 10, 13, 23, 50]) assert.ok(draw(scene, { columns: 80, rows }).length <= rows);
  const narrow = text(scene, { columns: 80, rows: 16 });
  assert.deepEqual([narrow.length, narrow.indexOf('what holds them back'), narrow.at(-2), narrow.at(-1)], [16, 6, 'meanwhile', '09:41 Priya Nair takes a break']);
});

test('on a small one every list is cut, and the agents come page by page', () => {
  assert.deepEqual(text(SCENE, { columns: 44, rows: 13 }), [
    'Evenhand on PostgreSQL a…  Monday 09:41, 60x',
    'tick 12, 12 ms | assigned 4, 250 in all | w…',
    'team     waiting  agents  why they wait',
    'Billing       14  ██··    2 are away, 2 are…',
    'and 3 more teams',
    'agents 1 to 2 of 8',
    'Maya Lindqvist                  ██████   6/6',
    'Omar Haddad                     ██████   6/6',
    'last decisions',
    '#834 Billing -> Maya Lindqvist: it is their…',
    '#833 Billing -> Omar Haddad: it is their tu…',
    'meanwhile',
    '09:41 Priya Nair takes a break',
  ]);
  assert.deepEqual(text({ ...SCENE, page: 1 }, { columns: 44, rows: 13 }).slice(5, 8), [
    'agents 3 to 4 of 8',
    'Priya Nair                      away     2/6',
    'Jonas Weber                     leaves   1/6',
  ]);
});

test('a narrow line is cut and no line is longer than the terminal', () => {
  for (const columns of [1, 20, 61, 79, 100, 237]) {
    for (const rows of [1, 5, 10, 23, 50]) {
      const lines = draw(SCENE, { columns, rows });
      assert.ok(lines.length <= rows, `${lines.length} lines in ${rows}`);
      for (const line of lines) assert.ok(stringWidth(line) <= columns, `${stringWidth(line)} cells in ${columns}: ${line}`);
    }
  }
});

test('of many teams those with the longest queues are shown', () => {
  const snapshot = { agents: [], teams: Array.from({ length: 50 }, (_, i) => team(i, [])) };
  const waiting = [7, 4, 41].map((id, n) => ({ team: String(id), why: 'no_members', conversations: n + 1, passed_over: [] }));
  const outcome = { ...OUTCOME, texts: { snapshot: JSON.stringify(snapshot) }, plan: { decisions: [], waiting, loads: [] }, lost: [] };
  assert.deepEqual(text({ ...SCENE, outcome, decisions: [], news: [] }, { columns: 80, rows: 12 }).slice(2, 8), [
    'team     waiting  agents  why they wait',
    'team 41        3          the team has nobody who takes turns',
    'team 4         2          the team has nobody who takes turns',
    'team 7         1          the team has nobody who takes turns',
    'and 47 more teams',
    'agents',
  ]);
});

test('the groups of a team are one number, each with its channel and its needs', () => {
  const one = (why, conversations, rest) => ({ team: '2', why, conversations, members: 5, passed_over: [], ...rest });
  const waiting = [
    one('all_full', 3, { channel: 'WhatsApp', needs: [{ skill: 'German', level: 1 }] }),
    one('nobody_available', 2),
    { team: '9', channel: 'ma\u001bil', why: 'unknown_team', conversations: 1, members: 0, passed_over: [] },
  ];
  const lines = text({ ...SCENE, outcome: { ...OUTCOME, plan: { ...OUTCOME.plan, waiting } } }, { columns: 140, rows: 23 });
  assert.deepEqual([lines[1].split(' | ')[2], lines[4], lines[6]], [
    'waiting 6',
    'Technical Support        5  ·▇?▅    WhatsApp, German: everybody who could take them is full; nobody who could take them is there',
    'team 9                   1          mal: there is no such team',
  ]);
});

test('a plan that another host was faster than changes nothing', () => {
  const lines = text({ ...SCENE, outcome: { ...OUTCOME, won: false, claimed: 0, lost: [] } }, { columns: 80, rows: 23 });
  assert.equal(lines[1], 'tick 12, 12 ms | another host wrote first | waiting 15 | lost claims 1');
  assert.equal(lines[8], 'Maya Lindqv… ███░░░   3/6  Jonas Weber  leaves   1/6  Amara        ░░░░░░     ?');
});

test('before the first tick, and when it failed', () => {
  const scene = { ...SCENE, clock: undefined, outcome: undefined, ticks: 0 };
  assert.deepEqual(text(scene, { columns: 80, rows: 23 }), [`Evenhand on ${SCENE.title}`, 'the first tick is running']);
  assert.deepEqual(text({ ...scene, ticks: 1, failed: 1 }, { columns: 80, rows: 23 })[1], 'tick 1 failed');
});

test('nothing that a name holds reaches the terminal but letters', () => {
  const names = { teams: { 1: 'Bill\u001b]0;owned\u0007ing' }, agents: { 1: 'Maya\u001b[2J\nLind\u009bqvist' } };
  const lines = draw({ ...SCENE, title: 'a\u001b[2Jdesk', outcome: { ...OUTCOME, names }, decisions: ['#1 \u001b[2J'], news: ['\u001b[31mred'] }, { columns: 80, rows: 23 });
  for (const line of lines) assert.doesNotMatch(line, /\p{C}/u);
});

test('colours are there only where they are wanted', () => {
  const plain = draw(SCENE, { columns: 80, rows: 23 });
  const coloured = draw(SCENE, { columns: 80, rows: 23, colors: true });
  assert.doesNotMatch(plain.join(''), /\u001b/);
  assert.match(coloured.join(''), /\u001b\[31m█/);
  assert.deepEqual(coloured.map(stripVTControlCharacters), plain);
});
