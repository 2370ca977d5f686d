// A lane's policy, and a policy that is taken away: both are what a configuration of the Node host has.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { OBJECTIVES, readPolicy, RULES } from '../policy.ts';
import { createRun } from '../run.ts';
import { readScenario, type Scenario } from '../scenario.ts';
import { HOUR } from '../time.ts';
import { json, small } from './support.ts';

const validate = new Ajv2020({ strictTypes: false }).compile(json('../node/evenhand.config.schema.json'));

test('a policy is read out of a whole configuration of the Node host', () => {
  const config = { interval: 5, rule: 'least_loaded', listen: 'localhost:9000', rules: [{ team: 3, rule: 'round_robin' }] };
  assert.deepEqual(readPolicy(config), { rule: 'least_loaded', rules: [{ team: 3, rule: 'round_robin' }] });
  assert.throws(() => readPolicy({ rule: 'fifo' }), { name: 'Invalid', path: '/rule' });
});

test('every rule and objective here is one that the Node host takes', () => {
  for (const rule of RULES) assert.ok(validate({ rule, rules: [{ team: 1, rule }] }), rule);
  for (const objective of OBJECTIVES) assert.ok(validate({ objective }), objective);
});

test('the policy that acts have made is one that the Node host takes', () => {
  const run = createRun(small());
  const acts = [
    { what: 'rule', rule: 'least_loaded', lane: 1 },
    { what: 'rule', rule: 'libredesk_2025', team: 'catering' },
    { what: 'weight', team: 'cakes', agent: 'ben', weight: 3, lane: 1 },
    { what: 'capacity', agent: 'tom', capacity: 6, lane: 1 },
    { what: 'objective', objective: 'most', lane: 1 },
    { what: 'assignable', assignable: ['online', 'away'], lane: 1 },
    { what: 'limit', team: 'cakes', limit: 9 },
  ] as const;
  acts.forEach((act, i) => run.act({ at: HOUR + i, ...act } as Scenario['acts'][number]));
  run.advanceTo(HOUR);
  assert.deepEqual(run.policy(1), { rule: 'round_robin', assignable: ['online'] });
  run.advanceTo(2 * HOUR);
  assert.deepEqual(run.policy(0), { rule: 'libredesk_2026', assignable: ['online'], rules: [{ team: 'catering', rule: 'libredesk_2025' }] });
  const policy = run.policy(1);
  assert.deepEqual(policy, {
    rule: 'least_loaded',
    objective: 'most',
    assignable: ['online', 'away'],
    rules: [{ team: 'catering', rule: 'libredesk_2025' }],
    weights: [{ team: 'cakes', agent: 'ben', weight: 3 }],
    capacities: [{ agent: 'tom', capacity: 6 }],
  });
  assert.ok(validate(policy), JSON.stringify(validate.errors));
  for (const name of ['evenhand', 'libredesk_today']) assert.ok(validate(json(`policies/${name}.json`)));
});

test('of several lines about the same the first counts, as in the Node host', () => {
  const scenario = small({}, [{ name: 'one', policy: {
    rules: [{ team: 'cakes', rule: 'least_loaded' }, { team: 'Cakes', rule: 'libredesk_2025' }],
    weights: [{ team: 'cakes', agent: 'ben', weight: 2 }, { team: 'cakes', agent: 'ben', weight: 3 }],
    capacities: [{ agent: 'mia', capacity: 4 }, { agent: 'Mia', capacity: 5 }],
  } }] as never);
  assert.deepEqual(createRun(scenario).policy(0), {
    rule: 'round_robin',
    assignable: ['online'],
    rules: [{ team: 'cakes', rule: 'least_loaded' }],
    weights: [{ team: 'cakes', agent: 'ben', weight: 2 }],
    capacities: [{ agent: 'mia', capacity: 4 }],
  });
});

test('each lane’s policy, with what was changed, is what the host’s schema has', () => {
  const desk = json('desks/sample.json');
  const [team, other] = desk.teams;
  const at = 9 * HOUR;
  const acts = [
    { at, what: 'rule', rule: 'least_loaded' },
    { at, what: 'rule', team: team.id, rule: 'libredesk_2025' },
    { at, what: 'rule', team: other.id, rule: 'manual' },
    { at, what: 'assignable', assignable: ['online', 'away'] },
    { at, what: 'weight', team: team.id, agent: team.members[0], weight: 3 },
    { at, what: 'capacity', agent: desk.agents[0].id, capacity: 2 },
    { at, what: 'capacity', agent: desk.agents[1].id, capacity: null },
    { at, what: 'limit', team: team.id, limit: 7 },
  ];
  const lanes = [{ name: 'A', policy: json('policies/libredesk_today.json') }, { name: 'B', policy: json('policies/evenhand.json') }];
  const run = createRun(readScenario({ version: 1, seed: 1, days: 1, tick_seconds: 15, desk, lanes, acts }));
  for (const until of [8 * HOUR, 10 * HOUR]) {
    run.advanceTo(until);
    for (const lane of [0, 1]) assert.ok(validate(run.policy(lane)), JSON.stringify([run.policy(lane), validate.errors]));
  }
  const { rule, assignable } = run.policy(1);
  assert.deepEqual([rule, assignable], ['least_loaded', ['online', 'away']]);
});
