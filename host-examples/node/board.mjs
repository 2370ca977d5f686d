// The board: a desk as lines of text, for a terminal of any size. No output happens here.

import { stripVTControlCharacters } from 'node:util';
import cliTruncate from 'cli-truncate';
import pc from 'picocolors';
import stringWidth from 'string-width';
import { bottleneckLines, causes, kindOf, loadsAfter } from './report.mjs';
import { words } from './words.mjs';

const LEVELS = [...'▁▂▃▄▅▆▇█'];
const BAR = 6;
const CELL = 25;
const GAP = 2;
/** What an agent without a limit is measured against. */
const UNLIMITED = 10;
const STRIP_MOST = 20;

const ABSENT = { away: 'away', away_manual: 'away', away_and_reassigning: 'leaves', offline: 'off', off_shift: 'off' };

/**
 * What a board shows.
 * @typedef {object} Scene
 * @property {string} title which desk it is
 * @property {string} [clock] what the desk's own clock shows, where it has one
 * @property {number} ticks how many were run, and how many of them `failed`
 * @property {number} failed
 * @property {number} assigned by all ticks
 * @property {number} lost claims of all ticks
 * @property {import('./tick.mjs').Outcome} [outcome] the last one
 * @property {string[]} decisions the last assignments, newest first
 * @property {string[]} news what else happened, newest first
 * @property {number} page grows by one when the agents who do not fit are to have their turn
 */

/**
 * Returns the board as at most `rows` lines of at most `columns` cells.
 * @param {Scene} scene
 * @param {{columns: number, rows: number, colors?: boolean}} screen
 */
export function draw(scene, { columns, rows, colors = false }) {
  const paint = pc.createColors(colors);
  const clock = scene.clock ?? '';
  const room = columns - (clock ? stringWidth(clock) + GAP : 0);
  const lines = [paint.bold(fit(`Evenhand on ${clean(scene.title)}`, room)) + (clock && ' '.repeat(GAP) + clock), totals(scene)];
  if (scene.outcome) {
    const { teams, agents } = read(scene.outcome);
    const bottlenecks = bottleneckLines(scene.outcome);
    const across = Math.max(1, Math.floor((columns + GAP) / (CELL + GAP)));
    const share = divide(rows - lines.length, teams.length, Math.ceil(agents.length / across), bottlenecks.length, scene);
    const space = share.airy ? [''] : [];
    const heading = (text) => paint.underline(fit(text, columns));
    lines.push(
      ...space,
      ...teamLines(teams, { columns, most: share.teams, heading, paint }),
      ...(share.bottlenecks > 0 ? [...space, heading('what holds them back'), ...bottlenecks.slice(0, share.bottlenecks).map(clean)] : []),
      ...space,
      ...agentLines(agents, { columns, across, most: share.agents, page: scene.page, heading, paint }),
      ...space,
      heading('last decisions'),
      ...scene.decisions.slice(0, share.decisions).map(clean),
    );
    if (share.news > 0) lines.push(...space, heading('meanwhile'), ...scene.news.slice(0, share.news).map(clean));
  }
  return lines.slice(0, rows).map((line) => cut(line, columns));
}

function totals({ ticks, failed, assigned, lost, outcome }) {
  if (!outcome) return failed > 0 ? `tick ${ticks} failed` : 'the first tick is running';
  const waiting = outcome.plan.waiting.reduce((sum, { conversations }) => sum + conversations, 0);
  return [
    `tick ${ticks}, ${Math.round(outcome.milliseconds)} ms`,
    outcome.won ? `assigned ${outcome.claimed}, ${assigned} in all` : 'another host wrote first',
    `waiting ${waiting}`,
    `lost claims ${lost}`,
    ...(failed > 0 ? [`failed ticks ${failed}`] : []),
  ].join(' | ');
}

/** Divides the lines below the totals: how many each list gets, headings not counted. */
function divide(rows, teams, agents, bottlenecks, { decisions, news }) {
  const airy = rows >= 30;
  const lists = 3 + (news.length > 0 ? 1 : 0) + (bottlenecks > 0 ? 1 : 0);
  const free = Math.max(0, rows - lists * (airy ? 2 : 1));
  const few = Math.max(1, Math.floor(free / 8));
  const share = { airy, news: Math.min(news.length, few), bottlenecks: Math.min(bottlenecks, few), decisions: Math.min(decisions.length, few + 1) };
  const said = share.news + share.bottlenecks;
  share.teams = Math.min(teams, Math.max(2, Math.floor((free - said - share.decisions) * 0.7)));
  share.agents = Math.min(agents, Math.max(1, free - said - share.decisions - share.teams));
  // What nobody else needs shows more of what was decided.
  share.decisions = Math.max(share.decisions, free - said - share.teams - share.agents);
  return share;
}

