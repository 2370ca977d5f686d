// The files of a recording: how lines are written, and what is read of them, cut off and damaged ones too.

import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { createRecorder, filesOf } from '../recording/write.mjs';
import { range } from '../test-support/fill.mjs';
import { entries, newFolders, ticksOf } from '../test-support/recordings.mjs';

const newFolder = newFolders();

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
