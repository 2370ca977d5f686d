// Which desk: the options of every command that opens one, and the door they lead to.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError, Option } from 'commander';
import { openEmbedded, openMemory, openPostgres } from './desk.mjs';

export const RULES = ['round_robin', 'least_loaded', 'libredesk_2025', 'libredesk_2026'];
export const AVAILABILITIES = ['online', 'away', 'away_manual', 'offline', 'away_and_reassigning'];

const HOME = fileURLToPath(new URL('.evenhand-desk', import.meta.url));

/** Adds the options that say which desk it is and how it is planned. */
export function addDeskOptions(command) {
  return command
    .addOption(new Option('--rule <rule>', 'the rule for teams set to "Round robin"').choices(RULES).default('round_robin'))
    .addOption(new Option('--assignable <list>', 'the availabilities that get new work, with commas between')
      .argParser(availabilities)
      .default(['online'], 'online'))
    .option('--data <folder>', 'the folder of the embedded sample desk, even if DATABASE_URL is set');
}

/**
 * Returns the settings of a command with the options above: all its options, and `embedded`, which
 * says whether the desk is the embedded one. Ends the command where they make no sense.
 */
export function settingsOf(command) {
  const { data, ...options } = command.opts();
  const url = process.env.DATABASE_URL;
  const embedded = data !== undefined || !url;
  if (!embedded && !/^postgres(ql)?:\/\//.test(url)) {
    command.error('error: DATABASE_URL must begin with postgres:// or postgresql://');
  }
  return { ...options, embedded, data: data ?? HOME };
}

/**
 * Opens the desk of `settings`. With `readOnly` nothing is left behind, not even a sample desk.
 * @returns {Promise<import('./desk.mjs').Desk>}
 */
export function openDesk({ embedded, data }, log, { readOnly = false } = {}) {
  if (!embedded) return openPostgres(process.env.DATABASE_URL);
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
