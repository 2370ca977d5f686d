// A host whose desk is in this process's memory: to try the kit itself.

import { plan } from '../../../pkg/node.js';

/** @returns {Promise<import('../adapter.d.ts').Adapter>} */
export default async function open() {
  let desk;
  const now = (clock = 0) => Date.now() + clock;
  const read = () => ({
    version: 1,
    now: now(),
    agents: desk.agents.filter(({ disabled }) => !disabled).map(({ id, availability }) => ({
      id, availability, load: desk.conversations.filter(({ agent }) => agent === id).length,
    })),
    teams: desk.teams.map(({ id, members, maxLoad, overflow }) => ({
      id,
      assignment: 'round_robin',
      max_load: maxLoad,
      overflow: overflow && [{ team: overflow.team, after: overflow.minutes * 60_000 }],
      members: members.map((agent) => ({ agent })),
    })),
    conversations: desk.conversations.filter(({ agent }) => agent === null).map(({ id, team, since }) => ({ id, team, since })),
    cursors: desk.cursors,
    lost_claims: desk.lost.filter(({ plans }) => plans > 0).map(({ decision }) => decision),
  });
  function claim({ decisions, cursors }) {
    desk.version += 1;
    desk.cursors = cursors;
    const before = new Map(desk.lost.map((entry) => [entry.decision.conversation, entry]));
    desk.lost = decisions.flatMap((decision) => {
      const { losses, plans } = before.get(decision.conversation) ?? { losses: 0, plans: 0 };
      if (decision.agent === null) return losses > 0 ? [{ decision, losses, plans: plans - 1 }] : [];
      const row = desk.conversations.find(({ id }) => id === decision.conversation);
      if (row.agent === null && !row.locked && !desk.agents.find(({ id }) => id === decision.agent).disabled) {
        row.agent = decision.agent;
        return [];
      }
      return [{ decision, losses: losses + 1, plans: 1 + 2 ** losses }];
    });
  }
  const conversation = (wanted) => desk.conversations.find(({ id }) => id === wanted);
  const agent = (wanted) => desk.agents.find(({ id }) => id === wanted);
  return {
    async reset({ agents, teams }) {
      desk = { version: 0, cursors: [], lost: [], conversations: [], teams, agents: agents.map((one) => ({ ...one, availability: 'online' })) };
    },
    async add(list) {
      for (const { id, team, waited = 0 } of list) desk.conversations.push({ id, team, agent: null, since: now() - waited * 60_000 });
    },
    async setAvailable(id, available) { agent(id).availability = available ? 'online' : 'away'; },
    async disable(id) { agent(id).disabled = true; },
    async take(id, to) { conversation(id).agent = to; },
    async lock(id) {
      conversation(id).locked = true;
      return async () => { conversation(id).locked = false; };
    },
    async tick({ beforeClaim } = {}) {
      const { version } = desk;
      const planned = plan(read());
      await beforeClaim?.();
      if (version === desk.version) claim(planned);
    },
    // Nobody can be killed in the middle of what one thread does at once.
    async kill(moment) {
      if (moment === 'after the claim') claim(plan(read()));
    },
    assignments: async () => Object.fromEntries(desk.conversations.map(({ id, agent: has }) => [id, has])),
  };
}
