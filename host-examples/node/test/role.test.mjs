// The rights that suffice: the host runs under the role that `role.sql` makes.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openPostgres } from '../desk.mjs';
import { tick } from '../tick.mjs';
import { freshDesk } from '../test-support/fresh-desk.mjs';

const ROLE = readFileSync(new URL('../../sql/libredesk/role.sql', import.meta.url), 'utf8');

const desk = freshDesk();
const { query, start } = desk;

test('the host runs under the role, and the role can do no more', async () => {
  await query("ALTER TABLE users ADD email text DEFAULT 'a@b.c', ADD password text DEFAULT 'sesame'");
  await query('CREATE TABLE conversation_messages (content text)');
  await desk.client.query(ROLE);
  // As often as you like.
  await desk.client.query(ROLE);
  const at = desk.url.replace('postgres@', 'evenhand@');
  const { code, output, lines } = await start(['--once', '--record-size', '1'], { at }).ended;
  assert.deepEqual([code, lines[2]], [0, 'tick 1: assigned 4, waiting 2 (2 all full), 0 lost claims'], output);
  assert.equal((await start(['--dry-run'], { at }).ended).code, 0);
  for (const conversation of ['105', '00000000-0000-4000-8000-000000000006', 'id:6']) {
    assert.match((await start(['why', conversation], { at }).ended).output, /^conversation #105 waits \(all full\)\n/);
  }

  const role = await openPostgres(at);
  try {
    await query('INSERT INTO conversations (id, contact_id, inbox_id, assigned_team_id, status_id) VALUES (50, 1000000, 1, 1, 1)');
    assert.equal((await tick(role, { rule: 'round_robin', assignable: ['online', 'away'] })).claimed, 2);
    for (const forbidden of [
      'SELECT email FROM users',
      'SELECT password FROM users',
      'SELECT * FROM users',
      'SELECT contact_id FROM conversations',
      'SELECT content FROM conversation_messages',
      'UPDATE conversations SET status_id = 4',
      'UPDATE conversations SET assigned_team_id = 1',
      'UPDATE users SET enabled = false',
      "UPDATE users SET availability_status = 'online'",
      "UPDATE teams SET conversation_assignment_type = 'Manual'",
      'UPDATE evenhand_state SET seed = 2',
      'INSERT INTO team_members VALUES (1, 1)',
      'INSERT INTO conversations (contact_id, inbox_id) VALUES (1, 1)',
      'INSERT INTO evenhand_state DEFAULT VALUES',
      'DELETE FROM conversations',
      'DELETE FROM evenhand_state',
      'TRUNCATE evenhand_state',
      'DROP TABLE evenhand_state',
      'CREATE TABLE mine (id int)',
    ]) await assert.rejects(role.query(forbidden), { code: '42501' }, forbidden);
  } finally {
    await role.close();
  }
});
