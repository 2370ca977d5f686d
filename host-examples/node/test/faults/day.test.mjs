// A whole day: the host's memory stays flat, and its beat does not drift. The sample desk's life passes as fast as
// the host can tick; FAULTS_HOURS=24 makes it a day, which takes some minutes.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { begin } from '../../sample/life.mjs';
import { chance } from '../../sample/chance.mjs';
import { startHost } from '../../test-support/host.mjs';
import { startPostgres } from '../../test-support/postgres.mjs';
import { repeat } from '../../timer.mjs';

const HOURS = Number(process.env.FAULTS_HOURS ?? 1);
const INTERVAL = 5_000;
const TICKS = HOURS * 3_600_000 / INTERVAL;
const SAMPLE = readFileSync(new URL('../../sample/desk.sql', import.meta.url), 'utf8');
const PROBE = fileURLToPath(new URL('../../test-support/memory-probe.mjs', import.meta.url));

let server;
before(async () => { server = await startPostgres(); });
after(() => server?.stop());

test(`${HOURS} hours of desk time: heap and wasm pages stay as they are`, { timeout: 120_000 + TICKS * 60 }, async (t) => {
  const url = await server.createDesk();
  const client = await server.connect(url);
  const query = async (sql, values) => (await client.query(sql, values)).rows?.[0];
  await client.query(SAMPLE);
  const life = await begin(query, { seed: 1 });
  const dawn = life.now();

  const host = startHost(url, ['--interval', '0.01'], { node: ['--expose-gc', '--import', PROBE] });
  /** Lives until the host has ticked `n` times, an interval of the desk's time for each tick. */
  const liveUntil = async (n) => {
    for (let ticks = 0; ticks < n;) {
      assert.equal(host.child.exitCode, null, host.output.slice(-2000));
      ticks = Number(/[^]*tick (\d+):/.exec(host.output.slice(-2000))?.[1] ?? 0);
      await life.step(dawn + ticks * INTERVAL);
      await sleep(1);
    }
  };
  const memory = async () => {
    const said = host.says(/memory \{.*\}\n/);
    host.child.kill('SIGUSR2');
    await said;
    return JSON.parse(host.output.match(/memory (\{.*\})\n/g).at(-1).slice(7));
  };
  try {
    await liveUntil(Math.min(TICKS / 4, 1000));
    const begun = await memory();
    await liveUntil(TICKS);
    const ended = await memory();
    const { assigned } = await query('SELECT count(*)::int AS assigned FROM conversations WHERE assigned_user_id IS NOT NULL');
    t.diagnostic(`at the start ${JSON.stringify(begun)}, after ${TICKS} ticks ${JSON.stringify(ended)}, ${assigned} assigned`);
    await host.stop();
    assert.ok(ended.heap - begun.heap < 2_000_000, 'the heap grows');
    assert.equal(ended.pages, begun.pages);
  } finally {
    host.child.kill('SIGKILL');
  }
});

test('24 hours of ticks, some of them slow, and pauses that end late: the beat does not drift', async () => {
  const draw = chance('drift');
  let time = 0;
  const clock = {
    now: () => time,
    // A timer is never early, and on a busy machine some milliseconds late.
    sleep: async (milliseconds) => { time += milliseconds + draw.between(0, 15); },
  };
  const starts = [];
  const ticks = 24 * 3_600_000 / INTERVAL;
  await repeat(async () => {
    starts.push(time);
    time += draw.happens(0.01) ? draw.between(3_000, 20_000) : draw.between(5, 400);
  }, { interval: INTERVAL, times: ticks, signal: new AbortController().signal, clock });
  assert.equal(starts.length, ticks);
  // Each begins on a beat, however many were before, and none is left out that nothing covered.
  const late = starts.map((start) => start % INTERVAL);
  assert.ok(Math.max(...late) <= 15, `${Math.max(...late)} ms late`);
  const skipped = Math.round(starts.at(-1) / INTERVAL) - (ticks - 1);
  assert.ok(skipped > 0 && skipped < ticks * 0.04, `${skipped} beats left out`);
});
