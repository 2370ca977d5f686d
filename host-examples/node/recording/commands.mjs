// What people ask of a recording: replay, diff, why.

import { basename } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { explainJson } from 'evenhand';
import { comparisonLines } from '../compare.mjs';
import { readFile, WrongConfiguration } from '../config.mjs';
import { addDeskOptions, OBJECTIVES, openDesk, RULES, settingsOf, whichDesk } from '../open.mjs';
import { numbered } from '../report.mjs';
import { statement } from '../sql.mjs';
import { dryRun, dryRuns } from '../tick.mjs';
import { compare, differenceLines } from './diff.mjs';
import { findTick } from './find.mjs';
import { RecordingError } from './read.mjs';
import { replay, replayLines } from './replay.mjs';
import { whyLines } from './why.mjs';

const CONVERSATION = statement('conversation');
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const IDS_ONLY = 'a recording knows ids only, such as id:41';

const NO_RECORDING = 'wrong options, or no recording in the folder';
const NO_DESK = 'wrong options, no recording in the folder, or a database that is not Libredesk 2.2.0 or later';

const exitCodes = (meanings) => `\nExit codes:\n${meanings.map((meaning, code) => `  ${code}  ${meaning}`).join('\n')}`;

/** Adds the commands to `program`. */
export function register(program) {
  program.command('replay <folder>')
    .description('Plans every snapshot of a recording again, and compares the plans byte for byte.')
    .addHelpText('after', exitCodes(['all the same', 'a plan is not the same, or a line is damaged', NO_RECORDING]))
    .action((folder) => answer(async () => {
      const result = await replay(folder);
      print(replayLines(result));
      return result.different > 0 || result.faults.some(({ fault }) => fault === 'damaged') ? 1 : 0;
    }));

  program.command('diff [folder]')
    .description('Shows what another rule or objective would have decided on a recording, or how two configurations differ on the desk as it is now.')
    .addHelpText('after', exitCodes(['compared', 'the comparison failed', 'wrong options or configuration, no recording in the folder, or a database that is not Libredesk 2.2.0 or later']))
    .addOption(new Option('--rule <rule>', 'the other rule').choices(RULES))
    .addOption(new Option('--objective <objective>', 'the other objective').choices(OBJECTIVES))
    .addOption(new Option('--config <file>', 'one of two configurations; given twice, without a folder').argParser((file, files = []) => [...files, file]))
    .option('--data <folder>', 'the folder of the embedded sample desk, even if DATABASE_URL is set')
    .action((folder, { config, data, ...other }, command) => answer(async () => {
      if (config) {
        if (folder !== undefined) command.error('error: a recording holds what one configuration said, and can be held against another --rule or --objective alone; diff --config A --config B compares two on the desk as it is now');
        if (config.length !== 2 || other.rule || other.objective) command.error('error: diff needs --config twice, and no rule or objective beside it: those are in the files');
        print(await compareOnDesk(config, data, command));
        return 0;
      }
      if (folder === undefined || !(other.rule || other.objective)) command.error('error: diff needs a folder and --rule, --objective or both: what to hold the recording against; or --config twice');
      print(differenceLines(await compare(folder, other), other));
      return 0;
    }));

  const why = program.command('why')
    .argument('<conversation>', 'its number as Libredesk shows it (160), its uuid as in the address bar, or id: and its id (id:61)', reference)
    .description('Explains for each member of the team why they get a conversation or not, on the desk as it is now or in a recording.')
    .addHelpText('after', exitCodes(['explained', 'the conversation did not wait then, or the desk could not be asked', NO_DESK]));
  addDeskOptions(why)
    .option('--from <folder>', 'ask the recording in this folder')
    .option('--json', 'print the answer of Evenhand as JSON with ids, or an object with `absent` or `error` that says why there is none')
    .option('--at <tick>', 'number of the tick, or a time such as 2026-03-01T08:15Z for the last tick up to it', tickOrTime)
    .action((conversation, { json }, command) => answer(() => {
      const settings = settingsOf(command);
      if (settings.at && settings.from === undefined) command.error('error: --at needs a recording, --from <folder>');
      return settings.from === undefined ? askDesk(conversation, settings) : askRecording(conversation, settings, command);
    }, json));
}

async function answer(work, json = false) {
  try {
    process.exitCode = await work();
  } catch (error) {
    if (error.name === 'CommanderError') throw error;
    if (json) print([JSON.stringify({ error: error.message || error.code })]);
    else complain(error.message || error.code);
    process.exitCode = error instanceof RecordingError || error instanceof WrongConfiguration ? 2 : 1;
  }
}

async function askRecording(asked, settings, command) {
  const { id, names, called } = await lookUp(asked, settings, command);
  if (id === undefined) return tellAbsence(undefined, { absent: 'unknown', message: `there is no conversation ${called} on the desk; ${IDS_ONLY}` }, settings);
  const { line, absence } = await findTick(settings.from, id, settings.at, called);
  if (absence) return tellAbsence(id, { absent: 'not_recorded', message: absence }, settings);
  const when = `tick ${line.tick} of ${line.time}`;
  if (line.refused) {
    const message = `${when} was refused, ${line.refused.code} at "${line.refused.path}": nothing was decided`;
    return tellAbsence(id, { absent: 'refused', message }, settings);
  }
  const explanation = explainJson(line.snapshot, id);
  const { decision } = JSON.parse(explanation);
  const recorded = JSON.parse(line.plan).decisions.find(({ conversation }) => conversation === id);
  if (recorded?.agent !== decision.agent || recorded.why !== decision.why) {
    throw new Error(`${when} was decided otherwise by another version of Evenhand: ${JSON.stringify(recorded)}; see replay`);
  }
  return tell(explanation, line.snapshot, settings.json ? undefined : { names, when, goes: 'went to', but: fate(line, recorded) });
}

