// What somebody can change while it runs: the form of each act, and acts as people say them.

import type { Act, Desk, Scenario } from '../sim/scenario.ts';
import type { Doing } from './protocol.ts';
import { calledIn, OBJECTIVES, RULES } from './words.ts';

type FieldKind = 'agent' | 'team' | 'team-or-all' | 'shift' | 'lane' | 'number' | 'number-or-none' | 'choice';

export interface Field {
  name: string;
  label: string;
  kind: FieldKind;
  /** Of numbers. */
  min?: number;
  max?: number;
  /** What is chosen to begin with. */
  first?: string;
  choices?: readonly (readonly [value: string, label: string])[];
}

export interface Form {
  what: Act['what'];
  name: string;
  fields: readonly Field[];
  make: (values: Record<string, string>, scenario: Scenario) => Doing;
}

const agent: Field = { name: 'agent', label: 'Who', kind: 'agent' };
const team: Field = { name: 'team', label: 'Team', kind: 'team' };
const teamOrAll: Field = { name: 'team', label: 'Team', kind: 'team-or-all' };
const lane: Field = { name: 'lane', label: 'Under', kind: 'lane' };
const minutes = (first: string): Field => ({ name: 'minutes', label: 'Minutes', kind: 'number', min: 1, max: 10_000, first });

const inLane = (values: Record<string, string>) => (values.lane === '' ? {} : { lane: Number(values.lane) });
const inTeam = (values: Record<string, string>) => (values.team === '' ? {} : { team: values.team });
const orNone = (text: string) => (text === '' ? null : Number(text));

export const FORMS: readonly Form[] = [
  {
    what: 'lunch',
    name: 'Everybody goes to lunch',
    fields: [teamOrAll, minutes('45')],
    make: (values) => ({ what: 'lunch', ...inTeam(values), minutes: Number(values.minutes) }),
  },
  {
    what: 'availability',
    name: 'Somebody’s availability changes',
    fields: [
      agent,
      { name: 'availability', label: 'Becomes', kind: 'choice', first: 'away_manual', choices: [['online', 'online'], ['away', 'away'], ['away_manual', 'away, by hand'], ['offline', 'offline']] },
      { name: 'minutes', label: 'Minutes (empty: all day)', kind: 'number-or-none', min: 1, max: 10_000, first: '60' },
    ],
    make: ({ agent, availability, minutes }) => ({ what: 'availability', agent, availability: availability as never, ...(minutes === '' ? {} : { minutes: Number(minutes) }) }),
  },
  {
    what: 'surge',
    name: 'A surge comes in',
    fields: [team, { name: 'factor', label: 'Times the ordinary', kind: 'number', min: 1, max: 1000, first: '3' }, minutes('60')],
    make: ({ team, factor, minutes }) => ({ what: 'surge', team, factor: Number(factor), minutes: Number(minutes) }),
  },
  {
    what: 'shift',
    name: 'A shift changes',
    fields: [{ name: 'from', label: 'Those of', kind: 'shift' }, { name: 'shift', label: 'work from now on', kind: 'shift' }],
    make: ({ from, shift }, scenario) => ({ what: 'shift', agents: scenario.desk.agents.filter(({ id }) => shiftOf(scenario, id) === from).map(({ id }) => id), shift }),
  },
  {
    what: 'rule',
    name: 'Another rule',
    fields: [lane, teamOrAll, { name: 'rule', label: 'Rule', kind: 'choice', choices: Object.entries(RULES) }],
    make: (values) => ({ what: 'rule', ...inLane(values), ...inTeam(values), rule: values.rule as never }),
  },
  {
    what: 'objective',
    name: 'Another objective',
    fields: [lane, { name: 'objective', label: 'To serve', kind: 'choice', first: 'most', choices: Object.entries(OBJECTIVES) }],
    make: (values) => ({ what: 'objective', ...inLane(values), objective: values.objective as never }),
  },
  {
    what: 'limit',
    name: 'Another limit of a team',
    fields: [lane, team, { name: 'limit', label: 'Open conversations (empty: no limit)', kind: 'number-or-none', min: 0, max: 2 ** 31 - 1, first: '6' }],
    make: (values) => ({ what: 'limit', ...inLane(values), team: values.team, limit: orNone(values.limit) }),
  },
  {
    what: 'capacity',
    name: 'Another limit of an agent',
    fields: [lane, agent, { name: 'capacity', label: 'Open conversations (empty: no limit)', kind: 'number-or-none', min: 0, max: 2 ** 31 - 1, first: '2' }],
    make: (values) => ({ what: 'capacity', ...inLane(values), agent: values.agent, capacity: orNone(values.capacity) }),
  },
  {
    what: 'weight',
    name: 'Another weight',
    fields: [lane, team, agent, { name: 'weight', label: 'Weight (everybody has 1)', kind: 'number', min: 0, max: 1000, first: '2' }],
    make: (values) => ({ what: 'weight', ...inLane(values), team: values.team, agent: values.agent, weight: Number(values.weight) }),
  },
  {
    what: 'member',
    name: 'Somebody joins or leaves a team',
    fields: [agent, { name: 'in', label: 'Does', kind: 'choice', choices: [['true', 'join'], ['false', 'leave']] }, team],
    make: ({ agent, team, in: joins }) => ({ what: 'member', agent, team, in: joins === 'true' }),
  },
  {
    what: 'assignable',
    name: 'Who gets new work',
    fields: [lane, { name: 'assignable', label: 'Whoever is', kind: 'choice', choices: [['online', 'online'], ['online away', 'online or away'], ['online away away_manual offline', 'in the team, there or not']] }],
    make: (values) => ({ what: 'assignable', ...inLane(values), assignable: values.assignable.split(' ') as never }),
  },
  {
    what: 'tick',
    name: 'Another interval between ticks',
    fields: [{ name: 'seconds', label: 'Seconds', kind: 'number', min: 0.1, max: 86_400, first: '300' }],
    make: ({ seconds }) => ({ what: 'tick', seconds: Number(seconds) }),
  },
];

