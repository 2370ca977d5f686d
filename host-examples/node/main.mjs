#!/usr/bin/env node
// The program: what it can do, its help, the exit code of a wrong command line.

import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { register as recordingCommands } from './recording/commands.mjs';
import { recording } from './recording/part.mjs';
import { metrics } from './metrics.mjs';
import { addRun } from './run.mjs';
import { sampleLibredesk } from './sample/libredesk.mjs';
import { lifePart } from './sample/part.mjs';
import { boardPart } from './screen.mjs';
import { waking } from './waking.mjs';

const life = lifePart();

/** What runs along with the ticks: `Part`s of `run.mjs`. */
const PARTS = [waking, metrics, recording, sampleLibredesk, life, boardPart(life)];

/** What adds a command of its own: `register(program)`. */
const COMMANDS = [recordingCommands];

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
const program = new Command('evenhand-host')
  .description('Assigns the waiting conversations of a Libredesk database with Evenhand, on a timer.')
  // What stands after a command is the command's own.
  .enablePositionalOptions()
  .version(version)
  .helpOption('--help', 'show this text')
  .helpCommand(false)
  // In one line, with the nearest option that there is.
  .configureOutput({ outputError: (text, write) => write(text.replace(/\n\((.*)\)/, ' ($1)')) })
  .exitOverride()
  .addHelpText('after', `
Environment:
  DATABASE_URL           the Libredesk database (2.2.0 or later), postgres://user:password@host:port/name;
                         without it, an embedded PostgreSQL with a sample desk
  EVENHAND_API_KEY, EVENHAND_API_SECRET
                         the key of a Libredesk agent, for --claim api
  EVENHAND_...           the option of that name; a flag comes before it, the configuration after it

Signals:
  SIGINT, SIGTERM        end after the running tick, within --grace; a second one ends at once

Exit codes:
  0                      ended as told: all ticks are done, or a signal came
  1                      the desk or the --listen port could not be opened, or, with --once, --ticks or --dry-run, a tick failed
  2                      wrong options or configuration, or a database that is not Libredesk 2.2.0 or later, or not what --sql needs; a restart does not help
  3                      without --wait: the database could not be reached at the start, does not exist, or refused the login
  4                      the running tick did not end within --grace
  130, 143               ended at once by a second SIGINT or SIGTERM`);
addRun(program, PARTS);
for (const register of COMMANDS) register(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error.name !== 'CommanderError') throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
