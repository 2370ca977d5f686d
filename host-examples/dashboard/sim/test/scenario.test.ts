import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Invalid } from '../check.ts';
import { createRun } from '../run.ts';
import { readDesk, readScenario, type Scenario } from '../scenario.ts';
import { Refused } from '../tick.ts';
import { HOUR } from '../time.ts';
import { json, small } from './support.ts';

type Edit = (scenario: any) => void;

/** Where a scenario that is edited so is refused, and with what words. */
function refusal(edit: Edit): [path: string, message: string] {
  const scenario = structuredClone(small());
  edit(scenario);
  try {
    readScenario(scenario);
  } catch (error) {
    assert.ok(error instanceof Invalid, String(error));
    return [error.path, error.message];
  }
  throw new Error('it was taken');
}

const FAULTS: [edit: Edit, path: string, message: string | RegExp][] = [
  [(s) => (s.version = 2), '/version', 'expected 1, found 2'],
  [(s) => delete s.seed, '/seed', 'missing field'],
  [(s) => (s.sede = 1), '/sede', 'unknown field'],
  [(s) => (s.days = 0), '/days', 'expected >=1, found 0'],
  [(s) => (s.desk.teams[1].limit = 1.5), '/desk/teams/1/limit', /integer/],
  [(s) => (s.desk.agents[2].shift = 'nights'), '/desk/agents/2/shift', 'there is no shift `nights`'],
  [(s) => (s.desk.agents[2].id = 'mia'), '/desk/agents/2/id', 'the id `mia` stands twice'],
  [(s) => s.desk.teams[0].members.push('zoe'), '/desk/teams/0/members/4', 'there is no agent `zoe`'],
  [(s) => s.desk.teams[0].members.push('mia'), '/desk/teams/0/members/4', 'the agent `mia` stands twice'],
  [(s) => (s.desk.shifts[0].from = '8:00'), '/desk/shifts/0/from', 'expected a time such as "08:30"'],
  [(s) => s.desk.rhythm.pop(), '/desk/rhythm', /23/],
  [(s) => (s.desk.teams[0]['a/b~c'] = 1), '/desk/teams/0/a~1b~0c', 'unknown field'],
  [(s) => (s.lanes = []), '/lanes', /found 0/],
  [(s) => (s.lanes[1].policy.rule = 'fifo'), '/lanes/1/policy/rule', /"round_robin"/],
  [(s) => (s.lanes[1].policy.weights = [{ team: 'Cakes', agent: 'Mia', weight: 1001 }]), '/lanes/1/policy/weights/0/weight', 'expected <=1000, found 1001'],
  [(s) => (s.lanes[1].policy.weights = [{ team: 'Pies', agent: 'Mia', weight: 1 }]), '/lanes/1/policy/weights/0/team', 'nobody is called `Pies`'],
  [(s) => (s.desk.agents[1].name = 'Mia', s.lanes[0].policy.capacities = [{ agent: 'Mia', capacity: 1 }]), '/lanes/0/policy/capacities/0/agent', 'several are called `Mia`'],
  [(s) => s.acts.push({ at: 0, what: 'dance' }), '/acts/0/what', /"lunch"/],
  [(s) => s.acts.push({ at: 0, what: 'surge', team: 'pies', minutes: 1, factor: 2 }), '/acts/0/team', 'there is no team `pies`'],
  [(s) => s.acts.push({ at: 5, what: 'tick', seconds: 1 }, { at: 4, what: 'tick', seconds: 1 }), '/acts/1/at', 'the acts are in the order of time'],
  [(s) => s.acts.push({ at: 0, what: 'rule', rule: 'manual' }), '/acts/0', 'only a team is turned to manual'],
  [(s) => s.acts.push({ at: 0, what: 'limit', team: 'cakes', limit: 2, lane: 1 }) && s.lanes.pop(), '/acts/0/lane', 'there is no lane 1'],
];

for (const [edit, path, message] of FAULTS) {
  test(`refused at ${path}: ${edit.toString().slice(7)}`, () => {
    const [where, what] = refusal(edit);
    assert.equal(where, path);
    if (typeof message === 'string') assert.equal(what, message);
    else assert.match(what, message);
  });
}

test('a desk by itself has pointers of its own', () => {
  assert.throws(() => readDesk({ ...json('desks/small.json'), teams: [{}] }), { name: 'Invalid', path: '/teams/0/id', message: 'missing field' });
});

test('what only the engine finds comes with the engine\u2019s words and place', () => {
  // JSON has a way to write half of a letter, and the engine takes no text with one.
  const scenario: Scenario = structuredClone(small());
  scenario.desk.teams[1].id = 'half of \ud83d';
  const run = createRun(scenario);
  assert.throws(() => run.advanceTo(HOUR), (error) => {
    assert.ok(error instanceof Refused);
    assert.deepEqual([error.lane, error.at, error.code, error.path], [0, 0, 'malformed_json', '/teams/1/id']);
    assert.equal(JSON.parse(error.snapshot).teams[1].id, scenario.desk.teams[1].id);
    return true;
  });
});

test('the desks that come with it are read', () => {
  const counts = ['sample', 'small'].map((name) => readDesk(json(`desks/${name}.json`))).map(({ agents, teams }) => [agents.length, teams.length]);
  assert.deepEqual(counts, [[60, 8], [5, 2]]);
});
