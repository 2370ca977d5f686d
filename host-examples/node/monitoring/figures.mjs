// The desk after a tick, in numbers: how long somebody has waited, what people may still take, how far turns are from even.

import { loadsAfter } from '../report.mjs';

/** A conversation in the unit of `owed` under `round_robin`. */
const CONVERSATION = 5_354_228_880;

/** What may be said of an agent: has room in some team that takes turns, is full in all of them, is in none. */
export const STATES = ['room', 'full', 'no_team'];

/**
 * @param {import('../tick.mjs').Outcome} outcome
 * @returns {{waited: number[], oldest: Map<string, number>, agents: {availability: string, state: string}[], owed: Map<string, number>}}
 *   `waited`: seconds that each conversation which was assigned had waited; by team, `oldest`: seconds of who waits longest, and
 *   `owed`: the largest gap between somebody available and their fair share, in conversations; a team without either is missing
 */
export function figures(outcome) {
  const snapshot = JSON.parse(outcome.texts.snapshot);
  return { ...waits(outcome), agents: statesOf(snapshot, outcome), owed: worstOwed(snapshot, outcome) };
}

function waits({ plan, won, lost, ages = {} }) {
  const unwritten = new Set(lost.map(({ conversation }) => conversation));
  const waited = [];
  const oldest = new Map();
  for (const { conversation, team, agent } of plan.decisions) {
    const age = ages[conversation];
    if (age === undefined) continue;
    if (agent === null || unwritten.has(conversation)) oldest.set(team, Math.max(age, oldest.get(team) ?? 0));
    else if (won) waited.push(age);
  }
  return { waited, oldest };
}

function statesOf(snapshot, outcome) {
  const loads = loadsAfter(snapshot, outcome);
  /** What each agent may hold to get more from the most generous of their teams. */
  const limits = new Map();
  for (const { assignment, max_load: limit = Infinity, members } of snapshot.teams) {
    if (assignment === 'manual') continue;
    for (const { agent, weight = 1 } of members) if (weight > 0) limits.set(agent, Math.max(limit, limits.get(agent) ?? 0));
  }
  return snapshot.agents.map(({ id, availability, capacity = Infinity }) => {
    if (!limits.has(id)) return { availability, state: 'no_team' };
    // A load that could not be counted leaves no room.
    const isFull = (loads.get(id) ?? Infinity) >= Math.min(capacity, limits.get(id));
    return { availability, state: isFull ? 'full' : 'room' };
  });
}

/** Whoever is not available is left out: what is owed to them is kept, and is nothing that a plan could mend. */
function worstOwed(snapshot, { plan }) {
  const availability = new Map(snapshot.agents.map((agent) => [agent.id, agent.availability]));
  const owed = new Map(plan.cursors.map(({ rotation, turns }) => [rotation, new Map(turns.map((turn) => [turn.agent, turn.owed ?? 0]))]));
  return new Map(snapshot.teams.filter(({ assignment }) => assignment === 'round_robin').map(({ id, rotation = id, assignable = ['online'], members }) => {
    const available = members.filter(({ agent, weight = 1 }) => weight > 0 && assignable.includes(availability.get(agent)));
    const gaps = available.map(({ agent }) => Math.abs(owed.get(rotation)?.get(agent) ?? 0));
    return [id, Math.max(0, ...gaps) / CONVERSATION];
  }));
}
