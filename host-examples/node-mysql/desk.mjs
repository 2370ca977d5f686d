// The door to the database, and one tick.

import { readFileSync } from 'node:fs';
import { plan } from 'evenhand';
import mysql from 'mysql2/promise';
import { claim } from './claim.mjs';
import { readDesk } from './snapshot.mjs';

const STATE = readFileSync(new URL('state.sql', import.meta.url), 'utf8');

/** Opens the desk at `url` (mysql://user:password@host:port/database), with Evenhand's table. */
export async function openDesk(url) {
  const pool = mysql.createPool({
    uri: url,
    // A connection that broke is replaced at the next tick.
    connectionLimit: 1,
    // Ids are texts, since a number of JavaScript is not exact above 2^53.
    supportBigNumbers: true,
    bigNumberStrings: true,
  });
  try {
    await pool.query(STATE);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return pool;
}

/** Reads the desk, plans, and writes the plan. Throws what the database or Evenhand throws; nothing is written then. */
export async function tick(pool) {
  const connection = await pool.getConnection();
  try {
    const { version, snapshot } = await readDesk(connection);
    const planned = plan(snapshot);
    const outcome = { ...await claim(connection, version, planned), waiting: planned.waiting };
    connection.release();
    return outcome;
  } catch (error) {
    // Closes the connection, and with it the transaction.
    connection.destroy();
    throw error;
  }
}
