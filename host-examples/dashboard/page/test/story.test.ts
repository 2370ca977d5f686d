// Acts and stories in words, from a real run.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explain } from 'evenhand';
import { createRun } from '../../sim/run.ts';
import { readScenario, type Act } from '../../sim/scenario.ts';
import { HOUR } from '../../sim/time.ts';
import { actSentence, FORMS } from '../acts.ts';
import { SAMPLE } from '../sample.ts';
import { asks, heldBack, place, storyOf } from '../story.ts';

const scenario = readScenario(SAMPLE);
const { desk } = scenario;

/** What somebody fills in. */
const FILLED: Record<string, string> = {
  agent: desk.agents[1].id, team: desk.teams[2].id, from: desk.shifts[0].id, shift: desk.shifts[2].id, lane: '1', minutes: '30', factor: '3', rule: 'least_loaded',
  objective: 'most', limit: '6', capacity: '2', weight: '2', in: 'false', assignable: 'online away', seconds: '300', availability: 'away',
};

test('every kind of act has a form, and every form makes an act that the simulation takes', () => {
  const kinds = ['availability', 'lunch', 'shift', 'surge', 'rule', 'objective', 'assignable', 'limit', 'weight', 'capacity', 'member', 'tick'];
  assert.deepEqual(FORMS.map(({ what }) => what).sort(), kinds.sort());
  for (const { what, fields, make } of FORMS) {
    for (const { name } of fields) assert.ok(name in FILLED, name);
    const run = createRun(scenario);
    run.advanceTo(8 * HOUR);
    run.act({ ...make(FILLED, scenario), at: run.now } as Act);
    assert.equal(run.lastAct!.what, what);
    assert.doesNotMatch(actSentence(run.lastAct!, run.scenario), /undefined|NaN|Infinity/);
  }
});

test('acts are said with names', () => {
  const say = (act: Record<string, unknown>) => actSentence({ at: 0, ...act } as Act, scenario);
  const [agent, team] = [desk.agents[0], desk.teams[0]];
  assert.equal(say({ what: 'lunch', minutes: 45 }), 'Everybody goes to lunch for 45 min');
  assert.equal(say({ what: 'availability', agent: agent.id, availability: 'away' }), `${agent.name} is away for the rest of the day`);
  assert.equal(say({ what: 'limit', team: team.id, limit: null, lane: 1 }), `${team.name}: no limit, under Evenhand`);
  assert.equal(say({ what: 'rule', rule: 'least_loaded', lane: 0 }), 'All teams: Evenhand: least loaded, under Libredesk today');
  assert.equal(say({ what: 'objective', objective: 'most', lane: 1 }), 'To serve: the most that can be served, under Evenhand');
  assert.equal(say({ what: 'rule', rule: 'least_recent', team: team.id }), `${team.name}: Evenhand: least recent (longest since their last one)`);
});

test('what is filled in is what happens: an empty number is no limit, an empty lane is both', () => {
  const make = (what: string, values: Record<string, string>) => FORMS.find((form) => form.what === what)!.make({ ...FILLED, ...values }, scenario);
  assert.deepEqual(make('limit', { limit: '', lane: '' }), { what: 'limit', team: desk.teams[2].id, limit: null });
  assert.equal((make('member', { in: 'false' }) as { in: boolean }).in, false);
  assert.equal((make('member', { in: 'true' }) as { in: boolean }).in, true);
  assert.deepEqual(make('lunch', { team: '' }), { what: 'lunch', minutes: 30 });
  assert.deepEqual(make('availability', { minutes: '' }), { what: 'availability', agent: desk.agents[1].id, availability: 'away' });
});

test('those who change the shift are those who work it by now', () => {
  const moved = { ...scenario, acts: [{ at: 0, what: 'shift', agents: [desk.agents[0].id], shift: desk.shifts[1].id }] as Act[] };
  const shift = FORMS.find(({ what }) => what === 'shift')!;
  const act = shift.make({ from: desk.shifts[0].id, shift: desk.shifts[2].id }, moved);
  assert.ok(act.what === 'shift' && !act.agents.includes(desk.agents[0].id) && act.agents.length > 0);
});

