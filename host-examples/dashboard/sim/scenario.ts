// A scenario: one JSON document from which a run follows to the last millisecond.

import * as v from 'valibot';
import { check, integer, Invalid, number, text } from './check.ts';
import { assignable, AVAILABILITIES, objective, type Policy, policySchema, rule } from './policy.ts';
import { settingsOf } from './settings.ts';

/** The version of the format. */
const VERSION = 1;

const id = v.pipe(text, v.maxBytes(128));
const clock = v.pipe(v.string(), v.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time such as "08:30"'));
const minutes = number(0, 10_000);

const shift = v.strictObject({
  id,
  name: v.optional(text),
  from: clock,
  to: clock,
  /** When people eat; left out: they do not. */
  lunch: v.optional(clock),
  lunch_minutes: v.optional(minutes, 30),
  /** Days of the week on which it is worked, Monday is 1. */
  days: v.optional(v.array(integer(1, 7)), [1, 2, 3, 4, 5]),
});

const team = v.strictObject({
  id,
  name: v.optional(text),
  /** Conversations on an ordinary day. */
  per_day: number(0, 1_000_000),
  /** An agent with so many open conversations gets no more from this team; left out: no limit. */
  limit: v.optional(integer(0, 2 ** 31 - 1)),
  /** `manual`: people assign. */
  assignment: v.optional(v.picklist(['automatic', 'manual']), 'automatic'),
  members: v.array(id),
  /** How long an answer takes. Log-normal. */
  handling: v.strictObject({ median_minutes: number(0.01, 10_000), sigma: v.optional(number(0, 3), 0.7) }),
  /** How often customers write again after an answer, and after how long. Log-normal. */
  reopen: v.optional(
    v.strictObject({ rate: number(0, 0.95), median_minutes: number(0.01, 100_000), sigma: v.optional(number(0, 3), 0.8) }),
    { rate: 0, median_minutes: 60 },
  ),
  /** How many conversations somebody picks by hand, if they wait so long. Exponential. */
  by_hand: v.optional(
    v.strictObject({ share: number(0, 1), mean_minutes: number(0.001, 10_000) }),
    { share: 0, mean_minutes: 1 },
  ),
});

const deskSchema = v.strictObject({
  $schema: v.optional(v.string()),
  name: v.optional(text),
  /** What share of a day comes in each hour, from midnight; only the proportions count. */
  rhythm: v.optional(v.pipe(v.array(number(0, 1_000_000)), v.length(24)), Array(24).fill(1)),
  /** How much comes on each day of the week, from Monday, against an ordinary day. */
  week: v.optional(v.pipe(v.array(number(0, 1000)), v.length(7)), Array(7).fill(1)),
  shifts: v.array(shift),
  /** Short breaks that nobody plans. */
  breaks: v.optional(v.strictObject({ per_shift: integer(0, 50), minutes }), { per_shift: 0, minutes: 5 }),
  /** How much earlier or later people come, eat and go. */
  jitter_minutes: v.optional(minutes, 0),
  /** How often somebody does not come. */
  absent: v.optional(number(0, 1), 0),
  /** Whoever goes home gives open conversations back to the team; left out: true. */
  hand_back: v.optional(v.boolean(), true),
  /** How long a tick takes from the look at the desk to the claim; who picks by hand in between is faster. */
  claim_ms: v.optional(integer(0, 60_000), 0),
  agents: v.array(v.strictObject({ id, name: v.optional(text), shift: id })),
  teams: v.array(team),
});
export type Desk = v.InferOutput<typeof deskSchema>;

const at = integer(0, Number.MAX_SAFE_INTEGER);
/** Which lane it concerns; left out: all. */
const lane = v.optional(integer(0, 1));

const act = v.variant('what', [
  /** For so many minutes, or until the day is over. */
  v.strictObject({ at, what: v.literal('availability'), agent: id, availability: v.picklist(AVAILABILITIES), minutes: v.optional(minutes) }),
  /** Everybody at work, or those of a team, goes to lunch. */
  v.strictObject({ at, what: v.literal('lunch'), minutes, team: v.optional(id) }),
  /** From now on these agents work another shift. */
  v.strictObject({ at, what: v.literal('shift'), agents: v.array(id), shift: id }),
  /** So many times the ordinary amount comes. */
  v.strictObject({ at, what: v.literal('surge'), team: id, minutes, factor: number(1, 1000) }),
  v.strictObject({ at, what: v.literal('rule'), lane, team: v.optional(id), rule: v.union([rule, v.literal('manual')]) }),
  v.strictObject({ at, what: v.literal('objective'), lane, objective }),
  v.strictObject({ at, what: v.literal('assignable'), lane, assignable }),
  v.strictObject({ at, what: v.literal('limit'), lane, team: id, limit: v.nullable(integer(0, 2 ** 31 - 1)) }),
  v.strictObject({ at, what: v.literal('weight'), lane, team: id, agent: id, weight: integer(0, 1000) }),
  v.strictObject({ at, what: v.literal('capacity'), lane, agent: id, capacity: v.nullable(integer(0, 2 ** 31 - 1)) }),
  v.strictObject({ at, what: v.literal('member'), team: id, agent: id, in: v.boolean() }),
  v.strictObject({ at, what: v.literal('tick'), seconds: number(0.1, 86_400) }),
]);
export type Act = v.InferOutput<typeof act>;

const scenarioSchema = v.strictObject({
  version: v.literal(VERSION),
  seed: integer(0, Number.MAX_SAFE_INTEGER),
  days: integer(1, 366),
  tick_seconds: number(0.1, 86_400),
  desk: deskSchema,
  /** One or two lanes. */
  lanes: v.pipe(v.array(v.strictObject({ name: text, policy: policySchema })), v.minLength(1), v.maxLength(2)),
  acts: v.optional(v.array(act), []),
});
export type Scenario = v.InferOutput<typeof scenarioSchema>;
export type Lane = Scenario['lanes'][number];

/** Returns the scenario that a parsed document is, defaults filled in. Throws `Invalid`, with the place. */
export function readScenario(document: unknown): Scenario {
  const scenario = check(scenarioSchema, document);
  checkDesk(scenario.desk, '/desk');
  checkActs(scenario);
  // Finds whom the policies name.
  scenario.lanes.forEach((_, lane) => settingsOf(scenario, lane, []));
  return scenario;
}

/** Returns the desk that a parsed document is, defaults filled in. Throws `Invalid`, with the place. */
export function readDesk(document: unknown): Desk {
  const desk = check(deskSchema, document);
  checkDesk(desk, '');
  return desk;
}

/** Returns a scenario of this desk, on which nobody does anything. */
export function scenarioOf(desk: Desk, lanes: { name: string; policy: Policy }[], how: { seed?: number; days?: number; tick_seconds?: number } = {}): Scenario {
  return readScenario({ version: VERSION, seed: 1, days: 1, tick_seconds: 15, ...how, desk, lanes, acts: [] });
}

function checkDesk(desk: Desk, where: string): void {
  const ids = (list: readonly { id: string }[], name: string) => {
    const seen = new Set<string>();
    list.forEach((one, i) => {
      if (seen.has(one.id)) throw new Invalid(`${where}/${name}/${i}/id`, `the id \`${one.id}\` stands twice`);
      seen.add(one.id);
    });
    return seen;
  };
  const shifts = ids(desk.shifts, 'shifts');
  const agents = ids(desk.agents, 'agents');
  ids(desk.teams, 'teams');
  desk.agents.forEach((agent, i) => known(shifts, agent.shift, `${where}/agents/${i}/shift`, 'shift'));
  desk.teams.forEach(({ members }, i) => {
    const seen = new Set<string>();
    members.forEach((agent, j) => {
      const place = `${where}/teams/${i}/members/${j}`;
      known(agents, agent, place, 'agent');
      if (seen.has(agent)) throw new Invalid(place, `the agent \`${agent}\` stands twice`);
      seen.add(agent);
    });
  });
}

function checkActs({ desk, lanes, acts }: Scenario): void {
  const has = { team: new Set(desk.teams.map(({ id }) => id)), agent: new Set(desk.agents.map(({ id }) => id)), shift: new Set(desk.shifts.map(({ id }) => id)) };
  acts.forEach((one, i) => {
    const where = `/acts/${i}`;
    if (i > 0 && one.at < acts[i - 1].at) throw new Invalid(`${where}/at`, 'the acts are in the order of time');
    if ('lane' in one && one.lane !== undefined && one.lane >= lanes.length) throw new Invalid(`${where}/lane`, `there is no lane ${one.lane}`);
    if ('team' in one && one.team !== undefined) known(has.team, one.team, `${where}/team`, 'team');
    if ('agent' in one) known(has.agent, one.agent, `${where}/agent`, 'agent');
    if ('shift' in one) known(has.shift, one.shift, `${where}/shift`, 'shift');
    if ('agents' in one) one.agents.forEach((agent, j) => known(has.agent, agent, `${where}/agents/${j}`, 'agent'));
    if (one.what === 'rule' && one.rule === 'manual' && one.team === undefined) throw new Invalid(where, 'only a team is turned to manual');
  });
}

function known(ids: Set<string>, one: string, path: string, what: string): void {
  if (!ids.has(one)) throw new Invalid(path, `there is no ${what} \`${one}\``);
}
