// The stand-in for Libredesk's API on a test's real database, with what the test is told of. What Libredesk tells people stands in `api_told`.

import pg from 'pg';
import { PERMISSIONS, startApi as start } from '../sample/libredesk-api.mjs';

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
export { PERMISSIONS };

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
 * }>} `heard`: the requests to assign, in order; `most`: how many were under way at once; `on` is the test's own
 */
export async function startApi(database, { permissions = PERMISSIONS, ...options } = {}) {
  const pool = new pg.Pool({ connectionString: database, application_name: 'libredesk', max: 16 });
  pool.on('error', () => {});
  await pool.query(TOLD);
  const api = { heard: [], most: 0, permissions, on: () => {} };
  const numbers = new WeakMap();
  const { server, url, close } = await start(async (text, values) => (await pool.query(text, values)).rows[0], {
    key: KEY,
    secret: SECRET,
    permissions: () => api.permissions,
    ...options,
    tell: ({ conversation, agent, before }) => pool.query('INSERT INTO api_told (conversation, agent, before) VALUES ($1, $2, $3)', [conversation, agent, before]),
    on(moment, one) {
      if (moment === 'asked') numbers.set(one, api.heard.push({ ...one }));
      return api.on(moment, { ...one, n: numbers.get(one) });
    },
  });
  let underWay = 0;
  server.on('request', (_request, response) => {
    underWay += 1;
    api.most = Math.max(api.most, underWay);
    response.on('close', () => { underWay -= 1; });
  });
  return Object.assign(api, {
    url,
    port: server.address().port,
    told: async () => (await pool.query('SELECT conversation::text, agent::text, before::text FROM api_told ORDER BY seq')).rows,
    async close() {
      await close();
      await pool.end();
    },
  });
}
