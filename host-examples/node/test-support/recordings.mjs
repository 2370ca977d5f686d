// Recordings made by hand: a desk in memory whose ticks a test says one by one.

import { planJson } from 'evenhand';
import { createRecorder } from '../recording/write.mjs';

const never = (error) => { throw error; };

/**
 * Starts a recording in `folder` of a desk that carries its cursors and lost claims on, as a host does.
 * `tick(desk, {lost, won})` plans and records `{agents, teams, conversations}`; conversations are ids, of
 * team '1'. `lost` are conversations whose claim does not come through; with `won` false nothing is written.
 */
export function startRecording(folder) {
  const recorder = createRecorder(folder, { fileSize: 1e9, failed: never, recovered: never });
  let n = 0;
  let state = { cursors: [], lost_claims: [] };
  return {
    recorder,
    async tick({ agents, teams, conversations, ...rest }, { lost = [], won = true } = {}) {
      n += 1;
      const queue = conversations.map((id) => (typeof id === 'object' ? id : { id: String(id), team: '1' }));
      const snapshot = JSON.stringify({ version: 1, agents, teams, conversations: queue, ...state, ...rest });
      const text = planJson(snapshot);
      const plan = JSON.parse(text);
      const missed = plan.decisions.filter(({ conversation, agent }) => agent !== null && lost.includes(Number(conversation)))
        .map(({ conversation, team, agent }) => ({ conversation, team, agent }));
      const assigned = plan.decisions.filter(({ agent }) => agent !== null).length;
      const claim = won ? { won, claimed: assigned - missed.length, lost: missed } : { won, claimed: 0, lost: [] };
      await recorder.write({ tick: n, time: timeOf(n), version: String(n), snapshot, plan: text, claim });
      if (won) state = { cursors: plan.cursors, lost_claims: missed.map(({ team, agent }) => ({ team, agent })) };
      return plan;
    },
    close: () => recorder.close(),
  };
}

/** The time of a tick: a minute each, from 08:00. */
export function timeOf(tick) {
  return new Date(Date.UTC(2026, 2, 1, 8, tick)).toISOString();
}
