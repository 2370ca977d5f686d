// The log: lines for people.

import pino from 'pino';
import pretty from 'pino-pretty';

/** Returns the log of a host, on standard output. */
export function createLog() {
  // Nobody reads any longer: a reason to stop, not to crash.
  process.stdout.on('error', () => {});
  return pino({ base: null }, pretty({
    destination: process.stdout,
    sync: true,
    colorize: process.stdout.isTTY === true && !process.env.NO_COLOR,
    customColors: 'message:reset',
    ignore: 'time,level',
    messageFormat: (record, key, _label, { colors }) => {
      const time = colors.gray(new Date(record.time).toTimeString().slice(0, 8));
      return `${time} ${record.level >= pino.levels.values.error ? colors.red(`error: ${record[key]}`) : record[key]}`;
    },
  }));
}
