// What the page shows as tables, whole and as plain numbers: times of waiting in seconds, moments as
// `day 1, 09:42:00`.

import { DEFINITIONS } from '../../sim/measures.ts';
import { AVAILABILITIES } from '../../sim/policy.ts';
import { BY_HAND } from '../../sim/records.ts';
import type { Scenario } from '../../sim/scenario.ts';
import { clockFace, MINUTE, SECOND } from '../../sim/time.ts';
import type { Cell } from '../csv.ts';
import { chartsOf } from '../charts.ts';
import type { Lane } from '../store.ts';
import { called, queueSentence } from '../words.ts';

export const TABLES = {
  difference: 'The difference',
  agents: 'Agents',
  teams: 'Teams',
  handed_out: 'Handed out',
  fairness: 'Fairness',
  waits: 'Waits',
  queues: 'Queues',
} as const;
export type TableKind = keyof typeof TABLES;

export function tableOf(kind: TableKind, { desk }: Scenario, lanes: Lane[]): Cell[][] {
  const limit = (value: number) => (Number.isFinite(value) ? value : null);
  /** A column for each lane. */
  const each = (...names: string[]) => lanes.flatMap((lane) => names.map((name) => `${lane.name}: ${name}`));
  switch (kind) {
    case 'difference':
      return [['measure', 'unit', ...lanes.map(({ name }) => name), 'what it is'], ...DEFINITIONS.map(({ name, unit, value, sentence }) => [
        name,
        unit === 'time' ? 'seconds' : unit,
        ...lanes.map(({ measures }) => {
          const number = measures && value(measures);
          return number === undefined ? undefined : rounded(unit === 'time' ? number / SECOND : number);
        }),
        sentence,
      ])];
    case 'agents':
      return [['agent', 'name', ...each('availability', 'load', 'limit', 'received', 'owed')], ...desk.agents.map((agent, i) => [
        agent.id,
        agent.name,
        ...lanes.flatMap(({ now }) => [AVAILABILITIES[now.availability[i]], now.load[i], limit(now.limit[i]), now.received[i], rounded(now.owed[i])]),
      ])];
    case 'teams':
      return [['team', 'name', ...each('rule', 'limit', 'waiting', 'why')], ...desk.teams.map((team, i) => [
        team.id,
        team.name,
        ...lanes.flatMap(({ now: { teams } }) => [teams[i].rule, limit(teams[i].limit), teams[i].queue, queueSentence(called(team), teams[i])]),
      ])];
    case 'handed_out':
      return [['policy', 'time', 'team', 'agent', 'waited_seconds', 'how', 'in_a_row'], ...lanes.flatMap(({ name, log }) => Array.from(log.at.values, (at, i): Cell[] => [
        name,
        clockFace(at),
        called(desk.teams[log.team.values[i]]),
        called(desk.agents[log.agent.values[i]]),
        log.waited.values[i] / SECOND,
        log.how.values[i] === BY_HAND ? 'by hand' : 'assigned',
        log.run.values[i],
      ]))];
    case 'fairness':
      return minutes(lanes, each('worst distance'), (lane, i) => [rounded(lane.samples.distance.values[i])]);
    case 'queues':
      return minutes(lanes, each(...desk.teams.map(called)), (lane, i) => lane.samples.queues.map(({ values }) => values[i]));
    case 'waits':
      return [['waited_longer_than', ...lanes.map(({ name }) => name)], ...waits(lanes)];
  }
}

/** Shares are fractions that nobody wants to sixteen places. */
const rounded = (value: number) => Math.round(value * 10_000) / 10_000;

function minutes(lanes: Lane[], head: string[], cells: (lane: Lane, minute: number) => Cell[]): Cell[][] {
  const length = Math.max(...lanes.map(({ samples }) => samples.length));
  return [['time', ...head], ...Array.from({ length }, (_, i) => [clockFace(i * MINUTE), ...lanes.flatMap((lane) => cells(lane, i))])];
}

/** The bins by their names, the counts as numbers. */
function waits(lanes: Lane[]): Cell[][] {
  const data = chartsOf.waits.data(lanes, -1);
  return chartsOf.waits.table(data).map(([bin], i) => [bin, ...data.slice(1).map((list) => list[i])]);
}
