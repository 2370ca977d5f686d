// What a host records at work, what is left when it is killed or the disk is full, and what the commands say of it and of the desk.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { filesOf } from '../recording/write.mjs';
import { fill, range, state } from '../test-support/fill.mjs';
import { MAIN, startProgram } from '../test-support/host.mjs';
import { startPostgres } from '../test-support/postgres.mjs';
import { entries, newFolders, ticksOf } from '../test-support/recordings.mjs';
import { until } from '../test-support/until.mjs';

const newFolder = newFolders();
const run = (args, options) => startProgram(args, options).ended;

describe('on the embedded desk', () => {
  test('what is recorded replays, holds no name, and explains every gate of the desk', async () => {
    const folder = newFolder();
    const data = newFolder();
    const { code, output } = await run(['--data', data, '--ticks', '3', '--interval', '0.1', '--record', folder, '--record-size', '0.005']);
    assert.equal(code, 0, output);

    const all = await entries(folder);
    assert.deepEqual(all.map(({ line }) => [line.tick, line.version, line.claim.won, line.claim.claimed]), [
      [1, '0', true, 244], [2, '1', true, 0], [3, '1', true, 0],
    ]);
    assert.ok((await filesOf(folder)).length > 1);

    const sample = ['schema', 'desk'].map((name) => readFileSync(new URL(`../sample/${name}.sql`, import.meta.url), 'utf8')).join('');
    const text = (await filesOf(folder)).map((file) => gunzipSync(readFileSync(join(folder, file))).toString()).join('');
    const people = [...sample.matchAll(/[A-Z][a-z]+ [A-Z][a-z]+(?=[,'])/g)].flatMap(([name]) => name.split(' '));
    assert.ok(people.includes('Maya') && people.includes('Alves') && people.length >= 120, String(people.length));
    for (const name of [...people, 'Billing', 'Technical Support', 'Sales', 'Returns', 'Key Accounts', 'Shipping', 'Onboarding', 'Partners', 'Customer']) {
      assert.ok(!text.includes(name), name);
    }

    assert.deepEqual(await run(['replay', folder]), {
      code: 0, signal: null, errors: '', output: `planned 3 ticks in ${(await filesOf(folder)).length} files again: all the same, byte for byte\n`,
    });

    // The names come from the desk.
    const { decisions } = JSON.parse(all[0].line.plan);
    const waits = `id:${JSON.parse(all[2].line.plan).decisions.find(({ team }) => team === '6').conversation}`;
    const shipping = (await run(['why', waits, '--from', folder, '--data', data])).output;
    assert.match(shipping, /^conversation #\d+ waits \(all full\)\nShipping, round_robin, place \d+ of 68 in the queue, tick 3 of /);
    assert.match(shipping, /^Arjun Rao +4 +0\.00 {2}passed over, team_full: holds 4, and the team gives nothing from 4 on$/m);
    assert.match((await run(['why', waits, '--from', folder])).output, /^agent 42 +4 +0\.00 {2}passed over, team_full/m);

    // The live desk: one that waits, one that was claimed, and none.
    assert.equal(
      (await run(['why', waits, '--data', data])).output,
      shipping.replace(/tick 3 of .*/, 'as the desk is now'),
    );
    const { conversation, agent } = decisions[0];
    const number = Number(conversation) + 99;
    const claimed = await run(['why', String(number), '--data', data]);
    assert.equal(claimed.code, 1);
    assert.match(claimed.output, new RegExp(`^conversation #${number} does not wait: [A-Z]\\w+ [A-Z]\\w+ has it; what led there is in a recording`));
    assert.match((await run(['why', `id:${conversation}`, '--from', folder])).output, new RegExp(`^conversation id:${conversation} went to agent ${agent} \\(turn\\)\n.*tick 1 of`));
    assert.equal((await run(['why', '99999', '--data', data])).output, 'there is no conversation #99999\n');
  });
});

describe('on PostgreSQL', () => {
  let server;
  let url;
  let query;

  before(async () => {
    server = await startPostgres();
    url = await server.createDesk();
    const client = await server.connect(url);
    query = async (sql, values) => (await client.query(sql, values)).rows?.[0];
  });
  after(() => server?.stop());

  const desk = (waiting) => fill(query, {
    agents: [...range(1, 40), { id: 41, availability: 'away_manual' }],
    teams: [{ id: 1, members: range(1, 41).map(({ id }) => id), max: 3 }, { id: 2, members: [1] }, { id: 3, members: [41] }],
    conversations: [...range(1, waiting), ...range(waiting + 1, waiting + 50, { team: 3 })],
  });

  /** No file of the host may be larger than 8 blocks of 512 or 1024 bytes: writing fails in the middle of a line. */
  const limited = () => ({ url, program: 'bash', before: ['-c', 'ulimit -f 8; exec "$@"', 'bash', process.execPath, MAIN] });

  test('a host that is killed at any moment leaves what replays, and the next goes on in a file of its own', async () => {
    await desk(2000);
    const folder = newFolder();
    const runs = 6;
    let written = 0;
    for (let n = 1; n <= runs; n += 1) {
      const host = startProgram(['--interval', '0.01', '--record', folder, '--record-size', '0.03'], { url });
      await host.says(/tick 3:/);
      await sleep(Math.random() * 200);
      host.child.kill('SIGKILL');
      const { signal, output } = await host.ended;
      assert.equal(signal, 'SIGKILL');
      // A tick is said before it is recorded.
      written += [...output.matchAll(/ tick \d+:/g)].length - 1;
    }
    const all = await entries(folder);
    const lines = ticksOf(all);
    assert.ok(lines.length >= written, `${lines.length} of ${written}`);
    assert.deepEqual(all.filter(({ fault }) => fault === 'damaged'), []);
    assert.ok(all.filter(({ fault }) => fault === 'cut').length <= runs);
    // Each run has its ticks without a gap, and no file has two runs.
    const starts = all.filter(({ line }) => line?.tick === 1);
    assert.deepEqual([starts.length, starts.every(({ number }) => number === 1)], [runs, true]);
    lines.forEach((tick, i) => assert.ok(tick === 1 || tick === lines[i - 1] + 1, `${lines[i - 1]}, then ${tick}`));
    assert.ok((await filesOf(folder)).length > runs);
    const { code, output } = await run(['replay', folder]);
    assert.equal(code, 0, output);
    assert.match(output, new RegExp(`planned ${lines.length} ticks in \\d+ files again: all the same, byte for byte\n$`));
  });

  test('a full disk is said once, stops nothing, and leaves whole lines', async () => {
    await desk(2000);
    const folder = newFolder();
    const { code, output } = await run(['--ticks', '4', '--interval', '0.05', '--record', folder], limited());
    assert.equal(code, 0, output);
    assert.equal(output.match(/ tick \d+: /g).length, 4);
    assert.deepEqual(output.match(/^.*recorded.*$/gm).map((line) => line.slice(9)), [
      `error: nothing is recorded in ${folder} for now: EFBIG: file too large, write; assigning goes on`,
    ]);
    // The plans after the first changed nothing.
    assert.equal((await state(query)).version, 1);
    // Not even an empty file is left behind by each tick.
    assert.deepEqual(readdirSync(folder), []);
  });

  test('a disk that is full in the middle of a line: the whole ones stay, and what is missing is said', async () => {
    await desk(300);
    const folder = newFolder();
    const { code, output } = await run(['--ticks', '12', '--interval', '0.01', '--record', folder], limited());
    assert.equal(code, 0, output);
    const all = await entries(folder);
    assert.deepEqual(all.filter(({ fault }) => fault), []);
    const [missing, back] = [/nothing is recorded in/g, / again, 1 tick is missing\n/g].map((pattern) => [...output.matchAll(pattern)].length);
    assert.ok(missing > 0 && [missing - 1, missing].includes(back), output);
    assert.equal(all.length, 12 - missing);
    assert.ok(all.some(({ number }) => number > 1) && (await filesOf(folder)).length > 1);
  });

  test('a folder that is deleted while the host runs is said once, counted, and made again', async () => {
    await desk(5);
    const folder = newFolder();
    const host = startProgram(['--interval', '0.1', '--record', folder, '--listen', '127.0.0.1:0'], { url });
    await host.says(/tick 3:/);
    rmSync(folder, { recursive: true });
    await host.says(/recording in .* again/);
    await host.says(new RegExp(`tick ${host.output.match(/ tick \d+:/g).length + 2}:`));
    const metrics = await (await fetch(/http:\S+\/metrics/.exec(host.output)[0])).text();
    host.child.kill('SIGTERM');
    const { code, output } = await host.ended;
    assert.equal(code, 0);
    const said = output.match(/^.*record(ed|ing) in.*$/gm).map((line) => line.slice(9));
    const missing = Number(/(\d+) ticks are missing/.exec(said[1])?.[1]);
    assert.deepEqual(said, [
      `error: nothing is recorded in ${folder} for now: ${join(folder, '000001.jsonl.gz')} is gone; assigning goes on`,
      `recording in ${folder} again, ${missing} ticks are missing`,
    ]);
    assert.ok(metrics.split('\n').includes(`evenhand_recording_missed_ticks_total ${missing}`), metrics);
    // What was said to be missing is all that is.
    assert.equal(ticksOf(await entries(folder))[0], missing + 1);
    // Ticks that changed nothing made no version.
    assert.ok((await state(query)).version <= ticksOf(await entries(folder)).at(-1));
  });

  test('a file in the place of the folder is said once, and so is that it is gone; a file that is replaced is left', async () => {
    await desk(5);
    const folder = newFolder();
    const host = startProgram(['--interval', '0.1', '--record', folder], { url });
    await host.says(/tick 2:/);
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
    await host.says(/nothing is recorded in/);
    await sleep(500);
    rmSync(folder);
    await host.says(/recording in .* again, \d+ ticks are missing/);
    renameSync(join(folder, '000001.jsonl.gz'), join(folder, 'aside'));
    writeFileSync(join(folder, '000001.jsonl.gz'), '');
    await host.says(/recording in (.*\n)*.*recording in .* again/);
    host.child.kill('SIGTERM');
    const { output } = await host.ended;
    assert.deepEqual(output.match(/(nothing is recorded|again, \d)/g).map((word) => word.slice(0, 5)), ['nothi', 'again', 'nothi', 'again']);
    assert.ok((await filesOf(folder)).includes('000002.jsonl.gz'));
  });

  test('a recording that is deleted after the last tick is said at the end', async () => {
    await desk(5);
    const folder = newFolder();
    const host = startProgram(['--interval', '600', '--record', folder], { url });
    await host.says(/tick 1:/);
    await until(() => existsSync(join(folder, '000001.jsonl.gz')), () => 'nothing was recorded');
    await sleep(200);
    rmSync(folder, { recursive: true });
    host.child.kill('SIGTERM');
    const { code, output } = await host.ended;
    assert.equal(code, 0);
    assert.match(output, /error: nothing is recorded in .* for now: .*000001\.jsonl\.gz is gone; assigning goes on\n$/);
  });

  test('an unwritable folder is said once and stops nothing', async () => {
    await desk(5);
    const { code, output } = await run(['--ticks', '2', '--interval', '0.05', '--record', join(MAIN, 'x')], { url });
    assert.equal(code, 0, output);
    assert.equal(output.match(/ error: nothing is recorded in .* for now: ENOTDIR: .*; assigning goes on\n/g).length, 1);
    assert.equal(output.match(/ tick \d+: /g).length, 2);
    assert.equal(existsSync(join(MAIN, 'x')), false);
  });

  test('a tick that was refused and one whose claim failed are recorded as such', async () => {
    await desk(5);
    await query(`UPDATE evenhand_state SET cursors = '[{"rotation": "1", "rule": "lottery", "turns": []}]'`);
    const folder = newFolder();
    assert.equal((await run(['--once', '--record', folder], { url })).code, 1);
    await query("UPDATE evenhand_state SET cursors = '[]'");
    await query('ALTER TABLE evenhand_state ADD CONSTRAINT stuck CHECK (version < 1)');
    assert.equal((await run(['--once', '--record', folder], { url })).code, 1);
    await query('ALTER TABLE evenhand_state DROP CONSTRAINT stuck');
    const [refused, failed] = (await entries(folder)).map(({ line }) => line);
    assert.deepEqual([refused.plan, refused.refused, refused.claim], [null, { code: 'unknown_value', path: '/cursors/0/rule' }, undefined]);
    assert.deepEqual([typeof failed.plan, failed.refused, failed.claim], ['string', undefined, null]);
    assert.equal((await run(['replay', folder])).code, 0);
  });

  test('why on the live desk, before and after a claim', async () => {
    await fill(query, {
      agents: [{ id: 1 }, { id: 2 }, { id: 3, availability: 'away_manual' }],
      teams: [{ id: 1, members: [1, 2, 3], max: 1 }, { id: 2 }],
      conversations: [{ id: 7 }, { id: 8 }, { id: 9 }, { id: 10, team: null }, { id: 11, status: 4 }],
    });
    const why = async (number) => (await run(['why', number], { url })).output;
    const before7 = await why('106');
    const [, first, second] = /^conversation #106 would go to (Agent [12]) \(turn\)\n.*\n.*\n.*takes it\n(Agent [12]) /.exec(before7);
    assert.equal(before7, [
      `conversation #106 would go to ${first} (turn)`,
      'Team 1, round_robin, place 1 of 3 in the queue, as the desk is now',
      'agent    load  owed  answer',
      `${first}     0  0.00  takes it`,
      `${second}     0  0.00  2nd in line`,
      'Agent 3     0  0.00  passed over, unavailable: is away_manual, the team serves online, away',
      '',
    ].join('\n'));
    assert.match(await why('108'), /^conversation #108 waits \(all full\)\n/);
    assert.equal((await state(query)).version, 0);

    assert.equal((await run(['--once'], { url })).code, 0);
    assert.equal(await why('106'), `conversation #106 does not wait: ${first} has it; what led there is in a recording, if there is one: --from\n`);
    assert.equal(await why('108'), [
      'conversation #108 waits (all full)',
      'Team 1, round_robin, place 1 of 1 in the queue, as the desk is now',
      'agent    load   owed  answer',
      // The second one was the only candidate and paid what only they were owed.
      `Agent 1     1  ${first === 'Agent 1' ? '-' : '+'}0.50  passed over, team_full: holds 1, and the team gives nothing from 1 on`,
      `Agent 2     1  ${first === 'Agent 2' ? '-' : '+'}0.50  passed over, team_full: holds 1, and the team gives nothing from 1 on`,
      'Agent 3     0   0.00  passed over, unavailable: is away_manual, the team serves online, away',
      '',
    ].join('\n'));
    assert.equal(await why('109'), 'conversation #109 does not wait: it is in no team\n');
    assert.equal(await why('110'), 'conversation #110 does not wait: its status is Resolved\n');
    assert.equal(await why('abc'), 'there is no conversation #abc\n');

    // The same for a script.
    const json = async (id) => {
      const { code, output, errors } = await run(['why', id, '--json'], { url });
      assert.equal(errors, '');
      return { code, ...JSON.parse(output) };
    };
    const not = (id) => `conversation ${id} does not wait:`;
    const { code, decision, members } = await json('108');
    assert.deepEqual([code, decision, members.map(({ agent, gate }) => [agent, gate])], [
      0, { conversation: '9', team: '1', agent: null, why: 'all_full' }, [['1', 'team_full'], ['2', 'team_full'], ['3', 'unavailable']],
    ]);
    assert.deepEqual(await json('106'), {
      code: 1, conversation: '7', absent: 'has_agent', agent: first.slice(-1), message: `${not('#106')} ${first} has it; what led there is in a recording, if there is one: --from`,
    });
    assert.deepEqual(await json('109'), { code: 1, conversation: '10', absent: 'no_team', message: `${not('#109')} it is in no team` });
    assert.deepEqual(await json('110'), { code: 1, conversation: '11', absent: 'not_open', status: 'Resolved', message: `${not('#110')} its status is Resolved` });
    assert.deepEqual(await json('abc'), { code: 1, absent: 'unknown', message: 'there is no conversation #abc' });
    await query('ALTER TABLE teams RENAME TO put_aside');
    const { code: wrong, error } = await json('9');
    await query('ALTER TABLE put_aside RENAME TO teams');
    assert.deepEqual([wrong, error], [2, 'the database is no Libredesk: there is no table teams; DATABASE_URL must name a database of Libredesk 2.2.0 or later']);
  });
});
