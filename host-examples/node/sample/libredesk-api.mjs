// A stand-in for the part of Libredesk's API that assigns, for the sample desk and the tests. It is held to what Libredesk 2.7.0 does:
// routes, envelopes, who may do what, and that it overwrites whoever has a conversation.

import { createServer } from 'node:http';

/** What whoever may assign all conversations is allowed. */
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
 * A request to assign, with ids.
 * @typedef {{conversation: string, agent: string}} Request
 *
 * Starts it on the desk behind `query`.
 * @param {import('../desk.mjs').Desk['query']} query
 * @param {object} options
 * @param {string} options.key
 * @param {string} options.secret
 * @param {() => string[]} [options.permissions] of the agent whose key it is
 * @param {number[]} [options.teams] of that agent
 * @param {number} [options.port]
 * @param {(request: Request & {before: string | null}) => unknown} options.tell called once the row is written: this is where Libredesk tells people
 * @param {(moment: 'asked' | 'done', request: Request) => unknown} [options.on] may take its time, and return 'drop', which breaks the
 *   connection, 'hang', or an answer `{status, body}`
 * @returns {Promise<{url: string, server: import('node:http').Server, close: () => Promise<void>}>}
 */
export async function startApi(query, { key, secret, permissions = () => PERMISSIONS, teams = [], port = 0, tell, on = () => {} }) {
  function authenticate({ authorization = '' }) {
    const [scheme, rest = ''] = authorization.split(' ');
    const pair = /^basic$/i.test(scheme) ? Buffer.from(rest, 'base64').toString() : /^token$/i.test(scheme) ? rest : '';
    // Without a key it looks for a session, and for its CSRF token first.
    if (pair === '') throw new Fault(403, 'PermissionException', 'CSRF token mismatch');
    if (pair !== `${key}:${secret}`) throw new Fault(401, 'GeneralException', 'Invalid credential');
  }

  function demand(name) {
    if (!permissions().includes(name)) throw permission();
  }

  async function find(uuid) {
    const row = await query(
      'SELECT id::text, uuid, assigned_user_id::text AS agent, assigned_team_id AS team FROM conversations WHERE uuid = $1', [uuid],
    );
    if (!row) throw new Fault(404, 'NotFoundException', 'Conversation not found');
    demand('conversations:read');
    if (!permissions().includes('conversations:read_all') && !teams.includes(row.team)) throw permission();
    return row;
  }

  async function assign(uuid, agent) {
    const { id, agent: before } = await find(uuid);
    if ((before ?? '0') === agent) return;
    try {
      await query('UPDATE conversations SET assigned_user_id = $2, updated_at = now() WHERE id = $1', [id, agent]);
      await tell({ conversation: id, agent, before });
    } catch {
      throw new Fault(500, 'GeneralException', 'Something went wrong');
    }
  }

  async function answer(request, body) {
    const { method, url, headers } = request;
    const [, uuid, rest] = /^\/api\/v1\/conversations\/([^/]+)(\/assignee\/user)?$/.exec(url) ?? [];
    authenticate(headers);
    if (method === 'GET' && url === '/api/v1/agents/me') return { data: { id: 900, permissions: permissions() } };
    if (method === 'GET' && uuid && !rest) {
      demand('conversations:read');
      const { agent, ...row } = await find(uuid);
      return { data: { ...row, assigned_user_id: agent === null ? null : Number(agent) } };
    }
    if (method !== 'PUT' || !rest) throw new Fault(404, 'GeneralException', 'Route not found');
    const row = await query('SELECT id::text FROM conversations WHERE uuid = $1', [uuid]);
    const agent = assignee(headers['content-type'], body);
    const one = { conversation: row?.id, agent };
    const early = await on('asked', one);
    demand('conversations:update_user_assignee');
    if (early) return { instead: early };
    await assign(uuid, agent);
    const instead = await on('done', one);
    return instead ? { instead } : { data: true };
  }

  const server = createServer(async (request, response) => {
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
    }
  });
  await new Promise((resolve, reject) => { server.once('error', reject).listen(port, '127.0.0.1', resolve); });
  return {
    server,
    url: `http://127.0.0.1:${server.address().port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => { server.close(resolve); });
    },
  };
}
