// Says for people why a conversation went where it went, or waits: what Evenhand's `explain` answers, in words.

import { bottleneckLine, numbered } from '../report.mjs';
import { needed, plain, words } from '../words.mjs';
import { table } from './diff.mjs';

/** So many conversations Evenhand follows the line for. */
const FOLLOWED = 10_000;
/** Whoever holds so many is full, whatever the limits. */
const MOST = 2_147_483_647;
const NO_NAMES = { teams: {}, agents: {}, conversations: {} };

/**
 * @param {import('evenhand').Explanation} explanation
 * @param {import('evenhand').Snapshot} snapshot that it is about
 * @param {object} how
 * @param {import('../tick.mjs').Outcome['names']} [how.names]
 * @param {string} how.when the tick, or that it is now
 * @param {'went to' | 'would go to'} how.goes
 * @param {string} [how.but] what became of the decision
 */
export function whyLines({ decision, place, queue, lost, class: of, held_back: back, members }, snapshot, { names = NO_NAMES, when, goes, but }) {
  const agentName = (id) => names.agents[id] ?? `agent ${id}`;
  const teamName = (id) => names.teams[id] ?? `team ${id}`;
  const agents = new Map(snapshot.agents.map((agent) => [agent.id, agent]));
  const teams = new Map(snapshot.teams.map((team) => [team.id, team]));
  const team = teams.get(decision.team);
  const code = plain(decision.why);
  const by = decision.by === undefined ? '' : ` by ${teamName(decision.by)}`;
  const { held_by: holder } = decision;
  const what = decision.agent !== null ? `${goes} ${agentName(decision.agent)}${by} (${code})${holder === undefined ? '' : `, taken back from ${agentName(holder)}`}`
    : holder === undefined ? `waits (${code})` : `stays with ${agentName(holder)} (${code})`;
  const asks = asked(of, members, agentName);
  const head = [
    `conversation ${numbered(decision.conversation, names)} ${what}${but ? `; ${but}` : ''}`,
    `${teamName(decision.team)}${team ? `, ${team.assignment}` : ''}, place ${place} of ${queue} in the queue${lost ? ' since a claim of it was lost' : ''}, ${when}`,
    ...(asks.length > 0 ? [`it ${asks.join('; ')}`] : []),
    ...(of.asked.length > 1 ? [`asked are ${of.asked.map((one) => teamName(one.team)).join(', then ')}`] : []),
    ...(back ? [`held back: ${bottleneckLine(back.bottleneck, names)}; ${comesAfter(back.ahead)}`] : []),
  ];
  if (!team) return [...head, words('wait', 'unknown_team')];
  if (of.asked.length === 0) return [...head, words('wait', 'manual_team')];
  if (members.length === 0) return [...head, words('wait', 'no_members')];
  const legacy = team.assignment.startsWith('libredesk_');
  const owing = of.asked.some(({ rule }) => rule === 'round_robin');
  const some = (is) => members.some(is);
  const columns = [
    ['agent', ({ agent }) => agentName(agent)],
    of.asked.length > 1 && ['team', (member) => teamName(member.team)],
    some(({ weight }) => weight !== 1) && ['weight', ({ weight }) => weight],
    // The legacy rules know no tiers.
    !legacy && some(({ tier }) => tier !== 0) && ['tier', ({ tier }) => tier],
    ['load', ({ load, gate }) => load ?? (gate === 'unknown_agent' ? '-' : '?')],
    some((member) => member.channel_load !== undefined) && [`in ${of.channel}`, (member) => member.channel_load ?? '-'],
    legacy && ['points', ({ owed }) => (owed === undefined ? '-' : signed(owed, 0))],
    owing && ['owed', ({ owed }) => (owed === undefined ? '-' : signed(owed / 1000, 2))],
    ['answer', (member) => answerOf(member, decision, agents.get(member.agent), teams.get(member.team), of.channel, names)],
  ].filter(Boolean);
  const rows = table(columns.map(([name]) => name));
  for (const member of members) rows.push(columns.map(([, cell]) => cell(member)));
  return [...head, ...rows.toString().split('\n').map((line) => line.trimEnd())];
}

function comesAfter(ahead) {
  if (ahead === 0) return 'this is the first of them';
  return `${ahead} of them ${ahead === 1 ? 'comes' : 'come'} before this one`;
}

/** Returns what the conversation asks for. */
function asked({ channel, needs = [], excluded = [], held }, members, agentName) {
  const preferred = [...new Set(members.filter((member) => member.preferred).map(({ agent }) => agentName(agent)))];
  return [
    channel !== undefined && `came by ${channel}`,
    needs.length > 0 && `needs ${needs.map(needed).join(', ')}`,
    preferred.length > 0 && `${held ? 'is held for' : 'prefers'} ${preferred.join(', ')}`,
    excluded.length > 0 && `does not go to ${excluded.map(agentName).join(', ')}`,
  ].filter(Boolean);
}

function answerOf(member, decision, agent, team, channel, names) {
  const { gate, position, preferred, fallback, asked_last: last, needed_for: neededFor } = member;
  if (gate) return `passed over, ${gate}: ${numbersOf(member, agent, team, channel)}`;
  const takes = member.agent === decision.agent && member.team === (decision.by ?? decision.team);
  const inLine = position === undefined ? `in line, but not among the next ${FOLLOWED}` : `${ordinal(position)} in line`;
  return [
    takes ? (last ? 'takes it again, as nobody else can' : 'takes it') : neededFor === undefined && inLine,
    neededFor !== undefined && `asked, and needed elsewhere, for conversation ${numbered(neededFor, names)}`,
    preferred && 'preferred',
    fallback && `is ${member.availability}, which is a fallback`,
    last && !takes && 'asked last for this one, since the claim for them was lost',
  ].filter(Boolean).join('; ');
}

function numbersOf({ gate, load, channel_load: inChannel, taken, availability }, agent, { assignable = ['online'], fallback = [], max_load: most }, channel) {
  const given = taken > 0 ? `, ${taken} of them from this tick` : '';
  const holds = `holds ${load}${given}`;
  const holdsThere = `holds ${inChannel} of ${channel}`;
  switch (gate) {
    case 'unavailable': return `is ${availability}, the team serves ${[...assignable, ...fallback].join(', ') || 'nobody'}`;
    case 'agent_full': return `${holds}, and may hold ${agent.capacity ?? MOST}`;
    case 'channel_full': return `${holdsThere}, and may hold ${agent.channels.find((own) => own.channel === channel).capacity ?? MOST}`;
    case 'team_full': return `${inChannel === undefined ? holds : holdsThere}, and the team gives nothing from ${most} on`;
    case 'new_limit': return `gets ${agent.max_new} in one plan, and has got them`;
    default: return words('gate', gate);
  }
}

function ordinal(n) {
  const suffix = { one: 'st', two: 'nd', few: 'rd', other: 'th' }[new Intl.PluralRules('en', { type: 'ordinal' }).select(n)];
  return `${n}${suffix}`;
}

function signed(value, digits) {
  const text = value.toFixed(digits);
  if (Number(text) === 0) return (0).toFixed(digits);
  return value > 0 ? `+${text}` : text;
}
