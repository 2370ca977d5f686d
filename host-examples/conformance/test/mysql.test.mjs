// The host for MySQL and MariaDB, as it is, and with one line of it broken, once for each invariant.

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { missing, startMariaDB } from '../../node-mysql/test-support/mariadb.mjs';
import open from '../adapters/mysql.mjs';
import { notKept } from './support.mjs';

const HOST = fileURLToPath(new URL('../../node-mysql/', import.meta.url));

/** By what a host does wrong: the line of it that is changed, and which situations find it, with which invariant. */
const BROKEN = {
  'it does not compare the version': {
    file: 'claim.mjs',
    line: ["AND version = ? FOR UPDATE', [BigInt(version)]", "FOR UPDATE'"],
    found: [['two hosts at once', 'broken', 1]],
  },
  'it lists only who is there': {
    file: 'snapshot.mjs',
    line: ['weight FROM members ORDER', 'weight FROM members JOIN agents ON id = agent_id AND availability = "online" ORDER'],
    found: [['a member is away and comes back', 'broken', 2]],
  },
  'it forgets what it lost': {
    file: 'claim.mjs',
    line: ['JSON.stringify(remember(JSON.parse(state.lost_claims), plan.decisions, free))', "'[]'"],
    found: [
      ['a person is faster', 'broken', 3],
      ['a row is locked for an hour', 'broken', 3],
      ['two rows are locked, and one place is free', 'broken', 3],
      ['three rows are locked, and one place is free', 'broken', 3],
    ],
  },
  'it remembers a loss for the next plan only': {
    file: 'claim.mjs',
    line: ['1 + 2 ** Math.min(losses, 6)', '1'],
    found: [['two rows are locked, and one place is free', 'broken', 3], ['three rows are locked, and one place is free', 'broken', 3]],
  },
  'it remembers every loss for two plans': {
    file: 'claim.mjs',
    line: ['1 + 2 ** Math.min(losses, 6)', '2'],
    found: [['three rows are locked, and one place is free', 'broken', 3]],
  },
  'it assigns and writes its cursors in two transactions': {
    file: 'claim.mjs',
    line: ["  await connection.query(\n    'UPDATE evenhand_state", "  await connection.commit();\n  await connection.query(\n    'UPDATE evenhand_state"],
    found: [['the host is killed in the claim', 'broken', 3], ['the host is killed after the claim', 'broken', 3]],
  },
  'it takes what somebody has': {
    file: 'claim.mjs',
    line: ['t.agent_id <=> planned.holder AND ', ''],
    found: [['a person is faster', 'broken', 3]],
  },
  'it does not look at the agent again': {
    file: 'claim.mjs',
    line: ['working.has(agent) && ', ''],
    found: [['an agent is disabled in between', 'broken', 3]],
  },
  'it waits for locked rows': {
    file: 'claim.mjs',
    line: ['FOR UPDATE SKIP LOCKED', 'FOR UPDATE'],
    found: [
      ['a row is locked for an hour', 'broken', 3],
      ['two rows are locked, and one place is free', 'broken', 3],
      ['three rows are locked, and one place is free', 'broken', 3],
    ],
  },
  'its ids go through floating-point numbers': {
    file: 'desk.mjs',
    line: ['bigNumberStrings: true,', "bigNumberStrings: true,\n    typeCast: (field, next) => (field.type === 'LONGLONG' ? ((text) => text && String(Number(text)))(field.string()) : next()),"],
    found: [['ids are above 2^53', 'broken', 4]],
  },
  'it has the clock of its own machine': {
    file: 'snapshot.mjs',
    line: ['now: Number(state.now)', 'now: Date.now()'],
    found: [
      ["the host's clock is an hour fast, and another team helps after half an hour", 'broken', 5],
      ["the host's clock is an hour slow, and another team helps after half an hour", 'broken', 5],
    ],
  },
};

describe('the host for MySQL', { skip: missing }, () => {
  let server;
  let folder;
  before(async () => {
    server = await startMariaDB();
    folder = mkdtempSync(join(tmpdir(), 'evenhand-conformance-'));
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await server?.stop();
  });

  async function tryHost(home) {
    const adapter = await open({ url: await server.createDesk(), home });
    try {
      return await notKept(adapter);
    } finally {
      await adapter.close();
    }
  }

  test('keeps everything', async () => {
    const { outcomes, said } = await tryHost(undefined);
    assert.deepEqual(outcomes, [], said);
  });

  for (const [fault, { file, line: [right, wrong], found }] of Object.entries(BROKEN)) {
    test(`broken, ${fault}`, async () => {
      const home = join(folder, fault.replaceAll(' ', '-'));
      cpSync(HOST, home, { recursive: true, filter: (path) => !path.includes('node_modules') });
      symlinkSync(join(HOST, 'node_modules'), join(home, 'node_modules'));
      const text = readFileSync(join(home, file), 'utf8');
      assert.equal(text.split(right).length, 2, `${file} has the line once`);
      writeFileSync(join(home, file), text.replace(right, () => wrong));
      const { outcomes, said } = await tryHost(pathToFileURL(`${home}/`));
      assert.deepEqual(outcomes, found, said);
    });
  }
});
