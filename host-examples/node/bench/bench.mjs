// What a tick costs, in statements and milliseconds, beside the same desk through the original's pattern.
//   npm run bench                    everything, some minutes
//   npm run bench -- --quick         the smaller desk alone
// On a PostgreSQL of its own with fsync off: the original commits once for each conversation, and would pay for each.

import { performance } from 'node:perf_hooks';
import { CLAIM, openPostgres, SNAPSHOT } from '../desk.mjs';
import { statement } from '../sql.mjs';
import { startPostgres } from '../test-support/postgres.mjs';
import { tick } from '../tick.mjs';
import { makeDesk, undo } from './desks.mjs';
import { originalTick } from './original.mjs';

const SETTINGS = { rule: 'round_robin', assignable: ['online'] };
const TARGETS = { statements: 2, ratio: 20, planning: 0.1, indexed: 20 };

const DESKS = [
  { name: '100 agents, 10 teams, 10,000 waiting', agents: 100, teams: 10, waiting: 10_000, held: 1_000, rows: 100_000, limit: 1_000, rounds: 7, originals: 3 },
  { name: '1,000 agents, 50 teams, 50,000 waiting of 1,000,000', agents: 1_000, teams: 50, waiting: 50_000, held: 10_000, rows: 1_000_000, limit: 1_000, rounds: 5, originals: 1 },
  // Not of the targets: most ticks of most days.
  { name: 'the same, 50 waiting', agents: 1_000, teams: 50, waiting: 50, held: 10_000, rows: 1_000_000, limit: 1_000, rounds: 9, originals: 5, quiet: true },
  { name: '50 waiting, 20,000 open of 1,000,000', agents: 1_000, teams: 50, waiting: 50, held: 20_000, rows: 1_000_000, limit: 1_000, rounds: 9, originals: 5, quiet: true, index: true },
];

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const ms = (value) => `${value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en')} ms`;

/** The host's own tick, its statements counted at the door. */
async function measureHost(url, client, { rounds, quiet }) {
  const door = await openPostgres(url, { timeout: 600 });
  const runs = [];
  let statements = 0;
  const counted = { ...door, query(sql, values) {
    statements += 1;
    if (sql !== SNAPSHOT && sql !== CLAIM) throw new Error(`not a statement of a tick: ${sql}`);
    return door.query(sql, values);
  } };
  try {
    // The first one finds nothing in memory, and is not counted.
    for (let n = 0; n <= rounds; n += 1) {
      statements = 0;
      const { milliseconds, phases, claimed } = await tick(counted, SETTINGS);
      if (n > 0) runs.push({ milliseconds, ...phases, claimed, statements });
      await undo(client, { vacuum: !quiet });
    }
  } finally {
    await door.close();
  }
  return Object.fromEntries(Object.keys(runs[0]).map((key) => [key, median(runs.map((run) => run[key]))]));
}

async function measureOriginal(url, client, { originals, quiet }, server) {
  const runs = [];
  const own = await server.connect(url);
  for (let n = 0; n < originals; n += 1) {
    const started = performance.now();
    const outcome = await originalTick(own);
    runs.push({ ...outcome, milliseconds: performance.now() - started });
    await undo(client, { vacuum: !quiet });
  }
  return Object.fromEntries(Object.keys(runs[0]).map((key) => [key, median(runs.map((run) => run[key]))]));
}

function report({ name, quiet }, host, original, indexed) {
  const ratio = original.milliseconds / host.milliseconds;
  const planning = host.plan / host.milliseconds;
  const line = (label, statements, milliseconds, rest) =>
    console.log(`  ${label.padEnd(14)} ${statements.toLocaleString('en').padStart(9)} statements ${ms(milliseconds).padStart(12)}   ${rest}`);
  const lineOf = (label, { statements, milliseconds, snapshot, plan, claim, claimed }) =>
    line(label, statements, milliseconds, `snapshot ${ms(snapshot)}, plan ${ms(plan)}, claim ${ms(claim)}; assigned ${claimed.toLocaleString('en')}`);
  console.log(name);
  lineOf('the host', host);
  if (indexed) lineOf('with index.sql', indexed);
  line('original', original.statements, original.milliseconds, `assigned ${original.assigned.toLocaleString('en')}`);
  const said = (held) => (held ? ' (held)' : ' (MISSED)');
  const verdict = (what, value, held) => `${what} ${value}${quiet ? '' : said(held)}`;
  console.log(`  ${[
    verdict('statements', host.statements, host.statements === TARGETS.statements),
    verdict('times faster', ratio.toFixed(1), ratio >= TARGETS.ratio),
    verdict('planning', `${(planning * 100).toFixed(1)} %`, planning <= TARGETS.planning),
    ...(indexed ? [`at most ${TARGETS.indexed} ms with index.sql${said(indexed.milliseconds <= TARGETS.indexed)}`] : []),
  ].join(', ')}\n`);
}

const server = await startPostgres();
try {
  const quick = process.argv.includes('--quick');
  for (const desk of quick ? DESKS.slice(0, 1) : DESKS) {
    const url = await server.createDesk();
    const client = await server.connect(url);
    await makeDesk(client, desk);
    const host = await measureHost(url, client, desk);
    const original = await measureOriginal(url, client, desk, server);
    let indexed;
    if (desk.index) {
      // CONCURRENTLY wants to be alone.
      for (const one of statement('index').split(';')) await client.query(one);
      await client.query('VACUUM ANALYZE conversations');
      indexed = await measureHost(url, client, desk);
    }
    report(desk, host, original, indexed);
  }
  console.log(`Targets: ${TARGETS.statements} statements a tick, ${TARGETS.ratio} times faster than the original's pattern, planning at most ${TARGETS.planning * 100} % of the tick.`);
} finally {
  await server.stop();
}
