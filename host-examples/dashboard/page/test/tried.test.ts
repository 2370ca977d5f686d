import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRun } from '../../sim/run.ts';
import { readScenario } from '../../sim/scenario.ts';
import { SAMPLE } from '../sample.ts';
import { tried } from '../tried.ts';

const [agent] = SAMPLE.desk.agents;
const [team] = SAMPLE.desk.teams;

test('a policy that is tried is lane B’s, without those whom the desk does not know', () => {
  const policy = {
    rule: 'least_loaded' as const,
    rules: [{ team: 'nowhere', rule: 'round_robin' as const }, { team: team.name!, rule: 'libredesk_2025' as const }],
    weights: [{ team: 7, agent: agent.id, weight: 2 }],
    capacities: [{ agent: agent.id, capacity: 3 }, { agent: 12, capacity: 3 }],
  };
  const scenario = readScenario(tried(SAMPLE, policy));
  assert.deepEqual(scenario.lanes[0], SAMPLE.lanes[0]);
  assert.deepEqual(createRun(scenario).policy(1), { rule: 'least_loaded', assignable: ['online'], rules: [{ team: team.id, rule: 'libredesk_2025' }], capacities: [{ agent: agent.id, capacity: 3 }] });
});

test('without a policy, or without a scenario, nothing is changed', () => {
  assert.equal(tried(SAMPLE, undefined), SAMPLE);
  assert.equal(tried('x', { rule: 'round_robin' }), 'x');
});
