// The history of a conversation in sentences.

import type { ExplainedMember, Explanation, Gate } from 'evenhand';
import type { HistoryEvent } from '../sim/history.ts';
import type { Desk } from '../sim/scenario.ts';
import { assigns, bottleneckSentence, calledIn, clock, counted, moment, needed, passedOver, waits } from './words.ts';

export interface Line {
  when: string;
  text: string;
  /** What `members` is about. */
  summary: string;
  /** Everybody in the team, a line each: their place in the turn, or what passed them over. */
  members: string[];
}

export function storyOf(events: HistoryEvent[], desk: Desk): Line[] {
  const agent = (id: string) => calledIn(desk.agents, id);
  const team = (id: string) => calledIn(desk.teams, id);
  const line = (at: number, text: string, members: ExplainedMember[] = []): Line => ({
    when: moment(at, true),
    text,
    summary: summary(members),
    members: members.map((member) => `${agent(member.agent)}: ${place(member)}`),
  });
  return events.map((event): Line => {
    switch (event.what) {
      case 'came':
        return line(event.at, `It comes in for ${team(event.team)}.`);
      case 'waited': {
        const until = event.ticks > 1 ? ` at ${counted(event.ticks, 'tick')}, until ${clock(event.to, true)}` : '';
        return line(event.at, `It waits${until}, now number ${event.place} in the queue: ${waits(event.why)}.`, event.members);
      }
      case 'assigned':
        return line(event.at, `${agent(event.agent)} gets it: ${assigns(event.why)}.`, event.members);
      case 'lost':
        return line(event.at, `It would have gone to ${agent(event.agent)}, but a colleague is faster.`);
      case 'picked':
        return line(event.at, `${agent(event.agent)} picks it by hand.`);
      case 'answered':
        return line(event.at, `${agent(event.agent)} answers.`);
      case 'queued':
        return line(event.at, 'It is in the queue again: whoever had it is not at work.');
      case 'ended':
        return line(event.at, 'It is over.');
    }
  });
}

/** `4 in the line; passed over: 2 are away, 1 is full`. */
export function summary(members: ExplainedMember[]): string {
  const gates = new Map<Gate, number>();
  for (const { gate } of members) if (gate) gates.set(gate, (gates.get(gate) ?? 0) + 1);
  const passed = [...gates].map(([gate, n]) => `${n} ${passedOver(gate, n)}`).join(', ');
  const line = members.filter(({ gate }) => !gate).length;
  return [line > 0 ? `${line} in the line` : '', passed && `passed over: ${passed}`].filter(Boolean).join('; ');
}

/** `number 2 in the line, preferred`. */
export function place({ gate, position, preferred, fallback, tier, asked_last: last, needed_for: neededFor }: ExplainedMember): string {
  if (gate) return passedOver(gate);
  const line = position === undefined ? 'far behind in the line' : position === 1 ? 'first in the line' : `number ${position} in the line`;
  return [
    neededFor === undefined ? line : `needed elsewhere, for ${neededFor}`,
    preferred && 'preferred',
    fallback && 'as a fallback',
    tier > 0 && `a backup of tier ${tier}`,
    last && position !== 1 && 'asked last, since a claim for them was lost',
  ].filter(Boolean).join(', ');
}

/** Says what holds a conversation back, and how many come before it; nothing where nothing does. */
export function heldBack({ held_back: back }: Explanation): string {
  if (!back) return '';
  const before = back.ahead === 0 ? 'this is the first of them' : `${back.ahead} of them ${back.ahead === 1 ? 'comes' : 'come'} before this one`;
  return `Held back: ${bottleneckSentence(back.bottleneck, String, String)}; ${before}.`;
}

/** `It came by mail, needs german 2 and is held for Mia.`; nothing where it asks for nothing. */
export function asks({ class: { channel, needs = [], excluded = [], held, asked }, members }: Explanation): string {
  const preferred = [...new Set(members.filter((member) => member.preferred).map(({ agent }) => agent))];
  const wishes = [
    channel !== undefined && `came by ${channel}`,
    needs.length > 0 && `needs ${needs.map(needed).join(', ')}`,
    preferred.length > 0 && `${held ? 'is held for' : 'prefers'} ${preferred.join(', ')}`,
    excluded.length > 0 && `does not go to ${excluded.join(', ')}`,
    asked.length > 1 && `is offered to ${asked.map(({ team }) => team).join(', then ')}`,
  ].filter(Boolean);
  return wishes.length > 0 ? `It ${wishes.join('; ')}.` : '';
}
