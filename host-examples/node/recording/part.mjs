// The recorder as something that runs along with the ticks.

import { Option } from 'commander';
import { numberFrom, wholeNumberFrom } from '../config.mjs';
import { createRecorder } from './write.mjs';

const MEGABYTE = 1_000_000;

/** @type {import('../run.mjs').Part} */
export const recording = {
  addOptions(program) {
    program
      .option('--record <folder>', 'record every snapshot and plan there: ids and counts, no names')
      .addOption(new Option('--record-size <megabytes>', 'size at which the next file of the recording begins')
        .argParser(numberFrom(0.001, 100_000))
        .default(64))
      .option('--record-keep <files>', 'number of files to keep; the oldest are deleted (default: all)', wholeNumberFrom(1));
  },
  start({ settings: { record: folder, recordSize, recordKeep }, log, tell }) {
    if (folder === undefined) return undefined;
    const recorder = createRecorder(folder, {
      fileSize: recordSize * MEGABYTE,
      keep: recordKeep,
      failed: (error) => log.error({ event: 'recording_failed', error: error.message }, `nothing is recorded in ${folder} for now: ${error.message}; assigning goes on`),
      recovered: (missed) => log.info({ event: 'recording_back', missed }, `recording in ${folder} again, ${missed} ${missed === 1 ? 'tick is' : 'ticks are'} missing`),
      counted: (missed) => tell('unrecorded', missed),
    });
    const write = async (tick, line) => {
      if (await recorder.write({ tick, time: new Date().toISOString(), ...line })) await tell('recorded');
    };
    return {
      ticked: (tick, { texts, won, claimed, lost }) =>
        write(tick, { ...texts, claim: { won, claimed, lost } }),
      failed(tick, { name, code, path }, { plan, ...texts }) {
        if (plan !== undefined) return write(tick, { ...texts, plan, claim: null });
        if (name === 'EvenhandError') return write(tick, { ...texts, plan: null, refused: { code, path } });
        // The desk was not even read.
        return undefined;
      },
      close: () => recorder.close(),
    };
  },
};
