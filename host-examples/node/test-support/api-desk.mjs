// A desk of the real PostgreSQL with the stand-in of Libredesk's API beside it, fresh for every test of a file.

import assert from 'node:assert/strict';
import { after, before, beforeEach } from 'node:test';
import { planJson } from 'evenhand';
import { openApi } from '../api.mjs';
import { openPostgres, SNAPSHOT } from '../desk.mjs';
import { howToAssign, tick } from '../tick.mjs';
import { fill, holders, range, state } from './fill.mjs';
import { KEY, SECRET, startApi } from './libredesk-api.mjs';
import { startPostgres } from './postgres.mjs';

/** A conversation in the unit of `owed`. */
const CONVERSATION = 5_354_228_880;

export const SETTINGS = { rule: 'round_robin', assignable: ['online'] };

/** Nine wait in a team of three; agent 4, in no team, is who assigns by hand. */
export const NINE = { agents: range(1, 4), teams: [{ id: 1, members: [1, 2, 3] }, { id: 2 }], conversations: range(1, 9) };

/** Opens the API of `libredesk`, as a host does. */
export function apiOf(libredesk, options = {}) {
  return openApi({ url: libredesk.url, key: KEY, secret: SECRET, timeout: 0.4, atOnce: 4, ...options });
}

export function apiDesk() {
  const desk = {
    server: undefined,
    url: undefined,
    /** What a host opens; and a person's connection. */
    door: undefined,
    person: undefined,
    libredesk: undefined,
    query: (...given) => desk.door.query(...given),
    holders: () => holders(desk.query),
    state: () => state(desk.query),
    fill: (content) => fill(desk.query, content),
    /** A tick that assigns through the API. */
    tick: (options, signal) => tick(desk.door, SETTINGS, {}, { api: apiOf(desk.libredesk, options), signal }),
    /** What a claim writes: the version and the plan of the desk as it is now. */
    async look() {
      const { version, snapshot } = await desk.query(SNAPSHOT, [howToAssign(SETTINGS)]);
      return { version, plan: planJson(snapshot) };
    },
    /** Evenhand's record of a plan that is being written. */
    pending: async () => (await desk.query('SELECT pending, version::int FROM evenhand_state')).pending,
    /** How many conversations everybody has, ordered. */
    async shares() {
      const counts = {};
      for (const holder of Object.values(await desk.holders())) counts[holder] = (counts[holder] ?? 0) + 1;
      return counts;
    },
    /**
     * Agents 1 to 3 share what comes in, from the start on: the turns must be exactly what each is away from a third of what Libredesk
     * told them of, and of the lost claims that the next plan gives back. Of nothing they were told twice, and no plan is under way.
     */
    async assertExact() {
      const told = await desk.libredesk.told();
      const { pending, cursors, lost_claims: memory } = await desk.query('SELECT pending, cursors, lost_claims FROM evenhand_state');
      assert.equal(pending, null);
      const twice = told.filter(({ conversation }, i) => told.findIndex((one) => one.conversation === conversation) !== i);
      assert.deepEqual(twice, []);
      const owed = Object.fromEntries(cursors[0].turns.map((turn) => [turn.agent, turn.owed ?? 0]));
      const paid = [...told, ...memory.map(({ decision }) => decision).filter(({ agent }) => agent !== null)];
      const due = Object.fromEntries(['1', '2', '3'].map((agent) =>
        [agent, CONVERSATION / 3 * paid.length - CONVERSATION * paid.filter((one) => one.agent === agent).length]));
      assert.deepEqual(owed, due);
    },
    /** So many new ones come in. */
    comeIn: (n) => desk.query(`INSERT INTO conversations (contact_id, inbox_id, assigned_team_id, status_id, id)
      SELECT 1000000, 1, 1, 1, 1000 + (SELECT count(*) FROM conversations) + n FROM generate_series(1, ${n}) n`),
    /** The same desk again, for a host that assigns by a statement. */
    async beside(content) {
      const url = await desk.server.createDesk();
      const door = await openPostgres(url);
      open.push(door);
      await fill(door.query, content);
      return { url, door, query: door.query };
    },
  };
  const open = [];
  before(async () => { desk.server = await startPostgres(); });
  beforeEach(async () => {
    await close();
    desk.url = await desk.server.createDesk();
    desk.door = await openPostgres(desk.url);
    desk.person = await desk.server.connect(desk.url);
    await desk.fill(NINE);
    desk.libredesk = await startApi(desk.url);
    const { person } = desk;
    open.push(desk.door, desk.libredesk, { close: () => person.end() });
  });
  async function close() {
    for (const one of open.splice(0)) await one.close().catch(() => {});
  }
  after(close);
  after(() => desk.server?.stop());
  return desk;
}
