// npm run simulate: what two policies make of the same days of a desk.

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { Invalid } from './check.ts';
import { type Policy, readPolicy } from './policy.ts';
import { reportLines, resultOf } from './report.ts';
import { createRun } from './run.ts';
import { readDesk, readScenario, scenarioOf, type Scenario } from './scenario.ts';
import { Refused } from './tick.ts';
import { clockFace } from './time.ts';

const SAMPLE = new URL('../desks/sample.json', import.meta.url);
const POLICIES = [
  { name: 'Libredesk today', policy: new URL('../policies/libredesk_today.json', import.meta.url) },
  { name: 'Evenhand', policy: new URL('../policies/evenhand.json', import.meta.url) },
];

const program = new Command('simulate')
  .description('Shows what two policies make of the same days of a desk.')
  .option('--desk <file>', 'the desk; the sample, unless told otherwise')
  .option('--days <n>', 'how many days', whole(1), 1)
  .option('--policy <file>', 'what one lane does, as in the configuration of the Node host; twice for two lanes; Libredesk today and Evenhand, unless told otherwise', (file: string, all: string[]) => [...all, file], [])
  .option('--tick <seconds>', 'how often the host looks', seconds, 15)
  .option('--seed <n>', 'which days', whole(0), 1)
  .option('--scenario <file>', 'a whole scenario, as the page saves it, in the place of all of these')
  .option('--json', 'the numbers as JSON');

program.parse();
const options = program.opts<{ desk?: string; days: number; policy: string[]; tick: number; seed: number; scenario?: string; json?: boolean }>();
if (options.policy.length > 2) program.error('error: --policy is given at most twice');

try {
  const run = createRun(scenario());
  run.advanceTo(run.end);
  process.stdout.write(options.json ? `${JSON.stringify(resultOf(run), null, 2)}\n` : `${reportLines(run).join('\n')}\n`);
} catch (error) {
  if (error instanceof Refused) fail(`on ${clockFace(error.at)} Evenhand refused the snapshot of lane ${error.lane + 1}: ${error.code} at "${error.path}": ${error.message}`);
  else if (error instanceof Invalid) fail(`at "${error.path}": ${error.message}`);
  else throw error;
}

function scenario(): Scenario {
  if (options.scenario !== undefined) return read(options.scenario, readScenario);
  const lanes = options.policy.length === 0
    ? POLICIES.map(({ name, policy }) => ({ name, policy: read(policy, readPolicy) }))
    // What a host does that is not told who gets new work.
    : options.policy.map((file) => ({ name: basename(file, '.json'), policy: { assignable: ['online', 'away'] as Policy['assignable'], ...read(file, readPolicy) } }));
  return scenarioOf(read(options.desk ?? SAMPLE, readDesk), lanes, { days: options.days, seed: options.seed, tick_seconds: options.tick });
}

function read<T>(file: string | URL, reader: (document: unknown) => T): T {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return fail(`${file} cannot be read: ${(error as Error).message}`);
  }
  try {
    return reader(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return fail(`${file} is not JSON: ${error.message}`);
    if (error instanceof Invalid) return fail(`${file}, at "${error.path}": ${error.message}`);
    throw error;
  }
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function whole(least: number) {
  return (text: string) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || !Number.isSafeInteger(value)) throw new InvalidArgumentError(`It must be a whole number from ${least}.`);
    return value;
  };
}

function seconds(text: string) {
  const value = Number(text);
  if (!(value >= 0.1 && value <= 86_400)) throw new InvalidArgumentError('It must be a number from 0.1 to 86400.');
  return value;
}
