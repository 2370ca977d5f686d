// A policy that is taken away is a configuration of the Node host.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFile } from 'node:fs/promises';
import Ajv from 'ajv/dist/2020.js';
import { createRun } from '../../sim/run.ts';
import { readScenario } from '../../sim/scenario.ts';
import { HOUR } from '../../sim/time.ts';

const json = async (name: string) => JSON.parse(await readFile(new URL(`../../${name}`, import.meta.url), 'utf8'));

test('each lane’s policy, with what was changed, is what the host’s schema has', async () => {
  const validate = new Ajv({ strictTypes: false }).compile(await json('../node/evenhand.config.schema.json'));
  const desk = await json('desks/sample.json');
  const [team, other] = desk.teams;
  const at = 9 * HOUR;
  const acts = [
    { at, what: 'rule', rule: 'least_loaded' },
    { at, what: 'rule', team: team.id, rule: 'libredesk_2025' },
    { at, what: 'rule', team: other.id, rule: 'manual' },
    { at, what: 'assignable', assignable: ['online', 'away'] },
    { at, what: 'weight', team: team.id, agent: team.members[0].agent ?? team.members[0], weight: 3 },
    { at, what: 'capacity', agent: desk.agents[0].id, capacity: 2 },
    { at, what: 'capacity', agent: desk.agents[1].id, capacity: null },
    { at, what: 'limit', team: team.id, limit: 7 },
  ];
  const lanes = [{ name: 'A', policy: await json('policies/libredesk_today.json') }, { name: 'B', policy: await json('policies/evenhand.json') }];
  const run = createRun(readScenario({ version: 1, seed: 1, days: 1, tick_seconds: 15, desk, lanes, acts }));
  for (const until of [8 * HOUR, 10 * HOUR]) {
    run.advanceTo(until);
    for (const lane of [0, 1]) assert.ok(validate(run.policy(lane)), JSON.stringify([run.policy(lane), validate.errors]));
  }
  const { rule, assignable } = run.policy(1);
  assert.deepEqual([rule, assignable], ['least_loaded', ['online', 'away']]);
});
