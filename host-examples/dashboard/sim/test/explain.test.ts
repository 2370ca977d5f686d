// Why a conversation goes where it goes, with numbers that are worked out by hand.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plan, type Assignment, type Snapshot, type Team } from 'evenhand';
import { explain } from '../explain.ts';

const agents = ['a', 'b', 'c'].map((id) => ({ id, availability: 'online', load: 0 }));
const members = agents.map(({ id }) => ({ agent: id }));

/** A desk of three people; the conversations are called as a careless emulation might call its own. */
const desk = (assignment: Assignment, team: Partial<Team> = {}): Snapshot => ({
  version: 1,
  agents,
  teams: [{ id: 't', assignment, members, ...team }],
  conversations: ['0', '1', '2'].map((id) => ({ id, team: 't' })),
});

/** Returns the place of a conversation, and the line as `b1 c2 a3`. */
function told(snapshot: Snapshot, conversation: string): string {
  const { decision, place, queue, members } = explain(snapshot, conversation)!;
  assert.deepEqual(decision, plan(snapshot).decisions.find((one) => one.conversation === conversation));
  return `${place} of ${queue}: ${members!.map(({ agent, gate, serves }) => `${agent}${gate ? ` ${gate}` : serves}`).join(' ')}`;
}

/** Returns a desk on which `0` was given to `a`, and lost; it waits still. */
function afterLoss(before: Snapshot): Snapshot {
  const { cursors, decisions: [lost] } = plan({ ...before, conversations: [{ id: '0', team: 't' }] });
  return { ...before, cursors, lost_claims: [lost] };
}

for (const rule of ['round_robin', 'least_loaded', 'least_recent'] as const) {
  test(`under ${rule} what was lost is served last, and not to whom it was lost on`, () => {
    const snapshot = afterLoss(desk(rule));
    // a has the turn back, and takes what is served first.
    assert.deepEqual(['1', '2', '0'].map((id) => told(snapshot, id)), ['1 of 3: a1 b2 c3', '2 of 3: b1 c2 a3', '3 of 3: c1 a2 b3']);
    // Alone in the queue it goes to b, and a, whose turn it is, takes the next one.
    const alone = { ...snapshot, conversations: [{ id: '0', team: 't' }] };
    assert.equal(told(alone, '0'), '1 of 1: b1 a2 c3');
    // Where nobody else is left, a is asked again.
    const others = { ...alone, agents: agents.map((agent) => (agent.id === 'a' ? agent : { ...agent, availability: 'away' })) };
    assert.equal(told(others, '0'), '1 of 1: a1 b unavailable c unavailable');
    // Whatever is only served last was on nobody.
    const last = { ...desk(rule), lost_claims: [{ conversation: '0', team: 't', agent: null }] };
    assert.equal(told(last, '0'), '3 of 3: c1 a2 b3');
  });
}

test('a limit that is reached before what is served last passes somebody over', () => {
  const snapshot = afterLoss(desk('round_robin', { max_load: 1 }));
  assert.deepEqual(['1', '2', '0'].map((id) => told(snapshot, id)), ['1 of 3: a1 b2 c3', '2 of 3: b1 c2 a team_full', '3 of 3: c1 a team_full b team_full']);
});

test('in a shared rotation the line is that of all its teams', () => {
  const other: Team = { id: 'u', assignment: 'round_robin', rotation: 'both', members: members.slice(0, 2) };
  const snapshot = desk('round_robin', { rotation: 'both' });
  Object.assign(snapshot, { teams: [...snapshot.teams, other], conversations: [{ id: 'x', team: 'u' }, ...snapshot.conversations] });
  // a has had the one of the other team.
  assert.equal(told(snapshot, 'x'), '1 of 1: a1 b2');
  assert.equal(told(snapshot, '0'), '1 of 3: b1 c2 a3');
});

test('a team of a legacy rule may name its rotation', () => {
  assert.equal(told(desk('libredesk_2026', { rotation: 'own' }), '1'), '2 of 3: b1 c2 a3');
});
