// A desk that lives: what its people and its customers do, one act after the other in the desk's own
// time. It knows the desk's tables and nothing of the host, which sees of it what it would see in life.

import TinyQueue from 'tinyqueue';
import { ARRIVES, ASSIGNMENT, AVAILABILITY, BY_HAND, DESK, HANDLES, HANDS_BACK, INBOXES, SORTS, WRITES_AGAIN } from './acts.mjs';
import { chance } from './chance.mjs';
import { DAY, HOUR, MINUTE, planDay } from './day.mjs';

const repeatable = ({ what }) => !(what in BY_HAND) && what !== 'sorts';

/** How often people look into their inboxes. */
const LOOK_EVERY = MINUTE;

/**
 * Begins a life on the desk behind `query`, which may be an embedded one or a real PostgreSQL.
 *
 * The same seed on the same desk gives the same acts, as long as the same conversations go to the same
 * agents: a day is planned whole, and what becomes of a conversation depends on the conversation alone.
 * How often and how far it is stepped changes nothing.
 *
 * @param {(sql: string, values?: unknown[]) => Promise<object>} query runs one statement, returns its one row
 * @param {object} settings
 * @param {number} settings.seed
 * @param {number} [settings.start] the desk's time, in milliseconds; the newest conversation's unless told otherwise
 * @param {number} [settings.bustle] how many times the ordinary amount comes in and is done by hand
 * @param {(act: object) => void} [settings.told] hears each act after it is done: `{at, what, ..., changed}`
 */
