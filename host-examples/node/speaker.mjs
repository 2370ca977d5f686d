// What a running host says in its log: one event a line.

import { createTally } from './failures.mjs';
import { isLost, isShutOut } from './recovery.mjs';
import {
  bottleneckLines, failureLine, incompleteLine, lostLines, overtakenLine, raisedLine, settledLine, size, stoppedLine, tickLine, tooMuchLine, waitingLines,
} from './report.mjs';
import { unusedLines } from './unused.mjs';

/**
 * With `brief`, what goes its usual way is not said. What failed before in the same way, and a tick that changed nothing, are
 * said to those who look for a mistake alone. @returns {import('./run.mjs').Companion}
 */
export function speaker(log, { interval, once, brief = false, now = undefined }) {
  const failing = createTally(now);
  const slow = createTally(now);
  const stopping = createTally(now);
  let lastFailure;
  let lastLost = '';
  let lastWaiting = '';
  let lastUnused = '';
  let lastBottlenecks = '';
  let lastRaised = '';
  let inOrder = false;

  function sayHowOften(n, key, { times, seconds }) {
    log.error({ event: 'repeated', tick: n, error: key, times, seconds: round(seconds) }, `${times} times in ${span(seconds)} so far: ${key}`);
  }

  /** Says what came of requests to Libredesk's API; what stops them all is said once an hour. */
  function sayRequests(n, { names, requests: { answers, stopped, overtaken, incomplete } }) {
    for (const one of overtaken) log.warn({ event: 'overtaken', tick: n, ...withNumber(one, names) }, overtakenLine(one, names));
    for (const one of incomplete) log.warn({ event: 'incomplete', tick: n, ...withNumber(one, names) }, incompleteLine(one, names));
    if (stopped) {
      const often = stopping.count(stopped.is);
      const soFar = often?.times > 1 ? `, ${often.times} times in ${span(often.seconds)} so far` : '';
      log[often ? 'error' : 'debug']({ event: 'api_stopped', tick: n, answer: stopped.is, error: stopped.error }, stoppedLine(stopped) + soFar);
    } else if (answers.done > 0) {
      const ended = stopping.end();
      if (ended.length === 0) return;
      const seconds = Math.max(...ended.map((one) => one.seconds));
      log.info({ event: 'api_back', tick: n, seconds: round(seconds) }, `Libredesk's API assigns again, after ${span(seconds)}`);
    }
  }

  return {
    ticked(n, outcome) {
      if (n === 1 && !brief) log.info({ event: 'desk', ...sizes(outcome) }, size(outcome));
      for (const { key, times, seconds } of failing.end()) {
        log.info({ event: 'recovered', tick: n, error: key, times, seconds: round(seconds) }, `ticks are good again; failed ${times === 1 ? 'once' : `${times} times in ${span(seconds)}`}: ${key}`);
      }
      lastFailure = undefined;

      if (outcome.settled) {
        const { claimed, lost } = outcome.settled;
        log.warn({ event: 'settled', tick: n, assigned: claimed, lost_claims: lost.length }, settledLine(outcome.settled));
      }
      if (outcome.requests) sayRequests(n, outcome);

      // Who waits and why, whose claim is lost, and which settings do nothing, is said again only when it is news.
      const waiting = waitingLines(outcome);
      const lost = lostLines(outcome);
      const isNews = outcome.claimed > 0
        || (!outcome.won && outcome.plan.decisions.some(({ agent }) => agent !== null))
        || lost.join('\n') !== lastLost
        || waiting.join('\n') !== lastWaiting;
      if (!brief) log[isNews ? 'info' : 'debug']({ event: 'tick', tick: n, ...numbers(outcome) }, tickLine(n, outcome));
      for (const line of lost) {
        log[lost.join('\n') === lastLost ? 'debug' : 'info']({ event: 'lost_claims', tick: n, lost: outcome.lost.map((one) => withNumber(one, outcome.names)) }, `  ${line}`);
      }
      lastLost = lost.join('\n');
      const raised = outcome.raised.map((one) => raisedLine(one, outcome));
      if (raised.length > 0 && raised.join('\n') !== lastRaised) {
        raised.forEach((line, i) => log.warn({ event: 'raised', tick: n, ...withNumber(outcome.raised[i], outcome.names) }, line));
        lastRaised = raised.join('\n');
      }
      if (!brief && waiting.join('\n') !== lastWaiting) {
        waiting.forEach((line, i) => log.info({ event: 'waiting', tick: n, ...outcome.plan.waiting[i] }, `  ${line}`));
      }
      lastWaiting = waiting.join('\n');
      const bottlenecks = bottleneckLines(outcome);
      if (!brief && bottlenecks.join('\n') !== lastBottlenecks) {
        bottlenecks.forEach((line, i) => log.info({ event: 'bottleneck', tick: n, ...outcome.plan.bottlenecks[i] }, `  ${line}`));
      }
      lastBottlenecks = bottlenecks.join('\n');
      if (outcome.tooMuch && !inOrder) sayTooMuch(log, n, outcome);
      inOrder = Boolean(outcome.tooMuch);
      const unused = unusedLines(outcome);
      if (unused.join('\n') !== lastUnused) {
        for (const line of unused) log.warn({ event: 'unused_setting', tick: n }, line);
      }
      lastUnused = unused.join('\n');

      if (outcome.milliseconds > interval * 1000) {
        const often = slow.count('overrun');
        log[often ? 'warn' : 'debug'](
          { event: 'overrun', tick: n, milliseconds: round(outcome.milliseconds), interval },
          `tick ${n} took ${(outcome.milliseconds / 1000).toFixed(1)} s, longer than the interval of ${interval} s${often?.times > 1 ? `, as ${often.times} ticks did in ${span(often.seconds)}` : ''}`,
        );
      }
    },
    failed(n, error) {
      const { code, message } = error;
      const isGone = !once && error.name !== 'EvenhandError' && isLost(error);
      // While the database is lost it says so in more than one way.
      const key = isGone ? (isShutOut(error) ? SHUT_OUT : LOST) : message || code;
      const often = failing.count(key);
      const isNew = often?.times === 1;
      const before = isNew && failing.untold(lastFailure);
      if (before) sayHowOften(n, lastFailure, before);
      lastFailure = key;
      if (often && !isNew) return sayHowOften(n, key, often);
      const event = error.name === 'EvenhandError' ? { event: 'refused', tick: n, code, path: error.path, error: message }
        : { event: isGone ? 'database_lost' : 'failed', tick: n, code, error: message || code };
      if (isNew) log.error(event, isGone ? goneLine(error) : failureLine(n, error));
      else log.debug(event, `again: ${failureLine(n, error)}`);
      return undefined;
    },
    back(seconds, tries) {
      for (const key of [LOST, SHUT_OUT]) failing.end(key);
      log.info({ event: 'database_back', seconds: round(seconds), tries }, backLine(seconds));
    },
    close() {
      for (const key of failing.keys()) {
        const often = failing.untold(key);
        if (often) sayHowOften(undefined, key, often);
      }
    },
  };
}

