// Libredesk's API: one request assigns one conversation, and Libredesk notifies, logs and runs its rules. Its answer, and what that means.

/** What the agent of the key must be allowed. */
const PERMISSIONS = ['conversations:read', 'conversations:update_user_assignee'];

/** Codes of a connection that was never there, so that nothing was asked. */
const NEVER_SENT = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|UND_ERR_CONNECT_TIMEOUT|.*CERT.*|.*LEAF_SIGNATURE)$/;

/** What an answer may mean. */
export const ANSWERS = ['done', 'refused', 'gone', 'denied', 'unclear', 'unreachable'];

/**
 * What came of a request.
 * @typedef {object} Answer
 * @property {'done' | 'refused' | 'gone' | 'denied' | 'unclear' | 'unreachable'} is `done`: Libredesk says so; `refused`: it does not
 *   assign this conversation; `gone`: it has no such conversation; `denied`: it does not let the key in, or the key may not assign;
 *   `unclear`: nobody knows whether it was done; `unreachable`: it was not asked, or asks not to be for now
 * @property {string} [error]
 */

/**
 * @typedef {object} Api
 * @property {number} timeout seconds that a request may take
 * @property {number} atOnce how many requests may be under way
 * @property {(uuid: string, agent: string) => Promise<Answer>} assign never throws
 */

/**
 * Opens the API at `url`, with the key and the secret of an agent.
 * @returns {Api}
 */
export function openApi({ url, key, secret, timeout, atOnce }) {
  const base = `${url.replace(/\/+$/, '')}/api/v1`;
  async function ask(method, path, body) {
    try {
      const response = await fetch(base + path, {
        method,
        headers: { authorization: `token ${key}:${secret}`, 'content-type': 'application/json' },
        body: body && JSON.stringify(body),
        // A redirect would take the key somewhere else.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeout * 1000),
      });
      return read(response, await response.text());
    } catch (error) {
      if (error.name === 'TimeoutError') return { is: 'unclear', error: `no answer within ${timeout} s` };
      const { code, message } = error.cause ?? error;
      return { is: NEVER_SENT.test(code) ? 'unreachable' : 'unclear', error: message || code };
    }
  }
  return {
    timeout,
    atOnce,
    async assign(uuid, agent) {
      const answer = await ask('PUT', `/conversations/${uuid}/assignee/user`, { assignee_id: Number(agent) });
      if (answer.status !== 403) return answer;
      // It says the same of an agent who may not assign, and of a conversation that this agent may not see.
      const { is, data } = await ask('GET', '/agents/me');
      if (is !== 'done') return answer;
      const missing = PERMISSIONS.filter((permission) => !data?.permissions?.includes(permission));
      return missing.length > 0
        ? { is: 'denied', error: `${answer.error}; its agent lacks ${missing.join(' and ')}` }
        : { is: 'refused', error: `${answer.error}; the agent of the key may not see it, for want of conversations:read_all` };
    },
  };
}

/** Returns what `text` says, if it is one of Libredesk's envelopes. */
function read({ status, ok }, text) {
  let envelope;
  try {
    envelope = JSON.parse(text);
  } catch {}
  if (ok && envelope?.status === 'success') return { is: 'done', data: envelope.data };
  const isOurs = envelope?.status === 'error' && typeof envelope.message === 'string';
  const error = isOurs ? envelope.message : `an answer that is not Libredesk's, with the status ${status}`;
  const is = status === 401 || status === 403 ? 'denied'
    : status === 429 ? 'unreachable'
    // Whatever stands before Libredesk may have passed the request on.
    : !isOurs || ok ? 'unclear'
    : status !== 404 ? 'refused'
    // Else it is the address that it does not know.
    : envelope.error_type === 'NotFoundException' ? 'gone' : 'unreachable';
  return { is, status, error };
}
