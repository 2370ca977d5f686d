// What people call a conversation: the number that Libredesk shows, on a desk where each number is another one's id, too.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { freshDesk } from '../test-support/fresh-desk.mjs';
import { fill, RESOLVED } from '../test-support/fill.mjs';
import { newFolders } from '../test-support/recordings.mjs';

const UUID = 'c0ffee00-beef-4aaa-8bbb-00000000feed';
const NOWHERE = 'postgres://postgres@127.0.0.1:1/desk';

const desk = freshDesk();
const newFolder = newFolders();
/** Runs the host on `at`; what it said on each stream. */
async function run(args, at = desk.url) {
  const host = desk.start(args, { at });
  const { code } = await host.ended;
  return { code, output: host.output, errors: host.errors };
}

beforeEach(async () => {
  await fill(desk.query, {
    agents: [{ id: 1 }],
    teams: [{ id: 1, members: [1], max: 1 }],
    // #160, #161, #162 and #259.
    conversations: [{ id: 61 }, { id: 62 }, { id: 63, team: null }, { id: 160, status: RESOLVED }],
  });
  await desk.query('UPDATE conversations SET uuid = $1 WHERE id = 61', [UUID]);
});

test('why takes a number, a uuid and an id, and says the number', async () => {
  for (const called of ['160', '#160', UUID, UUID.toUpperCase(), 'id:61']) {
    const { code, output } = await run(['why', called]);
    assert.equal(code, 0, called);
    assert.deepEqual(output.split('\n').slice(0, 2), [
      'conversation #160 would go to Agent 1 (only candidate)',
      'Team 1, round_robin, place 1 of 2 in the queue, as the desk is now',
    ], called);
  }
  // As JSON it is what Evenhand says, by ids.
  assert.equal(JSON.parse((await run(['why', '160', '--json'])).output).decision.conversation, '61');
});

test('a number is no id, and an id no number', async () => {
  for (const [called, output] of [
    ['id:160', 'conversation #259 does not wait: its status is Resolved\n'],
    ['259', 'conversation #259 does not wait: its status is Resolved\n'],
    ['162', 'conversation #162 does not wait: it is in no team\n'],
    ['61', 'there is no conversation #61\n'],
    ['#61', 'there is no conversation #61\n'],
    ['id:259', 'there is no conversation id:259\n'],
    ['id:', 'there is no conversation id:\n'],
    ['id:61x', 'there is no conversation id:61x\n'],
    ['id:9223372036854775808', 'there is no conversation id:9223372036854775808\n'],
    ['id:99999999999999999999', 'there is no conversation id:99999999999999999999\n'],
    ['00000000-0000-4000-8000-000000000061', 'there is no conversation 00000000-0000-4000-8000-000000000061\n'],
    [`${UUID}0`, `there is no conversation #${UUID}0\n`],
  ]) assert.deepEqual(await run(['why', called]), { code: 1, output, errors: '' });
});

test('the largest id that there can be is found', async () => {
  const largest = '9223372036854775807';
  await desk.query("INSERT INTO conversations (id, contact_id, inbox_id, assigned_team_id, status_id, reference_number) VALUES ($1, 1000000, 1, 1, 1, '999')", [largest]);
  const { code, output } = await run(['why', `id:${largest}`]);
  assert.deepEqual([code, output.split('\n')[0]], [0, 'conversation #999 waits (all full)']);
});

test('a number need not be digits', async () => {
  await desk.query("UPDATE conversations SET reference_number = 'HELP-7' WHERE id = 61");
  assert.match((await run(['why', 'HELP-7'])).output, /^conversation #HELP-7 would go to Agent 1 /);
  assert.match((await run(['--dry-run'])).output, /^ {2}#HELP-7 Team 1 -> Agent 1: /m);
});

test('the log has the number, and as JSON the id beside it', async () => {
  await desk.client.query('BEGIN');
  await desk.query('SELECT FROM conversations FOR UPDATE');
  const lines = await run(['--once']);
  const json = await run(['--once', '--json']);
  await desk.client.query('ROLLBACK');
  assert.match(lines.output, /left as they are: #160\n/);
  const { msg, lost } = json.output.trimEnd().split('\n').map((line) => JSON.parse(line)).find(({ event }) => event === 'lost_claims');
  assert.deepEqual([msg, lost.map(({ conversation, number }) => [conversation, number])], ['  changed or locked by somebody else, and left as they are: #161', [['62', '161']]]);
});

test('a recording knows ids only; number and uuid are looked up on the desk', async () => {
  const folder = newFolder();
  assert.equal((await run(['--once', '--record', folder])).code, 0);
  const from = (called, at, ...more) => run(['why', called, '--from', folder, ...more], at);
  const heads = async (...asked) => {
    const { code, output, errors } = await from(...asked);
    assert.deepEqual([code, errors], [0, ''], asked[0]);
    return output.split('\n', 2).map((line) => line.replace(/, tick 1 of .*/, ''));
  };
  for (const called of ['160', '#160', UUID.toUpperCase(), 'id:61']) {
    assert.deepEqual(await heads(called), ['conversation #160 went to Agent 1 (only candidate)', 'Team 1, round_robin, place 1 of 2 in the queue']);
  }
  assert.deepEqual(await heads('161'), ['conversation #161 waits (all full)', 'Team 1, round_robin, place 2 of 2 in the queue']);
  assert.equal((await from('160', desk.url, '--json')).output, (await from('id:61', '', '--json')).output);
  assert.deepEqual(await from('259'), { code: 1, output: 'conversation #259 waited in no recorded tick\n', errors: '' });
  assert.deepEqual(await from('61'), { code: 1, output: 'there is no conversation #61 on the desk; a recording knows ids only, such as id:41\n', errors: '' });
  // What is gone from the desk is still in the recording.
  await desk.query('DELETE FROM conversations WHERE id = 61');
  assert.deepEqual(await heads('id:61'), ['conversation id:61 went to Agent 1 (only candidate)', 'Team 1, round_robin, place 1 of 2 in the queue']);

  // Without a desk.
  assert.deepEqual(await heads('id:61', ''), ['conversation id:61 went to agent 1 (only candidate)', 'team 1, round_robin, place 1 of 2 in the queue']);
  assert.deepEqual(await from('id:160', ''), { code: 1, output: 'conversation id:160 waited in no recorded tick\n', errors: '' });
  for (const [called, said] of [['160', '#160'], [UUID, UUID]]) {
    assert.deepEqual(await from(called, ''), {
      code: 2, output: '', errors: `error: a recording knows ids only, such as id:41; for ${said} name the desk, too, by DATABASE_URL or --data\n`,
    });
  }
  // With one that cannot be asked.
  const lost = await from('160', NOWHERE);
  assert.deepEqual([lost.code, lost.output], [1, '']);
  assert.match(lost.errors, /^error: #160 cannot be looked up, since the desk cannot be asked: .*ECONNREFUSED.*; a recording knows ids only, such as id:41\n$/);
  const found = await from('id:61', NOWHERE);
  assert.match(found.output, /^conversation id:61 went to agent 1 /);
  assert.match(found.errors, /^error: without names, since the desk cannot be asked: .*ECONNREFUSED.*\n$/);
  assert.equal(found.code, 0);
  await desk.query('ALTER TABLE conversations DROP COLUMN reference_number');
  assert.deepEqual(await from('160'), {
    code: 2, output: '', errors: 'error: #160 cannot be looked up, since the desk cannot be asked: Libredesk 2.2.0 or later is needed: there is no conversations.reference_number; a recording knows ids only, such as id:41\n',
  });
});