const LOST = 'the database is lost';
const SHUT_OUT = 'the database does not let the host in';

/** Says that the most was too much work. */
export function sayTooMuch(log, n, outcome) {
  log.warn({ event: 'in_order', tick: n, error: outcome.tooMuch }, `tick ${n}: ${tooMuchLine(outcome)}`);
}

/** Says that the database is lost. */
export function goneLine({ code, message }) {
  return `the database is lost: ${message || code}; nothing is assigned until it is back`;
}

/** Says that the database is back. */
export function backLine(seconds) {
  return `the database is back after ${span(seconds)}`;
}

/** Says how long something went on. */
export function span(seconds) {
  return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
}

/** Puts the number that people see beside the id of a conversation, if it is known. */
function withNumber(one, { conversations }) {
  return { ...one, number: conversations[one.conversation] };
}

function sizes({ plan, names }) {
  return { teams: Object.keys(names.teams).length, agents: Object.keys(names.agents).length, queue: plan.decisions.length };
}

function numbers({ plan, won, claimed, lost, milliseconds, phases }) {
  return {
    won,
    assigned: claimed,
    waiting: plan.waiting.reduce((sum, { conversations }) => sum + conversations, 0),
    lost_claims: lost.length,
    milliseconds: round(milliseconds),
    phases: Object.fromEntries(Object.entries(phases).map(([phase, time]) => [phase, round(time)])),
  };
}

function round(number) {
  return Math.round(number * 1000) / 1000;
}
