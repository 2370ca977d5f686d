// People who assign, take back, move, resolve and remove while hosts are at work: what they do is never overwritten.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ledgerDesk } from '../../test-support/ledger-desk.mjs';
import { startPostgres } from '../../test-support/postgres.mjs';

const ACTS = Number(process.env.FAULTS_ACTS ?? 4000);

let server;
before(async () => { server = await startPostgres(); });
after(() => server?.stop());

test(`${ACTS} times people act at the same moment as two hosts, and every act stands`, { timeout: 60_000 + ACTS * 30 }, async (t) => {
  const desk = await ledgerDesk(server);
  try {
    const hosts = await Promise.all([desk.host(['--interval', '0.01']), desk.host(['--interval', '0.01'])]);
    await Promise.all(hosts.map((host) => host.says(/tick \d+:/)));
    const people = desk.people({ seed: 7, number: 6, pause: 2 });
    while (people.acts.length < ACTS) await sleep(20);
    await people.stop();
    await Promise.all(hosts.map((host) => host.stop()));
    const found = await desk.settle();
    t.diagnostic(JSON.stringify(found));
    // They did get into each other's way.
    assert.ok(found.lost > 0 && found.versions > 100, JSON.stringify(found));
  } finally {
    await desk.close();
  }
});
