// What is measured: the sample desk and so many times of it, under two rules.

import { readFileSync } from 'node:fs';
import { readDesk, type Desk } from '../sim/scenario.ts';

export const LANES = (['libredesk_2026', 'round_robin'] as const).map((rule) => ({ name: rule, policy: { rule } }));

export const sample = readDesk(JSON.parse(readFileSync(new URL('../desks/sample.json', import.meta.url), 'utf8')));

/** So many times the desk: everybody and every team so often. */
export function times(desk: Desk, n: number, factor: number): Desk {
  const copies = Array.from({ length: n }, (_, i) => i);
  return {
    ...desk,
    agents: copies.flatMap((i) => desk.agents.map((agent) => ({ ...agent, id: `${agent.id}-${i}` }))),
    teams: copies.flatMap((i) => desk.teams.map((team) => ({ ...team, id: `${team.id}-${i}`, per_day: team.per_day * factor, members: team.members.map((id) => `${id}-${i}`) }))),
  };
}
