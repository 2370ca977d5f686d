// Several hosts on one desk: the same as one.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { holders } from '../../test-support/fill.mjs';
import { ledgerDesk } from '../../test-support/ledger-desk.mjs';
import { RETURNING } from '../../test-support/people.mjs';
import { startPostgres } from '../../test-support/postgres.mjs';

const TICKS = Number(process.env.FAULTS_TICKS ?? 150);
const ARRIVALS = 240;

let server;
before(async () => { server = await startPostgres(); });
after(() => server?.stop());

/** What becomes of the same arrivals with `number` hosts: who got which conversation, and how often each host wrote. */
async function handedOut(number) {
  // Limits that some reach on the way.
  const desk = await ledgerDesk(server, { limits: { 1: 30, 2: 24, 3: 28, 5: 12 } });
  try {
    const client = await desk.connect();
    const hosts = await Promise.all(Array.from({ length: number }, () => desk.host(['--ticks', `${TICKS}`, '--interval', '0.02'])));
    for (let n = 0; n < ARRIVALS; n += 1) {
      const { rows } = await client.query(
        `INSERT INTO conversations (id, contact_id, inbox_id, assigned_team_id, status_id, created_at)
         VALUES ($1::int, 1000000, 1, $2, 1, timestamptz '2026-02-01' + $1::int * interval '1 second')${RETURNING}`,
        [41 + n, [1, 2, 3, 5][n % 4]],
      );
      desk.acts.push(...rows);
      await sleep(20);
    }
    const ends = await Promise.all(hosts.map((host) => host.ended));
    for (const { code, output } of ends) assert.equal(code, 0, output.slice(-2000));
    const found = await desk.settle();
    const wins = ends.map(({ output }) => output.match(/tick \d+: assigned/g)?.length ?? 0);
    const losses = ends.map(({ output }) => output.match(/another host wrote its plan first/g)?.length ?? 0);
    assert.deepEqual(wins.map((n, i) => n + losses[i]), wins.map(() => TICKS));
    // Each plan that assigned something is a version, and none that lost is.
    const assigning = ends.reduce((sum, { output }) => sum + (output.match(/tick \d+: assigned [1-9]/g)?.length ?? 0), 0);
    assert.ok(found.versions >= assigning && found.versions <= wins.reduce((sum, n) => sum + n, 1), `${found.versions} versions`);
    return { map: await holders(async (sql) => (await client.query(sql)).rows[0]), wins, found };
  } finally {
    await desk.close();
  }
}

test(`one, two and five hosts with ${TICKS} ticks each hand out the same, conversation by conversation`, async (t) => {
  const one = await handedOut(1);
  assert.ok(Object.values(one.map).includes(null) && one.found.assigned > 100);
  for (const number of [2, 5]) {
    const several = await handedOut(number);
    t.diagnostic(`${number} hosts wrote ${several.wins.join(', ')} times of ${TICKS}`);
    assert.deepEqual(several.map, one.map);
    assert.ok(several.wins.every((n) => n > 0));
  }
});
