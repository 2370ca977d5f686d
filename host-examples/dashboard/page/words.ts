// Numbers and codes as people say them.

import type { AssignReason, Bottleneck, Gate, Needed, Objective, WaitReason, Waiting } from 'evenhand';
import WORDS from 'evenhand/words.json' with { type: 'json' };
import { DEFINITIONS, type Definition, type Measures } from '../sim/measures.ts';
import { AVAILABILITIES, type Rule } from '../sim/policy.ts';
import { clock, DAY, duration } from '../sim/time.ts';
import type { TeamFrame } from './protocol.ts';

export { called, calledIn } from '../sim/names.ts';
export { clock };

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const one = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** Whole numbers plain, others with one place; none of large ones. */
export function amount(value: number): string {
  return Number.isInteger(value) || Math.abs(value) >= 100 ? whole.format(value) : one.format(value);
}

export function signed(value: number): string {
  const text = one.format(Math.abs(value));
  return text === '0.0' ? '±0.0' : `${value < 0 ? '−' : '+'}${text}`;
}

export const counted = (n: number, what: string, many = `${what}s`) => `${whole.format(n)} ${n === 1 ? what : many}`;

const WEEK = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** `Mon 09:42`; with the number of the day where there are several weeks. */
export function moment(at: number, seconds = false): string {
  const day = Math.floor(at / DAY);
  return `${WEEK[day % 7]}${day >= 7 ? `, day ${day + 1},` : ''} ${clock(at, seconds)}`;
}

/** `places` are those of conversations: two numbers side by side have the same. */
export function written(value: number | undefined, unit: Definition['unit'], places: 0 | 1): string {
  if (value === undefined) return '–';
  if (unit === 'time') return duration(value);
  return unit === 'share' ? `${one.format(100 * value)} %` : (places === 0 ? whole : one).format(value);
}

/** `availability` by its place in `AVAILABILITIES`. */
export function presence(availability: number): string {
  return { online: 'online', away: 'away', away_manual: 'at lunch or away', offline: 'off', away_and_reassigning: 'away, reassigning' }[AVAILABILITIES[availability]];
}

export const RULES: Record<Rule | 'manual', string> = {
  round_robin: 'Evenhand: the share owed',
  least_loaded: 'Evenhand: least loaded',
  least_recent: 'Evenhand: least recent (longest since their last one)',
  libredesk_2025: 'Libredesk, 2025',
  libredesk_2026: 'Libredesk, 2026',
  manual: 'people assign',
};

export const OBJECTIVES: Record<Objective, string> = {
  in_order: 'each conversation in order',
  most: 'the most that can be served',
};

// A recording may be of a newer engine: a code without words stands for itself.
const plain = (code: string) => code.replaceAll('_', ' ');

/** The words for why somebody gets a conversation. */
export const assigns = (why: AssignReason) => WORDS.assign[why] ?? plain(why);
/** The words for why so many wait, and for what passes so many members over. */
export const waits = (why: WaitReason, n = 1) => form(WORDS.wait[why] ?? plain(why), n);
export const passedOver = (gate: Gate, n = 1) => form(WORDS.gate[gate] ?? plain(gate), n);

const form = (words: string | { one: string; other: string }, n: number) => (typeof words === 'string' ? words : words[n === 1 ? 'one' : 'other']);

/** `German`, or `German 3`: the level where it is not the lowest. */
export const needed = ({ skill, level }: Needed) => (level > 1 ? `${skill} ${level}` : skill);

/** `Billing: 8 wait: everybody who could take them is full (3 are away, 5 are full)`. */
export function queueSentence(name: string, { queue, why }: TeamFrame): string {
  if (queue === 0) return `Nobody waits for ${name}`;
  return why ? waitingSentence({ team: name, conversations: queue, why: why.why, passed_over: why.passedOver }) : `${name}: ${wait(queue)} until the next tick`;
}

/** The same with the channel and the needs of a group: `Billing, WhatsApp, German: 8 wait: everybody who could take them is full`. */
export function waitingSentence({ team, channel, needs = [], why, conversations: n, passed_over: passed }: Omit<Waiting, 'members'>): string {
  const who = [team, ...(channel === undefined ? [] : [channel]), ...needs.map(needed)];
  const members = passed.map((gate) => `${gate.members} ${passedOver(gate.why, gate.members)}`).join(', ');
  return `${who.join(', ')}: ${wait(n)}: ${waits(why, n)}${members && ` (${members})`}`;
}

