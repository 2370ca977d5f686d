// The host at work: ticks until told to stop, and what runs along with them.

import { Option } from 'commander';
import { addApiOptions, apiOf } from './api-options.mjs';
import { dryRunWithEffects, effectLines } from './compare.mjs';
import { numberFrom, wholeNumberFrom, WrongConfiguration } from './config.mjs';
import { checkDesk, STATE } from './desk.mjs';
import { closeWithin, listenForEnd, unlessAborted } from './ending.mjs';
import { createTally } from './failures.mjs';
import { createLog, LEVELS } from './log.mjs';
import { addDeskOptions, openDesk, settingsOf } from './open.mjs';
import { isLost, isRefusedByPooler, isShutOut, untilItAnswers } from './recovery.mjs';
import { dryRunLines, size } from './report.mjs';
import { backLine, sayTooMuch, span, speaker } from './speaker.mjs';
import { tick } from './tick.mjs';
import { createBell, repeat } from './timer.mjs';
import { unusedLines } from './unused.mjs';

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
 * @property {() => void} wake lets the next tick begin now, --debounce after the last one at the earliest
 * @property {(what: keyof Companion, ...news: unknown[]) => Promise<void>} tell tells every companion, as ticks are told
 *
 * @typedef {object} Companion each is awaited; an error in one ends the host
 * @property {(n: number, outcome: import('./tick.mjs').Outcome) => unknown} [ticked]
 * @property {() => unknown} [woken] a tick begins before its time, since something changed
 * @property {(n: number, error: Error, texts: import('./tick.mjs').Texts) => unknown} [failed] `texts`: how far it came
 * @property {(seconds: number, tries: number) => unknown} [back] the database, which `failed` had said was lost, answers
 * @property {() => unknown} [recorded] a tick was recorded
 * @property {(ticks: number) => unknown} [unrecorded] so many ticks are missing in the recording
 * @property {boolean} [shows] it shows what ticks do and who waits, so that nobody need say it
 * @property {import('./api.mjs').Api} [api] through which ticks assign
 * @property {() => unknown} [close] called once, before the desk closes
 */

/** Makes running the host what `program` does without a command. @param {Part[]} parts */
export function addRun(program, parts) {
  addDeskOptions(program)
    .option('--interval <seconds>', 'time from the start of one tick to the start of the next', numberFrom(0.01, 86_400), 5)
    .addOption(new Option('--once', 'run one tick and end').conflicts('ticks'))
    .option('--ticks <n>', 'run n ticks and end', wholeNumberFrom(1))
    .addOption(new Option('--dry-run', 'print the plan of one tick and write nothing').conflicts('ticks'))
    .option('--wait', 'at the start, wait for a database that cannot be reached, does not exist or refuses the login, and for a port that is taken, instead of ending')
    .option('--grace <seconds>', 'time that the running tick has to end after a signal', numberFrom(0, 3600), 8)
    .option('--json', 'write the log as JSON lines')
    .addOption(new Option('--log-level <level>', 'the lowest level that is logged').choices(LEVELS).default('info'));
  addApiOptions(program);
  for (const part of parts) part.addOptions?.(program);
  program.action(async (_options, command) => {
    const settings = settingsOf(command);
    const api = apiOf(settings, command);
    process.exitCode = await run({ ...settings, api, ticks: settings.once ? 1 : (settings.ticks ?? Infinity) }, parts);
  });
}

/** Returns the exit code. */
async function run(settings, parts) {
  const log = createLog(settings);
  const end = listenForEnd(log, settings.grace);
  let desk;
  let code;
  try {
    desk = await openDesk(settings, log, { readOnly: settings.dryRun }).catch(unopened);
    log.info({ event: 'start', desk: desk.title }, `Evenhand on ${desk.title}`);
    if (settings.embedded) {
      log.info('for your own Libredesk set DATABASE_URL=postgres://..., and try it with --dry-run first: it writes nothing');
    }
    await reach(desk, settings, log, end);
    code = settings.dryRun ? await showPlan(desk, settings, log) : await work(desk, settings, log, parts, end);
  } catch (error) {
    code = error === end.reason ? 0 : failure(error, log);
  }
  // An embedded desk writes its last; a server that hangs does not even answer a goodbye.
  if (settings.embedded) await desk?.close();
  else if (desk) await closeWithin(1, desk, code);
  return code;
}

