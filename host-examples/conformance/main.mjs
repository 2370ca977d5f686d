#!/usr/bin/env node
// evenhand-conformance ADAPTER: a line for each situation, and which invariant broke. Exit code 0: all that was run is kept;
// 1: an invariant broke; 2: the adapter cannot be used.

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { INVARIANTS, tryAll } from './conformance.mjs';

const [file] = process.argv.slice(2);
if (!file || file.startsWith('-')) {
  console.error('usage: evenhand-conformance ADAPTER\n\nADAPTER is a file that you write: see adapter.d.ts and adapters/mysql.mjs in this package.');
  process.exit(2);
}

const adapter = await import(pathToFileURL(resolve(file))).then(({ default: open }) => open()).catch((error) => {
  console.error(`the adapter cannot be opened: ${error.stack ?? error}`);
  process.exit(2);
});
const outcomes = await tryAll(adapter, ({ situation, result, invariant, why }) => {
  console.log(`${result.padEnd(8)}  ${situation}`);
  if (invariant) console.log(`          invariant ${invariant}: ${INVARIANTS[invariant]}`);
  if (why) console.log(`          ${why}`);
});
await adapter.close?.();

const count = (word) => outcomes.filter(({ result }) => result === word).length;
console.log(['kept', 'broken', 'unusable', 'not run'].map((word) => `${count(word)} ${word}`).join(', '));
process.exitCode = count('broken') > 0 ? 1 : count('unusable') > 0 ? 2 : 0;
