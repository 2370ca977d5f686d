// A real Redis for one test file, on a free port, gone afterwards.

import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../host-examples/node/test-support/postgres.mjs';

/** Starts the server, and returns its address and what ends it. */
export async function startRedis() {
  const port = await freePort();
  const server = spawn('redis-server', ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], { stdio: 'ignore' });
  let failed;
  server.once('error', (error) => { failed = new Error(`redis-server: ${error.message}: install it`); });
  const ended = new Promise((resolve) => { server.once('exit', resolve); });
  const abandon = () => server.kill('SIGKILL');
  process.once('exit', abandon);
  for (const deadline = Date.now() + 10_000; !await answers(port);) {
    if (failed || Date.now() > deadline) throw failed ?? new Error('Redis did not start');
    await sleep(20);
  }
  return {
    address: `127.0.0.1:${port}`,
    async stop() {
      process.off('exit', abandon);
      server.kill();
      await ended;
    },
  };
}

function answers(port) {
  return new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1', () => { probe.destroy(); resolve(true); });
    probe.on('error', () => resolve(false));
  });
}
