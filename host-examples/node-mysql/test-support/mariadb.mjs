// A real MariaDB for one test file: the server of this machine's packages, in a temporary folder, on a free port, gone
// afterwards. The machine's own databases are not touched.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';

const SCHEMA = readFileSync(new URL('../schema.sql', import.meta.url), 'utf8');

const places = ['/usr/sbin', '/usr/bin', '/opt/homebrew/bin'];
const program = (name) => places.map((place) => join(place, name)).find(existsSync);

/** Why no server can be started, or false. */
export const missing = !(program('mariadbd') && program('mariadb-install-db')) && 'MariaDB is not installed';

/** Starts the server. `createDesk()` makes a database with the example's tables and returns its URL. */
export async function startMariaDB() {
  const folder = mkdtempSync(join(tmpdir(), 'evenhand-mariadb-'));
  const data = join(folder, 'data');
  const port = await freePort();
  const options = ['--no-defaults', `--datadir=${data}`, ...(process.getuid?.() === 0 ? ['--user=root'] : [])];
  execFileSync(program('mariadb-install-db'), [...options, '--auth-root-authentication-method=normal', '--skip-test-db'], { stdio: 'ignore' });
  let log = '';
  let server;
  let ended;
  let admin;
  async function resume() {
    server = spawn(program('mariadbd'), [
      ...options, `--port=${port}`, '--bind-address=127.0.0.1', `--socket=${join(folder, 'socket')}`, `--pid-file=${join(folder, 'pid')}`,
      '--innodb-flush-log-at-trx-commit=0',
      // A statement that waits for what never comes is a failed test, not a test that never ends.
      '--innodb-lock-wait-timeout=15',
    ], {
      // A zone with a summer time, in which local times are ambiguous.
      env: { ...process.env, TZ: 'Europe/Berlin' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    server.stderr.on('data', (chunk) => { log += chunk; });
    ended = new Promise((resolve) => { server.once('exit', resolve); });
    for (const deadline = Date.now() + 30_000; ;) {
      try {
        admin = await mysql.createConnection({ uri: url('mysql'), multipleStatements: true });
        admin.on('error', () => {});
        return;
      } catch (error) {
        if (server.exitCode !== null || Date.now() > deadline) throw new Error(`MariaDB did not start: ${error.message}\n${log}`);
        await sleep(20);
      }
    }
  }
  const url = (database) => `mysql://root@127.0.0.1:${port}/${database}`;
  // A test run that is cut short leaves neither a server nor a folder.
  const abandon = () => {
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
  };
  process.once('exit', abandon);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  await resume();

  let desks = 0;
  const clients = [];
  async function halt() {
    server.kill('SIGTERM');
    await ended;
  }
  return {
    halt,
    resume,
    async createDesk() {
      desks += 1;
      const database = `desk_${desks}`;
      await admin.query(`CREATE DATABASE ${database}; USE ${database}; ${SCHEMA}`);
      return url(database);
    },
    /** Returns a client that is closed with the server. */
    async connect(to) {
      const client = await mysql.createConnection({ uri: to, multipleStatements: true, supportBigNumbers: true, bigNumberStrings: true });
      client.on('error', () => {});
      clients.push(client);
      return client;
    },
    async stop() {
      for (const client of [...clients, admin]) client.destroy();
      await halt();
      process.off('exit', abandon);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
