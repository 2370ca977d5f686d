// The same scenario without a page: what `npm run simulate` prints, and a run in Node.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { linkedBy } from '../page/link.ts';
import { createRun, type Run } from '../sim/run.ts';
import { readScenario } from '../sim/scenario.ts';

const HOME = fileURLToPath(new URL('..', import.meta.url));

/** Runs `npm run simulate` with these words. */
export function simulate(...words: string[]): string {
  return execFileSync(process.execPath, ['--import', 'tsx', 'sim/cli.ts', ...words], { cwd: HOME, encoding: 'utf8' });
}

/** The table of measures that it prints: of each line its name and its numbers. */
export function measuresOf(printed: string): Map<string, string[]> {
  const lines = printed.split('\n\n')[1].split('\n').slice(1);
  return new Map(lines.map((line) => {
    const [name, ...numbers] = line.split(/\s{2,}/);
    return [name, numbers] as const;
  }));
}

/** Lives through what an address holds, up to its moment. */
export async function runOf(address: string): Promise<Run> {
  const { scenario, at } = (await linkedBy(new URL(address).hash))!;
  const run = createRun(readScenario(scenario));
  run.advanceTo(at);
  return run;
}
