// A stand-in for the part of Libredesk's API that assigns, on a test's real database. It is held to what Libredesk 2.7.0 does: routes,
// envelopes, who may do what, and that it overwrites whoever has a conversation. What Libredesk tells people stands in `api_told`.

import { createServer } from 'node:http';
import pg from 'pg';

const TOLD = `
CREATE TABLE IF NOT EXISTS api_told (
    seq bigserial PRIMARY KEY,
    conversation bigint NOT NULL,
    agent bigint NOT NULL,
    -- Who had it before: somebody who was overwritten.
    before bigint
)`;

export const KEY = 'a-key';
export const SECRET = 'a-secret';

/** Whoever may assign all conversations. */
export const PERMISSIONS = ['conversations:read', 'conversations:read_all', 'conversations:update_user_assignee'];

function assignee(type = '', body) {
  // What is not said to be JSON it does not read, and takes for nobody.
  if (!type.startsWith('application/json')) return '0';
  try {
    return String(JSON.parse(body).assignee_id);
  } catch {
    throw new Fault(400, 'InputException', 'Error parsing request');
  }
}

/** An error as Libredesk has them. */
class Fault extends Error {
  constructor(status, type, message) {
    super(message);
    Object.assign(this, { status, type });
  }
}
const permission = () => new Fault(403, 'PermissionException', 'Permission denied');

/**
 * Starts it for the database at `database`.
 * @param {string} database
 * @param {{permissions?: string[], teams?: number[], port?: number}} [options] of the agent whose key it is
 * @returns {Promise<{
 *   url: string,
 *   port: number,
 *   heard: {conversation: string, agent: string}[],
 *   most: number,
 *   permissions: string[],
 *   on: (moment: 'asked' | 'done', request: {conversation: string, agent: string, n: number}) => unknown,
 *   told: () => Promise<{conversation: string, agent: string, before: string | null}[]>,
 *   close: () => Promise<void>,
 * }>} `heard`: the requests to assign, in order; `most`: how many were under way at once; `on` is the test's own: it may take its time, and
 *   return 'drop', which breaks the connection, 'hang', or an answer `{status, body}`
 */
export async function startApi(database, { permissions = PERMISSIONS, teams = [], port = 0 } = {}) {
  const pool = new pg.Pool({ connectionString: database, application_name: 'libredesk', max: 16 });
  pool.on('error', () => {});
  await pool.query(TOLD);
  const api = { heard: [], most: 0, permissions, on: () => {} };
  let underWay = 0;

  function authenticate({ authorization = '' }) {
    const [scheme, rest = ''] = authorization.split(' ');
    const pair = /^basic$/i.test(scheme) ? Buffer.from(rest, 'base64').toString() : /^token$/i.test(scheme) ? rest : '';
    // Without a key it looks for a session, and for its CSRF token first.
    if (pair === '') throw new Fault(403, 'PermissionException', 'CSRF token mismatch');
    if (pair !== `${KEY}:${SECRET}`) throw new Fault(401, 'GeneralException', 'Invalid credential');
  }

  function demand(name) {
    if (!api.permissions.includes(name)) throw permission();
  }

  async function find(uuid) {
    const { rows: [row] } = await pool.query(
      'SELECT id::text, uuid, assigned_user_id::text AS agent, assigned_team_id AS team FROM conversations WHERE uuid = $1', [uuid],
    );
    if (!row) throw new Fault(404, 'NotFoundException', 'Conversation not found');
    if (!api.permissions.includes('conversations:read')) throw permission();
    if (!api.permissions.includes('conversations:read_all') && !teams.includes(row.team)) throw permission();
    return row;
  }

  async function assign(uuid, agent) {
    const { id, agent: before } = await find(uuid);
    if ((before ?? '0') === agent) return;
    try {
      await pool.query('UPDATE conversations SET assigned_user_id = $2, updated_at = now() WHERE id = $1', [id, agent]);
      await pool.query('INSERT INTO api_told (conversation, agent, before) VALUES ($1, $2, $3)', [id, agent, before]);
    } catch {
      throw new Fault(500, 'GeneralException', 'Something went wrong');
    }
  }

  async function answer(request, body) {
    const { method, url, headers } = request;
    const [, uuid, rest] = /^\/api\/v1\/conversations\/([^/]+)(\/assignee\/user)?$/.exec(url) ?? [];
    authenticate(headers);
    if (method === 'GET' && url === '/api/v1/agents/me') return { data: { id: 900, permissions: api.permissions } };
    if (method === 'GET' && uuid && !rest) {
      demand('conversations:read');
      const { agent, ...row } = await find(uuid);
      return { data: { ...row, assigned_user_id: agent === null ? null : Number(agent) } };
    }
    if (method !== 'PUT' || !rest) throw new Fault(404, 'GeneralException', 'Route not found');
    const { rows: [row] } = await pool.query('SELECT id::text FROM conversations WHERE uuid = $1', [uuid]);
    const agent = assignee(headers['content-type'], body);
    const one = { conversation: row?.id, agent, n: api.heard.length + 1 };
    api.heard.push({ conversation: one.conversation, agent });
    demand('conversations:update_user_assignee');
    const early = await api.on('asked', one);
    if (early) return { instead: early };
    await assign(uuid, agent);
    const instead = await api.on('done', one);
    return instead ? { instead } : { data: true };
  }

  const server = createServer(async (request, response) => {
    underWay += 1;
    api.most = Math.max(api.most, underWay);
    let body = '';
    try {
      for await (const chunk of request) body += chunk;
      const say = (status, content) => response.writeHead(status, { 'content-type': 'application/json' }).end(content);
      try {
        const { data, instead } = await answer(request, body);
        if (instead === 'hang') return;
        if (instead === 'drop') response.destroy();
        else if (instead) say(instead.status, typeof instead.body === 'string' ? instead.body : JSON.stringify(instead.body));
        else say(200, JSON.stringify({ status: 'success', data }));
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        say(error.status, JSON.stringify({ status: 'error', message: error.message, data: null, error_type: error.type }));
      }
    } catch {
      // Whoever asked is gone, or the database is.
      response.destroy();
    } finally {
      underWay -= 1;
    }
  });
  await new Promise((resolve, reject) => { server.once('error', reject).listen(port, '127.0.0.1', resolve); });
  api.port = server.address().port;
  api.url = `http://127.0.0.1:${api.port}`;
  api.told = async () => (await pool.query('SELECT conversation::text, agent::text, before::text FROM api_told ORDER BY seq')).rows;
  api.close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => { server.close(resolve); });
    await pool.end();
  };
  return api;
}
