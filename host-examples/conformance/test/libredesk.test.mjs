// The Node host, and where EVENHAND_WASMTIME is its program the wasmtime host in its place, on Libredesk's tables.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '../../node/test-support/postgres.mjs';
import open from '../adapters/libredesk.mjs';
import { notKept } from './support.mjs';

const { EVENHAND_WASMTIME: wasmtime } = process.env;
process.env.EVENHAND_MODULE ??= fileURLToPath(new URL('../../../dist/evenhand.core.wasm', import.meta.url));

/** What Libredesk has not. */
const WITHOUT_OVERFLOW = [
  ["the host's clock is an hour fast, and another team helps after half an hour", 'not run'],
  ["the host's clock is an hour slow, and another team helps after half an hour", 'not run'],
];

let server;
before(async () => { server = await startPostgres(); });
after(() => server?.stop());

test(`the ${wasmtime ? 'wasmtime' : 'Node'} host keeps everything`, async () => {
  const adapter = await open({ url: await server.createDesk(), ...(wasmtime && { program: [wasmtime] }) });
  try {
    const { outcomes, said } = await notKept(adapter);
    assert.deepEqual(outcomes, [...(wasmtime ? [["the host's clock is an hour off", 'not run']] : []), ...WITHOUT_OVERFLOW], said);
  } finally {
    await adapter.close();
  }
});
