#!/usr/bin/env node
// The host: options, the log, the exit code.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import pino from 'pino';
import pretty from 'pino-pretty';
import { openEmbedded, openMemory, openPostgres, STATE } from './desk.mjs';
import { dryRunLines, failureLine, lostLines, size, tickLine, waitingLines } from './report.mjs';
import { dryRun, tick } from './tick.mjs';
import { repeat } from './timer.mjs';

const RULES = ['round_robin', 'least_loaded', 'libredesk_2025', 'libredesk_2026'];
const AVAILABILITIES = ['online', 'away', 'away_manual', 'offline', 'away_and_reassigning'];
const SIGNALS = { SIGINT: 130, SIGTERM: 143 };

process.exitCode = await main();

async function main() {
  const options = readOptions();
  if (typeof options === 'number') return options;

  // Nobody reads any longer: a reason to stop, not to crash.
  process.stdout.on('error', () => {});
  const log = pino({ base: null }, pretty({
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

  let desk;
  try {
    desk = await open(options, log);
    log.info(`Evenhand on ${desk.title}`);
    if (options.embedded) {
      log.info('for your own Libredesk set DATABASE_URL=postgres://..., and try it with --dry-run first: it writes nothing');
    }
    if (!options.dryRun) await desk.query(STATE);
  } catch (error) {
    log.error(`the desk cannot be opened: ${error.message || error.code}`);
    await desk?.close();
    return 1;
  }

  try {
    return options.dryRun ? await showPlan(desk, options) : await work(desk, options, log);
  } catch (error) {
    log.error(failureLine(1, error));
    return 1;
  } finally {
    await desk.close();
  }
}

async function showPlan(desk, options) {
  const outcome = await dryRun(desk, options);
  for (const line of [size(outcome), ...dryRunLines(outcome)]) console.log(line);
  return 0;
}

/** Ticks until the number of ticks is reached or a signal comes. Returns the exit code. */
async function work(desk, options, log) {
  const stop = new AbortController();
  for (const [name, code] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      // The claim is one statement: leaving in the middle of it loses a tick and harms nothing.
      if (stop.signal.aborted) process.exit(code);
      log.info(`${name}: ending after the running tick`);
      stop.abort();
    });
  }
  process.stdout.on('error', () => stop.abort());

  let failures = 0;
  let lastWaiting = '';
  await repeat(async (n) => {
    try {
      const outcome = await tick(desk, options);
      if (n === 1) log.info(size(outcome));
      log.info(tickLine(n, outcome));
      for (const line of lostLines(outcome)) log.info(`  ${line}`);
      // Who waits and why is said again only when it is news.
      const waiting = waitingLines(outcome);
      if (waiting.join('\n') !== lastWaiting) for (const line of waiting) log.info(`  ${line}`);
      lastWaiting = waiting.join('\n');
    } catch (error) {
      failures += 1;
      log.error(failureLine(n, error));
    }
  }, { interval: options.interval * 1000, times: options.ticks, signal: stop.signal });
  return failures > 0 && options.ticks !== Infinity ? 1 : 0;
}

function open({ embedded, data, dryRun: dry }, log) {
  if (!embedded) return openPostgres(process.env.DATABASE_URL);
  const creating = () => log.info('creating a sample desk, this takes some seconds');
  if (existsSync(data) || !dry) return openEmbedded(data, creating);
  // A dry run leaves nothing behind, so it creates no desk either.
  creating();
  return openMemory();
}

/** Returns the options, or the exit code where there is nothing to run. */
function readOptions() {
  const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
  const home = fileURLToPath(new URL('.evenhand-desk', import.meta.url));
  const command = new Command('evenhand-host')
    .description('Assigns the waiting conversations of a Libredesk database with Evenhand, on a timer.')
    .option('--interval <seconds>', 'from the start of one tick to the start of the next', seconds, 5)
    .addOption(new Option('--once', 'run one tick and end').conflicts('ticks'))
    .option('--ticks <n>', 'run n ticks and end', wholeNumber)
    .addOption(new Option('--dry-run', 'print the plan of one tick and write nothing').conflicts('ticks'))
    .addOption(new Option('--rule <rule>', 'the rule for teams set to "Round robin"').choices(RULES).default('round_robin'))
    .addOption(new Option('--assignable <list>', 'the availabilities that get new work, with commas between')
      .argParser(availabilities)
      .default(['online'], 'online'))
    .option('--data <folder>', 'the folder of the embedded sample desk, even if DATABASE_URL is set')
    .version(version)
    .helpOption('--help', 'show this text')
    .showSuggestionAfterError(false)
    .exitOverride()
    .addHelpText('after', `
Environment:
  DATABASE_URL           the Libredesk database, postgres://user:password@host:port/name;
                         without it, an embedded PostgreSQL with a sample desk

Signals:
  SIGINT, SIGTERM        end after the running tick; a second one ends at once

Exit codes:
  0                      ended as told: all ticks done, or a signal came
  1                      the desk could not be opened, or, with --once, --ticks or --dry-run, a tick failed
  2                      an option that does not exist or a value that makes no sense
  130, 143               ended at once by a second SIGINT or SIGTERM`);
  try {
    const { data, ...options } = command.parse().opts();
    const url = process.env.DATABASE_URL;
    const embedded = data !== undefined || !url;
    if (!embedded && !/^postgres(ql)?:\/\//.test(url)) {
      command.error('error: DATABASE_URL must begin with postgres:// or postgresql://');
    }
    return { ...options, embedded, data: data ?? home, ticks: options.once ? 1 : (options.ticks ?? Infinity) };
  } catch (error) {
    if (error.name !== 'CommanderError') throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
}

function seconds(text) {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value < 0.01 || value > 86_400) {
    throw new InvalidArgumentError('It must be a number from 0.01 to 86400.');
  }
  return value;
}

function wholeNumber(text) {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > Number.MAX_SAFE_INTEGER) {
    throw new InvalidArgumentError('It must be a whole number from 1.');
  }
  return value;
}

function availabilities(text) {
  const list = text.split(',');
  if (!list.every((word) => AVAILABILITIES.includes(word))) {
    throw new InvalidArgumentError(`It must be made of ${AVAILABILITIES.join(', ')}.`);
  }
  return list;
}
