// What a lane's policy says about each team and agent, after the acts until now.

import type { Objective } from 'evenhand';
import { Invalid } from './check.ts';
import type { Named } from './names.ts';
import type { Policy, Rule } from './policy.ts';
import type { Act, Desk, Scenario } from './scenario.ts';

/** Who gets new work where a policy says nothing. */
const ASSIGNABLE = ['online'] as const;

export interface TeamSettings {
  rule: Rule | 'manual';
  assignable: readonly string[];
  /** Infinite where there is none. */
  limit: number;
  /** Agents by their place in the desk, in its order. */
  members: number[];
  /** The weight of each of `members`. */
  weights: number[];
}

export interface Settings {
  teams: TeamSettings[];
  /** By agent; infinite where there is none. */
  capacities: number[];
  /** By agent: the teams they are in. */
  teamsOf: number[][];
  objective: Objective;
}

/** Returns the settings of a lane once the acts in `done` are done. */
export function settingsOf({ desk, lanes }: Scenario, lane: number, done: readonly Act[]): Settings {
  const { policy } = lanes[lane];
  const where = `/lanes/${lane}/policy`;
  const find = finder(desk, policy, where);
  const agents = new Map(desk.agents.map(({ id }, i) => [id, i]));
  const weights = find.weights();
  const rules = find.rules();
  const lists = desk.teams.map(({ members }) => new Set(members));
  const settings: Settings = {
    capacities: find.capacities(),
    teamsOf: desk.agents.map(() => []),
    objective: policy.objective ?? 'in_order',
    teams: desk.teams.map(({ assignment, limit }, i) => ({
      rule: assignment === 'manual' ? 'manual' : rules[i],
      assignable: policy.assignable ?? ASSIGNABLE,
      limit: limit ?? Infinity,
      members: [],
      weights: [],
    })),
  };
  const place = (team: string) => desk.teams.findIndex(({ id }) => id === team);
  for (const act of done) {
    if ('lane' in act && act.lane !== undefined && act.lane !== lane) continue;
    switch (act.what) {
      case 'rule':
        settings.teams.forEach((team, i) => {
          const meant = act.team === undefined ? team.rule !== 'manual' : i === place(act.team);
          if (meant) team.rule = act.rule;
        });
        break;
      case 'objective':
        settings.objective = act.objective;
        break;
      case 'assignable':
        for (const team of settings.teams) team.assignable = act.assignable;
        break;
      case 'limit':
        settings.teams[place(act.team)].limit = act.limit ?? Infinity;
        break;
      case 'weight':
        weights[place(act.team)].set(act.agent, act.weight);
        break;
      case 'capacity':
        settings.capacities[agents.get(act.agent)!] = act.capacity ?? Infinity;
        break;
      case 'member':
        if (act.in) lists[place(act.team)].add(act.agent);
        else lists[place(act.team)].delete(act.agent);
        break;
    }
  }
  settings.teams.forEach((team, i) => {
    const ids = [...lists[i]].sort((a, b) => agents.get(a)! - agents.get(b)!);
    team.members = ids.map((id) => agents.get(id)!);
    team.weights = ids.map((id) => weights[i].get(id) ?? 1);
    for (const agent of team.members) settings.teamsOf[agent].push(i);
  });
  return settings;
}

/**
 * Returns what a lane's policy has become by the acts in `done`, to be taken into the configuration of a
 * host. Limits, members and teams that people assign are the help desk's own settings, and not in it.
 */
export function policyOf(scenario: Scenario, lane: number, done: readonly Act[]): Policy {
  const { desk, lanes } = scenario;
  const { teams, capacities, objective } = settingsOf(scenario, lane, done);
  const acts = done.filter((act) => !('lane' in act) || act.lane === undefined || act.lane === lane);
  const forAll = acts.findLast((act) => act.what === 'rule' && act.team === undefined);
  const rule = forAll?.what === 'rule' && forAll.rule !== 'manual' ? forAll.rule : (lanes[lane].policy.rule ?? 'round_robin');
  const assignable = acts.findLast((act) => act.what === 'assignable')?.assignable ?? lanes[lane].policy.assignable ?? ASSIGNABLE;
  const rules = teams.flatMap((team, i) => (team.rule === 'manual' || team.rule === rule ? [] : [{ team: desk.teams[i].id, rule: team.rule }]));
  const weights = teams.flatMap((team, i) => team.members.flatMap((agent, j) =>
    (team.weights[j] === 1 ? [] : [{ team: desk.teams[i].id, agent: desk.agents[agent].id, weight: team.weights[j] }])));
  const limited = capacities.flatMap((capacity, i) => (capacity < Infinity ? [{ agent: desk.agents[i].id, capacity }] : []));
  return {
    rule,
    ...(objective === 'in_order' ? {} : { objective }),
    // Said always: a host that is told nothing gives work to those who are away, too.
    assignable: [...assignable],
    ...(rules.length > 0 ? { rules } : {}),
    ...(weights.length > 0 ? { weights } : {}),
    ...(limited.length > 0 ? { capacities: limited } : {}),
  };
}

/** Reads the lists of a policy; the first line that names somebody counts. */
function finder(desk: Desk, policy: Policy, where: string) {
  const find = (list: readonly Named[], who: number | string, path: string) => {
    const named = list.flatMap(({ id, name }, i) => (id === String(who) || name === who ? [i] : []));
    if (named.length === 1) return named[0];
    throw new Invalid(`${where}${path}`, named.length === 0 ? `nobody is called \`${who}\`` : `several are called \`${who}\``);
  };
  return {
    rules() {
      const rules: Rule[] = desk.teams.map(() => policy.rule ?? 'round_robin');
      const lines = (policy.rules ?? []).map(({ team, rule }, i) => ({ team: find(desk.teams, team, `/rules/${i}/team`), rule }));
      for (const { team, rule } of lines.reverse()) rules[team] = rule;
      return rules;
    },
    weights() {
      const weights = desk.teams.map(() => new Map<string, number>());
      const lines = (policy.weights ?? []).map(({ team, agent, weight }, i) => ({
        team: find(desk.teams, team, `/weights/${i}/team`),
        agent: desk.agents[find(desk.agents, agent, `/weights/${i}/agent`)].id,
        weight,
      }));
      for (const { team, agent, weight } of lines.reverse()) weights[team].set(agent, weight);
      return weights;
    },
    capacities() {
      const capacities: number[] = desk.agents.map(() => Infinity);
      const lines = (policy.capacities ?? []).map(({ agent, capacity }, i) => ({ agent: find(desk.agents, agent, `/capacities/${i}/agent`), capacity }));
      for (const { agent, capacity } of lines.reverse()) capacities[agent] = capacity;
      return capacities;
    },
  };
}
