// The door to the desk's database: PostgreSQL, or an embedded one in a folder with a sample desk.
// Both answer the same SQL; past this file nobody knows which it is.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { WrongConfiguration } from './config.mjs';
import { statement, statementsOf } from './sql.mjs';

const sample = (name) => readFileSync(new URL(`sample/${name}.sql`, import.meta.url), 'utf8');

/** The table that Evenhand adds, the statement that reads the desk, the statement that writes a plan. */
export const STATE = statement('state');
export const SNAPSHOT = statement('snapshot');
export const CLAIM = statement('claim');
const CHECK = statement('check');

/**
 * A desk.
 * @typedef {object} Desk
 * @property {string} title which desk it is, for people; without a password
 * @property {(sql: string, values?: unknown[]) => Promise<object>} query runs one statement, returns its one row
 * @property {(work: (query: Desk['query']) => Promise<any>, ending?: 'COMMIT' | 'ROLLBACK') => Promise<any>} transaction
 *   runs `work` in a transaction and returns what it returns; one that fails is undone
 * @property {() => Promise<void>} close
 */

/** Throws `WrongConfiguration` where the database behind `query` is no Libredesk that the host can work with, or not what the statements in the folder `sql` need. */
export async function checkDesk(query, sql) {
  const { tables, columns } = await query(CHECK);
  if (sql !== undefined && tables.length + columns.length > 0) {
    throw new WrongConfiguration(`the database has not what the statements in ${sql} need: there is no ${[...tables, ...columns].join(', ')}`);
  }
  if (tables.length > 0) {
    throw new WrongConfiguration(`the database is no Libredesk: there is no table ${tables.join(', ')}; DATABASE_URL must name a database of Libredesk 2.2.0 or later`);
  }
  if (columns.length > 0) throw new WrongConfiguration(`Libredesk 2.2.0 or later is needed: there is no ${columns.join(', ')}`);
}

/** Whether a connection goes through a pooler: that answers with a process of its own making, and behind it there is another. */
export async function isPooled(client) {
  const { rows: [{ pid }] } = await client.query('SELECT pg_backend_pid() AS pid');
  return pid !== client.processID;
}

// To read and plan the statements takes longer than to run them on a quiet desk. So the server does it once for a connection, whatever
// the values are. Where index.sql is there, more processors take longer to start than they save.
const ONCE_FOR_ALL = `SET plan_cache_mode = force_generic_plan;
  SELECT set_config('max_parallel_workers_per_gather', '0', false) WHERE to_regclass('evenhand_loads') IS NOT NULL`;

/**
 * Opens the PostgreSQL at `url`; it connects with the first statement. A statement that takes longer
 * than `timeout` seconds is ended by the server, and where not even that is heard of, given up.
 * The folder `sql` has other statements in the place of ours, for a desk that is no Libredesk.
 * @returns {Promise<Desk>}
 */