/** Plans the desk as it is under both configurations. */
async function compareOnDesk(files, data, command) {
  // What a file leaves out is what is usual, not what the environment says.
  const { options } = addDeskOptions(new Command());
  const defaults = Object.fromEntries(options.flatMap((option) => (option.defaultValue === undefined ? [] : [[option.attributeName(), option.defaultValue]])));
  const settings = files.map((file) => ({ ...defaults, ...readFile(file, options) }));
  const bases = files.map((file) => basename(file, '.json'));
  const names = bases[0] === bases[1] ? files : bases;
  const desk = await openDesk(whichDesk({ ...settings[0], data: data ?? settings[0].data }, command), TELL, { readOnly: true });
  try {
    return comparisonLines(await dryRuns(desk, settings, undefined, ({ code, path }, under) => {
      throw new Error(`under ${names[settings.indexOf(under)]} every tick would be refused, ${code} at "${path}"`);
    }), names);
  } finally {
    await desk.close();
  }
}

/** Prints an explanation: in words, or as it is where nothing is said about them. */
function tell(explanation, snapshot, how) {
  print(how ? whyLines(JSON.parse(explanation), JSON.parse(snapshot), how) : [explanation]);
  return 0;
}

/** Says why there is nothing to explain; `conversation` is the id, if it is known. */
function tellAbsence(conversation, absence, { json }) {
  print([json ? JSON.stringify({ conversation, ...absence }) : absence.message]);
  return 1;
}

function fate({ claim }, { conversation, agent }) {
  if (agent === null) return undefined;
  if (claim === null) return 'the claim failed, and may have been written or not';
  if (!claim.won) return 'another host wrote its plan first, and this was not written';
  const lost = claim.lost.some((decision) => decision.conversation === conversation);
  return lost ? 'somebody else had changed or locked it or the agent, or the database refused it, and it was left as it was' : undefined;
}

/**
 * Names and numbers are in no recording: they come from the desk, where one is named.
 * @returns {Promise<{id?: string, called: string, names?: object}>} without `id` where the desk has no such conversation
 */
async function lookUp(asked, settings, command) {
  const { id, called } = asked;
  const isNamed = !settings.embedded || command.getOptionValueSource('data') !== undefined;
  if (id === undefined && !isNamed) command.error(`error: ${IDS_ONLY}; for ${called} name the desk, too, by DATABASE_URL or --data`);
  if (!isNamed || (id !== undefined && settings.json)) return asked;
  let desk;
  try {
    desk = await openDesk(settings, TELL, { readOnly: true });
    const { names } = await dryRun(desk, settings);
    return { ...asked, names, ...await find(desk, asked, names) };
  } catch (error) {
    const reason = `since the desk cannot be asked: ${error.message || error.code}`;
    if (id === undefined) throw Object.assign(error, { message: `${called} cannot be looked up, ${reason}; ${IDS_ONLY}` });
    complain(`without names, ${reason}`);
    return asked;
  } finally {
    await desk?.close();
  }
}

async function askDesk(asked, settings) {
  const desk = await openDesk(settings, TELL, { readOnly: true });
  try {
    const { texts, names } = await dryRun(desk, settings);
    const found = await find(desk, asked, names);
    const explanation = found && explainJson(texts.snapshot, found.id);
    if (explanation) return tell(explanation, texts.snapshot, settings.json ? undefined : { names, when: 'as the desk is now', goes: 'would go to' });
    return tellAbsence(found?.id ?? asked.id, found ? absenceOf(found, names) : { absent: 'unknown', message: `there is no conversation ${asked.called}` }, settings);
  } finally {
    await desk.close();
  }
}

/** Returns the row of a conversation, if there is one, and puts its number among the names. */
async function find(desk, { number, uuid, id }, names) {
  // What is no bigint is nobody's id.
  const bigint = /^\d{1,19}$/.test(id) && BigInt(id) < 2n ** 63n ? id : null;
  const row = await desk.query(CONVERSATION, [number ?? null, uuid ?? null, bigint]);
  if (!row) return undefined;
  names.conversations[row.id] = row.number;
  return { ...row, called: numbered(row.id, names) };
}

function absenceOf({ called, agent, team, status, open }, names) {
  const not = `conversation ${called} does not wait:`;
  if (agent !== null) {
    const who = names.agents[agent] ?? `agent ${agent}`;
    return { absent: 'has_agent', agent, message: `${not} ${who} has it; what led there is in a recording, if there is one: --from` };
  }
  if (team === null) return { absent: 'no_team', message: `${not} it is in no team` };
  if (!open) return { absent: 'not_open', status, message: `${not} its status is ${status ?? 'unknown'}` };
  // It came in between the two looks.
  return { absent: 'not_yet', message: `${not} it did not when the desk was read; ask again` };
}

/** Reads what people call a conversation: exactly one of `number`, `uuid` and `id`, and `called`, for what is said of it. */
function reference(text) {
  if (text.startsWith('id:')) return { id: text.slice(3), called: text };
  if (UUID.test(text)) return { uuid: text, called: text };
  const number = text.replace(/^#/, '');
  return { number, called: `#${number}` };
}

function tickOrTime(text) {
  if (/^\d{1,15}$/.test(text)) return { tick: Number(text) };
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time)) throw new InvalidArgumentError('It must be the number of a tick or a time such as 2026-03-01T08:15Z.');
  return { time };
}

const TELL = { info: (line) => console.error(line) };

function print(lines) {
  // Nobody reads any longer, as with `| head`: no reason to complain.
  process.stdout.on('error', () => {});
  console.log(lines.join('\n'));
}

function complain(message) {
  console.error(`error: ${message}`);
}
