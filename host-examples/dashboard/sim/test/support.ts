import { readFileSync } from 'node:fs';
import type { Ground } from '../lane.ts';
import type { Rule } from '../policy.ts';
import { readDesk, readScenario, scenarioOf, type Desk, type Scenario } from '../scenario.ts';
import { HOUR, MINUTE } from '../time.ts';
import type { Change, World } from '../world.ts';

export const file = (path: string) => new URL(`../../${path}`, import.meta.url);
export const json = (path: string) => JSON.parse(readFileSync(file(path), 'utf8'));
export const desk = (name: string): Desk => readDesk(json(`desks/${name}.json`));

export const BOTH = [
  { name: 'Libredesk today', policy: { rule: 'libredesk_2026' as const } },
  { name: 'Evenhand', policy: { rule: 'round_robin' as const } },
];

export const small = (how: { seed?: number; days?: number; tick_seconds?: number } = {}, lanes = BOTH): Scenario => scenarioOf(desk('small'), lanes, how);

/** A desk of one team with members `a`, `b`, ..., who are all there from 08:00 on; the world is made by hand. */
export function tiny({ members = 2, limit, rule = 'round_robin', changes = [], arrivals, claim_ms = 0, tick_seconds = 60 }: {
  members?: number;
  limit?: number;
  rule?: Rule;
  changes?: Change[];
  /** When it comes in minutes from 08:00, how many minutes the answer of each round takes, and how many pass in between. */
  arrivals: { at: number; efforts: number[]; gap?: number; pickAt?: number }[];
  claim_ms?: number;
  tick_seconds?: number;
}): Ground {
  const ids = ['a', 'b', 'c', 'd'].slice(0, members);
  const scenario = readScenario({
    version: 1,
    seed: 1,
    days: 1,
    tick_seconds,
    desk: {
      claim_ms,
      shifts: [{ id: 'day', from: '08:00', to: '16:00' }],
      agents: ids.map((id) => ({ id, shift: 'day' })),
      teams: [{ id: 't', per_day: 0, ...(limit === undefined ? {} : { limit }), members: ids, handling: { median_minutes: 1 } }],
    },
    lanes: [{ name: 'one', policy: { rule } }],
  });
  const minutes = (n: number) => 8 * HOUR + n * MINUTE;
  const rounds = [0];
  for (const { efforts } of arrivals) rounds.push(rounds.at(-1)! + efforts.length);
  const world: World = {
    ids: arrivals.map((_, i) => `c${i + 1}`),
    at: Float64Array.from(arrivals, ({ at }) => minutes(at)),
    team: new Int32Array(arrivals.length),
    rounds: Int32Array.from(rounds),
    effort: Float64Array.from(arrivals.flatMap(({ efforts }) => efforts.map((n) => n * MINUTE))),
    gap: Float64Array.from(arrivals.flatMap(({ efforts, gap = 0 }) => efforts.map(() => gap * MINUTE))),
    pickAt: Float64Array.from(arrivals, ({ pickAt }) => (pickAt === undefined ? Infinity : minutes(pickAt))),
    pickWho: new Float64Array(arrivals.length),
    changes: [...ids.map((_, agent) => ({ at: minutes(0), agent, to: 'online' as const })), ...changes],
  };
  return { scenario, lane: 0, world };
}

export const at = (minutes: number) => 8 * HOUR + minutes * MINUTE;
