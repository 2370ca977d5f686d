// Plans every snapshot of a recording again and compares, byte for byte.

import { planJson } from 'evenhand';
import { count } from '../report.mjs';
import { readRecording } from './read.mjs';

/**
 * What came out.
 * @typedef {object} Replay
 * @property {number} ticks
 * @property {number} files
 * @property {number} different how many ticks are not what they were
 * @property {object} [first] the first of these: `{file, number, tick, time, at, recorded, planned}`, `at` in bytes
 * @property {import('./read.mjs').Entry[]} faults lines that could not be read
 */

/** @returns {Promise<Replay>} */
export async function replay(folder) {
  const result = { ticks: 0, files: 0, different: 0, first: undefined, faults: [] };
  let last;
  for await (const entry of readRecording(folder)) {
    if (entry.file !== last) result.files += 1;
    last = entry.file;
    if (entry.fault) {
      result.faults.push(entry);
      continue;
    }
    const { tick, time, snapshot, ...rest } = entry.line;
    result.ticks += 1;
    const recorded = Buffer.from(answer(rest));
    const planned = Buffer.from(answer(again(snapshot)));
    if (recorded.equals(planned)) continue;
    result.different += 1;
    result.first ??= { file: entry.file, number: entry.number, tick, time, ...difference(recorded, planned) };
  }
  return result;
}

/** Says it for people. */
export function replayLines({ ticks, files, different, first, faults }) {
  const lines = faults.map(({ file, number, fault }) => (fault === 'cut'
    ? `${file}: line ${number} is cut off, as a host that was killed leaves it`
    : `${file}: line ${number} is damaged`));
  const what = `${count(ticks, 'tick')} in ${count(files, 'file')}`;
  if (different === 0) return [...lines, `planned ${what} again: all the same, byte for byte`];
  return [
    ...lines,
    `planned ${what} again: ${different} ${different === 1 ? 'is' : 'are'} not the same`,
    `first tick ${first.tick} of ${first.time}, ${first.file} line ${first.number}, at byte ${first.at}:`,
    `  recorded ${first.recorded}`,
    `  now      ${first.planned}`,
  ];
}

/** Plans `snapshot`; returns what a line would hold of it. */
function again(snapshot) {
  try {
    return { plan: planJson(snapshot) };
  } catch (error) {
    if (error.name !== 'EvenhandError') throw error;
    return { refused: { code: error.code, path: error.path } };
  }
}

function answer({ plan, refused }) {
  return String(plan ?? `refused: ${refused?.code} at "${refused?.path}"`);
}

const BEFORE = 20;
const AFTER = 40;

function difference(recorded, planned) {
  let at = 0;
  while (at < recorded.length && recorded[at] === planned[at]) at += 1;
  const excerpt = (bytes) => {
    const from = Math.max(0, at - BEFORE);
    const to = at + AFTER;
    return `${from > 0 ? '...' : ''}${bytes.subarray(from, to).toString()}${to < bytes.length ? '...' : ''}`;
  };
  return { at, recorded: excerpt(recorded), planned: excerpt(planned) };
}
