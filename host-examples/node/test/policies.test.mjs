// The policies of a configuration: what the snapshot says of each, and what is decided then.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openPostgres } from '../desk.mjs';
import { dryRun } from '../tick.mjs';
import { unusedLines } from '../unused.mjs';
import { fill, range } from '../test-support/fill.mjs';
import { startPostgres } from '../test-support/postgres.mjs';

/** As `fill` has it: a conversation with `at` came in so many seconds after this. */
const START = 1_767_225_600_000;
/** Ten minutes later. */
const NOW = new Date(START + 600_000).toISOString();
const at = (seconds) => new Date(START + seconds * 1000).toISOString();

let server;
let desk;
before(async () => {
  server = await startPostgres();
  desk = await openPostgres(await server.createDesk());
});
after(async () => {
  await desk?.close();
  await server?.stop();
});

/** What a tick would read and plan with these settings, ten minutes after the start. */
async function look(settings) {
  const { texts, plan, ...outcome } = await dryRun(desk, { rule: 'round_robin', assignable: ['online'], now: NOW, ...settings });
  const { agents, teams, conversations, ...others } = JSON.parse(texts.snapshot);
  return { agents, teams, conversations, others, plan, unused: unusedLines(outcome) };
}

const order = (plan) => plan.decisions.filter(({ agent }) => agent !== null).map(({ conversation }) => conversation);
const takers = (plan) => plan.decisions.map(({ agent }) => agent && Number(agent));
const waits = (plan) => plan.decisions.filter(({ agent }) => agent === null).map(({ conversation, why }) => [conversation, why]);

describe('urgent first', () => {
  const PRIORITIES = [{ id: 1, name: 'Low' }, { id: 2, name: 'Medium' }, { id: 3, name: 'High' }];
  const urgent = (conversations) => fill(desk.query, {
    agents: range(1, 1), teams: [{ id: 1, members: [1], max: 1 }], conversation_priorities: PRIORITIES, conversations,
  });

  test('priorities are numbers by name or id, and the order stays that of coming in', async () => {
    await urgent([{ id: 1, priority_id: 1 }, { id: 2 }, { id: 3, priority_id: 3 }, { id: 4, priority_id: 3 }]);
    const { conversations, others, plan, unused } = await look({ priorities: [{ priority: 'High', value: 10 }, { priority: 1, value: -5 }, { priority: 2, value: 0 }] });
    assert.deepEqual(conversations, [
      { id: '1', team: '1', priority: -5 }, { id: '2', team: '1' }, { id: '3', team: '1', priority: 10 }, { id: '4', team: '1', priority: 10 },
    ]);
    assert.deepEqual(Object.keys(others), ['version', 'seed', 'objective', 'cursors', 'lost_claims']);
    assert.deepEqual([order(plan), unused], [['3'], []]);
  });

  test('with ageing so many seconds of waiting weigh as much as a point', async () => {
    await urgent([{ id: 1, at: 0, waiting_since: at(590) }, { id: 2, at: 1, waiting_since: at(300) }, { id: 3, at: 500, priority_id: 3 }]);
    const { conversations, others, plan } = await look({ priorities: [{ priority: 'High', value: 10 }], ageing: 60 });
    assert.deepEqual([others.now, others.ageing], [START + 600_000, 60_000]);
    assert.deepEqual(conversations, [
      { id: '1', team: '1', since: START + 590_000 },
      { id: '2', team: '1', since: START + 300_000 },
      { id: '3', team: '1', priority: 10, since: START + 500_000 },
    ]);
    assert.deepEqual(order(plan), ['3']);
    assert.deepEqual(order((await look({ priorities: [{ priority: 'High', value: 10 }], ageing: 10 })).plan), ['2']);
  });

  test('a deadline comes first among equals, and raises the priority as it nears', async () => {
    const due = (seconds) => ({ next_sla_deadline_at: at(seconds) });
    await urgent([{ id: 1 }, { id: 2, ...due(5000) }, { id: 3, ...due(4000) }, { id: 4, ...due(1501) }, { id: 5, ...due(1500) }, { id: 6, ...due(0) }]);
    const deadlines = await look({ deadlines: true });
    assert.deepEqual(deadlines.conversations.map((one) => one.due), [undefined, ...[5000, 4000, 1501, 1500, 0].map((seconds) => START + seconds * 1000)]);
    assert.deepEqual([order(deadlines.plan), deadlines.others.now], [['6'], undefined]);
    const nearing = [{ within: 3600, raise: 5 }, { within: 900, raise: 800 }, { within: 60, raise: -50 }, { within: 900, raise: 1 }];
    const { conversations, unused } = await look({ nearing });
    assert.deepEqual(conversations.map(({ priority }) => priority), [undefined, undefined, 5, 5, 800, -50]);
    assert.deepEqual(unused, ['the raise of 1 within 900 seconds does nothing: it is said twice, and the first counts']);
    // It stays within what the engine takes.
    const high = await look({ nearing: [{ within: 900, raise: 800 }], priorities: [{ priority: 3, value: 900 }] });
    assert.equal(high.conversations[4].priority, 800);
    await desk.query('UPDATE conversations SET priority_id = 3 WHERE id = 5');
    assert.equal((await look({ nearing: [{ within: 900, raise: 800 }], priorities: [{ priority: 3, value: 900 }] })).conversations[4].priority, 1000);
  });

  test('a priority that is not there is said, with one that is near', async () => {
    await urgent([{ id: 1 }]);
    const { unused } = await look({ priorities: [{ priority: 'Hihg', value: 1 }, { priority: 'Critical', value: 1 }, { priority: 9, value: 1 }, { priority: 3, value: 2 }, { priority: 'High', value: 3 }] });
    assert.deepEqual(unused, [
      'the value 1 of priority "Hihg" does nothing: there is no such priority; the nearest is "High"',
      'the value 1 of priority "Critical" does nothing: there is no such priority',
      'the value 1 of priority 9 does nothing: there is no such priority',
      'the value 3 of priority "High" does nothing: it is said twice, and the first counts',
    ]);
  });
});
