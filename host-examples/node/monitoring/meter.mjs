// What a host counts for Prometheus.

import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { version as engineVersion } from 'evenhand';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { ANSWERS } from '../api.mjs';
import { AVAILABILITIES } from '../open.mjs';
import { WAIT_REASONS } from '../words.mjs';
import { figures, STATES } from './figures.mjs';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** A team of the desk is there, whatever its conversations say of it. */
const REASONS = WAIT_REASONS.filter((why) => why !== 'unknown_team');

/**
 * Counts what ticks do.
 * @param {object} settings
 * @param {number} settings.stale seconds without a good tick after which the host is unwell
 * @param {number} [settings.interval] seconds from one tick to the next
 * @param {boolean} [settings.records] whether ticks are recorded
 * @param {() => number} [settings.now] in seconds
 */
export function createMeter({ stale, interval = Infinity, records = false, now = () => performance.now() / 1000 }) {
  const registers = [new Registry()];
  const metric = (Kind, name, help, rest = {}) => new Kind({ name: `evenhand_${name}`, help, registers, ...rest });
  metric(Gauge, 'build_info', 'Always 1; the versions of the host, of Evenhand and of Node', { labelNames: ['version', 'engine', 'node'] })
    .set({ version, engine: engineVersion(), node: process.versions.node }, 1);
  const ticks = metric(Counter, 'ticks_total', 'Ticks, by what came of them: won, another host won (beaten), failed', { labelNames: ['result'] });
  const overruns = metric(Counter, 'overruns_total', 'Ticks that took longer than the interval');
  const wakeUps = metric(Counter, 'wakeups_total', 'Times that the database woke the host up before the interval was over');
  const assigned = metric(Counter, 'assigned_total', 'Conversations handed out');
  const waited = metric(Histogram, 'assigned_wait_seconds', 'Seconds that conversations had waited when they were handed out', {
    buckets: [5, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 24 * HOUR],
  });
  const claims = metric(Counter, 'claims_total', 'Plans, by how they were written: nothing to write (none), in one statement, with savepoints since the database had refused that, through the API of Libredesk', { labelNames: ['way'] });
  const lostClaims = metric(Counter, 'lost_claims_total', 'Decisions that could not be written, since somebody else had changed or locked the conversation or the agent, or the database or Libredesk refused it');
  const refused = metric(Gauge, 'refused_conversations', 'Conversations that the database or Libredesk refuses to assign, after the last good tick');
  const requests = metric(Counter, 'api_requests_total', 'Requests to the API of Libredesk, by their answer', { labelNames: ['answer'] });
  const overtaken = metric(Counter, 'api_overtaken_total', 'Conversations that Libredesk assigned, and that somebody else had right after');
  const settled = metric(Counter, 'settled_total', 'Plans that a host had left in the middle, and that were settled');
  const inOrder = metric(Counter, 'in_order_total', 'Plans in order that were to serve the most, since that was too much work');
  metric(Gauge, 'recording_enabled', '1 where ticks are recorded, else 0').set(records ? 1 : 0);
  const recorded = metric(Counter, 'recording_ticks_total', 'Ticks that were recorded');
  const unrecorded = metric(Counter, 'recording_missed_ticks_total', 'Ticks that are missing in the recording: they could not be written, or their file is gone');
  const waiting = metric(Gauge, 'waiting', 'Conversations that wait, after the last good tick', { labelNames: ['team', 'name', 'why'] });
  const oldest = metric(Gauge, 'oldest_waiting_seconds', 'Seconds that the oldest conversation of the team has waited, after the last good tick; 0 where none waits', { labelNames: ['team', 'name'] });
  const owed = metric(Gauge, 'owed_conversations', 'Largest gap between anyone available in the team and their fair share, after the last good tick; 0 where the rule owes nothing', { labelNames: ['team', 'name'] });
  const agents = metric(Gauge, 'agents', 'Agents, after the last good tick: room in some team that takes turns, full in all of them, or in none (no_team)', { labelNames: ['availability', 'state'] });
  const unused = metric(Gauge, 'unused_settings', 'Settings that do nothing, since nobody is called so');
  const phases = metric(Histogram, 'tick_seconds', 'Seconds of a tick, by phase', {
    labelNames: ['phase'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30],
  });
  let lastGood = now();
  const age = () => now() - lastGood;
  metric(Gauge, 'last_good_tick_age_seconds', 'Seconds since the last good tick, or since the start before the first', {
    collect() { this.set(age()); },
  });
  metric(Gauge, 'stale_seconds', 'The age of the last good tick from which on /healthz fails').set(stale);
  // A rate needs to know of zero.
  for (const result of ['won', 'beaten', 'failed']) ticks.inc({ result }, 0);
  for (const way of ['none', 'statement', 'savepoints', 'api']) claims.inc({ way }, 0);
  for (const answer of ANSWERS) requests.inc({ answer }, 0);
  for (const phase of ['snapshot', 'plan', 'claim']) phases.zero({ phase });

  function showTeams({ plan, names: { teams }, ages }, desk) {
    waiting.reset();
    oldest.reset();
    owed.reset();
    for (const [team, name] of Object.entries(teams)) {
      for (const why of REASONS) waiting.set({ team, name, why }, 0);
      if (ages) oldest.set({ team, name }, desk.oldest.get(team) ?? 0);
      owed.set({ team, name }, desk.owed.get(team) ?? 0);
    }
    // Those of one team and reason may be of several channels and needs.
    for (const { team, why, conversations } of plan.waiting) waiting.inc({ team, name: teams[team] ?? '', why }, conversations);
  }

  function showAgents(list) {
    agents.reset();
    for (const availability of AVAILABILITIES) for (const state of STATES) agents.set({ availability, state }, 0);
    for (const agent of list) agents.inc(agent);
  }

  return {
    text: () => registers[0].metrics(),
    contentType: registers[0].contentType,
    age,
    isHealthy: () => age() <= stale,
    /** @type {import('../run.mjs').Companion} */
    companion: {
      ticked(_n, outcome) {
        const desk = figures(outcome);
        lastGood = now();
        ticks.inc({ result: outcome.won ? 'won' : 'beaten' });
        if (outcome.milliseconds > interval * 1000) overruns.inc();
        assigned.inc(outcome.claimed);
        for (const seconds of desk.waited) waited.observe(seconds);
        if (outcome.won && outcome.way) claims.inc({ way: outcome.way });
        lostClaims.inc(outcome.lost.length);
        if (outcome.settled) {
          settled.inc();
          assigned.inc(outcome.settled.claimed);
          lostClaims.inc(outcome.settled.lost.length);
        }
        for (const [answer, n] of Object.entries(outcome.requests?.answers ?? {})) requests.inc({ answer }, n);
        overtaken.inc(outcome.requests?.overtaken.length ?? 0);
        refused.set(outcome.raised.length + outcome.kept_away.length);
        if (outcome.tooMuch) inOrder.inc();
        for (const [phase, milliseconds] of Object.entries(outcome.phases)) phases.observe({ phase }, milliseconds / 1000);
        unused.set(Object.values(outcome.unused).flat().length);
        showTeams(outcome, desk);
        showAgents(desk.agents);
      },
      failed() {
        ticks.inc({ result: 'failed' });
      },
      woken() {
        wakeUps.inc();
      },
      recorded() {
        recorded.inc();
      },
      unrecorded(missed) {
        unrecorded.inc(missed);
      },
    },
  };
}