export async function openPostgres(url, { timeout = 30, sql } = {}) {
  const inPlace = sql === undefined ? new Map() : statementsOf(sql);
  // PostgreSQL takes the snapshot for so much work that it would compile it to machine code anew in every tick, for ten times as long as it runs.
  const limits = (scope) => `SET ${scope} statement_timeout = ${Math.round(timeout * 1000)}; SET ${scope} jit = off`;
  /** Connections through a pooler: their server is another's a moment later, so that nothing may be set or prepared for longer than a transaction. */
  const pooled = new WeakSet();
  // A pool of one: a connection that broke is replaced at the next statement.
  const pool = new pg.Pool({
    connectionString: url,
    max: 1,
    application_name: 'evenhand',
    keepAlive: true,
    connectionTimeoutMillis: Math.min(timeout, 10) * 1000,
    // Not as a parameter of the start, which PgBouncer refuses.
    async onConnect(client) {
      // A connection that breaks says so here, too; whoever asks learns it from the answer.
      client.on('error', () => {});
      if (await isPooled(client)) pooled.add(client);
      else await client.query(`${limits('SESSION')}; ${ONCE_FOR_ALL}`);
    },
    query_timeout: (timeout + Math.min(timeout, 5)) * 1000,
  });
  // And here while it is idle.
  pool.on('error', () => {});
  async function borrow(work) {
    const client = await pool.connect();
    try {
      const value = await work(client);
      client.release();
      return value;
    } catch (error) {
      // Closes the connection, and with it the transaction, in whatever state the two are.
      client.release(error);
      throw error;
    }
  }
  const names = new Map();
  /** A name under which the server keeps a statement with values; several statements in one text have none. */
  const nameOf = (text) => names.get(text) ?? names.set(text, `evenhand_${names.size + 1}`).get(text);
  const asker = (client) => async (asked, values) => {
    const text = inPlace.get(asked) ?? asked;
    return (await client.query({ text, values, ...(values && !pooled.has(client) && { name: nameOf(text) }) })).rows?.[0];
  };
  async function inside(client, work, ending) {
    const query = asker(client);
    await query(`BEGIN; ${limits('LOCAL')}`);
    const value = await work(query);
    await query(ending);
    return value;
  }
  const { host, port, database } = new pg.Client(url);
  return {
    title: `PostgreSQL at ${host}:${port}, database ${database}`,
    query: (text, values) => borrow((client) => (pooled.has(client)
      ? inside(client, (query) => query(text, values), 'COMMIT')
      : asker(client)(text, values))),
    transaction: (work, ending = 'COMMIT') => borrow((client) => inside(client, work, ending)),
    close: () => pool.end(),
  };
}

/**
 * Opens the embedded desk in `folder`. One that is not there yet is created with the sample, after
 * `creating` was called. @returns {Promise<Desk>}
 */
export async function openEmbedded(folder, creating = () => {}) {
  const unlock = lock(folder);
  try {
    const data = join(folder, 'pgdata');
    const building = join(folder, 'building');
    // A creation that was cut short is begun again.
    if (existsSync(building)) rmSync(data, { recursive: true, force: true });
    if (existsSync(data)) return embedded(await openPGlite(data), `the sample desk in ${folder}`, unlock);
    creating();
    writeFileSync(building, '');
    const database = await createSample(data);
    rmSync(building);
    return embedded(database, `a new sample desk in ${folder}`, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Opens a sample desk that leaves nothing behind. @returns {Promise<Desk>} */
export async function openMemory() {
  return embedded(await createSample('memory://'), 'a sample desk in memory', () => {});
}

async function openPGlite(dataDir) {
  const { PGlite } = await import('@electric-sql/pglite');
  return PGlite.create({ dataDir });
}

async function createSample(dataDir) {
  const database = await openPGlite(dataDir);
  await database.exec(`BEGIN; ${sample('schema')}; ${sample('desk')}; ${STATE};`);
  // The sample is the same everywhere, and so is what happens on it.
  await database.exec('UPDATE evenhand_state SET seed = 1; COMMIT');
  return database;
}

function embedded(database, title, unlock) {
  const query = async (text, values) =>
    // Only `exec` takes several statements, only `query` takes values.
    values ? (await database.query(text, values)).rows[0] : (await database.exec(text)).at(-1)?.rows[0];
  return {
    title,
    query,
    async transaction(work, ending = 'COMMIT') {
      await query('BEGIN');
      try {
        const value = await work(query);
        await query(ending);
        return value;
      } catch (error) {
        await query('ROLLBACK');
        throw error;
      }
    },
    async close() {
      await database.close();
      unlock();
    },
  };
}

/** Makes sure that one process has the folder: two in one embedded database would ruin it. */
function lock(folder) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'lock');
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const owner = Number(readFileSync(file, 'utf8'));
    if (isAlive(owner)) {
      throw new Error(`the desk in ${folder} is open in process ${owner}; if that is something else, remove ${file}`);
    }
    writeFileSync(file, String(process.pid));
  }
  return () => rmSync(file, { force: true });
}

function isAlive(pid) {
  if (!(pid > 0) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
