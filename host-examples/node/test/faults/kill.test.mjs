// kill -9, many times, on a desk at work. What must hold afterwards: test-support/consistency.mjs.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chance } from '../../sample/chance.mjs';
import { checkBooks } from '../../test-support/consistency.mjs';
import { untilHostsAreGone } from '../../test-support/host.mjs';
import { killHosts } from '../../test-support/killing.mjs';
import { readLedger } from '../../test-support/ledger.mjs';
import { ledgerDesk } from '../../test-support/ledger-desk.mjs';
import { startPostgres } from '../../test-support/postgres.mjs';

const KILLS = Number(process.env.FAULTS_KILLS ?? 25);
const SEED = Number(process.env.FAULTS_SEED ?? 1);
const SPLIT_HOST = fileURLToPath(new URL('../../test-support/split-host.mjs', import.meta.url));

let server;
before(async () => { server = await startPostgres(); });
after(() => server?.stop());

test(`${KILLS} hosts are killed at random points, and the books agree`, { timeout: 60_000 + KILLS * 3000 }, async (t) => {
  const desk = await ledgerDesk(server);
  const people = desk.people({ seed: SEED });
  // Two at a time, so that most of the time there are two hosts on the desk.
  const rounds = await Promise.all([0, 1].map((i) =>
    killHosts(desk.hostUrl, { times: Math.ceil((KILLS - i) / 2), draw: chance('kill', SEED, i) }))).finally(people.stop);
  for (const { heard } of rounds) desk.heard.push(...heard);
  const found = await desk.settle().finally(desk.close);
  t.diagnostic(`${JSON.stringify(found)}, killed at ${JSON.stringify(rounds.map(({ counts }) => counts))}`);
  assert.ok(found.versions > KILLS / 2 && found.assigned > KILLS && found.acts > KILLS, JSON.stringify(found));
});

// Killed in between: rows that no cursor has paid for, or a turn paid for that nobody got.
for (const order of ['rows', 'cursors']) {
  test(`the check finds a claim in two statements, ${order} first`, async () => {
    const { url, hostUrl } = await ledgerDesk(server);
    const client = await server.connect(url);
    const moments = [{ kind: 'claim', what: 'answer', rest: 'drop', after: 0 }];
    const { heard } = await killHosts(hostUrl, { times: 1, draw: chance('split'), moments, script: SPLIT_HOST, env: { ORDER: order } });
    await untilHostsAreGone(client);
    const { problems } = checkBooks({ ledger: await readLedger(client), heard });
    const of = (code) => problems.filter((problem) => problem.code === code);
    const amounts = (column) => of('totals').reduce((sum, totals) => sum + totals[column], 0);
    assert.deepEqual(
      { unpaid: of('unpaid').length, books: of('books'), paid: amounts('paid'), rows: amounts('rows'), codes: [...new Set(problems.map(({ code }) => code))].sort() },
      order === 'rows'
        ? { unpaid: 32, books: [], paid: 0, rows: 32, codes: ['totals', 'unpaid'] }
        : { unpaid: 0, books: [{ code: 'books', version: 1, without_row: 32, lost_claims: 0 }], paid: 32, rows: 0, codes: ['books', 'totals'] },
    );
  });
}
