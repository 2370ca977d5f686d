// What a running host says in its log: one event a line.

import { closest } from 'fastest-levenshtein';
import { isLost } from './recovery.mjs';
import { bottleneckLines, failureLine, lostLines, raisedLine, size, tickLine, tooMuchLine, waitingLines } from './report.mjs';

/** With `brief`, what goes its usual way is not said. @returns {import('./run.mjs').Companion} */
export function speaker(log, { interval, once, brief = false }) {
  let lastWaiting = '';
  let lastUnused = '';
  let lastBottlenecks = '';
  let lastRaised = '';
  let inOrder = false;
  let gone = false;
  return {
    ticked(n, outcome) {
      if (n === 1 && !brief) log.info({ event: 'desk', ...sizes(outcome) }, size(outcome));
      if (!brief) log.info({ event: 'tick', tick: n, ...numbers(outcome) }, tickLine(n, outcome));
      for (const line of lostLines(outcome)) log.info({ event: 'lost_claims', tick: n, lost: outcome.lost }, `  ${line}`);
      const raised = outcome.raised.map(raisedLine);
      if (raised.length > 0 && raised.join('\n') !== lastRaised) {
        raised.forEach((line, i) => log.warn({ event: 'raised', tick: n, ...outcome.raised[i] }, line));
        lastRaised = raised.join('\n');
      }

      // Who waits and why, and which settings do nothing, is said again only when it is news.
      const waiting = waitingLines(outcome);
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
        log.warn(
          { event: 'overrun', tick: n, milliseconds: round(outcome.milliseconds), interval },
          `tick ${n} took ${(outcome.milliseconds / 1000).toFixed(1)} s, longer than the interval of ${interval} s`,
        );
      }
    },
    failed(n, error) {
      const { code, message } = error;
      if (error.name === 'EvenhandError') {
        log.error({ event: 'refused', tick: n, code, path: error.path, error: message }, failureLine(n, error));
      } else if (once || !isLost(error)) {
        log.error({ event: 'failed', tick: n, code, error: message || code }, failureLine(n, error));
      } else if (!gone) {
        gone = true;
        log.error({ event: 'database_lost', tick: n, code, error: message || code }, goneLine(error));
      }
    },
    back(seconds, tries) {
      gone = false;
      log.info({ event: 'database_back', seconds: round(seconds), tries }, backLine(seconds));
    },
  };
}

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
  return `the database is back after ${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
}

/** Says for each setting that does nothing why it does not. */
export function unusedLines({ unused, names }) {
  return [
    ...unused.rules.map(({ team, rule }) => `the rule ${rule} for ${who('team', team)} does nothing: ${why('team', team, names.teams)}`),
    ...unused.weights.map(({ team, agent, weight }) => {
      const both = [why('team', team, names.teams), why('agent', agent, names.agents)].filter((reason) => reason !== AGAIN);
      const reason = both[0] ?? 'not a member of that team, or said twice';
      return `the weight ${weight} of ${who('agent', agent)} in ${who('team', team)} does nothing: ${reason}`;
    }),
    ...unused.capacities.map(({ agent, capacity }) =>
      `the capacity ${capacity} of ${who('agent', agent)} does nothing: ${why('agent', agent, names.agents)}`),
  ];
}

const AGAIN = 'it is said twice, and the first counts';

const who = (noun, key) => `${noun} ${JSON.stringify(key)}`;

function why(noun, key, names) {
  if (typeof key === 'number') return key in names ? AGAIN : `there is no such ${noun}`;
  const all = Object.values(names);
  const called = all.filter((name) => name === key).length;
  if (called === 1) return AGAIN;
  if (called > 1) return `${called} ${noun}s are called so; name the id`;
  return all.length === 0 ? `there is no such ${noun}` : `there is no such ${noun}; the nearest is ${JSON.stringify(closest(key, all))}`;
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
