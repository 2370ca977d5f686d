// Says for each setting that does nothing why it does not.

import { nearest } from './nearest.mjs';

/** What each list's lines are called, and why one does nothing though everybody whom it names is there. */
const LISTS = {
  rules: ({ team, rule }) => [`the rule ${rule} for ${who('team', team)}`],
  weights: ({ team, agent, weight }) => [`the weight ${weight} of ${who('agent', agent)} in ${who('team', team)}`, NO_MEMBER],
  capacities: ({ agent, capacity }) => [`the capacity ${capacity} of ${who('agent', agent)}`],
  priorities: ({ priority, value }) => [`the value ${value} of ${who('priority', priority)}`],
  skills: ({ agent, skill }) => [`the skill ${JSON.stringify(skill)} of ${who('agent', agent)}`],
  needs: (line) => [`the need for the skill ${JSON.stringify(line.skill)} of ${whatNeeds(line)}`],
  channels: ({ agent, channel, capacity }) => [
    `the capacity ${capacity} in ${channel} of ${agent === undefined ? 'everybody' : who('agent', agent)}`,
    agent === undefined ? 'everybody has a line of their own, or it is said twice' : AGAIN,
  ],
  tiers: ({ team, agent, tier }) => [`the tier ${tier} of ${who('agent', agent)} in ${who('team', team)}`, NO_MEMBER],
  rotations: ({ team, rotation }) => [`the rotation ${JSON.stringify(rotation)} of ${who('team', team)}`],
  overflow: ({ team, to }) => [`the overflow from ${who('team', team)} to ${who('team', to)}`, 'it is the same team, or said twice'],
  shifts: ({ agent, team }) => [`the shift of ${agent === undefined ? who('team', team) : who('agent', agent)}`],
  at_most: ({ agent, count, within }) => [
    `the limit of ${count} in ${within} seconds for ${agent === undefined ? 'everybody' : who('agent', agent)}`, 'everybody has a line of their own',
  ],
  nearing: ({ within, raise }) => [`the raise of ${raise} within ${within} seconds`],
};

const AGAIN = 'it is said twice, and the first counts';
const NO_MEMBER = 'not a member of that team, or said twice';

/** The keys by which a line names something, in the order in which they are looked up, and under which names. */
const KEYS = { team: ['team', 'teams'], to: ['team', 'teams'], agent: ['agent', 'agents'], priority: ['priority', 'priority'], inbox: ['inbox', 'inbox'], tag: ['tag', 'tag'], skill: ['skill', 'skill', 'no conversation needs it'] };

/** Returns a sentence for each line of `unused`. */
export function unusedLines({ unused, names }) {
  return Object.entries(unused).flatMap(([list, lines]) => lines.map((line) => {
    // The statements of another desk may know other lists.
    const [title, otherwise = AGAIN] = LISTS[list]?.(line) ?? [`${JSON.stringify(line)} in ${list}`];
    const fault = Object.entries(KEYS).map(([key, [noun, all, missing]]) => key in line && unknown(noun, line[key], names[all], missing)).find(Boolean);
    return `${title} does nothing: ${fault || otherwise}`;
  }));
}

function whatNeeds({ team, inbox, tag, attribute, value }) {
  if (attribute !== undefined) return `attribute ${JSON.stringify(attribute)} with value ${JSON.stringify(value)}`;
  return team !== undefined ? who('team', team) : inbox !== undefined ? who('inbox', inbox) : who('tag', tag);
}

const who = (noun, key) => `${noun} ${JSON.stringify(key)}`;

/** Says why `key` means nobody, if it does. */
function unknown(noun, key, names = {}, missing = `there is no such ${noun}`) {
  if (typeof key === 'number') return key in names ? undefined : missing;
  const all = Object.values(names);
  const called = all.filter((name) => name === key).length;
  if (called === 1) return undefined;
  if (called > 1) return `${called} ${noun === 'inbox' ? 'inboxe' : noun}s are called so; name the id`;
  const meant = nearest(key, all);
  return `${missing}${meant === undefined ? '' : `; the nearest is ${JSON.stringify(meant)}`}`;
}
