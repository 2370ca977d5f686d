// The fault tests at full length: 1,000 kills, 24 hours of desk time, 50,000 acts of people. Takes about half an hour.

import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../test/faults/', import.meta.url));
const files = readdirSync(folder).filter((file) => file.endsWith('.test.mjs')).map((file) => folder + file);

const run = spawn(process.execPath, ['--test', ...files], {
  env: { FAULTS_KILLS: '1000', FAULTS_HOURS: '24', FAULTS_ACTS: '50000', FAULTS_TICKS: '300', ...process.env },
  stdio: 'inherit',
});
run.once('exit', (code) => { process.exitCode = code ?? 1; });
