// People at work on a test desk, each on a connection of their own as the help desk's server has it. They never look
// at what the host does, and they keep count of what they did and saw committed.

import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { chance } from '../sample/chance.mjs';
import { fill, OPEN, range, REPLIED, RESOLVED, SNOOZED } from './fill.mjs';

const AGENTS = 12;
const TEAMS = [
  { id: 1, members: [1, 2, 3, 4, 5], max: 6 },
  { id: 2, members: [4, 5, 6, 7, 8], max: 4 },
  { id: 3, members: [8, 9, 10], max: 9 },
  { id: 4, members: [11, 12], manual: true },
  { id: 5, members: [1, 6, 11, 12], max: 3 },
];

/** Makes the desk that `startPeople` works on: 5 teams, 12 agents, `waiting` in the queue, other limits if asked for. */
export async function fillSmallDesk(query, { waiting = 40, limits = {} } = {}) {
  await fill(query, {
    agents: range(1, AGENTS),
    teams: TEAMS.map((team) => ({ ...team, max: limits[team.id] ?? team.max })),
    conversations: range(1, waiting).map(({ id }) => ({ id, team: 1 + id % TEAMS.length })),
  });
  await query("SELECT setval('conversations_id_seq', $1)", [waiting]);
}

/** What a person does: how often, the statement, and its values by chance. Everything returns the row as it is then. */
const DOINGS = [
  [26, 'INSERT INTO conversations (contact_id, inbox_id, assigned_team_id, status_id) VALUES (1000000, 1, $1, $2)', (c) => [team(c), OPEN]],
  [14, `UPDATE conversations SET assigned_user_id = $1 WHERE id = ${any('assigned_user_id IS NULL')}`, (c) => [agent(c)]],
  [8, `UPDATE conversations SET assigned_user_id = $1 WHERE id = ${any('true')}`, (c) => [agent(c)]],
  [10, `UPDATE conversations SET assigned_user_id = NULL WHERE id = ${any('assigned_user_id IS NOT NULL')}`, () => []],
  [8, `UPDATE conversations SET assigned_team_id = $1, assigned_user_id = NULL WHERE id = ${any('true')}`, (c) => [team(c)]],
  [5, `UPDATE conversations SET assigned_team_id = $1 WHERE id = ${any('assigned_user_id IS NULL')}`, (c) => [team(c)]],
  [26, `UPDATE conversations SET status_id = $1 WHERE id = ${any('true')}`, () => [RESOLVED]],
  [6, `UPDATE conversations SET status_id = $1 WHERE id = ${any('true')}`, (c) => [c.happens(0.5) ? SNOOZED : REPLIED]],
  [4, `UPDATE conversations SET status_id = $1 WHERE id = ${any('true', '3, 4')}`, () => [OPEN]],
  [2, `DELETE FROM conversations WHERE id = ${any('true')}`, () => []],
];
/** What a statement must return to be an act. */
export const RETURNING = ` RETURNING id::int AS conversation, pg_current_xact_id()::text AS xid,
  json_build_object('agent', assigned_user_id, 'team', assigned_team_id, 'status', status_id) AS now`;
const TOTAL = DOINGS.reduce((sum, [often]) => sum + often, 0);

/** One of those that are open, or of other statuses, picked by the database. */
function any(condition, statuses = '1, 2') {
  return `(SELECT id FROM conversations WHERE status_id IN (${statuses}) AND ${condition} ORDER BY random() LIMIT 1)`;
}

/**
 * Lets `number` people work until `stop()`. `acts` grows with what they saw committed; where a connection broke in the
 * commit they cannot know, which is said by `maybe`.
 * @param {string} url
 * @param {{number?: number, seed: number, pause?: number}} options `pause` in milliseconds, the longest between two acts
 */
export function startPeople(url, { number = 3, seed, pause = 20 }) {
  const acts = [];
  const stopped = new AbortController();
  const running = Array.from({ length: number }, (_, i) => person(url, chance('person', seed, i), pause, acts, stopped.signal));
  return {
    acts,
    async stop() {
      stopped.abort();
      await Promise.all(running);
    },
  };
}

async function person(url, draw, pause, acts, signal) {
  let client = null;
  while (!signal.aborted) {
    try {
      client ??= await open(url);
      if (draw.happens(0.03)) await changeStatus(client, draw);
      else await act(client, draw, acts);
    } catch (error) {
      if (!isBroken(error)) throw error;
      client?.end().catch(() => {});
      client = null;
      await sleep(20);
    }
    await sleep(draw.between(0, pause));
  }
  await client?.end();
}

async function open(url) {
  const client = new pg.Client({ connectionString: url, application_name: 'person' });
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function changeStatus(client, draw) {
  // Away now and then, mostly there.
  const availability = draw.happens(0.25) ? 'away' : 'online';
  await client.query('UPDATE users SET availability_status = $1 WHERE id = $2', [availability, agent(draw)]);
}

async function act(client, draw, acts) {
  let pick = draw.fraction() * TOTAL;
  const [, sql, values] = DOINGS.find(([often]) => (pick -= often) < 0);
  await client.query('BEGIN');
  const { rows: [row] } = await client.query(sql + RETURNING, values(draw));
  // Some take their time over it, and some think better of it.
  if (draw.happens(0.1)) await sleep(draw.between(0, 40));
  if (!row || draw.happens(0.05)) {
    await client.query('ROLLBACK');
    return;
  }
  const done = sql.startsWith('DELETE') ? { ...row, now: null } : row;
  try {
    await client.query('COMMIT');
    acts.push(done);
  } catch (error) {
    acts.push({ ...done, maybe: true });
    throw error;
  }
}

function isBroken(error) {
  // Classes 08 and 57 are a lost connection and a server that ends; without a code it is the client's own.
  return !error.code || /^(08|57|E[A-Z]+)/.test(error.code);
}

function team(draw) {
  return 1 + Math.floor(draw.fraction() * TEAMS.length);
}

function agent(draw) {
  return 1 + Math.floor(draw.fraction() * AGENTS);
}
