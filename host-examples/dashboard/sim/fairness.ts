// Who was owed what, measured beside the engine and without looking at its cursors, in one way for
// every rule.
//
// The rule is that of the carpool: of each conversation that the engine hands out, everybody who could
// have taken it (in the team with a weight above 0, there, below the limits) is owed their share by
// weight, and whoever takes it has received one. Nobody is owed anything of what people pick by hand,
// nor while they are away or full. A decision whose claim is lost gives nobody anything, and nobody is owed a
// part of it; but the plan counted on it, so whoever is full with it could not have taken the rest of that plan.

import type { TeamSettings } from './settings.ts';

/** What one team has come to. */
export interface TeamFairness {
  /** Conversations by agent, by their place in the desk. */
  owed: Float64Array;
  received: Int32Array;
  /** The largest distance there ever was, whose, and when. */
  worst: { distance: number; agent: number; at: number };
  /** Who got the last conversation that somebody else could have taken, and how many in a row by now. */
  run: { agent: number; length: number };
  longest: { length: number; agent: number; at: number };
}

export function createFairness(agents: number): TeamFairness {
  return {
    owed: new Float64Array(agents),
    received: new Int32Array(agents),
    worst: { distance: 0, agent: -1, at: 0 },
    run: { agent: -1, length: 0 },
    longest: { length: 0, agent: -1, at: 0 },
  };
}

export function copyFairness(from: TeamFairness): TeamFairness {
  return {
    owed: from.owed.slice(),
    received: from.received.slice(),
    worst: { ...from.worst },
    run: { ...from.run },
    longest: { ...from.longest },
  };
}

/**
 * Takes down that `agent` gets a conversation at a moment at which `couldTake` holds of these members. Returns
 * how many in a row that makes for them; 0 where nobody else could have taken it.
 */
export function receives(team: TeamFairness, settings: TeamSettings, agent: number, couldTake: (agent: number) => boolean, at: number): number {
  const { members, weights } = settings;
  let total = 0;
  let others = 0;
  const could = members.map((member, i) => weights[i] > 0 && couldTake(member));
  members.forEach((member, i) => {
    if (!could[i]) return;
    total += weights[i];
    if (member !== agent) others += 1;
  });
  team.received[agent] += 1;
  // What nobody else could have taken was theirs to take.
  if (total === 0) team.owed[agent] += 1;
  members.forEach((member, i) => {
    if (could[i]) team.owed[member] += weights[i] / total;
  });
  for (const member of members) {
    const distance = Math.abs(team.received[member] - team.owed[member]);
    if (distance > team.worst.distance) team.worst = { distance, agent: member, at };
  }
  if (others === 0) return 0;
  team.run = { agent, length: team.run.agent === agent ? team.run.length + 1 : 1 };
  if (team.run.length > team.longest.length) team.longest = { length: team.run.length, agent, at };
  return team.run.length;
}
