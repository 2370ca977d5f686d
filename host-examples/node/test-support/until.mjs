// Waiting for what somebody else does: a host, a server.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE = 60_000;

/**
 * Waits until `condition` gives something true, and returns that. Fails with `complaint` when it never does, or once
 * `child`, who was to bring it about, has ended.
 */
export async function until(condition, complaint, child) {
  for (const deadline = Date.now() + PATIENCE; ;) {
    const met = await condition();
    if (met) return met;
    if (Date.now() > deadline || (child?.exitCode ?? null) !== null) assert.fail(complaint());
    await sleep(10);
  }
}

/** Waits until the server answers `sql` with `n` rows, with any where no number is given; returns them. */
export function untilRows(client, sql, n) {
  let rows;
  return until(async () => {
    ({ rows } = await client.query(sql));
    return (n === undefined ? rows.length > 0 : rows.length === n) && rows;
  }, () => `${rows.length} rows: ${sql}`);
}
