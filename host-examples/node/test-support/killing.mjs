// Kills running hosts, one after the other, at moments drawn by chance.

import { setTimeout as sleep } from 'node:timers/promises';
import { kindOf } from './consistency.mjs';
import { startHost } from './host.mjs';
import { openTap } from './wiretap.mjs';

/** Where a tick can be cut: the message, and what of it still arrives. Or, where it is null, at any moment at all. */
const MOMENTS = [
  ...['snapshot', 'claim'].flatMap((kind) => ['ask', 'answer'].flatMap((what) => ['drop', 'half', 'pass'].map((rest) => ({ kind, what, rest })))),
  // As often as all the others together.
  ...Array.from({ length: 12 }, () => null),
];

/**
 * Starts hosts on the desk behind `url` and kills each, `times` times.
 * @param {string} url
 * @param {{times: number, draw: object, moments?: object[], script?: string, env?: object}} options
 * @returns {Promise<{heard: object[], counts: Record<string, number>}>} what went over the wire, and how often it was cut where
 */
export async function killHosts(url, { times, draw, moments = MOMENTS, ...host }) {
  const heard = [];
  const counts = {};
  const start = async () => {
    const tap = await openTap(url, heard);
    return { tap, host: startHost(tap.url, ['--interval', '0.02'], host) };
  };
  // The next one is already starting while this one runs, since starting takes longest.
  let next = start();
  for (let n = 0; n < times; n += 1) {
    const { tap, host } = await next;
    if (n < times - 1) next = start();
    const moment = moments[Math.floor(draw.fraction() * moments.length)];
    await kill(tap, host, moment, moment?.after ?? Math.floor(draw.between(0, 4)), draw.between(0, 40));
    const { signal, output } = await host.ended;
    await tap.close();
    if (signal !== 'SIGKILL') throw new Error(`it ended by itself:\n${output}`);
    const name = moment ? `${moment.kind} ${moment.what} ${moment.rest}` : 'any time';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return { heard, counts };
}

/** Kills `host` at `moment`, once it has claimed `claims` times. */
async function kill(tap, host, moment, claims, milliseconds) {
  let answered = 0;
  await new Promise((resolve) => {
    host.child.once('exit', resolve);
    tap.on = (what, statement) => {
      const kind = kindOf(statement);
      const due = answered >= claims;
      if (what === 'answer' && kind === 'claim') answered += 1;
      if (!due || !kind) return 'pass';
      if (moment === null) {
        resolve();
        return 'pass';
      }
      if (moment.kind !== kind || moment.what !== what) return 'pass';
      host.child.kill('SIGKILL');
      resolve();
      return moment.rest;
    };
  });
  tap.on = null;
  if (moment === null) {
    await sleep(milliseconds);
    host.child.kill('SIGKILL');
  }
}
