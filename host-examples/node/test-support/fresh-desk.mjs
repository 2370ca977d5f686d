// A fresh desk for every test of a file, on a real PostgreSQL of the file's own, and hosts at work on it.

import { after, before, beforeEach } from 'node:test';
import { fill, range } from './fill.mjs';
import { startProgram } from './host.mjs';
import { startPostgres } from './postgres.mjs';
import { untilRows } from './until.mjs';

/**
 * Sets the tests of a file up. What it returns is the desk of the test that runs: six wait in a team of three, whose
 * limit is 2, and agent 3 is away, so that the first tick assigns four. Nothing that a host left behind is in its way.
 */
export function freshDesk() {
  const hosts = new Set();
  function endHosts() {
    for (const host of hosts) host.child.kill('SIGKILL');
    hosts.clear();
  }

  const desk = {
    server: undefined,
    url: undefined,
    /** The client behind `query`, which may have a transaction open. */
    client: undefined,
    query: async (sql, values) => (await desk.client.query(sql, values)).rows?.[0],
    /** For a test that has stopped the server and started it again. */
    async reconnect() {
      desk.client = await desk.server.connect(desk.url);
    },
    /**
     * Starts the host, as `startProgram` does. `ended` has all that it said, and `lines`, the same without time and duration;
     * `end()` sends a signal first.
     */
    start(args, { at = desk.url } = {}) {
      const host = startProgram(args, { url: at });
      hosts.add(host);
      const ended = host.ended.then(({ code, signal, output, errors }) => ({
        code: code ?? signal,
        output: output + errors,
        lines: linesOf(output + errors),
      }));
      return Object.assign(host, {
        ended,
        end(signal = 'SIGTERM') {
          host.child.kill(signal);
          return ended;
        },
      });
    },
    /** Waits until the host has a connection of which `condition` is true; returns its process. */
    async hostIs(condition) {
      const watcher = await desk.server.connect(desk.url);
      const [{ pid }] = await untilRows(
        watcher,
        `SELECT pid FROM pg_stat_activity WHERE application_name = 'evenhand' AND datname = current_database() AND ${condition}`,
      );
      return pid;
    },
    waitsForALock: () => desk.hostIs("wait_event_type = 'Lock'"),
  };

  before(async () => { desk.server = await startPostgres(); });
  beforeEach(async () => {
    endHosts();
    desk.url = await desk.server.createDesk();
    await desk.reconnect();
    await fill(desk.query, {
      agents: [{ id: 1 }, { id: 2 }, { id: 3, availability: 'away_manual' }],
      teams: [{ id: 1, members: [1, 2, 3], max: 2 }],
      conversations: range(1, 6),
    });
  });
  after(endHosts);
  after(() => desk.server?.stop());
  return desk;
}

function linesOf(output) {
  return output.split('\n').slice(0, -1).map((line) => line.replace(/^\d\d:\d\d:\d\d /, '').replace(/, \d+ ms$/, ''));
}