/** Makes sure that the desk answers, has the tables that the statements need, and Evenhand's. */
async function reach(desk, { dryRun: dry, wait, sql }, log, end) {
  const ask = async () => {
    await checkDesk(desk.query, sql);
    // A dry run brings its table along.
    if (!dry) await desk.query(STATE);
  };
  const failing = createTally();
  const asking = wait
    ? untilItAnswers(ask, {
      signal: end,
      isPassing: (error) => !isFinal(error),
      failed(error) {
        const state = stateOf(error);
        const often = failing.count(state);
        const since = often?.times > 1 ? `, for ${span(often.seconds)} by now` : '';
        const text = error.message || error.code;
        log[often ? 'error' : 'debug']({ event: 'waiting_for_database', error: text }, `${state}: ${text}; waiting for it${since}`);
      },
      back: (seconds, tries) => log.info({ event: 'database_back', seconds, tries }, backLine(seconds)),
    })
    : ask();
  await unlessAborted(asking.catch(unopened), end);
}

/** Says why there was nothing to run; returns the exit code. */
function failure(error, log) {
  const reason = error instanceof Unopened ? error.cause : error;
  const text = reason.message || reason.code;
  const [code, sentence] = reason.code === 'ERR_INVALID_URL' ? [2, `DATABASE_URL cannot be read: ${text}`]
    : isRefusedByPooler(reason) ? [2, `the pooler refuses what DATABASE_URL asks for; leave it out, or name it in PgBouncer's ignore_startup_parameters: ${text}`]
    : isFinal(reason) ? [2, text]
    : !(error instanceof Unopened) ? [1, text]
    : isLost(reason) ? [3, `${stateOf(reason)}; --wait waits for it: ${text}`]
    : [1, `${stateOf(reason)}: ${text}`];
  log.error({ event: 'not_started', error: text }, sentence);
  return code;
}

/** Whether no restart mends what `error` says, only a person who changes something: what exit code 2 is for. */
function isFinal(error) {
  return error instanceof WrongConfiguration || error.code === 'ERR_INVALID_URL' || isRefusedByPooler(error);
}

/** Says how it stands with a desk that could not be opened. */
function stateOf(error) {
  if (isShutOut(error)) return 'the database does not let the host in';
  return isLost(error) ? 'the database cannot be reached' : 'the desk cannot be opened';
}

async function showPlan(desk, settings, log) {
  let outcome;
  try {
    outcome = await dryRunWithEffects(desk, settings);
  } catch (error) {
    speaker(log, { ...settings, once: true }).failed(1, error);
    return 1;
  }
  if (outcome.tooMuch) sayTooMuch(log, 1, outcome);
  // This was asked for, whatever else is to be said.
  if (settings.json) log.child({}, { level: 'info' }).info({ event: 'dry_run', plan: outcome.plan, unused: outcome.unused, effects: outcome.effects }, 'nothing was written');
  else for (const line of [size(outcome), ...unusedLines(outcome), ...effectLines(outcome), ...dryRunLines(outcome)]) console.log(line);
  return 0;
}

/** Ticks until the number of ticks is reached or a signal comes. Returns the exit code. */
async function work(desk, settings, log, parts, end) {
  const companions = [];
  const tell = async (what, ...news) => {
    for (const companion of companions) await companion[what]?.(...news);
  };
  const bell = createBell();
  let failures = 0;
  try {
    for (const part of parts) {
      companions.push(await part.start({ desk, settings, log, signal: end, tell, wake: bell.ring }) ?? {});
    }
    const api = settings.api ?? companions.find((one) => one.api)?.api;
    companions.unshift(speaker(log, { ...settings, brief: companions.some(({ shows }) => shows) }));
    await repeat(async (n, woken) => {
      if (woken) await tell('woken');
      let texts;
      const once = () => tick(desk, settings, texts = {}, { api, signal: end });
      const failed = (error) => tell('failed', n, error, texts);
      let outcome;
      try {
        outcome = settings.once ? await once() : await untilItAnswers(once, {
          signal: end,
          failed,
          back: (seconds, tries) => tell('back', seconds, tries),
        });
      } catch (error) {
        if (error === end.reason) return;
        failures += 1;
        await failed(error);
        return;
      }
      await tell('ticked', n, outcome);
    }, { interval: settings.interval * 1000, debounce: settings.debounce * 1000, bell, times: settings.ticks, signal: end });
  } finally {
    for (const companion of companions.reverse()) await companion.close?.();
  }
  return failures > 0 && settings.ticks !== Infinity ? 1 : 0;
}

/** The desk could not be opened, because of `cause`. */
class Unopened extends Error {}

function unopened(cause) {
  throw new Unopened('', { cause });
}
