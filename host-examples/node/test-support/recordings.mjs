// Recordings made by hand, of a desk in memory whose ticks a test says one by one; and what is in a recording.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { planJson } from 'evenhand';
import { readRecording } from '../recording/read.mjs';
import { createRecorder } from '../recording/write.mjs';
import { handedBack, remember } from './memory.mjs';

const never = (error) => { throw error; };

/**
 * Starts a recording in `folder` of a desk that carries its cursors and lost claims on, as a host does.
 * `tick(desk, {lost, won})` plans and records `{agents, teams, conversations}`; conversations are ids, of
 * team '1'. `lost` are conversations whose claim does not come through; with `won` false nothing is written.
 */
export function startRecording(folder) {
  const recorder = createRecorder(folder, { fileSize: 1e9, failed: never, recovered: never });
  let n = 0;
  let cursors = [];
  let remembered = [];
  return {
    async tick({ agents, teams, conversations, ...rest }, { lost = [], won = true } = {}) {
      n += 1;
      const queue = conversations.map((id) => (typeof id === 'object' ? id : { id: String(id), team: '1' }));
      const snapshot = JSON.stringify({ version: 1, agents, teams, conversations: queue, cursors, lost_claims: handedBack(remembered), ...rest });
      const text = planJson(snapshot);
      const plan = JSON.parse(text);
      const isLost = (conversation) => lost.includes(Number(conversation));
      const assigned = plan.decisions.filter(({ agent }) => agent !== null);
      const missed = assigned.filter(({ conversation }) => isLost(conversation));
      const claim = won ? { won, claimed: assigned.length - missed.length, lost: missed } : { won, claimed: 0, lost: [] };
      await recorder.write({ tick: n, time: timeOf(n), version: String(n), snapshot, plan: text, claim });
      if (won) {
        remembered = remember(remembered, plan, isLost);
        ({ cursors } = plan);
      }
      return plan;
    },
    close: () => recorder.close(),
  };
}

/** The time of a tick: a minute each, from 08:00. */
export function timeOf(tick) {
  return new Date(Date.UTC(2026, 2, 1, 8, tick)).toISOString();
}

/** Returns what names a folder that is not there yet, another with each call; all go after the tests of the file. */
export function newFolders() {
  const root = mkdtempSync(join(tmpdir(), 'evenhand-recording-'));
  after(() => rmSync(root, { recursive: true, force: true }));
  let n = 0;
  return () => join(root, String(n += 1));
}

/** Returns all that is read of the recording in `folder`, faults too. */
export async function entries(folder) {
  const all = [];
  for await (const entry of readRecording(folder)) all.push(entry);
  return all;
}

/** Returns the numbers of the ticks among entries. */
export const ticksOf = (all) => all.filter(({ line }) => line).map(({ line }) => line.tick);
