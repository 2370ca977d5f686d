// The log: lines for people, or the same lines as JSON, each with its event and what belongs to it.
// `log.schema.json` says what a JSON line holds.

import pino from 'pino';
import pretty from 'pino-pretty';
import { lines } from './output.mjs';

/** From the least that may be said to the most. */
export const LEVELS = ['error', 'warn', 'info', 'debug'];

/** Returns the log of a host, on standard output. */
export function createLog({ json = false, logLevel: level = 'info' } = {}) {
  // Nobody reads any longer: a reason to stop, not to crash.
  process.stdout.on('error', () => {});
  if (json) {
    return pino({
      base: null,
      level,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (name) => ({ level: name }) },
      // What has no event of its own is a note.
      mixin: (line) => ('event' in line ? {} : { event: 'note' }),
    }, pino.destination({ dest: 1, sync: true }).on('error', () => {}));
  }
  return pino({ base: null, level }, pretty({
    minimumLevel: level,
    destination: lines,
    sync: true,
    colorize: process.stdout.isTTY === true && !process.env.NO_COLOR,
    customColors: 'message:reset',
    ignore: 'time,level',
    hideObject: true,
    messageFormat: (record, key, _label, { colors }) => {
      const time = colors.gray(new Date(record.time).toTimeString().slice(0, 8));
      const text = record[key];
      if (record.level >= pino.levels.values.error) return `${time} ${colors.red(`error: ${text}`)}`;
      return `${time} ${record.level >= pino.levels.values.warn ? colors.yellow(`warning: ${text}`) : text}`;
    },
  }));
}
