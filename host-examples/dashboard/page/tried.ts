// A policy that somebody tries on the simulated day.

import type { Named } from '../sim/names.ts';
import type { Policy } from '../sim/policy.ts';
import type { Scenario } from '../sim/scenario.ts';
import { policyName } from './own/words.ts';

/** Returns a scenario with the policy in its second lane; what is no scenario is left to who reads it. */
export function tried(document: unknown, policy: Policy | undefined): unknown {
  const { lanes, desk } = (document ?? {}) as Partial<Scenario>;
  if (!policy || !Array.isArray(lanes) || !Array.isArray(desk?.agents) || !Array.isArray(desk.teams)) return document;
  return { ...(document as Scenario), lanes: [...lanes.slice(0, 1), { name: policyName(policy), policy: known(policy, desk) }] };
}

/** A page's own policy names its own people; of another desk only what it knows can be tried. */
function known(policy: Policy, { agents, teams }: Scenario['desk']): Policy {
  const called = (list: readonly Named[]) => new Set(list.flatMap(({ id, name }) => [id, name]));
  const [agent, team] = [called(agents), called(teams)];
  const knows = (line: { agent?: number | string; team?: number | string }) =>
    (line.agent === undefined || agent.has(String(line.agent))) && (line.team === undefined || team.has(String(line.team)));
  const { rules, weights, capacities, ...rest } = policy;
  return {
    ...rest,
    ...(rules ? { rules: rules.filter(knows) } : {}),
    ...(weights ? { weights: weights.filter(knows) } : {}),
    ...(capacities ? { capacities: capacities.filter(knows) } : {}),
  };
}