/** Puts together what the snapshot says and what the tick has changed of it. */
function read(outcome) {
  const { texts, plan, names } = outcome;
  const snapshot = JSON.parse(texts.snapshot);
  const loads = loadsAfter(snapshot, outcome);
  const limits = new Map();
  for (const { assignment, max_load: limit = Infinity, members } of snapshot.teams) {
    if (assignment === 'manual') continue;
    for (const { agent } of members) limits.set(agent, Math.max(limit, limits.get(agent) ?? 0));
  }
  const served = new Set(snapshot.teams.flatMap(({ assignable, fallback = [] }) => [...assignable, ...fallback]));
  const agents = snapshot.agents.map(({ id, availability, capacity = Infinity }) => ({
    id,
    name: clean(names.agents[id] || `agent ${id}`),
    availability,
    there: served.has(availability),
    load: loads.get(id),
    capacity,
    // Above the most generous of their teams nobody gives them anything.
    limit: Math.min(capacity, limits.get(id) ?? Infinity),
  }));
  const byId = new Map(agents.map((agent) => [agent.id, agent]));
  const reasons = causes(outcome, { short: true });
  const waits = new Map();
  plan.waiting.forEach((group, i) => {
    const kind = kindOf(group).join(', ');
    const { conversations = 0, why = [] } = waits.get(group.team) ?? {};
    waits.set(group.team, { conversations: conversations + group.conversations, why: [...why, kind ? `${kind}: ${reasons[i]}` : reasons[i]] });
  });
  const teams = snapshot.teams.map(({ id, assignment, assignable, fallback = [], max_load: limit = Infinity, members }) => ({
    name: clean(names.teams[id] || `team ${id}`),
    waiting: waits.get(id)?.conversations ?? 0,
    why: clean(waits.get(id)?.why.join('; ') ?? (assignment === 'manual' ? words('wait', 'manual_team') : '')),
    strip: members.flatMap(({ agent }) => byId.get(agent) ?? []).map((agent) => ({
      ...agent, limit: Math.min(agent.capacity, limit), there: assignable.includes(agent.availability) || fallback.includes(agent.availability),
    })),
  }));
  for (const [id, group] of waits) {
    if (!snapshot.teams.some((team) => team.id === id)) {
      teams.push({ name: `team ${clean(id)}`, waiting: group.conversations, why: clean(group.why.join('; ')), strip: [] });
    }
  }
  return { teams, agents };
}

function teamLines(teams, { columns, most, heading, paint }) {
  const all = teams.length <= most;
  const shown = all ? teams : [...teams].sort((a, b) => b.waiting - a.waiting).slice(0, most - 1);
  const name = Math.min(Math.max(4, ...shown.map((team) => stringWidth(team.name))), Math.floor(columns / 4));
  const strip = Math.min(Math.max(6, ...shown.map((team) => team.strip.length)), STRIP_MOST);
  const row = (first, second, third, fourth) => `${fit(first, name)}  ${second}  ${third}  ${fourth}`;
  return [
    heading(row('team', 'waiting', fit('agents', strip), 'why they wait')),
    ...shown.map((team) => row(
      team.name,
      String(team.waiting).padStart('waiting'.length),
      team.strip.slice(0, strip).map((agent) => level(agent, paint)).join('') + ' '.repeat(Math.max(0, strip - team.strip.length)),
      team.why,
    )),
    ...(all ? [] : [`and ${teams.length - shown.length} more teams`]),
  ];
}

function agentLines(agents, { columns, across, most, page, heading, paint }) {
  const perPage = most * across;
  const pages = Math.max(1, Math.ceil(agents.length / perPage));
  const from = (page % pages) * perPage;
  const shown = agents.slice(from, from + perPage);
  const width = Math.floor((columns - GAP * (across - 1)) / across);
  const lines = Array.from({ length: Math.min(most, shown.length) }, (_, line) =>
    // Down and not across, so that one team stays together.
    Array.from({ length: across }, (_column, column) => shown[column * most + line])
      .filter(Boolean)
      .map((agent) => cell(agent, width, paint))
      .join(' '.repeat(GAP)));
  const which = pages > 1 ? `agents ${from + 1} to ${from + shown.length} of ${agents.length}` : 'agents';
  return [heading(which), ...lines];
}

/** One agent in `width` cells: name, bar or why there is none, load against limit. */
function cell(agent, width, paint) {
  const { name, availability, there, load, limit } = agent;
  const held = `${load ?? '?'}${limit === Infinity ? '' : `/${limit}`}`.padStart(5);
  const text = fit(name, width - BAR - held.length - 2);
  if (!there) return paint.dim(`${text} ${fit(ABSENT[availability] ?? clean(availability), BAR)} ${held}`);
  const full = load > 0 ? Math.max(1, Math.floor(part(agent) * BAR)) : 0;
  return `${text} ${hue(agent, paint)('█'.repeat(full))}${paint.dim('░'.repeat(BAR - full))} ${held}`;
}

/** One agent in one cell. */
function level(agent, paint) {
  if (!agent.there) return paint.dim('·');
  if (agent.load === null) return '?';
  return hue(agent, paint)(LEVELS[Math.floor(part(agent) * (LEVELS.length - 1))]);
}

/** How much of what the agent may hold they hold: 1 where it is all, and only there. */
function part({ load, limit }) {
  if (limit === Infinity) return load / Math.max(load + 1, UNLIMITED);
  return load < limit ? load / limit : 1;
}

function hue(agent, paint) {
  if (agent.limit === Infinity) return paint.cyan;
  if (agent.load >= agent.limit) return paint.red;
  return part(agent) > 0.7 ? paint.yellow : paint.green;
}

/** Names come from a database that anybody may write to; a terminal obeys what it is sent. */
function clean(text) {
  return stripVTControlCharacters(text).replace(/\p{C}/gu, ' ');
}

function cut(text, columns) {
  return cliTruncate(text, columns);
}

/** Returns `text` in exactly `width` cells. */
function fit(text, width) {
  const short = cut(text, Math.max(1, width));
  return short + ' '.repeat(Math.max(0, width - stringWidth(short)));
}
