// What happens on a living desk, in sentences.

const TO = {
  online: 'is there',
  away: 'is away for a moment',
  away_manual: 'takes a break',
  away_and_reassigning: 'is about to leave',
  offline: 'goes home',
};

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** Says what the desk's clock shows: `Monday 09:41`. */
export function clockFace(at) {
  const date = new Date(at);
  return `${DAYS[date.getUTCDay()]} ${date.toISOString().slice(11, 16)}`;
}

/** Says what an act changed, or nothing where that is everyday work. */
export function sentence({ what, agent, team, to, changed }, { agents, teams }) {
  const [first] = changed;
  if (!first) return undefined;
  const person = (id) => agents[id] ?? `agent ${id}`;
  const which = `#${first.number}`;
  switch (what) {
    case 'availability': return `${person(agent)} ${TO[to]}`;
    case 'assignment': return `somebody sets ${teams[team]} to ${to}`;
    case 'hands back': return `${person(agent)} gives back ${changed.length} unanswered`;
    case 'takes': return `${person(first.agent)} takes ${which} by hand`;
    case 'passes on': return `a lead gives ${which} of ${person(first.before)} to ${person(first.agent)}`;
    case 'moves': return `somebody moves ${which} to ${teams[first.team]}`;
    case 'puts back': return `a lead takes ${which} off ${person(first.before)}`;
    default: return undefined;
  }
}
