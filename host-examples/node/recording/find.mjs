// Finding the tick of a recording in which a conversation was decided.

import { readRecording } from './read.mjs';

/**
 * Finds the last line in which the conversation waited; with `at`, of that tick, or of the last tick
 * until that time. Tick numbers begin anew with every start of a host: the last run counts that has it.
 * @param {string} folder
 * @param {string} conversation its id
 * @param {{tick: number} | {time: number}} [at]
 * @param {string} [called] what people call it
 * @returns {Promise<{line: object} | {absence: string}>} the line, or why there is none
 */
export async function findTick(folder, conversation, at, called = `id:${conversation}`) {
  const waits = ({ snapshot }) =>
    // Most lines need not be read any further.
    snapshot.includes(JSON.stringify(conversation)) && idsIn(snapshot).includes(conversation);
  if (at?.time !== undefined) {
    let last;
    for await (const { line } of readRecording(folder)) {
      if (line && Date.parse(line.time) <= at.time && !(Date.parse(line.time) < Date.parse(last?.time))) last = line;
    }
    if (!last) return { absence: 'the recording begins later' };
    return waits(last) ? { line: last } : { absence: `conversation ${called} did not wait at tick ${last.tick} of ${last.time}` };
  }
  let file;
  let last;
  let seen = false;
  for await (const entry of readRecording(folder, { newestFileFirst: true })) {
    if (last && entry.file !== file) break;
    file = entry.file;
    if (!entry.line || (at && entry.line.tick !== at.tick)) continue;
    seen = true;
    if (waits(entry.line)) last = entry.line;
  }
  if (last) return { line: last };
  if (!at) return { absence: `conversation ${called} waited in no recorded tick` };
  return { absence: seen ? `conversation ${called} did not wait at tick ${at.tick}` : `the recording has no tick ${at.tick}` };
}

/** A snapshot that was refused may be anything. */
function idsIn(snapshot) {
  try {
    return JSON.parse(snapshot).conversations.map(({ id }) => id);
  } catch {
    return [];
  }
}
