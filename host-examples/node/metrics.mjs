// What a monitor asks: /metrics for Prometheus, /healthz for whoever restarts what has stopped.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { performance } from 'node:perf_hooks';
import { InvalidArgumentError } from 'commander';
import pRetry from 'p-retry';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { seconds } from './open.mjs';
import { PACE } from './recovery.mjs';

/** @type {import('./run.mjs').Part} */
export const metrics = {
  addOptions(program) {
    program
      .option('--listen <host:port>', 'answer /metrics, for Prometheus, and /healthz there', address)
      .option('--stale <seconds>', '/healthz fails when no tick was good for so long; three intervals, but at least 30, unless told otherwise', seconds(0.1, 86_400));
  },
  async start({ settings: { listen, interval, wait, stale = Math.max(3 * interval, 30) }, log }) {
    if (listen === undefined) return undefined;
    const meter = createMeter({ stale });
    const server = createServer((request, response) => answer(meter, request, response));
    const begin = async () => {
      server.listen(listen.port, listen.host);
      await once(server, 'listening');
      const { port } = server.address();
      log.info({ event: 'listening', port }, `metrics at http://${listen.shown}:${port}/metrics`);
    };
    const closed = new AbortController();
    let trying;
    try {
      await begin();
    } catch (error) {
      if (!wait) throw new Error(`--listen: ${error.message}`);
      log.error({ event: 'not_listening', error: error.message }, `--listen: ${error.message}; assigning goes on, and it is tried again`);
      trying = pRetry(begin, { ...PACE, retries: Infinity, signal: closed.signal }).catch(() => {});
    }
    return {
      ...meter.companion,
      async close() {
        closed.abort();
        await trying;
        server.close();
        server.closeAllConnections();
      },
    };
  },
};

/** Counts what ticks do. @param {{stale: number, now?: () => number}} settings `now` in seconds */
export function createMeter({ stale, now = () => performance.now() / 1000 }) {
  const registers = [new Registry()];
  const metric = (Kind, name, help, rest = {}) => new Kind({ name: `evenhand_${name}`, help, registers, ...rest });
  const ticks = metric(Counter, 'ticks_total', 'Ticks, by what came of them: won, another host won (beaten), failed', { labelNames: ['result'] });
  const assigned = metric(Counter, 'assigned_total', 'Conversations handed out');
  const lostClaims = metric(Counter, 'lost_claims_total', 'Decisions that could not be written, since somebody else had changed or locked the conversation or the agent, or the database refused it');
  const inOrder = metric(Counter, 'in_order_total', 'Plans in order that were to serve the most, since that was too much work');
  const unrecorded = metric(Counter, 'recording_missed_ticks_total', 'Ticks that are missing in the recording: they could not be written, or their file is gone');
  const waiting = metric(Gauge, 'waiting', 'Conversations that wait, after the last good tick', { labelNames: ['team', 'name', 'why'] });
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
  // A rate needs to know of zero.
  for (const result of ['won', 'beaten', 'failed']) ticks.inc({ result }, 0);

  return {
    text: () => registers[0].metrics(),
    contentType: registers[0].contentType,
    age,
    isHealthy: () => age() <= stale,
    /** @type {import('./run.mjs').Companion} */
    companion: {
      ticked(_n, outcome) {
        lastGood = now();
        ticks.inc({ result: outcome.won ? 'won' : 'beaten' });
        assigned.inc(outcome.claimed);
        lostClaims.inc(outcome.lost.length);
        if (outcome.tooMuch) inOrder.inc();
        for (const [phase, milliseconds] of Object.entries(outcome.phases)) phases.observe({ phase }, milliseconds / 1000);
        unused.set(Object.values(outcome.unused).flat().length);
        waiting.reset();
        // Those of one team and reason may be of several channels and needs.
        for (const { team, why, conversations } of outcome.plan.waiting) {
          waiting.inc({ team, name: outcome.names.teams[team] ?? '', why }, conversations);
        }
      },
      failed() {
        ticks.inc({ result: 'failed' });
      },
      unrecorded(missed) {
        unrecorded.inc(missed);
      },
    },
  };
}

async function answer(meter, request, response) {
  const say = (status, type, text) => response.writeHead(status, { 'content-type': type }).end(request.method === 'HEAD' ? '' : text);
  const path = request.url.split('?')[0];
  if (!['GET', 'HEAD'].includes(request.method)) return say(405, 'text/plain', 'only GET\n');
  if (path === '/metrics') return say(200, meter.contentType, await meter.text());
  if (path !== '/healthz') return say(404, 'text/plain', 'there are /metrics and /healthz\n');
  const last = `the last good tick was ${Math.round(meter.age())} s ago\n`;
  return meter.isHealthy() ? say(200, 'text/plain', last) : say(503, 'text/plain', last);
}

function address(text) {
  const parts = /^(\[[\da-fA-F:.]+\]|[^:\s[\]]+):(\d{1,5})$/.exec(text);
  if (!parts || Number(parts[2]) > 65_535) throw new InvalidArgumentError('It must be host:port, such as 127.0.0.1:9464.');
  return { shown: parts[1], host: parts[1].replace(/[[\]]/g, ''), port: Number(parts[2]) };
}
