// What another rule would have decided, on recordings that are small enough to follow by hand.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare, differenceLines } from '../recording/diff.mjs';
import { newFolders, startRecording } from '../test-support/recordings.mjs';

const newFolder = newFolders();

const diff = (rule, record) => diffUnder({ rule }, record);

async function diffUnder(other, record) {
  const folder = newFolder();
  const recording = startRecording(folder);
  await record(recording.tick);
  await recording.close();
  return differenceLines(await compare(folder, other), other);
}

const agents = (...loads) => loads.map((load, i) => ({ id: String(i + 1), availability: 'online', load }));
const team = (assignment, members, rest) => ({ id: '1', assignment, members: members.map((id) => ({ agent: String(id) })), ...rest });

test('the table says who got what, who waits, and how many decisions differ', async () => {
  const lines = await diff('least_loaded', (tick) => tick({
    agents: [...agents(0, 3, 0), { id: '10', availability: 'away', load: 0 }],
    teams: [
      team('round_robin', [1, 2, 10], { max_load: 5 }),
      { id: '2', assignment: 'manual', members: [{ agent: '3' }] },
      { id: '3', assignment: 'round_robin', members: [{ agent: '10' }] },
    ],
    conversations: [1, 2, 3, 4, 5, { id: '6', team: '2' }, { id: '7', team: '3' }, 8, 9],
  }));
  // By turns 1 2 1 2 1 1 1. By load 1 1 1, then both hold 3 and 1 had the last: 2, 1, again 2, 1.
  assert.deepEqual(lines, [
    'conversations that each agent got',
    'agent  recorded  least_loaded  difference',
    '1             5             5           0',
    '2             2             2           0',
    'conversations that waited at least once',
    'team  waits because     recorded  least_loaded',
    '2     manual_team              1             1',
    '3     nobody_available         1             1',
    '2 of 9 decisions in 1 tick differ: 2 another agent, 0 wait instead, 0 assigned instead',
  ]);
});

/** Whoever is drawn first for team 1 is the only one who can take what comes for team 2. */
const shared = (objective) => ({
  objective,
  agents: agents(0, 0).map((one) => ({ ...one, capacity: 1 })),
  teams: [team('least_loaded', [1, 2]), { id: '2', assignment: 'least_loaded', members: [{ agent: '1' }] }],
  conversations: [1, { id: '2', team: '2' }],
});

test('the other objective serves more, and says what holds back the rest', async () => {
  assert.deepEqual(await diffUnder({ objective: 'most' }, async (tick) => {
    await tick(shared('in_order'));
    const forTeam2 = (...ids) => ({ ...shared(), conversations: ids.map((id) => ({ id, team: '2' })) });
    await tick(forTeam2('2', '3'));
    await tick(forTeam2('3', '4', '5'));
  }), [
    'conversations that each agent got',
    'agent  recorded  most  difference',
    '1             3     2          -1',
    '2             0     1          +1',
    'conversations that waited at least once',
    'team  waits because  recorded  most',
    '2     all_full              4     3',
    'what held them back, most',
    '  2 wait for team 2: only agent 1 may take them, and has 1 place; one more like them serves one more (at the worst of 2 ticks)',
    '2 of 7 decisions in 3 ticks differ: 1 another agent, 0 wait instead, 1 assigned instead',
  ]);
  assert.deepEqual((await diffUnder({ objective: 'in_order', rule: 'round_robin' }, (tick) => tick({
    ...shared('most'), conversations: [1, { id: '2', team: '2' }, { id: '3', team: '2' }],
  }))).slice(1), [
    'agent  recorded  round_robin, in_order  difference',
    '1             1                      1           0',
    '2             1                      0          -1',
    'conversations that waited at least once',
    'team  waits because  recorded  round_robin, in_order',
    '2     all_full              1                      2',
    'what held them back, recorded',
    '  1 waits for team 2: only agent 1 may take it, and has 1 place; one more like them serves one more',
    '2 of 3 decisions in 1 tick differ: 1 another agent, 1 wait instead, 0 assigned instead',
  ]);
});

test('where the units differ, the other rule goes on with cursors of its own', async () => {
  const desk = { agents: agents(0, 0, 0), teams: [team('libredesk_2026', [1, 2, 3])] };
  // If it started level with every tick, agent 1 would get all ten.
  assert.deepEqual(await diff('round_robin', async (tick) => {
    for (let n = 1; n <= 10; n += 1) await tick({ ...desk, conversations: [n] });
  }), [
    'conversations that each agent got',
    'agent  recorded  round_robin  difference',
    '1             4            4           0',
    '2             3            3           0',
    '3             3            3           0',
    '0 of 10 decisions in 10 ticks differ: 0 another agent, 0 wait instead, 0 assigned instead',
  ]);
});

test('where the units are the same too: what the recorded rule did not give is not owed by the other', async () => {
  const desk = { agents: agents(0, 50), teams: [team('least_loaded', [1, 2])] };
  // With the recorded cursors agent 2 would be owed more and more, and get all but the first.
  assert.deepEqual(await diff('round_robin', async (tick) => {
    for (let n = 1; n <= 6; n += 1) await tick({ ...desk, conversations: [n] });
  }), [
    'conversations that each agent got',
    'agent  recorded  round_robin  difference',
    '1             6            3          -3',
    '2             0            3          +3',
    '3 of 6 decisions in 6 ticks differ: 3 another agent, 0 wait instead, 0 assigned instead',
  ]);
});