/** Returns the shift that somebody works after all acts. */
function shiftOf({ desk, acts }: Scenario, agent: string): string {
  const last = acts.findLast((act) => act.what === 'shift' && act.agents.includes(agent));
  return last?.what === 'shift' ? last.shift : desk.agents.find(({ id }) => id === agent)!.shift;
}

/** Returns an act as one says it; without its time. */
export function actSentence(act: Act, { desk, lanes }: Scenario): string {
  const where = 'lane' in act && act.lane !== undefined ? `, under ${lanes[act.lane].name}` : '';
  return `${sentence(act, desk)}${where}`;
}

function sentence(act: Act, desk: Desk): string {
  const team = (id: string) => calledIn(desk.teams, id);
  const agent = (id: string) => calledIn(desk.agents, id);
  switch (act.what) {
    case 'lunch':
      return `Everybody${act.team === undefined ? '' : ` of ${team(act.team)}`} goes to lunch for ${act.minutes} min`;
    case 'availability':
      return `${agent(act.agent)} is ${act.availability.replaceAll('_', ' ')} ${act.minutes === undefined ? 'for the rest of the day' : `for ${act.minutes} min`}`;
    case 'surge':
      return `${act.factor} times the ordinary comes in for ${team(act.team)} for ${act.minutes} min`;
    case 'shift':
      return `${act.agents.length === 1 ? agent(act.agents[0]) : `${act.agents.length} agents`} now work ${calledIn(desk.shifts, act.shift)}`;
    case 'rule':
      return `${act.team === undefined ? 'All teams' : team(act.team)}: ${RULES[act.rule]}`;
    case 'objective':
      return `To serve: ${OBJECTIVES[act.objective]}`;
    case 'limit':
      return `${team(act.team)}: ${act.limit === null ? 'no limit' : `limit ${act.limit}`}`;
    case 'capacity':
      return `${agent(act.agent)}: ${act.capacity === null ? 'no limit' : `at most ${act.capacity} open`}`;
    case 'weight':
      return `${agent(act.agent)} has weight ${act.weight} in ${team(act.team)}`;
    case 'member':
      return `${agent(act.agent)} ${act.in ? 'joins' : 'leaves'} ${team(act.team)}`;
    case 'assignable':
      return `New work goes to whoever is ${act.assignable.join(', ').replaceAll('_', ' ')}`;
    case 'tick':
      return `A tick every ${act.seconds} s`;
  }
}
