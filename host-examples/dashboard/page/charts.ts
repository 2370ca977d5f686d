// The charts: what each shows of the lanes, how it is drawn, and its table.

import uPlot from 'uplot';
import { HOUR, MINUTE, SECOND } from '../sim/time.ts';
import type { Lane } from './store.ts';
import { laneColor, type Colors } from './theme.ts';
import { amount, clock, moment } from './words.ts';

export type ChartKind = 'fairness' | 'waits' | 'queues';
type Options = (colors: Colors) => Omit<uPlot.Options, 'width' | 'height'>;

export interface ChartShape {
  title: string;
  sentence: string;
  /** What stands in the first column of the table. */
  axis: string;
  options: (names: readonly string[]) => Options;
  data: (lanes: Lane[], team: number) => uPlot.AlignedData;
  /** What somebody who does not see it hears. */
  label: (names: readonly string[], data: uPlot.AlignedData) => string;
  table: (data: uPlot.AlignedData) => string[][];
}

const MINUTES_PER_ROW = 30;

/** Waits longer than so long are counted. */
const LONGER = [15 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 30 * MINUTE, HOUR];
const LONGER_NAMES = ['15 s', '30 s', '1 m', '2 m', '5 m', '10 m', '20 m', '30 m', '1 h'];
/** On a narrower chart there is only room for every second of them. */
const ROOM_FOR_NAMES = 420;

function overTime(title: string, sentence: string, what: string, values: (lane: Lane, team: number) => ArrayLike<number>): ChartShape {
  return {
    title,
    sentence,
    axis: 'Time',
    options: (names) => (colors) => ({
      ...plain,
      scales: { x: { time: false }, y: { range: (_, __, max) => [0, Math.max(4, max * 1.08)] } },
      axes: [
        axis(colors, { values: (_, ticks) => ticks.map((at) => clock(at)), space: 64, incrs: [MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR, 48 * HOUR, 96 * HOUR] }),
        axis(colors, { size: 44 }),
      ],
      series: [{ value: (_, at) => (at === null ? '' : moment(at)) }, ...names.map((name, lane) => ({ label: name, ...stroke(colors, lane), ...(lane === 0 ? { dash: [6, 3] } : {}) }))],
    }),
    data: (lanes, team) => {
      const length = Math.max(...lanes.map(({ samples }) => samples.length));
      const first = firstWithAnything(lanes);
      return [
        Float64Array.from({ length: length - first }, (_, i) => (first + i) * MINUTE),
        ...lanes.map((lane) => {
          const list = values(lane, team);
          return Float64Array.from({ length: length - first }, (_, i) => list[first + i] ?? NaN);
        }),
      ] as uPlot.AlignedData;
    },
    label: (names, data) => `${title}. ${names.map((name, i) => `${name}: now ${amount(round(last(data[i + 1])))}, at most ${amount(round(most(data[i + 1])))} ${what}`).join('. ')}.`,
    table: ([x, ...lists]) => Array.from(x, (at, i) => [i, at] as const).filter(([, at]) => at % (MINUTES_PER_ROW * MINUTE) === 0)
      .map(([i, at]) => [moment(at), ...lists.map((list) => amount(round(list[i] ?? NaN)))]),
  };
}

const round = (value: number) => Math.round(10 * value) / 10;
const last = (list: ArrayLike<number | null | undefined>) => list[list.length - 1] ?? 0;

function most(list: ArrayLike<number | null | undefined>): number {
  let result = 0;
  for (let i = 0; i < list.length; i += 1) result = Math.max(result, list[i] || 0);
  return result;
}

/** The hour in which the first people come to work: the night before says nothing. */
function firstWithAnything(lanes: Lane[]): number {
  const first = lanes[0].samples.there.values.findIndex((there) => there > 0);
  return first < 0 ? 0 : first - (first % 60);
}

const plain = {
  legend: { show: false },
  cursor: { drag: { x: false, y: false }, points: { size: 7 } },
  padding: [8, 20, 0, 0] as uPlot.Padding,
} satisfies Partial<uPlot.Options>;

function axis(colors: Colors, more: uPlot.Axis): uPlot.Axis {
  return {
    stroke: colors['--muted'],
    grid: { stroke: colors['--line'], width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
    ...more,
  };
}

function stroke(colors: Colors, lane: number) {
  return { stroke: laneColor(colors, lane), width: 2, points: { show: false } };
}

const waits: ChartShape = {
  title: 'Waits until assigned',
  sentence: 'How many conversations waited longer than so long until somebody had them.',
  axis: 'Longer than',
  options: (names) => (colors) => ({
    ...plain,
    scales: { x: { time: false, range: [-0.6, LONGER.length - 0.4] }, y: { range: (_, __, max) => [0, Math.max(10, max * 1.08)] } },
    axes: [
      axis(colors, { splits: () => LONGER.map((_, i) => i), values: ({ width }, ticks) => ticks.map((i) => (width < ROOM_FOR_NAMES && i % 2 > 0 ? '' : LONGER_NAMES[i])), space: 10, grid: { show: false } }),
      axis(colors, { size: 52 }),
    ],
    series: [{}, ...names.map((name, lane) => ({
      label: name,
      ...stroke(colors, lane),
      fill: colors[lane === 0 ? '--lane-a-soft' : '--lane-b'],
      paths: uPlot.paths.bars!({ size: [0.38, 40], align: lane === 0 ? -1 : 1, gap: 1 }),
    }))],
  }),
  data: (lanes) => [
    LONGER.map((_, i) => i),
    ...lanes.map(({ log }) => {
      const counts = LONGER.map(() => 0);
      for (const waited of log.waited.values) for (let i = 0; i < LONGER.length && waited > LONGER[i]; i += 1) counts[i] += 1;
      return counts;
    }),
  ],
  label: (names, data) => `Waits until assigned. ${names.map((name, i) => `${name}: ${LONGER.map((_, at) => `${data[i + 1][at]} longer than ${LONGER_NAMES[at]}`).join(', ')}`).join('. ')}.`,
  table: ([x, ...lists]) => Array.from(x, (at) => [LONGER_NAMES[at], ...lists.map((list) => amount(list[at] ?? 0))]),
};

export const chartsOf: Record<ChartKind, ChartShape> = {
  fairness: overTime(
    'Distance from the fair share',
    'How far the one who is farthest from their fair share is from it, in conversations, minute by minute.',
    'conversations',
    ({ samples }) => samples.distance.values,
  ),
  waits,
  queues: overTime('Waiting', 'How many conversations wait, minute by minute.', 'wait', ({ samples }, team) => (team < 0 ? total(samples.queues.map(({ values }) => values)) : samples.queues[team].values)),
};

function total(lists: Int32Array[]): Int32Array {
  const sum = new Int32Array(lists[0]?.length ?? 0);
  for (const list of lists) list.forEach((value, i) => (sum[i] += value));
  return sum;
}
