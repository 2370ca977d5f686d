// Recordings: what the host writes, what is left when it is killed, and what the commands make of it.

import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { readRecording } from '../recording/read.mjs';
import { createRecorder, filesOf } from '../recording/write.mjs';
import { fill, range, state } from '../test-support/fill.mjs';
import { MAIN, startProgram } from '../test-support/host.mjs';
import { startPostgres } from '../test-support/postgres.mjs';
import { startRecording, timeOf } from '../test-support/recordings.mjs';

const root = mkdtempSync(join(tmpdir(), 'evenhand-recording-'));
after(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;
const newFolder = () => join(root, `recording-${folders += 1}`);

const start = (args, options) => startProgram(args, { patience: 60_000, ...options });
const run = (args, options) => start(args, options).ended;

async function entries(folder, options) {
  const all = [];
  for await (const entry of readRecording(folder, options)) all.push(entry);
  return all;
}

const ticksOf = (all) => all.filter(({ line }) => line).map(({ line }) => line.tick);

describe('the files', () => {
  const fails = (error) => { throw error; };
  const recorder = (folder, options) => createRecorder(folder, { fileSize: 1e9, failed: fails, recovered: fails, ...options });
  // Nothing in it is alike, so that it stays as long as it is.
  const noise = (n) => Array.from({ length: n }, (_, i) => Math.imul(i + 1, 2_654_435_761) >>> 0).map((x) => x.toString(36)).join('');

  test('a line is what the format says, and every gzip tool reads it', async () => {
    const folder = newFolder();
    const one = recorder(folder);
    await one.write({ tick: 1, snapshot: '{"ü": "\\n"}\n', plan: 'p' });
    await one.write({ tick: 2, snapshot: '', plan: null });
    // Before the file is closed.
    assert.equal(
      gunzipSync(readFileSync(join(folder, '000001.jsonl.gz'))).toString(),
      '{"recording":1,"tick":1,"snapshot":"{\\"ü\\": \\"\\\\n\\"}\\n","plan":"p"}\n{"recording":1,"tick":2,"snapshot":"","plan":null}\n',
    );
    await one.close();
  });

  test('a browser reads it as FORMAT.md shows', async () => {
    const folder = newFolder();
    const one = recorder(folder);
    for (let tick = 1; tick <= 3; tick += 1) await one.write({ tick, snapshot: noise(3000) });
    await one.close();
    const bytes = readFileSync(join(folder, '000001.jsonl.gz'));
    const [, code] = /```js\n([^]*?)```/.exec(readFileSync(new URL('../recording/FORMAT.md', import.meta.url), 'utf8'));
    const readTicks = new Function(`${code}; return readTicks;`)();
    assert.deepEqual((await readTicks(new Blob([bytes]))).map(({ tick, snapshot }) => [tick, snapshot]), [1, 2, 3].map((tick) => [tick, noise(3000)]));
    assert.deepEqual((await readTicks(new Blob([bytes.subarray(0, -9)]))).map(({ tick }) => tick), [1, 2]);
  });

  test('a file is never larger than told, unless one line is, and a new run begins a new one', async () => {
    const folder = newFolder();
    for (const fileSize of [1000, 1000]) {
      const one = recorder(folder, { fileSize });
      for (const [i, length] of [40, 40, 40, 400, 10].entries()) await one.write({ tick: i + 1, snapshot: noise(length) });
      await one.close();
    }
    const all = await entries(folder);
    assert.deepEqual(all.map(({ file, number, line }) => [parseInt(file, 10), number, line.tick]), [
      [1, 1, 1], [1, 2, 2], [1, 3, 3], [2, 1, 4], [3, 1, 5], [4, 1, 1], [4, 2, 2], [4, 3, 3], [5, 1, 4], [6, 1, 5],
    ]);
    const sizes = (await filesOf(folder)).map((file) => statSync(join(folder, file)).size);
    assert.deepEqual(sizes.map((size) => size <= 1000), [true, false, true, true, false, true]);
  });

  test('several recorders in one folder write files of their own', async () => {
    const folder = newFolder();
    const all = Array.from({ length: 8 }, () => recorder(folder));
    for (let tick = 1; tick <= 3; tick += 1) await Promise.all(all.map((one) => one.write({ tick, snapshot: '' })));
    await Promise.all(all.map((one) => one.close()));
    assert.deepEqual(
      (await entries(folder)).map(({ file, line }) => [parseInt(file, 10), line.tick]),
      range(1, 8).flatMap(({ id }) => [[id, 1], [id, 2], [id, 3]]),
    );
  });

  test('only so many files are kept, the newest, and nothing else is touched', async () => {
    const folder = newFolder();
    mkdirSync(folder);
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    const one = recorder(folder, { fileSize: 1, keep: 2 });
    for (let tick = 1; tick <= 5; tick += 1) await one.write({ tick, snapshot: '' });
    await one.close();
    assert.deepEqual(readdirSync(folder).sort(), ['000004.jsonl.gz', '000005.jsonl.gz', 'notes.txt']);
  });

  test('wherever a file was cut off, every whole line before is read', async () => {
    const folder = newFolder();
    const one = recorder(folder);
    const ends = [];
    for (let tick = 1; tick <= 3; tick += 1) {
      await one.write({ tick, snapshot: noise(30) });
      ends.push(statSync(join(folder, '000001.jsonl.gz')).size);
    }
    await one.close();
    const bytes = readFileSync(join(folder, '000001.jsonl.gz'));
    for (let length = 0; length <= bytes.length; length += 1) {
      writeFileSync(join(folder, '000001.jsonl.gz'), bytes.subarray(0, length));
      const all = await entries(folder);
      const whole = ends.filter((end) => end <= length).length;
      // The last bytes of a member are its checksum: by then its line may be whole already.
      assert.ok([whole, whole + 1].includes(ticksOf(all).length), `${length} bytes`);
      assert.deepEqual(ticksOf(all), [1, 2, 3].slice(0, ticksOf(all).length));
      assert.deepEqual(all.filter(({ fault }) => fault).map(({ fault }) => fault).filter((fault) => fault !== 'cut'), []);
    }
  });

  test('a file that was damaged says so, and the others are read', async () => {
    const folder = newFolder();
    const one = recorder(folder, { fileSize: 1 });
    for (let tick = 1; tick <= 3; tick += 1) await one.write({ tick, snapshot: noise(30) });
    await one.close();
    const path = join(folder, '000002.jsonl.gz');
    const bytes = readFileSync(path);
    bytes[60] ^= 0xff;
    writeFileSync(path, bytes);
    appendFileSync(join(folder, '000003.jsonl.gz'), Buffer.concat([gzipSync('not json\n'), gzipSync('{"recording":1}\n'), gzipSync('{"recording":1,"tick":4,"snapshot":""}\n')]));
    const all = await entries(folder);
    assert.deepEqual(
      all.filter(({ file, line, fault }) => file !== '000002.jsonl.gz' || fault || line).map(({ file, number, line, fault }) => [parseInt(file, 10), number, line?.tick ?? fault]),
      [[1, 1, 1], [2, 1, 'damaged'], [3, 1, 3], [3, 2, 'damaged'], [3, 3, 'damaged'], [3, 4, 4]],
    );
  });

  test('another version of the format is said to be one', async () => {
    const folder = newFolder();
    mkdirSync(folder);
    writeFileSync(join(folder, '000001.jsonl.gz'), gzipSync('{"recording":2}\n'));
    await assert.rejects(entries(folder), { name: 'RecordingError', message: '000001.jsonl.gz is of format 2, and this host reads format 1' });
  });

  test('a folder that cannot be written is said to be so once, and again when it can', async () => {
    const blocker = newFolder();
    writeFileSync(blocker, '');
    const said = [];
    const one = createRecorder(join(blocker, 'deep'), {
      fileSize: 1e9, failed: ({ code }) => said.push(code), recovered: (missed) => said.push(missed),
    });
    for (let tick = 1; tick <= 3; tick += 1) await one.write({ tick, snapshot: '' });
    rmSync(blocker);
    for (let tick = 4; tick <= 5; tick += 1) await one.write({ tick, snapshot: '' });
    await one.close();
    assert.deepEqual(said, ['ENOTDIR', 3]);
    assert.deepEqual(ticksOf(await entries(join(blocker, 'deep'))), [4, 5]);
  });
});

describe('replay', () => {
  const desk = {
    agents: range(1, 3).map(({ id }) => ({ id: String(id), availability: 'online', load: 0 })),
    teams: [{ id: '1', assignment: 'round_robin', members: [{ agent: '1' }, { agent: '2' }, { agent: '3' }] }],
  };

  /** A recording of four ticks, its lines passed through `change`. */
  async function recorded(change = (line) => line) {
    const folder = newFolder();
    const { tick, close } = startRecording(folder);
    for (let n = 1; n <= 4; n += 1) await tick({ ...desk, conversations: [2 * n - 1, 2 * n] });
    await close();
    const path = join(folder, '000001.jsonl.gz');
    const lines = gunzipSync(readFileSync(path)).toString().trimEnd().split('\n').map((line, i) => change(JSON.parse(line), i + 1));
    // As another tool would write it: one member for all.
    writeFileSync(path, gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
    return folder;
  }

  test('the same is 0', async () => {
    assert.deepEqual(await run(['replay', await recorded()]), {
      code: 0, signal: null, output: 'planned 4 ticks in 1 file again: all the same, byte for byte\n', errors: '',
    });
  });

  test('a plan that was changed is 1, with tick, file and place', async () => {
    const folder = await recorded((line, n) => (n >= 3 ? { ...line, plan: line.plan.replace('"agent":"2"', '"agent":"3"') } : line));
    const { code, output, errors } = await run(['replay', folder]);
    assert.deepEqual([code, errors], [1, '']);
    assert.equal(output, [
      'planned 4 ticks in 1 file again: 2 are not the same',
      `first tick 3 of ${timeOf(3)}, 000001.jsonl.gz line 3, at byte 66:`,
      '  recorded ..."team":"1","agent":"3","why":"turn"},{"conversation":"6","te...',
      '  now      ..."team":"1","agent":"2","why":"turn"},{"conversation":"6","te...',
      '',
    ].join('\n'));
  });

  test('a refusal is planned again too', async () => {
    const refuse = (refused) => (line, n) => (n === 2 ? { ...line, snapshot: '{"version":1,"agent":[]}', plan: null, refused, claim: undefined } : line);
    assert.equal((await run(['replay', await recorded(refuse({ code: 'unknown_field', path: '/agent' }))])).code, 0);
    const { code, output } = await run(['replay', await recorded(refuse({ code: 'unknown_field', path: '/agents' }))]);
    assert.equal(code, 1);
    assert.match(output, /^ {2}recorded \.\.\.own_field at "\/agents"\n {2}now      \.\.\.own_field at "\/agent"$/m);
  });

  test('a cut line is said and harmless, a damaged one is 1', async () => {
    const folder = await recorded();
    const path = join(folder, '000001.jsonl.gz');
    appendFileSync(path, gzipSync('{"recording":1,"tick":5').subarray(0, -9));
    assert.deepEqual(await run(['replay', folder]), {
      code: 0, signal: null, errors: '',
      output: '000001.jsonl.gz: line 5 is cut off, as a host that was killed leaves it\nplanned 4 ticks in 1 file again: all the same, byte for byte\n',
    });
    writeFileSync(join(folder, '000002.jsonl.gz'), gzipSync('nonsense\n'));
    const { code, output } = await run(['replay', folder]);
    assert.equal(code, 1);
    assert.match(output, /^000002\.jsonl\.gz: line 1 is damaged$/m);
  });

  test('no folder, an empty one and a file are 2, for every command', async () => {
    const empty = newFolder();
    mkdirSync(empty);
    const none = join(root, 'none');
    const nothing = `error: there is no recording in ${empty}\n`;
    await Promise.all([
      [['replay', empty], nothing],
      [['replay', none], `error: ${none} cannot be read: ENOENT\n`],
      [['replay', MAIN], `error: ${MAIN} cannot be read: ENOTDIR\n`],
      [['diff', empty, '--rule', 'least_loaded'], nothing],
      [['why', '1', '--from', empty], nothing],
    ].map(async ([args, errors]) => assert.deepEqual(await run(args), { code: 2, signal: null, output: '', errors })));
  });

  const WRONG = [
    ['replay'], ['diff', 'x'], ['diff', 'x', '--rule', 'manual'], ['why'], ['why', '1', '--at', '3'], ['why', '1', '--from', 'x', '--at', 'noon'],
    ['--record'], ['--record', 'x', '--record-size', '0'], ['--record', 'x', '--record-keep', '0'],
  ];
  test('what makes no sense is refused in one line with exit code 2', async () => {
    await Promise.all(WRONG.map(async (args) => {
      const { code, output, errors } = await run(args);
      assert.deepEqual([code, output], [2, ''], args.join(' '));
      assert.match(errors, /^error: .+\n$/, args.join(' '));
    }));
  });

  test('diff is a table', async () => {
    const { code, output, errors } = await run(['diff', await recorded(), '--rule', 'libredesk_2026']);
    assert.deepEqual([code, errors], [0, '']);
    assert.equal(output, [
      'conversations that each agent got',
      'agent  recorded  libredesk_2026  difference',
      '1             3               3           0',
      '2             3               3           0',
      '3             2               2           0',
      '0 of 8 decisions in 4 ticks differ: 0 another agent, 0 wait instead, 0 assigned instead',
      '',
    ].join('\n'));
  });

  test('why finds the tick: the last, by number, by time', async () => {
    const folder = newFolder();
    // Two runs. Conversation 5 waits in ticks 1 and 2 of both.
    for (const away of ['away', 'offline']) {
      const { tick, close } = startRecording(folder);
      await tick({ ...desk, agents: desk.agents.map((agent) => ({ ...agent, availability: away })), conversations: [5] });
      await tick({ ...desk, conversations: [4, 5] });
      await tick({ ...desk, conversations: [6] });
      await close();
    }
    const why = async (...args) => (await run(['why', '5', '--from', folder, ...args])).output.split('\n');
    const [last, first, third, ninth, then, later, sooner, nowhere] = await Promise.all([
      why(), why('--at', '1'), why('--at', '3'), why('--at', '9'),
      why('--at', timeOf(2)), why('--at', '2026-03-01T12:00Z'), why('--at', '2026-02-01'),
      // 3 is an agent.
      run(['why', '3', '--from', folder]),
    ]);
    assert.deepEqual(last, [
      'conversation 5 went to agent 2 (turn)',
      `team 1, round_robin, place 2 of 2 in the queue, tick 2 of ${timeOf(2)}`,
      'agent    load   owed  answer',
      'agent 2     0  +0.33  takes it',
      'agent 3     0  +0.33  2nd in line',
      'agent 1     1  -0.67  3rd in line',
      '',
    ]);
    // The number is that of the last run.
    assert.match(first[3], /is offline/);
    assert.deepEqual(third, ['conversation 5 did not wait at tick 3', '']);
    assert.deepEqual(ninth, ['the recording has no tick 9', '']);
    assert.deepEqual(then, last);
    assert.deepEqual(later, [`conversation 5 did not wait at tick 3 of ${timeOf(3)}`, '']);
    assert.deepEqual(sooner, ['the recording begins later', '']);
    assert.deepEqual(nowhere, { code: 1, signal: null, output: 'conversation 3 waited in no recorded tick\n', errors: '' });
  });

  test('why says what became of the decision', async () => {
    const first = async (...args) => {
      const folder = newFolder();
      const { tick, close } = startRecording(folder);
      await tick({ ...desk, conversations: [5] }, ...args);
      await close();
      return (await run(['why', '5', '--from', folder])).output.split('\n')[0];
    };
    assert.equal(await first(), 'conversation 5 went to agent 1 (turn)');
    assert.equal(await first({ lost: [5] }), 'conversation 5 went to agent 1 (turn); somebody else changed it meanwhile, and it was left as it was');
    assert.equal(await first({ won: false }), 'conversation 5 went to agent 1 (turn); another host wrote its plan first, and this was not written');
    const failed = await recorded((line) => ({ ...line, claim: null }));
    assert.match((await run(['why', '5', '--from', failed])).output, /^conversation 5 went to agent 2 \(turn\); the claim failed, and may have been written or not\n/);
  });

  test('why does not explain what this Evenhand would not have decided', async () => {
    const folder = await recorded((line) => ({ ...line, plan: line.plan.replace('"agent":"2"', '"agent":"3"') }));
    const { code, output, errors } = await run(['why', '5', '--from', folder]);
    assert.deepEqual([code, output], [1, '']);
    assert.match(errors, /^error: tick 3 of .+ was decided otherwise by another version of Evenhand: .+; see replay\n$/);
  });
});

describe('on the embedded desk', () => {
  test('what is recorded replays, holds no name, and explains every gate of the desk', async () => {
    const folder = newFolder();
    const data = join(root, 'desk');
    const { code, output } = await run(['--data', data, '--ticks', '3', '--interval', '0.1', '--record', folder, '--record-size', '0.005']);
    assert.equal(code, 0, output);

    const all = await entries(folder);
    assert.deepEqual(all.map(({ line }) => [line.tick, line.version, line.claim.won, line.claim.claimed]), [
      [1, '0', true, 244], [2, '1', true, 0], [3, '2', true, 0],
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
    const waits = JSON.parse(all[2].line.plan).decisions.find(({ team }) => team === '6').conversation;
    const shipping = (await run(['why', waits, '--from', folder, '--data', data])).output;
    assert.match(shipping, /^conversation \d+ waits \(all full\)\nShipping, round_robin, place \d+ of 68 in the queue, tick 3 of /);
    assert.match(shipping, /^Arjun Rao +4 +0\.00 {2}passed over, team_full: holds 4, and the team gives nothing from 4 on$/m);
    assert.match((await run(['why', waits, '--from', folder])).output, /^agent 42 +4 +0\.00 {2}passed over, team_full/m);

    // The live desk: one that waits, one that was claimed, and none.
    assert.equal(
      (await run(['why', waits, '--data', data])).output,
      shipping.replace(/tick 3 of .*/, 'as the desk is now'),
    );
    const { conversation, agent } = decisions[0];
    const claimed = await run(['why', conversation, '--data', data]);
    assert.equal(claimed.code, 1);
    assert.match(claimed.output, new RegExp(`^conversation ${conversation} does not wait: [A-Z]\\w+ [A-Z]\\w+ has it; what led there is in a recording`));
    assert.match((await run(['why', conversation, '--from', folder])).output, new RegExp(`^conversation ${conversation} went to agent ${agent} \\(turn\\)\n.*tick 1 of`));
    assert.equal((await run(['why', '99999', '--data', data])).output, 'there is no conversation 99999\n');
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
    agents: [...range(1, 40), { id: 41, availability: 'away' }],
    teams: [{ id: 1, members: range(1, 41).map(({ id }) => id), max: 3 }, { id: 2, members: [1] }, { id: 3, members: [41] }],
    conversations: [...range(1, waiting), ...range(waiting + 1, waiting + 50, { team: 3 })],
  });

  test('a host that is killed at any moment leaves what replays, and the next goes on in a file of its own', async () => {
    await desk(2000);
    const folder = newFolder();
    const runs = 6;
    let written = 0;
    for (let n = 1; n <= runs; n += 1) {
      const host = start(['--interval', '0.01', '--record', folder, '--record-size', '0.03'], { url });
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
    // No file of this process may be larger than 8 blocks of 512 or 1024 bytes: writing fails in the middle of a line.
    const limited = { url, program: 'bash', before: ['-c', 'ulimit -f 8; exec "$@"', 'bash', process.execPath, MAIN] };
    const { code, output } = await run(['--ticks', '4', '--interval', '0.05', '--record', folder], limited);
    assert.equal(code, 0, output);
    assert.equal(output.match(/ tick \d+: /g).length, 4);
    assert.deepEqual(output.match(/^.*recorded.*$/gm).map((line) => line.slice(9)), [
      `error: nothing is recorded in ${folder} for now: EFBIG: file too large, write; assigning goes on`,
    ]);
    assert.equal((await state(query)).version, 4);
    // Not even an empty file is left behind by each tick.
    assert.deepEqual(readdirSync(folder), []);
  });

  test('a disk that is full in the middle of a line: the whole ones stay, and what is missing is said', async () => {
    await desk(300);
    const folder = newFolder();
    const limited = { url, program: 'bash', before: ['-c', 'ulimit -f 8; exec "$@"', 'bash', process.execPath, MAIN] };
    const { code, output } = await run(['--ticks', '12', '--interval', '0.01', '--record', folder], limited);
    assert.equal(code, 0, output);
    const all = await entries(folder);
    assert.deepEqual(all.filter(({ fault }) => fault), []);
    const [missing, back] = [/nothing is recorded in/g, / again, 1 tick is missing\n/g].map((pattern) => [...output.matchAll(pattern)].length);
    assert.ok(missing > 0 && [missing - 1, missing].includes(back), output);
    assert.equal(all.length, 12 - missing);
    assert.ok(all.some(({ number }) => number > 1) && (await filesOf(folder)).length > 1);
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
    await query(`UPDATE evenhand_state SET cursors = '[{"team": "1", "rule": "lottery", "turns": []}]'`);
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
      agents: [{ id: 1 }, { id: 2 }, { id: 3, availability: 'away' }],
      teams: [{ id: 1, members: [1, 2, 3], max: 1 }, { id: 2 }],
      conversations: [{ id: 7 }, { id: 8 }, { id: 9 }, { id: 10, team: null }, { id: 11, status: 4 }],
    });
    const why = async (id) => (await run(['why', id], { url })).output;
    const before7 = await why('7');
    const [, first, second] = /^conversation 7 would go to (Agent [12]) \(turn\)\n.*\n.*\n.*takes it\n(Agent [12]) /.exec(before7);
    assert.equal(before7, [
      `conversation 7 would go to ${first} (turn)`,
      'Team 1, round_robin, place 1 of 3 in the queue, as the desk is now',
      'agent    load  owed  answer',
      `${first}     0  0.00  takes it`,
      `${second}     0  0.00  2nd in line`,
      'Agent 3     0  0.00  passed over, unavailable: is away, the team serves online',
      '',
    ].join('\n'));
    assert.match(await why('9'), /^conversation 9 waits \(all full\)\n/);
    assert.equal((await state(query)).version, 0);

    assert.equal((await run(['--once'], { url })).code, 0);
    assert.equal(await why('7'), `conversation 7 does not wait: ${first} has it; what led there is in a recording, if there is one: --from\n`);
    assert.equal(await why('9'), [
      'conversation 9 waits (all full)',
      'Team 1, round_robin, place 1 of 1 in the queue, as the desk is now',
      'agent    load   owed  answer',
      // The second one was the only candidate and paid what only they were owed.
      `Agent 1     1  ${first === 'Agent 1' ? '-' : '+'}0.50  passed over, team_full: holds 1, and the team gives nothing from 1 on`,
      `Agent 2     1  ${first === 'Agent 2' ? '-' : '+'}0.50  passed over, team_full: holds 1, and the team gives nothing from 1 on`,
      'Agent 3     0   0.00  passed over, unavailable: is away, the team serves online',
      '',
    ].join('\n'));
    assert.equal(await why('10'), 'conversation 10 does not wait: it is in no team\n');
    assert.equal(await why('11'), 'conversation 11 does not wait: its status is Resolved\n');
    assert.equal(await why('abc'), 'there is no conversation abc\n');
  });
});
