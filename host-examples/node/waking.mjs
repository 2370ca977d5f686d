// Ticks when the database says that there is something to do. Where it cannot, the timer does.

import { randomUUID } from 'node:crypto';
import { on, once } from 'node:events';
import { Socket } from 'node:net';
import pRetry, { AbortError } from 'p-retry';
import pg from 'pg';
import { numberFrom } from './config.mjs';
import { isPooled } from './desk.mjs';
import { PACE } from './recovery.mjs';

/** How often the connection is asked whether it is there still: one that was cut off in silence hears nothing, for ever. */
const HEARTBEAT = 30_000;
const ANSWER = 5_000;

/** Nobody says when a lock ends. */
const AGAIN = 1_000;

/** @type {import('./run.mjs').Part} */
export const waking = {
  addOptions(program) {
    const address = (text) => {
      // commander would print the text, and a password in it would stand in the log.
      if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text)) program.error('error: --wake-url must be a URL such as postgres://user:password@host:5432/name');
      return text;
    };
    program
      .option('--wake-url <url>', 'address of the database without the pooler, for the notices of wake.sql (default: DATABASE_URL)', address)
      .option('--debounce <seconds>', 'after a wake-up, shortest time between the starts of two ticks', numberFrom(0, 60), 0.05);
  },
  start({ desk, settings: { embedded, once: single, wakeUrl }, log, wake }) {
    if (embedded || single) return undefined;
    const closed = new AbortController();
    let listens = false;
    let again;
    const soon = () => {
      clearTimeout(again);
      if (listens) again = setTimeout(wake, AGAIN);
    };
    const listening = listen(wakeUrl ?? process.env.DATABASE_URL, {
      signal: closed.signal,
      notify: (text) => desk.query("SELECT pg_notify('evenhand', $1)", [text]),
      began() {
        listens = true;
        log.info({ event: 'waking' }, 'the database wakes the host up when something changes');
        // Nobody said what changed before.
        wake();
      },
      heard: wake,
      failed(error) {
        listens = false;
        // Whoever never ran wake.sql asked for nothing.
        if (error instanceof Absent && wakeUrl === undefined) return;
        const text = error.message || error.code;
        log.warn({ event: 'not_waking', error: text }, `the database does not wake the host up, the timer does: ${text}`);
      },
    });
    return {
      ticked(_n, { won, lost, kept_away: keptAway }) {
        if (!won || lost.length > keptAway.length) soon();
      },
      failed: soon,
      async close() {
        clearTimeout(again);
        closed.abort();
        await listening;
      },
    };
  },
};

class Absent extends Error {}

/** Listens until `signal` is aborted, through one connection after the other; where no other can help, only until then. */
async function listen(url, { signal, notify, began, heard, failed }) {
  let isSaid = false;
  const say = (error) => {
    if (!isSaid && !signal.aborted) failed(error);
    isSaid = true;
  };
  try {
    while (!signal.aborted) {
      const client = await pRetry(() => connect(url, signal, notify), { ...PACE, retries: Infinity, signal, onFailedAttempt: ({ error }) => say(error) });
      client.on('notification', heard);
      isSaid = false;
      began();
      await untilItEnds(client);
      say(new Error('the connection broke'));
    }
  } catch (error) {
    say(error);
  }
}

/** Returns a connection that listens, and hears what is said where the host writes. */
async function connect(url, signal, notify) {
  const client = new pg.Client({
    connectionString: url, application_name: 'evenhand wake', keepAlive: true, connectionTimeoutMillis: ANSWER, query_timeout: ANSWER,
    // Cut and not closed at the end: a server that hangs answers no goodbye.
    stream: () => new Socket({ signal }),
  });
  // Whoever waits for the end of the connection learns of it.
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows: [{ installed }] } = await client.query("SELECT to_regproc('evenhand_wake') IS NOT NULL AS installed");
    if (!installed) throw new AbortError(new Absent('wake.sql was not run there'));
    if (await isPooled(client)) throw new AbortError('a pooler passes no notices on; --wake-url names a way past it');
    await client.query('LISTEN evenhand');
    if (!await hears(client, notify)) throw new AbortError('it is not the database in which the host assigns');
    return client;
  } catch (error) {
    client.end().catch(() => {});
    throw error;
  }
}

/** Whether `client` hears what `notify` says: in another database, with triggers of its own, it never would. */
async function hears(client, notify) {
  const word = randomUUID();
  const late = new AbortController();
  const notices = on(client, 'notification', { signal: late.signal });
  // It may have to wait for a long tick: the time runs from when it was said.
  await notify(word);
  const timer = setTimeout(() => late.abort(), ANSWER);
  try {
    for await (const [{ payload }] of notices) if (payload === word) return true;
  } catch (error) {
    if (error.name !== 'AbortError') throw error;
  } finally {
    clearTimeout(timer);
  }
  return false;
}

async function untilItEnds(client) {
  const asking = setInterval(() => client.query('SELECT').catch(() => client.end()), HEARTBEAT);
  await once(client, 'end').catch(() => client.end());
  clearInterval(asking);
}
