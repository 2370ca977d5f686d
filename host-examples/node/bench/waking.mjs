// How long a change takes to be answered by an assignment, where the database wakes the host up and where the timer does.
//   npm run bench:waking
// From the COMMIT of what happens to the COMMIT of the claim that it makes possible, as somebody who listens sees them.

import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { statement } from '../sql.mjs';
import { fill, RESOLVED } from '../test-support/fill.mjs';
import { startHost } from '../test-support/host.mjs';
import { startPostgres } from '../test-support/postgres.mjs';

const TARGET = 100;
const INTERVAL = 5;
const ROUNDS = { woken: 40, timed: 4 };

// Agent 1 takes, agent 2 is away, and the team's limit of 1 is reached by the conversation 1 that is held.
const DESK = { agents: [{ id: 1 }, { id: 2, availability: 'away' }], teams: [{ id: 1, members: [1, 2], max: 1 }] };
const waits = { id: 2 };
const held = { id: 1, agent: 1 };
const HAPPENINGS = {
  'a conversation comes in': [[], "INSERT INTO conversations (id, contact_id, inbox_id, assigned_team_id, status_id) VALUES (2, 1000000, 1, 1, 1)"],
  'it moves to the team': [[{ id: 2, team: null }], 'UPDATE conversations SET assigned_team_id = 1 WHERE id = 2'],
  'another is resolved': [[held, waits], `UPDATE conversations SET status_id = ${RESOLVED} WHERE id = 1`],
  'an agent comes back': [[held, waits], "UPDATE users SET availability_status = 'online' WHERE id = 2"],
  'a limit is raised': [[held, waits], 'UPDATE teams SET max_auto_assigned_conversations = 2'],
};

const server = await startPostgres();
const url = await server.createDesk();
const client = await server.connect(url);
await client.query(`
  CREATE FUNCTION assigned() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_notify('assigned', ''); RETURN NULL; END $$;
  CREATE TRIGGER assigned AFTER UPDATE ON conversations FOR EACH ROW WHEN (OLD.assigned_user_id IS NULL AND NEW.assigned_user_id IS NOT NULL)
    EXECUTE FUNCTION assigned();
  LISTEN assigned`);
const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];

async function measure([conversations, change], rounds, pause) {
  const times = [];
  for (let n = 0; n < rounds; n += 1) {
    await fill((sql, values) => client.query(sql, values), { ...DESK, conversations });
    // The tick that the desk's making has begun is over, and the next beat is anywhere.
    await sleep(200 + Math.random() * pause);
    const assigned = once(client, 'notification');
    await client.query(change);
    const begun = performance.now();
    await assigned;
    times.push(performance.now() - begun);
  }
  return times;
}

async function run(label, rounds, pause) {
  const host = startHost(url, ['--interval', String(INTERVAL)]);
  await host.says(/tick 1/);
  console.log(label);
  for (const [what, happening] of Object.entries(HAPPENINGS)) {
    const times = await measure(happening, rounds, pause);
    console.log(`  ${what.padEnd(24)} median ${Math.round(median(times)).toLocaleString('en').padStart(6)} ms, longest ${Math.round(Math.max(...times)).toLocaleString('en').padStart(6)} ms`
      + (rounds === ROUNDS.woken ? ` (${median(times) <= TARGET ? 'held' : 'MISSED'})` : ''));
  }
  await host.stop();
}

try {
  await run(`by the timer, every ${INTERVAL} s, ${ROUNDS.timed} times each`, ROUNDS.timed, INTERVAL * 1000);
  await client.query(statement('wake'));
  await run(`woken up by wake.sql, ${ROUNDS.woken} times each; half of them within ${TARGET} ms is the target`, ROUNDS.woken, 300);
} finally {
  await server.stop();
}
