// The comparison, for a terminal.

import Table from 'cli-table3';
import { byAgent, DEFINITIONS, SHARES, type Definition, type Extreme } from './measures.ts';
import { called } from './names.ts';
import type { Run } from './run.ts';
import { clockFace, duration } from './time.ts';

/** Returns a number as people read it. */
export function written(value: number | undefined, unit: Definition['unit']): string {
  if (value === undefined) return '-';
  if (unit === 'time') return duration(value);
  if (unit === 'share') return `${(value * 100).toFixed(1)} %`;
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

/** Returns the same as data: what `--json` prints. */
export function resultOf(run: Run) {
  const { scenario } = run;
  const { desk } = scenario;
  const name = (list: readonly { id: string }[], i: number) => list[i]?.id ?? null;
  const extreme = ({ value, agent, team, at }: Extreme) => ({ value, agent: name(desk.agents, agent), team: name(desk.teams, team), at });
  return {
    desk: desk.name ?? null,
    seed: scenario.seed,
    days: scenario.days,
    tick_seconds: scenario.tick_seconds,
    lanes: scenario.lanes.map(({ name: lane, policy }, i) => {
      const measures = run.measures(i);
      return {
        name: lane,
        policy,
        measures: Object.fromEntries(DEFINITIONS.map(({ id, value }) => [id, value(measures) ?? null])),
        distance: extreme(measures.distance),
        run: extreme(measures.run),
        counts: measures.counts,
        shares: run.shares(i).map(({ agent, team, received, owed }) => ({ agent: name(desk.agents, agent), team: name(desk.teams, team), received, owed })),
      };
    }),
  };
}

/** Returns the lines of the comparison. */
export function reportLines(run: Run): string[] {
  const { desk, lanes, days, seed, tick_seconds } = run.scenario;
  const all = lanes.map((_, i) => run.measures(i));
  const names = lanes.map(({ name }) => name);
  const measures = table(['', ...names]);
  for (const { name, unit, value } of DEFINITIONS) measures.push([name, ...all.map((one) => written(value(one), unit))]);
  const shares = table(['', ...lanes.flatMap(() => ['owed', 'got', 'off by'])], ['', ...names]);
  const agents = lanes.map((_, i) => byAgent(run.shares(i), desk.agents.length));
  desk.agents.forEach((agent, i) => {
    const cells = agents.flatMap((list) => [list[i].owed.toFixed(1), list[i].received, list[i].farthest.toFixed(1)]);
    if (agents.some((list) => list[i].owed > 0 || list[i].received > 0)) shares.push([called(agent), ...cells]);
  });
  const lines = (text: { toString(): string }) => text.toString().split('\n').map((line) => line.trimEnd());
  const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`;
  return [
    `${desk.name ?? 'the desk'}: ${count(desk.teams.length, 'team')}, ${count(desk.agents.length, 'agent')}, ${count(all[0].counts.arrived, 'conversation')} in ${count(days, 'day')}, a tick every ${tick_seconds} s, seed ${seed}`,
    '',
    ...lines(measures),
    '',
    ...all.map(({ distance: { value, agent, team, at } }, i) => (agent < 0
      ? `${names[i]}: nothing was handed out`
      : `${names[i]}: farthest from the fair share was ${called(desk.agents[agent])} in ${called(desk.teams[team])}, ${value.toFixed(1)} on ${clockFace(at)}`)),
    '',
    SHARES,
    ...lines(shares),
    '',
    ...new Set(DEFINITIONS.map(({ name, of, sentence }) => `${of ?? name}: ${sentence}`)),
  ];
}

/** A table without colours and lines; numbers to the right. `above` stands over as many columns each as there are for it. */
function table(head: string[], above?: string[]) {
  const bare = ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right', 'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'];
  const list = new Table({
    ...(above ? {} : { head }),
    chars: { ...Object.fromEntries(bare.map((name) => [name, ''])), middle: '  ' },
    colAligns: head.map((_, i) => (i === 0 ? 'left' : 'right')),
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  if (above) {
    const colSpan = (head.length - 1) / (above.length - 1);
    list.push([above[0], ...above.slice(1).map((content) => ({ content, colSpan, hAlign: 'right' as const }))], head);
  }
  return list;
}