/** `7 wait for Billing (German): only Ana and Bo may take them, 2 places between them; one more like them serves one more`. */
export function bottleneckSentence({ classes, agents, assigned, waiting: n }: Bottleneck, team: (id: string) => string, agent: (id: string) => string): string {
  const which = new Set(classes.map(({ team: id, channel, needs = [] }) => {
    const kind = [...(channel === undefined ? [] : [channel]), ...needs.map(needed)];
    return team(id) + (kind.length > 0 ? ` (${kind.join(', ')})` : '');
  }));
  const them = n === 1 ? 'it' : 'them';
  const head = `${wait(n)} for ${listed([...which], 'or')}`;
  if (agents.length === 0) return `${head}: nobody may take ${them}`;
  const places = assigned === 0 ? 'no place' : counted(assigned, 'place');
  const room = agents.length === 1 ? `and has ${places}` : `${places} between them`;
  const who = listed(agents.map((one) => agent(one.agent)), 'and');
  return `${head}: only ${who} may take ${them}, ${room}; one more like them serves one more`;
}

const LISTED = 3;

/** `Ana, Bo and Cy`, or `Ana, Bo, Cy and 9 others`. */
function listed(list: string[], word: string): string {
  const shown = list.length > LISTED + 1 ? [...list.slice(0, LISTED), `${list.length - LISTED} others`] : list;
  return shown.length === 1 ? shown[0] : `${shown.slice(0, -1).join(', ')} ${word} ${shown.at(-1)}`;
}

const wait = (n: number) => `${whole.format(n)} ${n === 1 ? 'waits' : 'wait'}`;

/** `limit 4`, or of each lane where they differ; infinite where there is none. */
export function limitWords(limits: number[]): string {
  const said = limits.map((limit) => (Number.isFinite(limit) ? `limit ${limit}` : 'no limit'));
  return new Set(said).size === 1 ? said[0] : said.map((text, lane) => `${'AB'[lane]}: ${text}`).join(', ');
}

export interface Headline {
  /** The one sentence, in parts; those with a lane are numbers of it. */
  parts: { text: string; lane?: number }[];
  more: string;
}

/** Says in words what the difference between the lanes is now. */
export function headline(names: string[], measures: Measures[]): Headline {
  const handedOut = Math.max(...measures.map(({ counts }) => counts.assigned));
  if (handedOut === 0) return { parts: [{ text: 'Nothing has been handed out yet.' }], more: 'Press play: the first conversations come in the morning.' };
  const [a, b] = measures;
  if (!b) return { parts: [{ text: `Under ${names[0]} nobody was ever more than ` }, { text: amount(rounded(a.distance.value)), lane: 0 }, { text: ' conversations from their fair share.' }], more: '' };
  const better = b.distance.value <= a.distance.value ? 1 : 0;
  const worse = 1 - better;
  const [low, high] = [measures[better], measures[worse]];
  const near = high.distance.value - low.distance.value < Math.max(0.5, 0.1 * high.distance.value);
  const parts = near
    ? [
        { text: 'Until now both share the work alike: nobody is more than ' },
        { text: amount(rounded(a.distance.value)), lane: 0 },
        { text: ' and ' },
        { text: amount(rounded(b.distance.value)), lane: 1 },
        { text: ' conversations from their fair share of a team.' },
      ]
    : [
        { text: `${names[better]} keeps everybody within ` },
        { text: amount(rounded(low.distance.value)), lane: better },
        { text: ` conversations of their fair share of every team. Under ${names[worse]} somebody is ` },
        { text: amount(rounded(high.distance.value)), lane: worse },
        { text: ' off.' },
      ];
  return { parts, more: [runs(names, measures), leftWaiting(names, measures)].filter(Boolean).join(' ') };
}

const rounded = (value: number) => Math.round(value * 10) / 10;

function runs(names: string[], measures: Measures[]): string {
  const [a, b] = measures.map(({ run }) => run.value);
  if (a === b) return `The longest run to one person is ${whole.format(a)} in a row under both.`;
  const more = a > b ? 0 : 1;
  return `One person got up to ${whole.format([a, b][more])} in a row under ${names[more]}, and ${whole.format([a, b][1 - more])} under ${names[1 - more]}.`;
}

function leftWaiting(names: string[], measures: Measures[]): string {
  const [a, b] = measures.map(({ leftWhileFree }) => leftWhileFree);
  if (a === 0 && b === 0) return 'No conversation was left waiting while somebody was free.';
  if (a === b) return `${whole.format(a)} were left waiting while somebody was free, under both.`;
  const more = a > b ? 0 : 1;
  const [many, few] = [[a, b][more], [a, b][1 - more]];
  return `${whole.format(many)} ${many === 1 ? 'was' : 'were'} left waiting while somebody was free under ${names[more]}, ${few === 0 ? 'none' : whole.format(few)} under ${names[1 - more]}.`;
}

/** The measures with those that share a sentence in one group. */
export const GROUPS: Definition[][] = [...new Set(DEFINITIONS.map(({ id, of }) => of ?? id))]
  .map((name) => DEFINITIONS.filter(({ id, of }) => (of ?? id) === name));