test('the story of a conversation that waited names who was passed over, and who got it', () => {
  const run = createRun(scenario);
  run.advanceTo(13.5 * HOUR);
  const { log } = run.lane(1).records;
  const entry = log.waited.findIndex((waited, i) => waited > 120_000 && log.how[i] === 0 && log.at[i] > 12 * HOUR);
  const { events } = run.history(1, log.conversation[entry]);
  const story = storyOf(events, desk);
  const waited = story.find(({ text }) => text.startsWith('It waits'))!;
  const team = desk.teams[run.world.team[log.conversation[entry]]];
  assert.equal(story[0].text, `It comes in for ${team.name}.`);
  assert.match(waited.text, /^It waits at \d+ ticks, until \d\d:\d\d:\d\d, now number \d+ in the queue: (everybody who could take it is full|nobody who could take it is there)\.$/);
  assert.equal(waited.members.length, team.members.length);
  for (const member of waited.members) assert.match(member, /^[A-Z].*: is (away|at the team's limit)$/);
  const got = story.find(({ text }) => / gets it: /.test(text))!;
  assert.ok(got.text.startsWith(`${desk.agents[log.agent[entry]].name} gets it: `));
  assert.equal(got.members.filter((member) => member === `${desk.agents[log.agent[entry]].name}: first in the line`).length, 1);
});

test('an explanation says what the conversation asks for, and where everybody stands', () => {
  const agent = (id: string, rest = {}) => ({ id, availability: 'online', load: 0, ...rest });
  const explanation = explain({
    version: 1,
    now: 1000,
    agents: [agent('Mia', { capacity: 2 }), agent('Ben', { availability: 'away' }), agent('Zoe'), agent('Leo')],
    teams: [
      { id: 'Billing', assignment: 'round_robin', fallback: ['away'], overflow: [{ team: 'Sales', after: 0 }], members: [{ agent: 'Ben' }, { agent: 'Zoe', tier: 1 }, { agent: 'Mia' }, { agent: 'Leo' }] },
      { id: 'Sales', assignment: 'round_robin', members: [{ agent: 'Leo' }] },
    ],
    conversations: [{ id: 'c1', team: 'Billing', channel: 'mail', preferred: ['Mia'], excluded: ['Leo'] }],
  }, 'c1')!;
  assert.equal(asks(explanation), 'It came by mail; prefers Mia; does not go to Leo; is offered to Billing, then Sales.');
  assert.deepEqual(explanation.members.map((member) => `${member.agent}: ${place(member)}`), [
    'Mia: first in the line, preferred',
    'Zoe: number 3 in the line, a backup of tier 1',
    'Ben: far behind in the line, as a fallback',
    'Leo: is excluded',
    'Leo: is excluded',
  ]);
  assert.equal(asks(explain({ version: 1, agents: [], teams: [], conversations: [{ id: 'c1', team: 'Billing' }] }, 'c1')!), '');
});

test('where the most is served, it says who is needed elsewhere, and what holds a conversation back', () => {
  const german = [{ skill: 'German' }];
  const agent = (id: string, rest = {}) => ({ id, availability: 'online', load: 0, capacity: 1, ...rest });
  const of = (id: string) => explain({
    version: 1,
    objective: 'most',
    agents: [agent('Ana', { skills: german }), agent('Bo'), agent('Cy')],
    teams: [{ id: 'Billing', assignment: 'round_robin', members: [{ agent: 'Ana' }, { agent: 'Bo' }, { agent: 'Cy' }] }],
    conversations: [
      { id: 'c1', team: 'Billing' }, { id: 'c2', team: 'Billing' }, { id: 'c3', team: 'Billing', needs: german }, { id: 'c4', team: 'Billing', needs: german },
      { id: 'c5', team: 'Billing' },
    ],
  }, id)!;
  assert.deepEqual(of('c2').members.map((member) => `${member.agent}: ${place(member)}`), ['Cy: first in the line', 'Ana: needed elsewhere, for c3', 'Bo: is full']);
  const sentence = '2 wait for Billing (German) or Billing: only Ana, Bo and Cy may take them, 3 places between them; one more like them serves one more';
  assert.deepEqual(['c2', 'c4', 'c5'].map((id) => heldBack(of(id))), [
    '', `Held back: ${sentence}; this is the first of them.`, `Held back: ${sentence}; 1 of them comes before this one.`,
  ]);
});