test('it starts from the recorded cursors', async () => {
  const desk = { agents: agents(0, 0), teams: [team('round_robin', [1, 2])] };
  const lines = await diff('least_loaded', (tick) => tick({
    ...desk, conversations: [1], cursors: [{ rotation: '1', rule: 'round_robin', turns: [{ agent: '2', owed: 0 }, { agent: '1', owed: 0 }] }],
  }));
  assert.deepEqual(lines.slice(1, 3), ['agent  recorded  least_loaded  difference', '2             1             1           0']);
});

test('a team whose cursor was taken away begins anew under both rules', async () => {
  const desk = { agents: agents(0, 0), teams: [team('libredesk_2026', [1, 2])] };
  assert.deepEqual((await diff('round_robin', async (tick) => {
    await tick({ ...desk, conversations: [1] });
    await tick({ ...desk, conversations: [2], cursors: [] });
  })).slice(2, 3), ['1             2            2           0']);
});

test('a conversation that was left waiting counts once, and gives its turn back until it is gone', async () => {
  // 1 is full: the old rule draws and loses every other turn, and conversation 2 waits three ticks long.
  const desk = { agents: agents(5, 0, 0), teams: [team('libredesk_2025', [1, 2, 3], { max_load: 5 })] };
  const lines = await diff('round_robin', async (tick) => {
    assert.deepEqual((await tick({ ...desk, conversations: [1] })).decisions[0].why, 'turn_lost');
    assert.deepEqual((await tick({ ...desk, conversations: [1] })).decisions[0].agent, '2');
    assert.deepEqual((await tick({ ...desk, conversations: [2] })).decisions[0].agent, '3');
  });
  assert.deepEqual(lines, [
    'conversations that each agent got',
    'agent  recorded  round_robin  difference',
    '2             1            1           0',
    '3             1            1           0',
    'conversations that waited at least once',
    'team  waits because  recorded  round_robin',
    '1     turn_lost             1            0',
    '1 of 3 decisions in 3 ticks differ: 0 another agent, 0 wait instead, 1 assigned instead',
  ]);
});

test('a conversation that was left waiting and is gone at the next tick counts for whom the other rule gave it to', async () => {
  const desk = { agents: agents(5, 0), teams: [team('libredesk_2025', [1, 2], { max_load: 5 })] };
  assert.deepEqual((await diff('round_robin', async (tick) => {
    await tick({ ...desk, conversations: [1] });
    await tick({ ...desk, conversations: [] });
  })).slice(2, 3), ['2             0            1          +1']);
});

test('a claim that was lost is lost under both rules, and gives back the turn of whoever had it', async () => {
  const desk = { agents: agents(9, 0), teams: [team('round_robin', [1, 2])] };
  const lines = await diff('least_loaded', async (tick) => {
    await tick({ ...desk, conversations: [1] }, { lost: [1] });
    // 1 is first again by turns. By load both are equal now, and 2, whose turn came back, is first.
    await tick({ ...desk, agents: agents(0, 0), conversations: [2] });
  });
  assert.deepEqual(lines, [
    'conversations that each agent got',
    'agent  recorded  least_loaded  difference',
    '1             1             0          -1',
    '2             0             1          +1',
    '2 of 2 decisions in 2 ticks differ: 2 another agent, 0 wait instead, 0 assigned instead',
  ]);
});

test('what was served last since its claim was lost is served last under both rules', async () => {
  const one = [team('round_robin', [1], { max_load: 1 })];
  assert.deepEqual(await diff('least_recent', async (tick) => {
    await tick({ agents: agents(0), teams: one, conversations: [1, 2] }, { lost: [1] });
    // Nobody has room, and 1 is remembered without an agent.
    await tick({ agents: agents(1), teams: one, conversations: [1, 2] });
    assert.deepEqual((await tick({ agents: agents(0), teams: one, conversations: [1, 2] })).decisions.map(({ agent }) => agent), [null, '1']);
  }), [
    'conversations that each agent got',
    'agent  recorded  least_recent  difference',
    '1             1             1           0',
    'conversations that waited at least once',
    'team  waits because  recorded  least_recent',
    '1     all_full              2             2',
    '0 of 6 decisions in 3 ticks differ: 0 another agent, 0 wait instead, 0 assigned instead',
  ]);
});

test('teams that share a rotation share it under the other rule too', async () => {
  const shared = ['1', '2'].map((id) => ({ id, assignment: 'least_loaded', rotation: 'all', members: [{ agent: '1' }, { agent: '2' }] }));
  // By load 2 gets them all. If a team had turns of its own, 1 would get both.
  assert.deepEqual((await diff('round_robin', async (tick) => {
    await tick({ agents: agents(9, 0), teams: shared, conversations: [1] });
    await tick({ agents: agents(9, 1), teams: shared, conversations: [{ id: '2', team: '2' }] });
  })).slice(2, 4), ['1             0            1          +1', '2             2            1          -1']);
});

test('ticks that wrote nothing are left out, and move nothing', async () => {
  const desk = { agents: agents(0, 0), teams: [team('libredesk_2026', [1, 2])] };
  assert.deepEqual(await diff('round_robin', async (tick) => {
    await tick({ ...desk, conversations: [1] });
    await tick({ ...desk, conversations: [2] }, { won: false });
    await tick({ ...desk, conversations: [2] });
  }), [
    'conversations that each agent got',
    'agent  recorded  round_robin  difference',
    '1             1            1           0',
    '2             1            1           0',
    '0 of 2 decisions in 2 ticks differ: 0 another agent, 0 wait instead, 0 assigned instead',
    'left out: 1 tick not known to have written a plan',
  ]);
});

test('a recording in which nothing was written has nothing to compare', async () => {
  const desk = { agents: agents(0), teams: [team('round_robin', [1])], conversations: [1] };
  await assert.rejects(diff('least_loaded', (tick) => tick(desk, { won: false })), {
    name: 'RecordingError', message: /no tick of the recording/,
  });
});
