// A small desk with a ledger, hosts behind a tap, and people at work: what the fault tests begin with, and the
// check that they end with.

import assert from 'node:assert/strict';
import { checkBooks } from './consistency.mjs';
import { startHost, untilHostsAreGone } from './host.mjs';
import { asHost, keepLedger, readLedger, waitingInVain } from './ledger.mjs';
import { fillSmallDesk, startPeople } from './people.mjs';
import { openTap } from './wiretap.mjs';

/** @param {Awaited<ReturnType<typeof import('./postgres.mjs').startPostgres>>} server */
export async function ledgerDesk(server, sizes = {}) {
  const url = await server.createDesk();
  const setUp = await server.connect(url);
  await fillSmallDesk(async (sql, values) => (await setUp.query(sql, values)).rows?.[0], sizes);
  await keepLedger(setUp);

  const heard = [];
  const taps = [];
  const acts = [];
  const running = [];
  const desk = {
    url,
    hostUrl: asHost(url),
    heard,
    /** What people saw committed, in the form of `RETURNING`. */
    acts,
    /** A client of somebody who may do everything. */
    connect: () => server.connect(url),
    async host(args = ['--interval', '0.02'], options = {}) {
      const tap = await openTap(desk.hostUrl, heard);
      taps.push(tap);
      const host = startHost(tap.url, args, options);
      running.push(host.child);
      return host;
    },
    people(options) {
      const people = startPeople(url, options);
      return {
        acts: people.acts,
        async stop() {
          await people.stop();
          acts.push(...people.acts);
        },
      };
    },
    /** Ends it all with one more tick, in peace, and holds the books against each other. Returns what was looked at. */
    async settle() {
      const client = await server.connect(url);
      await untilHostsAreGone(client);
      const last = await desk.host(['--once']);
      const { code, output } = await last.ended;
      assert.equal(code, 0, output);
      const { problems, found } = checkBooks({ ledger: await readLedger(client), heard, acts });
      assert.deepEqual(problems.slice(0, 5), []);
      assert.deepEqual(await waitingInVain(client), []);
      const { rows: [{ deadlocks }] } = await client.query(
        'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
      );
      assert.equal(deadlocks, 0);
      return found;
    },
    /** Leaves nothing running, also after a test that failed. */
    async close() {
      for (const child of running) if (child.exitCode === null) child.kill('SIGKILL');
      await Promise.all(taps.map((tap) => tap.close()));
    },
  };
  return desk;
}
