// Painting a strip: where somebody was online, and a mark for each conversation that they got. A run of one
// person is taller and stronger with its length, so that it is seen from afar.

import { BY_HAND } from '../sim/records.ts';
import type { Opened } from './protocol.ts';
import type { Log } from './records.ts';
import type { Lane } from './store.ts';
import { laneColor, type Colors } from './theme.ts';

interface Strip {
  width: number;
  height: number;
  agent: number;
  /** Only what is of this team; -1: of all. */
  team: number;
  window: [number, number];
  ticks: { part: number }[];
  now: number;
  lanes: Lane[];
  changes: Opened['changes'];
  colors: Colors;
}

/** From here on a run is worth seeing, and from there on it is as tall as it gets. */
const RUN = 3;
const TALLEST = 8;

export function drawStrip(context: CanvasRenderingContext2D, { width, height, agent, team, window: [from, to], ticks, now, lanes, changes, colors }: Strip): void {
  const x = (at: number) => (width * (at - from)) / (to - from);
  context.clearRect(0, 0, width, height);
  const lineHeight = height / lanes.length;

  context.fillStyle = colors['--there'];
  for (const [begin, end] of presenceOf(changes, agent, from, Math.min(now, to))) {
    lanes.forEach((_, lane) => context.fillRect(x(begin), lane * lineHeight + 2, x(end) - x(begin), lineHeight - 4));
  }
  context.fillStyle = colors['--line'];
  for (const { part } of ticks) context.fillRect(Math.round(part * width), 0, 1, height);

  lanes.forEach(({ log }, lane) => {
    const list = log.byAgent[agent];
    const [at, teams, how, runs] = [log.at.values, log.team.values, log.how.values, log.run.values];
    const bottom = (lane + 1) * lineHeight - 2;
    const room = lineHeight - 4;
    context.fillStyle = laneColor(colors, lane);
    for (let i = firstFrom(list, at, from); i < list.length && at[list[i]] <= to; i += 1) {
      const entry = list[i];
      if (team >= 0 && teams[entry] !== team) continue;
      const run = how[entry] === BY_HAND ? 0 : runs[entry];
      const tall = run >= RUN ? 0.55 + 0.45 * Math.min(1, (run - RUN) / (TALLEST - RUN)) : 0.35;
      context.globalAlpha = run >= RUN ? 1 : 0.6;
      const wide = run >= RUN ? 3 : 1.5;
      context.fillRect(x(at[entry]) - wide / 2, bottom - tall * room, wide, tall * room);
    }
    context.globalAlpha = 1;
  });
  if (now < to) {
    context.fillStyle = colors['--muted'];
    context.fillRect(Math.round(x(now)), 0, 1, height);
  }
}

/** Returns the conversation of an agent that was handed out nearest to a part of the window. */
export function nearest(log: Log, agent: number, team: number, [from, to]: [number, number], part: number): number | undefined {
  const wanted = from + part * (to - from);
  const [at, teams] = [log.at.values, log.team.values];
  let best: number | undefined;
  for (const entry of log.byAgent[agent]) {
    if (team >= 0 && teams[entry] !== team) continue;
    if (best === undefined || Math.abs(at[entry] - wanted) < Math.abs(at[best] - wanted)) best = entry;
  }
  return best === undefined ? undefined : log.conversation.values[best];
}

/** Returns the place in `list` of the first entry at or after `from`. */
function firstFrom(list: number[], at: Float64Array, from: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at[list[middle]] < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

const byAgent = new WeakMap<Opened['changes'], Map<number, number[]>>();

/** Returns the stretches between two moments in which somebody is online. */
function presenceOf(changes: Opened['changes'], agent: number, from: number, to: number): [number, number][] {
  let lists = byAgent.get(changes);
  if (!lists) {
    lists = new Map();
    for (let i = 0; i < changes.agent.length; i += 1) {
      const list = lists.get(changes.agent[i]);
      if (list) list.push(i);
      else lists.set(changes.agent[i], [i]);
    }
    byAgent.set(changes, lists);
  }
  const result: [number, number][] = [];
  let since: number | undefined;
  for (const i of lists.get(agent) ?? []) {
    const at = changes.at[i];
    if (since !== undefined && at > from && since < to) result.push([Math.max(since, from), Math.min(at, to)]);
    since = changes.to[i] === 0 ? at : undefined;
  }
  if (since !== undefined && since < to) result.push([Math.max(since, from), to]);
  return result;
}
