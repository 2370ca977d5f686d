// What a day brings, whatever is on the desk: who writes when, who works when, what a team lead is up
// to. A day is planned whole from its seed; nothing here looks at a clock or at a row.

import { chance, uuid } from './chance.mjs';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** How much comes in, hour by hour, against an ordinary working hour. */
const RHYTHM = [
  0.15, 0.1, 0.05, 0.05, 0.05, 0.1, 0.3, 0.6, 1.0, 1.5, 1.7, 1.5,
  1.0, 1.1, 1.5, 1.6, 1.2, 0.8, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15,
];
const WEEKEND = 0.25;
/** Conversations that come in for a team in an ordinary hour, for each member. */
const PER_MEMBER = 2;
const SLOT = 15 * MINUTE;

/** When shifts begin, from and to, and how many of the people have them. */
const SHIFTS = [
  { share: 0.5, from: 6.5 * HOUR, to: 8 * HOUR },
  { share: 0.3, from: 8.5 * HOUR, to: 10 * HOUR },
  { share: 0.2, from: 11.5 * HOUR, to: 13 * HOUR },
];

/** When a team may be turned to Manual; never two at once. */
const MANUAL_PHASES = [9 * HOUR, 11.5 * HOUR, 14 * HOUR];

const LEADS_FROM = 8 * HOUR;
const LEADS_TO = 20 * HOUR;
/** What somebody does by hand, and how often of all such acts. */
const BY_HAND = [['takes', 0.3], ['passes on', 0.4], ['moves', 0.15], ['puts back', 0.15]];

/**
 * Plans the day that begins at `midnight`, in UTC.
 * @param {{agents: {id: number}[], teams: {id: number, limit: number, members: number}[]}} desk
 * @param {{seed: number, bustle: number}} settings `bustle`: how many times the ordinary amount happens
 * @returns {{at: number, what: string}[]} in the order of time
 */
export function planDay(desk, midnight, { seed, bustle }) {
  const weekend = [0, 6].includes(new Date(midnight).getUTCDay());
  const draw = (...keys) => chance(seed, midnight, ...keys);
  return [
    ...desk.teams.flatMap((team) => arrivals(team, draw, (weekend ? WEEKEND : 1) * bustle, (n) => uuid(seed, midnight, team.id, n))),
    ...desk.agents.flatMap(({ id }) => shift(id, draw('shift', id), weekend ? WEEKEND : 0.95)),
    ...manualPhases(desk.teams, draw('manual')),
    ...byHand(draw('by hand'), 8 * MINUTE / bustle),
    ...sorting(draw('sorting'), 3 * MINUTE / bustle),
  ].map((event) => ({ ...event, at: midnight + Math.round(event.at) })).sort((a, b) => a.at - b.at);
}

function arrivals({ id, members }, draw, factor, name) {
  const events = [];
  for (let slot = 0; slot < DAY; slot += SLOT) {
    const random = draw('arrivals', id, slot);
    const mean = members * PER_MEMBER * RHYTHM[Math.floor(slot / HOUR)] * factor * SLOT / HOUR;
    for (let n = mean > 0 ? random.count(mean) : 0; n > 0; n -= 1) {
      events.push({ at: slot + random.between(0, SLOT), what: 'arrives', team: id, contact: random.fraction(), uuid: name(events.length) });
    }
  }
  return events;
}

function shift(agent, random, presence) {
  if (!random.happens(presence)) return [];
  const change = (at, to) => ({ at, what: 'availability', agent, to });
  const begins = pick(SHIFTS.map((one) => [one, one.share]), random.fraction());
  const from = random.between(begins.from, begins.to);
  const to = from + random.between(8 * HOUR, 9 * HOUR);
  const lunch = from + random.between(3.5 * HOUR, 4.5 * HOUR);
  const events = [change(from, 'online')];
  const pause = (at, minutes, availability) => events.push(change(at, availability), change(at + minutes * MINUTE, 'online'));
  pause(lunch, random.between(30, 50), 'away_manual');
  for (const [half, end] of [[from, lunch], [lunch + HOUR, to]]) {
    for (let at = half + random.between(40, 110) * MINUTE; at < end - 45 * MINUTE; at += random.between(70, 130) * MINUTE) {
      pause(at, random.between(4, 15), random.happens(0.5) ? 'away' : 'away_manual');
    }
  }
  if (random.happens(0.25)) events.push(change(to - random.between(15, 30) * MINUTE, 'away_and_reassigning'));
  events.push(change(to, 'offline'));
  if (random.happens(0.7)) events.push({ at: to + random.between(3, 15) * MINUTE, what: 'hands back', agent });
  return events;
}

function manualPhases(teams, random) {
  // A limit shows that a team is assigned to automatically as a rule.
  const usual = teams.filter(({ limit }) => limit > 0);
  if (usual.length === 0) return [];
  return MANUAL_PHASES.flatMap((from) => {
    const team = usual[Math.floor(random.fraction() * usual.length)].id;
    const at = from + random.between(0, 60) * MINUTE;
    return [
      { at, what: 'assignment', team, to: 'Manual' },
      { at: at + random.between(20, 50) * MINUTE, what: 'assignment', team, to: 'Round robin' },
    ];
  });
}

function byHand(random, mean) {
  const events = [];
  for (let at = LEADS_FROM + random.wait(mean); at < LEADS_TO; at += random.wait(mean)) {
    events.push({ at, what: pick(BY_HAND, random.fraction()), which: random.fraction(), whom: random.fraction() });
  }
  return events;
}

function sorting(random, mean) {
  const events = [];
  for (let at = LEADS_FROM + random.wait(mean); at < LEADS_TO; at += random.wait(mean)) events.push({ at, what: 'sorts' });
  return events;
}

/** Returns the choice of `[choice, share]` that `fraction` falls on. */
function pick(choices, fraction) {
  let sum = 0;
  return (choices.find(([, share]) => (sum += share) > fraction) ?? choices.at(-1))[0];
}
