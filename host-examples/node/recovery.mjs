// A database that is lost and comes back.

import { performance } from 'node:perf_hooks';
import pRetry from 'p-retry';

/** How long to wait before each new try: from half a second to half a minute, never two hosts in step. */
export const PACE = { minTimeout: 500, maxTimeout: 30_000, factor: 2, randomize: true };

const CODES = new Set([
  'ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN',
  'ENOTFOUND', 'EAI_AGAIN', 'ENOENT',
  '57P01', '57P02', '57P03', '57P05', // shut down, crashed, starting, idle for too long
  '57014', // a statement took longer than it may
  '53300', // too many connections
]);
// The driver's own errors have no code.
const MESSAGES = /^(Connection terminated|Query read timeout|timeout |Client has encountered a connection error)/;

/** Whether `error` says that the database is gone, does not answer or does not let us in, and not that it refused a statement. */
export function isLost(error) {
  const { code = '', message } = error;
  return CODES.has(code) || /^08...$/.test(code) || MESSAGES.test(message) || isShutOut(error);
}

/** Whether `error` says that the database refuses a row, as a constraint or a trigger does; not the connection, the right, the moment or the table. */
export function isRefusal(error) {
  const { code = '', where } = error;
  if (!/^[\dA-Z]{5}$/.test(code) || isLost(error) || /^(0A|25|26|28|3D|40|53|54|55|57|58|42501)/.test(code)) return false;
  // What is not there is missing in a trigger where the error says where.
  return !code.startsWith('42') || where !== undefined;
}

/**
 * Whether `error` says that the server is there and does not let us in: a password that is being changed, a database that is
 * made later.
 */
export function isShutOut({ code = '', message }) {
  return /^(28...|3D000)$/.test(code) || message === 'The server does not support SSL connections';
}

/** Whether `error` says that a pooler refuses what DATABASE_URL sends along at the start of a connection. */
export function isRefusedByPooler({ code, message }) {
  return code === '08P01' && message.startsWith('unsupported startup parameter');
}

/**
 * Runs `work`, and again as long as it fails because the database is lost, or as `isPassing` says; longer and longer apart.
 * Returns what it returns and throws what else it throws. When `signal` is aborted, a pause ends at
 * once and this throws the signal's reason; a try that is under way is waited for.
 *
 * @template T
 * @param {() => Promise<T>} work must be harmless to repeat
 * @param {object} options
 * @param {AbortSignal} options.signal
 * @param {(error: Error) => unknown} options.failed called for every try that failed so
 * @param {(seconds: number, tries: number) => unknown} options.back called when it answers again
 * @returns {Promise<T>}
 */
export async function untilItAnswers(work, { signal, failed, back, isPassing = isLost, pace = PACE }) {
  let since;
  let tries = 0;
  /** What came of the try that reached the database. */
  let answer;
  const attempt = async () => {
    try {
      const value = await work();
      answer = () => value;
    } catch (error) {
      if (isPassing(error)) throw error;
      answer = () => { throw error; };
    }
  };
  try {
    await pRetry(attempt, {
      ...pace,
      retries: Infinity,
      signal,
      async onFailedAttempt({ error }) {
        // Being told to stop while a try is under way is not a failure of that try.
        if (error === signal.reason) return;
        tries += 1;
        since ??= performance.now();
        await failed(error);
      },
    });
  } catch (error) {
    // What the database did is told, even if nobody waits for it any longer.
    if (!answer) throw error;
  }
  if (since !== undefined) await back((performance.now() - since) / 1000, tries);
  return answer();
}
