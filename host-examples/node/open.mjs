// Which desk: the options of every command that opens one, and the door they lead to.

import { existsSync } from 'node:fs';
import { InvalidArgumentError, Option } from 'commander';
import { numberFrom, readEnvironmentToo, readSettings, WrongConfiguration } from './config.mjs';
import { openEmbedded, openMemory, openPostgres } from './desk.mjs';

export const RULES = ['round_robin', 'least_loaded', 'least_recent', 'libredesk_2025', 'libredesk_2026'];
export const OBJECTIVES = ['in_order', 'most'];
export const AVAILABILITIES = ['online', 'away', 'away_manual', 'offline', 'away_and_reassigning'];

/** Where the embedded desk is, of the working directory. */
const HOME = '.evenhand-desk';

/** Adds the options that say which desk it is and how it is planned. */
export function addDeskOptions(command) {
  readEnvironmentToo(command);
  return command
    .option('--config <file>', 'the configuration; default: evenhand.config.json in the working directory, if it exists')
    .addOption(new Option('--rule <rule>', 'the rule for teams set to "Round robin"').choices(RULES).default('round_robin'))
    .addOption(new Option('--objective <objective>', 'assign each conversation in turn, or serve as many as possible').choices(OBJECTIVES).default('in_order'))
    .addOption(new Option('--assignable <list>', 'the availabilities that get new work, separated by commas')
      .argParser(availabilities)
      .default(['online', 'away'], 'online,away'))
    .addOption(new Option('--timeout <seconds>', 'cancel a statement after this many seconds and treat the database as lost')
      .argParser(numberFrom(0.1, 3600))
      .default(30))
    .option('--sql <folder>', 'folder with the SQL statements for a help desk other than Libredesk')
    .option('--data <folder>', 'folder of the sample desk; uses the sample desk even if DATABASE_URL is set');
}

/**
 * Returns the settings of a command with the options above: all its options, what else the
 * configuration says, and `embedded`, which says whether the desk is the embedded one. Ends the
 * command where they make no sense.
 */
export function settingsOf(command) {
  return whichDesk(settingsFrom(command), command);
}

/** Adds to `options` which desk it is. */
export function whichDesk({ data, ...options }, command) {
  const url = process.env.DATABASE_URL;
  const embedded = data !== undefined || !url;
  if (!embedded && !/^postgres(ql)?:\/\//.test(url)) {
    command.error('error: DATABASE_URL must begin with postgres:// or postgresql://');
  }
  if (embedded && options.sql !== undefined) command.error('error: --sql needs DATABASE_URL: the sample desk is a Libredesk');
  return { ...options, embedded, data: data ?? HOME };
}

function settingsFrom(command) {
  try {
    return readSettings(command);
  } catch (error) {
    if (error instanceof WrongConfiguration) command.error(`error: ${error.message}`);
    throw error;
  }
}

/**
 * Opens the desk of `settings`. With `readOnly` nothing is left behind, not even a sample desk.
 * @returns {Promise<import('./desk.mjs').Desk>}
 */
export function openDesk({ embedded, data, timeout, sql }, log, { readOnly = false } = {}) {
  if (!embedded) return openPostgres(process.env.DATABASE_URL, { timeout, sql });
  const creating = () => log.info('creating a sample desk, this takes some seconds');
  if (existsSync(data) || !readOnly) return openEmbedded(data, creating);
  creating();
  return openMemory();
}

function availabilities(text) {
  const list = text.split(',');
  if (!list.every((word) => AVAILABILITIES.includes(word))) {
    throw new InvalidArgumentError(`It must be made of ${AVAILABILITIES.join(', ')}.`);
  }
  return list;
}
