// What people ask of a recording: replay, diff, why.

import { InvalidArgumentError, Option } from 'commander';
import { explainJson } from 'evenhand';
import { WrongConfiguration } from '../config.mjs';
import { addDeskOptions, OBJECTIVES, openDesk, RULES, settingsOf } from '../open.mjs';
import { statement } from '../sql.mjs';
import { dryRun } from '../tick.mjs';
import { compare, differenceLines } from './diff.mjs';
import { findTick } from './find.mjs';
import { RecordingError } from './read.mjs';
import { replay, replayLines } from './replay.mjs';
import { whyLines } from './why.mjs';

const CONVERSATION = statement('conversation');

const NO_RECORDING = 'wrong options, or no recording in the folder';
const NO_DESK = 'wrong options, no recording in the folder, or a database that is no Libredesk 2.2.0 or later';

const exitCodes = (meanings) => `\nExit codes:\n${meanings.map((meaning, code) => `  ${code}  ${meaning}`).join('\n')}`;

/** Adds the commands to `program`. */
export function register(program) {
  program.command('replay <folder>')
    .description('Plans every snapshot of a recording again and compares, byte for byte.')
    .addHelpText('after', exitCodes(['all the same', 'a plan is not the same, or a line is damaged', NO_RECORDING]))
    .action((folder) => answer(async () => {
      const result = await replay(folder);
      print(replayLines(result));
      return result.different > 0 || result.faults.some(({ fault }) => fault === 'damaged') ? 1 : 0;
    }));

  program.command('diff <folder>')
    .description('Says what another rule or objective would have decided on the snapshots of a recording.')
    .addHelpText('after', exitCodes(['compared', 'the comparison failed', NO_RECORDING]))
    .addOption(new Option('--rule <rule>', 'the other rule').choices(RULES))
    .addOption(new Option('--objective <objective>', 'the other objective').choices(OBJECTIVES))
    .action((folder, other, command) => answer(async () => {
      if (!other.rule && !other.objective) command.error('error: diff needs --rule, --objective or both: what to hold the recording against');
      print(differenceLines(await compare(folder, other), other));
      return 0;
    }));

  const why = program.command('why <conversation>')
    .description('Says of each member of the team why a conversation is theirs or not: by a recording, or as the desk is now.')
    .addHelpText('after', exitCodes(['explained', 'the conversation did not wait then, or the desk could not be asked', NO_DESK]));
  addDeskOptions(why)
    .option('--from <folder>', 'ask the recording in this folder')
    .option('--json', 'print what Evenhand answers, as JSON with ids; or an object with `absent` or `error`, and why')
    .option('--at <tick>', 'the number of the tick, or a time such as 2026-03-01T08:15Z: the last tick until then', tickOrTime)
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

async function askRecording(conversation, settings, command) {
  const { line, absence } = await findTick(settings.from, conversation, settings.at);
  if (absence) return tellAbsence(conversation, { absent: 'not_recorded', message: absence }, settings);
  const when = `tick ${line.tick} of ${line.time}`;
  if (line.refused) {
    const message = `${when} was refused, ${line.refused.code} at "${line.refused.path}": nothing was decided`;
    return tellAbsence(conversation, { absent: 'refused', message }, settings);
  }
  const explanation = explainJson(line.snapshot, conversation);
  const { decision } = JSON.parse(explanation);
  const recorded = JSON.parse(line.plan).decisions.find((other) => other.conversation === conversation);
  if (recorded?.agent !== decision.agent || recorded.why !== decision.why) {
    throw new Error(`${when} was decided otherwise by another version of Evenhand: ${JSON.stringify(recorded)}; see replay`);
  }
  const told = settings.json ? undefined : { names: await namesFor(settings, command), when, goes: 'went to', but: fate(line, recorded) };
  return tell(explanation, line.snapshot, told);
}

/** Prints an explanation: in words, or as it is where nothing is said about them. */
function tell(explanation, snapshot, how) {
  print(how ? whyLines(JSON.parse(explanation), JSON.parse(snapshot), how) : [explanation]);
  return 0;
}

/** Says why there is nothing to explain. */
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

/** Names are in no recording: they come from the desk, where one is named. */
async function namesFor(settings, command) {
  if (settings.embedded && command.getOptionValueSource('data') === undefined) return undefined;
  let desk;
  try {
    desk = await openDesk(settings, TELL, { readOnly: true });
    return (await dryRun(desk, settings)).names;
  } catch (error) {
    complain(`without names, since the desk cannot be asked: ${error.message || error.code}`);
    return undefined;
  } finally {
    await desk?.close();
  }
}

async function askDesk(conversation, settings) {
  const desk = await openDesk(settings, TELL, { readOnly: true });
  try {
    const { texts, names } = await dryRun(desk, settings);
    const explanation = explainJson(texts.snapshot, conversation);
    if (explanation !== null) {
      return tell(explanation, texts.snapshot, settings.json ? undefined : { names, when: 'as the desk is now', goes: 'would go to' });
    }
    const row = /^\d{1,18}$/.test(conversation) ? await desk.query(CONVERSATION, [conversation]) : undefined;
    return tellAbsence(conversation, absenceOf(conversation, row, names), settings);
  } finally {
    await desk.close();
  }
}

function absenceOf(conversation, row, names) {
  if (!row) return { absent: 'unknown', message: `there is no conversation ${conversation}` };
  const not = `conversation ${conversation} does not wait:`;
  if (row.agent !== null) {
    const who = names.agents[row.agent] ?? `agent ${row.agent}`;
    return { absent: 'has_agent', agent: row.agent, message: `${not} ${who} has it; what led there is in a recording, if there is one: --from` };
  }
  if (row.team === null) return { absent: 'no_team', message: `${not} it is in no team` };
  if (!row.open) return { absent: 'not_open', status: row.status, message: `${not} its status is ${row.status ?? 'unknown'}` };
  // It came in between the two looks.
  return { absent: 'not_yet', message: `${not} it did not when the desk was read; ask again` };
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
