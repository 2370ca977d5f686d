// What a monitor asks: /metrics for Prometheus, /healthz for whoever restarts what has stopped.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { InvalidArgumentError } from 'commander';
import pRetry from 'p-retry';
import { numberFrom } from './config.mjs';
import { createMeter } from './monitoring/meter.mjs';
import { PACE } from './recovery.mjs';

/** @type {import('./run.mjs').Part} */
export const metrics = {
  addOptions(program) {
    program
      .option('--listen <host:port>', 'answer /metrics, for Prometheus, and /healthz there', address)
      .option('--stale <seconds>', 'time without a good tick after which /healthz fails (default: three intervals, but at least 30)', numberFrom(0.1, 86_400));
  },
  async start({ settings: { listen, interval, record, wait, stale = Math.max(3 * interval, 30) }, log }) {
    if (listen === undefined) return undefined;
    const meter = createMeter({ stale, interval, records: record !== undefined });
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
