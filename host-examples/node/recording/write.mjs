// Writing a recording: a line per tick, each in a gzip member of its own. FORMAT.md says what a line holds.

import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);

/** The version of the format; every line carries it. */
export const FORMAT = 1;

/** Returns the names of the files of the recording in `folder`, oldest first. */
export async function filesOf(folder) {
  const numbers = (await readdir(folder)).flatMap((name) => /^(\d{6,12})\.jsonl\.gz$/.exec(name)?.[1] ?? []);
  return numbers.sort((a, b) => a - b).map((number) => `${number}.jsonl.gz`);
}

/**
 * Records into `folder`. Never throws: what cannot be written is missed, and so is what was written into a file that somebody
 * took away. `failed` is called with the error once, until a line comes through again and `recovered` with how many were missed.
 * @param {string} folder made where it is not there yet
 * @param {object} options
 * @param {number} options.fileSize bytes after which the next file is begun
 * @param {number} [options.keep] how many files may stay; the oldest go
 * @param {(error: Error) => void} options.failed
 * @param {(missed: number) => void} options.recovered
 * @param {(lines: number) => unknown} [options.counted] called as often as lines are missed
 */
export function createRecorder(folder, { fileSize, keep = Infinity, failed, recovered, counted = () => {} }) {
  /** The file that grows, once there is a line for it: `{handle, path, size, lines}`. */
  let file;
  let missed = 0;

  return {
    /** Writes `line`, an object, behind what is there. Returns whether it is written. */
    async write(line) {
      await leaveWhatIsGone();
      try {
        const member = await compress(`${JSON.stringify({ recording: FORMAT, ...line })}\n`);
        if (file && file.size + member.length > fileSize) await finish();
        file ??= await begin();
        // One write: a process that is killed leaves the whole of it, or a beginning that no reader takes for a line.
        await file.handle.writeFile(member);
        file.size += member.length;
        file.lines += 1;
      } catch (error) {
        await abandon();
        miss(1, error);
        return false;
      }
      if (missed > 0) recovered(missed);
      missed = 0;
      return true;
    },
    async close() {
      await leaveWhatIsGone();
      await finish().catch(failed);
    },
  };

  function miss(lines, error) {
    if (missed === 0) failed(error);
    missed += lines;
    counted(lines);
  }

  /** Leaves a file that is not in its folder any more: what is written into it, nobody ever reads. */
  async function leaveWhatIsGone() {
    if (!file || await isThere(file)) return;
    const { handle, path, lines } = file;
    file = undefined;
    await handle.close().catch(() => {});
    miss(lines, new Error(`${path} is gone`));
  }

  async function begin() {
    await mkdir(folder, { recursive: true });
    const files = await filesOf(folder);
    // A number of its own, whoever else records here: a file is never gone on with.
    for (let number = parseInt(files.at(-1) ?? '0', 10) + 1; ; number += 1) {
      const path = join(folder, `${String(number).padStart(6, '0')}.jsonl.gz`);
      try {
        const handle = await open(path, 'wx');
        for (const name of files.slice(0, Math.max(0, files.length + 1 - keep))) await rm(join(folder, name), { force: true });
        return { handle, path, size: 0, lines: 0 };
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
    }
  }

  async function finish() {
    const { handle } = file ?? {};
    file = undefined;
    await handle?.close();
  }

  /** Leaves a file with its whole lines, so that nothing stands behind half of one. */
  async function abandon() {
    if (!file) return;
    const { handle, path, size } = file;
    file = undefined;
    await handle.truncate(size).catch(() => {});
    await handle.close().catch(() => {});
    // A full disk would get an empty file with every tick.
    if (size === 0) await rm(path, { force: true }).catch(() => {});
  }
}

/** Whether the file that is open is still the one of that name. */
async function isThere({ handle, path }) {
  try {
    const [open, named] = await Promise.all([handle.stat({ bigint: true }), stat(path, { bigint: true })]);
    return open.ino === named.ino && open.dev === named.dev;
  } catch {
    return false;
  }
}
