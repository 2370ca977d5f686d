// The host at work: ticks until told to stop, and what runs along with them.

import { InvalidArgumentError, Option } from 'commander';
import { STATE } from './desk.mjs';
import { createLog } from './log.mjs';
import { addDeskOptions, openDesk, settingsOf } from './open.mjs';
import { dryRunLines, failureLine, lostLines, size, tickLine, waitingLines } from './report.mjs';
import { dryRun, tick } from './tick.mjs';
import { repeat } from './timer.mjs';

const SIGNALS = { SIGINT: 130, SIGTERM: 143 };

/**
 * Something that runs along with the ticks, by options of its own.
 * @typedef {object} Part
 * @property {(program: import('commander').Command) => void} [addOptions]
 * @property {(context: Context) => Promise<Companion | undefined> | Companion | undefined} start
 *   called once the desk is open and has Evenhand's table; returns nothing where it is not asked for
 *
 * @typedef {object} Context
 * @property {import('./desk.mjs').Desk} desk
 * @property {object} settings every option, and `embedded`: whether the desk is the sample
 * @property {import('pino').Logger} log
 * @property {AbortSignal} signal aborted when the host is told to stop
 *
 * @typedef {object} Companion each is awaited; an error in one ends the host
 * @property {(n: number, outcome: import('./tick.mjs').Outcome) => unknown} [ticked]
 * @property {(n: number, error: Error, texts: import('./tick.mjs').Texts) => unknown} [failed] `texts`: how far it came
 * @property {() => unknown} [close] called once, before the desk closes
 */

/** Makes running the host what `program` does without a command. @param {Part[]} parts */
export function addRun(program, parts) {
  program
    .option('--interval <seconds>', 'from the start of one tick to the start of the next', seconds, 5)
    .addOption(new Option('--once', 'run one tick and end').conflicts('ticks'))
    .option('--ticks <n>', 'run n ticks and end', wholeNumber)
    .addOption(new Option('--dry-run', 'print the plan of one tick and write nothing').conflicts('ticks'));
  addDeskOptions(program);
  for (const part of parts) part.addOptions?.(program);
  program.action(async (_options, command) => {
    const settings = settingsOf(command);
    process.exitCode = await run({ ...settings, ticks: settings.once ? 1 : (settings.ticks ?? Infinity) }, parts);
  });
}

/** Returns the exit code. */
async function run(settings, parts) {
  const log = createLog();
  let desk;
  try {
    desk = await openDesk(settings, log, { readOnly: settings.dryRun });
    log.info(`Evenhand on ${desk.title}`);
    if (settings.embedded) {
      log.info('for your own Libredesk set DATABASE_URL=postgres://..., and try it with --dry-run first: it writes nothing');
    }
    if (!settings.dryRun) await desk.query(STATE);
  } catch (error) {
    log.error(`the desk cannot be opened: ${error.message || error.code}`);
    await desk?.close();
    return 1;
  }

  try {
    return settings.dryRun ? await showPlan(desk, settings) : await work(desk, settings, log, parts);
  } catch (error) {
    log.error(failureLine(1, error));
    return 1;
  } finally {
    await desk.close();
  }
}

async function showPlan(desk, settings) {
  const outcome = await dryRun(desk, settings);
  for (const line of [size(outcome), ...dryRunLines(outcome)]) console.log(line);
  return 0;
}

/** Ticks until the number of ticks is reached or a signal comes. Returns the exit code. */
async function work(desk, settings, log, parts) {
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

  const companions = [speaker(log)];
  let failures = 0;
  try {
    for (const part of parts) {
      companions.push(await part.start({ desk, settings, log, signal: stop.signal }) ?? {});
    }
    await repeat(async (n) => {
      const texts = {};
      let outcome;
      try {
        outcome = await tick(desk, settings, texts);
      } catch (error) {
        failures += 1;
        for (const companion of companions) await companion.failed?.(n, error, texts);
        return;
      }
      for (const companion of companions) await companion.ticked?.(n, outcome);
    }, { interval: settings.interval * 1000, times: settings.ticks, signal: stop.signal });
  } finally {
    for (const companion of companions.reverse()) await companion.close?.();
  }
  return failures > 0 && settings.ticks !== Infinity ? 1 : 0;
}

/** Says in the log what happens. @returns {Companion} */
function speaker(log) {
  let lastWaiting = '';
  return {
    ticked(n, outcome) {
      if (n === 1) log.info(size(outcome));
      log.info(tickLine(n, outcome));
      for (const line of lostLines(outcome)) log.info(`  ${line}`);
      // Who waits and why is said again only when it is news.
      const waiting = waitingLines(outcome);
      if (waiting.join('\n') !== lastWaiting) for (const line of waiting) log.info(`  ${line}`);
      lastWaiting = waiting.join('\n');
    },
    failed(n, error) {
      log.error(failureLine(n, error));
    },
  };
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
