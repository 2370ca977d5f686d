// Reading a recording, up to the last whole line of each file.

import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { constants, createGunzip } from 'node:zlib';
import { filesOf, FORMAT } from './write.mjs';

/** What is wrong with a recording as a whole: the folder has none, or it is of another format. */
export class RecordingError extends Error {
  name = 'RecordingError';
}

/**
 * A line of a recording, or what stands in the place of one.
 * @typedef {object} Entry
 * @property {string} file
 * @property {number} number of the line in its file, from 1
 * @property {object} [line] absent where there is a fault
 * @property {'cut' | 'damaged'} [fault] `cut`: the file ends in the middle of the line, as a host that
 *   was killed leaves it. `damaged`: the line is none, or the rest of the file cannot be read.
 */

/**
 * Reads the recording in `folder`, oldest line first.
 * @param {{newestFileFirst?: boolean}} [options]
 * @returns {AsyncGenerator<Entry>}
 */
export async function* readRecording(folder, { newestFileFirst = false } = {}) {
  const files = await filesOf(folder).catch((error) => {
    throw new RecordingError(`${folder} cannot be read: ${error.code ?? error.message}`);
  });
  if (files.length === 0) throw new RecordingError(`there is no recording in ${folder}`);
  if (newestFileFirst) files.reverse();
  for (const file of files) {
    let number = 0;
    for await (const { text, fault } of linesOf(join(folder, file))) {
      number += 1;
      yield fault ? { file, number, fault } : { file, number, ...read(text, file) };
    }
  }
}

function read(text, file) {
  let line;
  try {
    line = JSON.parse(text);
  } catch {
    return { fault: 'damaged' };
  }
  if (!Number.isInteger(line?.recording)) return { fault: 'damaged' };
  if (line.recording === FORMAT) return typeof line.snapshot === 'string' ? { line } : { fault: 'damaged' };
  throw new RecordingError(`${file} is of format ${line.recording}, and this host reads format ${FORMAT}`);
}

/** Yields the lines of a file as `{text}`, and at most one `{fault}` in the end. */
async function* linesOf(path) {
  const compressed = createReadStream(path);
  // A file that ends too early is no error; what is damaged is.
  const stream = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  compressed.on('error', (error) => stream.destroy(error));
  const parts = [];
  try {
    for await (const chunk of compressed.pipe(stream)) {
      let from = 0;
      for (let end; (end = chunk.indexOf(10, from)) >= 0; from = end + 1) {
        parts.push(chunk.subarray(from, end));
        yield { text: Buffer.concat(parts.splice(0)).toString() };
      }
      if (from < chunk.length) parts.push(chunk.subarray(from));
    }
  } catch (error) {
    if (!error.code?.startsWith('Z_')) throw new RecordingError(`${path} cannot be read: ${error.code ?? error.message}`);
    yield { fault: 'damaged' };
    return;
  } finally {
    compressed.destroy();
  }
  if (parts.length > 0) yield { fault: 'cut' };
}
