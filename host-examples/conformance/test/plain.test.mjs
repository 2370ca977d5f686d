// The Node host with statements of a folder of its own.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { startPostgres } from '../../node/test-support/postgres.mjs';
import open from '../adapters/plain.mjs';
import { notKept } from './support.mjs';

const SCHEMA = readFileSync(new URL('../../sql/plain/schema.sql', import.meta.url), 'utf8');

let server;
before(async () => { server = await startPostgres(); });
after(() => server?.stop());

test('the Node host with --sql keeps everything', async () => {
  const url = new URL(await server.createDesk({ state: false }));
  await (await server.connect(url.href)).query('CREATE DATABASE plain');
  url.pathname = '/plain';
  await (await server.connect(url.href)).query(SCHEMA);
  const adapter = await open({ url: url.href });
  try {
    const { outcomes, said } = await notKept(adapter);
    assert.deepEqual(outcomes, [], said);
  } finally {
    await adapter.close();
  }
});