export async function begin(query, { seed, start, bustle = 1, told = () => {} }) {
  const desk = await query(DESK);
  const { Open: OPEN, Replied: REPLIED, Snoozed: SNOOZED, Resolved: RESOLVED } = desk.statuses;
  for (const name of ['Open', 'Replied', 'Snoozed', 'Resolved']) {
    if (!desk.statuses[name]) throw new Error(`the desk has no status "${name}"`);
  }
  let now = Math.floor(start ?? (desk.latest ?? Date.UTC(2026, 2, 2, 8) / 1000) * 1000);

  let pushed = 0;
  const ahead = new TinyQueue([], (a, b) => a.at - b.at || a.place - b.place);
  const plan = (act) => ahead.push({ ...act, place: (pushed += 1) });

  const today = () => planDay(desk, Math.floor(now / DAY) * DAY, { seed, bustle });

  /** What is known of a conversation: the state in which its next act was planned, and how many were. */
  const watched = new Map();

  /** Plans the day in which the desk's time is, as far as it is still ahead. */
  function plansDay(day) {
    for (const act of day) if (act.at >= now) plan(act);
    plan({ at: Math.floor(now / DAY) * DAY + DAY, what: 'dawns' });
  }

  /** People who should be at work by now come in one by one; a team left in Manual is turned back. */
  function settle(day) {
    const lastly = (what, who) => day.findLast((act) => act.what === what && act[who.key] === who.id && act.at < now)?.to;
    const soon = (what, who, to) => {
      const at = now + Math.round(chance(seed, 'settle', what, who.id).between(1, 20) * MINUTE);
      const sooner = day.some((act) => act.what === what && act[who.key] === who.id && act.at >= now && act.at <= at);
      if (!sooner) plan({ at, what, [who.key]: who.id, to });
    };
    for (const { id, availability } of desk.agents) {
      const who = { key: 'agent', id };
      if (availability !== 'online' && lastly('availability', who) === 'online') soon('availability', who, 'online');
    }
    for (const { id, limit, assignment } of desk.teams) {
      const who = { key: 'team', id };
      if (assignment === 'Manual' && limit > 0 && lastly('assignment', who) !== 'Manual') soon('assignment', who, 'Round robin');
    }
  }

  /** Plans the next act for whatever is new on somebody's desk. */
  function look(at, list) {
    for (const { id, uuid, agent, status, availability } of list) {
      const state = `${agent} ${status}`;
      const known = watched.get(id);
      if (known?.state === state || (status === OPEN && availability !== 'online')) continue;
      const round = (known?.round ?? 0) + 1;
      watched.set(id, { state, round });
      const act = nextAct(chance(seed, 'conversation', uuid, round), status);
      plan({ conversation: id, uuid, agent, from: status, round, ...act, at: at + Math.round(act.after) });
    }
  }

  function nextAct(random, status) {
    if (status === OPEN) return { what: 'answers', to: REPLIED, after: random.effort(12 * MINUTE, 0.7) };
    if (status === SNOOZED) return { what: 'writes again', to: OPEN, after: random.between(1, 5) * HOUR };
    const after = random.effort(20 * MINUTE, 0.8);
    const fraction = random.fraction();
    if (fraction < 0.6) return { what: 'resolves', to: RESOLVED, after };
    if (fraction < 0.72) return { what: 'snoozes', to: SNOOZED, after };
    return { what: 'writes again', to: OPEN, after };
  }

  /** Some customers are not satisfied yet. */
  function resolved({ conversation, uuid, round, at }) {
    const random = chance(seed, 'resolved', uuid, round);
    if (!random.happens(0.08)) return;
    plan({ at: at + Math.round(random.between(1, 6) * HOUR), what: 'reopens', conversation, uuid, from: RESOLVED, to: OPEN, round });
  }

  /** Runs the statement of `act`, and then, once it went through, plans what follows from it. */
  async function perform(act) {
    const { at, what } = act;
    const when = new Date(at).toISOString();
    switch (what) {
      case 'dawns':
        now = at;
        plansDay(today());
        return undefined;
      case 'looks': {
        const { list } = await query(INBOXES, [SNOOZED]);
        look(at, list);
        plan({ at: at + LOOK_EVERY, what });
        return undefined;
      }
      case 'arrives':
        if (desk.contacts.length === 0) return [];
        return (await query(ARRIVES, [when, act.uuid, desk.contacts[Math.floor(act.contact * desk.contacts.length)], act.team, OPEN])).changed;
      case 'answers':
      case 'resolves':
      case 'snoozes':
      case 'writes again': {
        // Somebody else has it by now, or another act of its own was planned since.
        if (watched.get(act.conversation)?.round !== act.round) return undefined;
        const { changed } = what === 'writes again'
          ? await query(WRITES_AGAIN, [when, act.conversation, act.from, act.to])
          : await query(HANDLES, [when, act.conversation, act.agent, act.from, act.to]);
        if (what === 'resolves' && changed.length > 0) {
          watched.delete(act.conversation);
          resolved(act);
        } else {
          watched.set(act.conversation, { round: act.round });
        }
        return changed;
      }
      case 'reopens': {
        const { changed } = await query(WRITES_AGAIN, [when, act.conversation, act.from, act.to]);
        if (changed.length > 0) watched.set(act.conversation, { round: act.round });
        return changed;
      }
      case 'availability':
        return (await query(AVAILABILITY, [act.agent, act.to])).changed;
      case 'assignment':
        return (await query(ASSIGNMENT, [act.team, act.to === 'Manual' ? 'Round robin' : 'Manual', act.to])).changed;
      case 'hands back':
        return (await query(HANDS_BACK, [when, act.agent, OPEN])).changed;
      case 'sorts':
        return (await query(SORTS, [when])).changed;
      default:
        return (await query(BY_HAND[what], [when, act.which, act.whom])).changed;
    }
  }

  settle(today());
  plansDay(today());
  plan({ at: now, what: 'looks' });

  return {
    /** The desk's time. */
    now: () => now,
    names: {
      agents: Object.fromEntries(desk.agents.map(({ id, name }) => [id, name])),
      teams: Object.fromEntries(desk.teams.map(({ id, name }) => [id, name])),
    },
    /**
     * Does everything that is due by `until`, one statement after the other, unless `signal` is aborted
     * in between. Where a statement fails it throws, and the same act comes first in the next step; only
     * what somebody does by hand is left, since done twice it would be another thing.
     */
    async step(until, signal) {
      while (ahead.length > 0 && ahead.peek().at <= until) {
        if (signal?.aborted) return;
        const act = ahead.peek();
        if (!repeatable(act)) ahead.pop();
        const changed = await perform(act);
        // What it led to comes later, so it is still the first.
        if (repeatable(act)) ahead.pop();
        now = Math.max(now, act.at);
        if (changed) told({ ...act, changed });
        // Whoever shares the process has their turn.
        await new Promise(setImmediate);
      }
      now = Math.max(now, until);
    },
  };
}
