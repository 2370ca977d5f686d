// What a good server would do in plain JavaScript: `round_robin` and `manual`, a rotation for each team, objects in,
// objects out, nothing checked.
//
// Each pick looks at every candidate of the team, which for teams of some dozens is faster than a heap.

const ONE = 5_354_228_880;
/** An agent with such a load is full, whatever else is said. */
const MOST = 2 ** 31 - 1;
const GATES = ['unknown_agent', 'zero_weight', 'unavailable', 'load_unknown', 'agent_full', 'team_full'];
const NEAREST = ['no_members', 'no_members', 'nobody_available', 'load_unknown', 'all_full', 'all_full'];

/** Returns the plan of a snapshot without a seed and without lost claims. */
export function plan(snapshot) {
  const agents = new Map(snapshot.agents.map((agent) => [agent.id, { ...agent, before: agent.load, seats: [] }]));
  const stored = new Map((snapshot.cursors ?? []).map((cursor) => [cursor.rotation, cursor]));
  const teams = new Map(snapshot.teams.map((team) => [team.id, open(team, agents, stored.get(team.id))]));
  const waiting = new Map();

  const decisions = snapshot.conversations.map(({ id, team: name }) => {
    const team = teams.get(name);
    if (team !== undefined && team.candidates.length > 0) {
      const why = team.candidates.length === 1 ? 'only_candidate' : 'turn';
      const set = sharing(team);
      const decision = { conversation: id, team: name, agent: take(team), why };
      if (set > 0) decision.set = set;
      return decision;
    }
    let group = waiting.get(name);
    if (group === undefined) {
      group = { team: name, why: reason(team), conversations: 0, members: team?.members.length ?? 0, passed_over: [] };
      waiting.set(name, group);
    }
    group.conversations += 1;
    return { conversation: id, team: name, agent: null, why: group.why };
  });

  for (const group of waiting.values()) {
    if (group.why !== 'unknown_team' && group.why !== 'manual_team') group.passed_over = passedOver(teams.get(group.team));
  }
  return {
    version: 1,
    decisions,
    waiting: [...waiting.values()],
    cursors: [...teams.values()].flatMap((team) => team.cursor()),
    loads: [...agents.values()].filter(({ before, load }) => load !== before).map(({ id, before, load }) => ({ agent: id, before, after: load })),
  };
}

/** Opens a team's rotation from its cursor. */
function open(record, agents, stored) {
  const members = record.members.map(({ agent, weight = 1 }) => ({ id: agent, agent: agents.get(agent), weight, owed: 0, share: 0, place: 0 }));
  const team = { ...record, assignable: record.assignable ?? ['online'], members, candidates: [], sets: [], left: [] };
  if (record.assignment === 'manual') {
    team.cursor = () => (stored === undefined ? [] : [stored]);
    return team;
  }
  const newcomers = new Map(members.map((member) => [member.id, member]));
  const turns = [];
  for (const { agent, owed } of stored?.turns ?? []) {
    const member = newcomers.get(agent);
    if (member === undefined) continue;
    member.owed = owed;
    turns.push(member);
    newcomers.delete(agent);
  }
  level(turns);
  turns.push(...newcomers.values());
  turns.forEach((member, place) => {
    member.place = place;
  });
  team.candidates = turns.filter((member) => gate(team, member) < 0);
  team.candidates.forEach((member) => member.agent.seats.push({ team, member }));
  shareOut(team);
  team.cursor = () => {
    const cursor = { rotation: team.id, rule: 'round_robin', turns: turns.map(({ id, owed }) => ({ agent: id, owed })) };
    return [team.sets.length === 0 ? cursor : { ...cursor, sets: team.sets }];
  };
  return team;
}

function level(turns) {
  const sum = turns.reduce((total, { owed }) => total + owed, 0);
  const each = Math.floor(sum / turns.length);
  const rest = sum - each * turns.length;
  turns.forEach((member, i) => {
    member.owed -= i < rest ? each + 1 : each;
  });
}

function shareOut(team) {
  const total = team.candidates.reduce((sum, { weight }) => sum + weight, 0);
  team.paid = 0;
  for (const member of team.candidates) {
    member.share = Math.floor((ONE * member.weight) / total);
    team.paid += member.share;
  }
}

/** Returns the number of the set of those who share in the next conversation: all candidates. */
function sharing(team) {
  const { candidates, sets, left } = team;
  const last = sets.length - 1;
  if (last >= 0 && left.length === 0) return last;
  if (last >= 0 && left.length < candidates.length) sets.push({ from: last, seats: left.sort((a, b) => a - b) });
  else sets.push({ seats: candidates.map(({ place }) => place) });
  team.left = [];
  return last + 1;
}

/** Gives the next conversation to whoever is owed the most, and returns who that is. */
function take(team) {
  let first;
  for (const member of team.candidates) {
    member.owed += member.share;
    if (first === undefined || member.owed > first.owed) first = member;
  }
  first.owed -= team.paid;
  const { agent } = first;
  agent.load += 1;
  for (const seat of agent.seats) {
    if (gate(seat.team, seat.member) < 0) continue;
    const at = seat.team.candidates.indexOf(seat.member);
    if (at < 0) continue;
    seat.team.candidates.splice(at, 1);
    seat.team.left.push(seat.member.place);
    shareOut(seat.team);
  }
  return first.id;
}

/** Returns which gate a member fails first, -1 for none. */
function gate(team, { agent, weight }) {
  if (agent === undefined) return 0;
  if (weight === 0) return 1;
  if (!team.assignable.includes(agent.availability)) return 2;
  if (agent.load === null) return 3;
  if (agent.load >= (agent.capacity ?? MOST)) return 4;
  return agent.load >= (team.max_load ?? MOST) ? 5 : -1;
}

function reason(team) {
  if (team === undefined) return 'unknown_team';
  if (team.assignment === 'manual') return 'manual_team';
  return NEAREST[Math.max(0, ...team.members.map((member) => gate(team, member)))];
}

function passedOver(team) {
  const counts = GATES.map(() => 0);
  for (const member of team.members) {
    const at = gate(team, member);
    if (at >= 0) counts[at] += 1;
  }
  return GATES.map((why, i) => ({ why, members: counts[i] })).filter(({ members }) => members > 0);
}
