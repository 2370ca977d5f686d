// The desks of the bench, written to a folder: `node snapshots.mjs FOLDER`.
//
// As a Libredesk host sends them: ids are numbers in text, and a tick is behind them, so that there are cursors. Agents are in one to three teams, some away, some full soon, some of whom nobody knows the load.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plan } from '../../pkg/node.js';

export const SIZES = [
  { name: '20x200', agents: 20, teams: 4, conversations: 200 },
  { name: '200x5000', agents: 200, teams: 10, conversations: 5_000 },
  { name: '1000x100000', agents: 1_000, teams: 25, conversations: 100_000 },
];

/** Returns a snapshot of a desk of this size, always the same. */
export function snapshotOf({ agents: agentCount, teams: teamCount, conversations }) {
  const chance = xorshift(agentCount);
  const each = conversations / agentCount;
  const agents = Array.from({ length: agentCount }, (_, i) => {
    const agent = { id: String(i + 1), availability: 'online', load: chance(9) };
    if (chance(10) < 2) agent.availability = chance(2) ? 'away' : 'offline';
    if (chance(50) === 0) agent.load = null;
    if (chance(10) < 6) agent.capacity = Math.ceil(each * (0.5 + chance(100) / 50));
    return agent;
  });
  const teams = Array.from({ length: teamCount }, (_, i) => {
    const team = { id: String(i + 1), assignment: i % 10 === 3 ? 'manual' : 'round_robin', members: [] };
    if (i % 3 === 0) team.max_load = Math.ceil(2 * each);
    // These are full before the queue is empty.
    if (i % 5 === 1) team.max_load = Math.ceil(0.5 * each);
    return team;
  });
  for (const { id } of agents) {
    const first = chance(teamCount);
    for (let n = 0; n <= chance(3); n += 1) {
      const { members } = teams[(first + 7 * n) % teamCount];
      if (members.at(-1)?.agent !== id) members.push(chance(10) === 0 ? { agent: id, weight: 1 + chance(3) } : { agent: id });
    }
  }
  const queue = Array.from({ length: conversations }, (_, i) => ({ id: String(700_000 + i), team: String(1 + chance(teamCount)) }));
  const desk = { version: 1, agents, teams };
  const { cursors } = plan({ ...desk, conversations: queue.slice(0, conversations / 10) });
  return { ...desk, conversations: queue, cursors };
}

/** Returns a generator of whole numbers below a bound. */
function xorshift(seed) {
  let state = seed;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

if (import.meta.filename === process.argv[1]) {
  const folder = process.argv[2];
  mkdirSync(folder, { recursive: true });
  for (const size of SIZES) writeFileSync(join(folder, `${size.name}.json`), JSON.stringify(snapshotOf(size)));
}
