// What happened to one conversation.

import { explainJson, type AssignReason, type ExplainedMember, type Explanation, type WaitReason } from 'evenhand';
import { advance, type Ground, type Watch } from './lane.ts';
import { WAITS, type LaneState } from './state.ts';

export type HistoryEvent =
  | { what: 'came'; at: number; team: string }
  /** It waited at so many ticks from `at` to `to`, each time for the same reason and with the same members passed over. */
  | { what: 'waited'; at: number; to: number; ticks: number; why: WaitReason; place: number; members: ExplainedMember[] }
  /** The engine gave it to somebody; `members` is the line, with whoever was passed over behind it. */
  | { what: 'assigned'; at: number; agent: string; why: AssignReason; place: number; members: ExplainedMember[] }
  /** The engine would have given it to `agent`, but a person was faster. */
  | { what: 'lost'; at: number; agent: string }
  | { what: 'picked' | 'answered' | 'ended'; at: number; agent: string }
  /** Its agent went home, or the customer wrote again and its agent was not there: it is in the queue again. */
  | { what: 'queued'; at: number };

export interface History {
  conversation: string;
  events: HistoryEvent[];
}

/** Returns where everybody stands, whatever they hold meanwhile. */
const line = (members: ExplainedMember[]) => JSON.stringify(members.map(({ agent, gate, position }) => [agent, gate, position]));

/** Runs a lane from `state` on, and writes down what happens to a conversation until `until`. */
export function historyOf(state: LaneState, ground: Ground, conversation: number, until: number): History {
  const { world, scenario: { desk } } = ground;
  const id = world.ids[conversation];
  const team = desk.teams[world.team[conversation]].id;
  const events: HistoryEvent[] = [];
  const ticked: Watch['ticked'] = (at, text, lost) => {
    const explanation = text === undefined ? null : (JSON.parse(explainJson(text, id) ?? 'null') as Explanation | null);
    if (!explanation) {
      // Nothing changed since the engine was last asked.
      const last = events.at(-1);
      if (last?.what === 'waited' && state.status[conversation] === WAITS) Object.assign(last, { to: at, ticks: last.ticks + 1 });
      return;
    }
    const { decision: { agent, why }, place, members } = explanation;
    const last = events.at(-1);
    if (agent !== null) {
      events.push(lost.has(conversation) ? { what: 'lost', at, agent } : { what: 'assigned', at, agent, why, place, members });
    } else if (last?.what === 'waited' && last.why === why && line(last.members) === line(members)) {
      Object.assign(last, { to: at, ticks: last.ticks + 1, place });
    } else {
      events.push({ what: 'waited', at, to: at, ticks: 1, why, place, members });
    }
  };
  const happened: Watch['happened'] = (what, at, whose, agent) => {
    if (whose !== conversation) return;
    if (what === 'queued') events.push(events.length === 0 ? { what: 'came', at, team } : { what: 'queued', at });
    else events.push({ what, at, agent: desk.agents[agent].id });
  };
  advance(state, { ...ground, watch: { ticked, happened } }, until);
  return { conversation: id, events };
}
