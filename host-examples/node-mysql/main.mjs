#!/usr/bin/env node
// Ticks every few seconds until told to stop.
//
//   DATABASE_URL   mysql://user:password@host:port/database
//   INTERVAL       seconds from the end of a tick to the start of the next; 5
//   --once         one tick

import { setTimeout as sleep } from 'node:timers/promises';
import { openDesk, tick } from './desk.mjs';

const { DATABASE_URL: url, INTERVAL: interval = '5' } = process.env;
// A text that is no URL is not repeated: there may be a password in it.
if (!url || !URL.canParse(url)) refuse(`DATABASE_URL ${url ? 'is no URL' : 'is missing'}: mysql://user:password@host:port/database`);
if (!(interval > 0)) refuse('INTERVAL is a number of seconds, above 0');
const once = process.argv.includes('--once');
const pool = await openDesk(url);
const end = new AbortController();
// The running tick ends first. `kill -9` is just as safe: the claim is one transaction.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => end.abort());
do {
  try {
    say(await tick(pool));
  } catch (error) {
    // An error costs one tick.
    console.error(`the tick failed: ${error.message || error.code}`);
    if (once) process.exitCode = 1;
  }
  if (!once) await sleep(interval * 1000, undefined, { signal: end.signal }).catch(() => {});
} while (!once && !end.signal.aborted);
await pool.end();

function say({ won, claimed, lost, waiting }) {
  if (!won) console.log('another host wrote its plan first');
  for (const { conversation, agent, why, held_by: holder } of claimed) {
    console.log(`ticket ${conversation} to agent ${agent} (${why})${holder ? `, from agent ${holder}` : ''}`);
  }
  for (const { conversation } of lost) console.log(`ticket ${conversation} was changed or is locked by somebody else, and is left as it is`);
  for (const { team, why, conversations } of waiting) console.log(`team ${team}: ${conversations} wait: ${why}`);
}

function refuse(message) {
  console.error(message);
  process.exit(2);
}
