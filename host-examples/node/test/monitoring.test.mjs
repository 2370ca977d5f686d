// What machines read of a host: /metrics, /healthz, and the log as JSON.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import Ajv from 'ajv/dist/2020.js';
import { createMeter } from '../metrics.mjs';
import { speaker } from '../speaker.mjs';
import { statement } from '../sql.mjs';
import { freshDesk } from '../test-support/fresh-desk.mjs';
import { until } from '../test-support/until.mjs';

const LOG_SCHEMA = JSON.parse(readFileSync(new URL('../log.schema.json', import.meta.url), 'utf8'));

/** A tick in which those who wait for a team are told apart, and one was lost that somebody had. */
const APART = {
  plan: {
    decisions: [],
    waiting: [
      { team: '1', channel: 'WhatsApp', needs: [{ skill: 'German', level: 2 }], why: 'all_full', conversations: 3, members: 0, passed_over: [] },
      { team: '1', why: 'all_full', conversations: 2, members: 0, passed_over: [] },
    ],
    bottlenecks: [{
      classes: [{ team: '1', channel: 'WhatsApp', needs: [{ skill: 'German', level: 2 }], conversation: '5' }, { team: '1', conversation: '6' }],
      agents: [{ agent: '2', room: 1 }, { agent: '3', room: 0 }],
      assigned: 1,
      waiting: 5,
    }],
    loads: [],
  },
  names: { teams: { 1: 'Team 1' }, agents: {}, conversations: { 4: '103', 9: '108' } },
  texts: { snapshot: '{"agents":[],"teams":[]}' },
  unused: { rules: [], weights: [], capacities: [] },
  lost: [{ conversation: '4', team: '1', agent: '2', why: 'turn', held_by: '3', by: '2', set: 1 }],
  raised: [],
  kept_away: [],
  won: true,
  claimed: 0,
  milliseconds: 1,
  phases: { snapshot: 0, plan: 0, claim: 0 },
};

const validate = new Ajv({ allErrors: true, discriminator: true, strictRequired: false }).compile(LOG_SCHEMA);
const seen = new Set();
/** Returns the lines of a log, each of which must be an event of the schema. */
const events = (output) => output.split('\n').slice(0, -1).map((line) => {
  const event = JSON.parse(line);
  assert.ok(validate(event), `${line}\n${JSON.stringify(validate.errors)}`);
  seen.add(event.event);
  return event;
});

const desk = freshDesk();
const { query, start, waitsForALock } = desk;

describe('what a monitor sees', () => {
  const get = async (address, path) => {
    const response = await fetch(`${address}${path}`);
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
  };
  const addressOf = async (host) => {
    await host.says(/metrics at http:\S+\n/);
    return /metrics at (http:\S+)\/metrics/.exec(host.output)[1];
  };

  test('/metrics counts what the ticks did, /healthz is well', async () => {
    const host = start(['--interval', '600', '--listen', '127.0.0.1:0']);
    const address = await addressOf(host);
    await host.says(/Team 1: 2 wait/);
    const { status, type, text } = await get(address, '/metrics');
    assert.deepEqual([status, /^text\/plain; version=0\.0\.4/.test(type)], [200, true]);
    const lines = text.split('\n');
    for (const line of [
      'evenhand_ticks_total{result="won"} 1',
      'evenhand_ticks_total{result="beaten"} 0',
      'evenhand_ticks_total{result="failed"} 0',
      'evenhand_assigned_total 4',
      'evenhand_lost_claims_total 0',
      'evenhand_waiting{team="1",name="Team 1",why="all_full"} 2',
      'evenhand_unused_settings 0',
      'evenhand_tick_seconds_count{phase="snapshot"} 1',
      'evenhand_tick_seconds_count{phase="plan"} 1',
      'evenhand_tick_seconds_count{phase="claim"} 1',
    ]) assert.ok(lines.includes(line), `${line}\n${text}`);
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    for (const [, name] of text.matchAll(/^# TYPE (\S+)/gm)) assert.ok(readme.includes(`\`${name}`), name);
    const age = Number(/^evenhand_last_good_tick_age_seconds (.*)$/m.exec(text)[1]);
    assert.ok(age > 0 && age < 60, `${age}`);
    const health = await get(address, '/healthz');
    assert.deepEqual([health.status, /^the last good tick was \d+ s ago\n$/.test(health.text)], [200, true]);
    assert.deepEqual([(await get(address, '/')).status, (await fetch(`${address}/metrics`, { method: 'POST' })).status], [404, 405]);
    assert.equal((await host.end()).code, 0);
  });

  test('a plan that had to be in order is counted, and said once until it is possible again', async () => {
    const meter = createMeter({ stale: 60 });
    const { plan: { bottlenecks: _none, ...plan }, ...rest } = APART;
    const inOrder = { ...rest, plan, tooMuch: 'the snapshot takes too many looks' };
    const said = [];
    const host = speaker({ debug() {}, info() {}, warn: (_event, line) => said.push(line) }, { interval: 5 });
    [APART, inOrder, inOrder, APART, inOrder].forEach((outcome, i) => {
      meter.companion.ticked(i + 1, outcome);
      host.ticked(i + 1, outcome);
    });
    assert.match(await meter.text(), /^evenhand_in_order_total 3$/m);
    const why = 'to find the most that can be served is too much work, so the plan is in order: the snapshot takes too many looks';
    assert.deepEqual(said, [`tick 2: ${why}`, `tick 5: ${why}`]);
  });

  test('those of one team and reason are one number, whatever their channel and needs', async () => {
    const meter = createMeter({ stale: 60 });
    for (const n of [1, 2]) meter.companion.ticked(n, APART);
    assert.match(await meter.text(), /^evenhand_waiting\{team="1",name="Team 1",why="all_full"\} 5$/m);
  });

  test('/healthz fails when ticks stop, and is well again when they go on', async () => {
    const host = start(['--interval', '0.1', '--stale', '1', '--listen', '127.0.0.1:0']);
    const address = await addressOf(host);
    await host.says(/tick 1:/);
    await query('ALTER TABLE team_members RENAME TO put_aside');
    await until(async () => (await get(address, '/healthz')).status === 503, () => 'it never failed');
    assert.match((await get(address, '/metrics')).text, /^evenhand_ticks_total\{result="failed"\} [1-9]/m);
    await query('ALTER TABLE put_aside RENAME TO team_members');
    await until(async () => (await get(address, '/healthz')).status === 200, () => 'it stayed ill');
    await host.end();
  });

  test('a port that is taken is exit code 1, which a service restarts', async () => {
    const { code, lines } = await start(['--listen', `127.0.0.1:${new URL(desk.url).port}`]).ended;
    assert.equal(code, 1);
    assert.match(lines.at(-1), /^error: --listen: listen EADDRINUSE/);
  });

  test('with --wait a port that is taken keeps nobody waiting, and is had once it is free', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const place = `127.0.0.1:${holder.address().port}`;
    const host = start(['--wait', '--json', '--interval', '600', '--listen', place]);
    await host.says(/"msg":"--listen: listen EADDRINUSE[^"]*; assigning goes on, and it is tried again"/);
    await host.says(/"assigned":4/);
    holder.close();
    await host.says(/"event":"listening"/);
    assert.match((await get(`http://${place}`, '/metrics')).text, /^evenhand_assigned_total 4$/m);
    assert.equal((await host.end()).code, 0);
    // One that never gets it ends as usual, too.
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { code, output } = await start(['--wait', '--json', '--ticks', '1', '--listen', `127.0.0.1:${other.address().port}`]).ended;
    other.close();
    assert.equal(code, 0);
    events(output);
  });
});

describe('--json', () => {
  let folder;
  before(() => { folder = mkdtempSync(join(tmpdir(), 'evenhand-json-')); });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('every line is an event of the schema, with the same words', async () => {
    await query(`UPDATE evenhand_state SET cursors = '{}'`);
    const config = join(folder, 'evenhand.config.json');
    writeFileSync(config, '{"rules": [{"team": "Taem 1", "rule": "least_loaded"}]}');
    const host = start(['--json', '--interval', '0.2', '--listen', '127.0.0.1:0', '--config', config]);
    await host.says(/"event":"refused"/);
    await query(`UPDATE evenhand_state SET cursors = '[]'`);
    await host.says(/"event":"waiting"/);
    await query('ALTER TABLE team_members RENAME TO put_aside');
    await host.says(/"event":"failed"/);
    await query('ALTER TABLE put_aside RENAME TO team_members');
    await query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'evenhand' AND datname = current_database()");
    const { code, output } = await host.end();
    assert.equal(code, 0);
    const list = events(output);
    const plain = ({ time, milliseconds, phases, port, ...rest }) => rest;
    const { host: where, pathname } = new URL(desk.url);
    assert.deepEqual(plain(list[0]), {
      level: 'info', event: 'start', desk: `PostgreSQL at ${where}, database ${pathname.slice(1)}`,
      msg: `Evenhand on PostgreSQL at ${where}, database ${pathname.slice(1)}`,
    });
    const { msg, ...ticked } = plain(list.find(({ event, assigned }) => event === 'tick' && assigned > 0));
    assert.deepEqual(ticked, { level: 'info', event: 'tick', tick: ticked.tick, won: true, assigned: 4, waiting: 2, lost_claims: 0 });
    assert.match(msg, /^tick \d+: assigned 4, waiting 2 \(2 all full\), 0 lost claims, \d+ ms$/);
    assert.deepEqual(plain(list.find(({ event }) => event === 'waiting')), {
      level: 'info', event: 'waiting', tick: ticked.tick, team: '1', why: 'all_full', conversations: 2, members: 3,
      passed_over: [{ why: 'unavailable', members: 1 }, { why: 'team_full', members: 2 }], 
      msg: "  Team 1: 2 wait: everybody who could take them is full (1 is away, 2 are at the team's limit)",
    });
  });

  test('what no configuration sets yet is an event of the schema, too', () => {
    const said = [];
    const say = (level) => (event, msg) => said.push(JSON.stringify({ level, time: new Date().toISOString(), ...event, msg }));
    speaker({ info: say('info'), warn: say('warn') }, { interval: 5 }).ticked(2, {
      ...APART, tooMuch: 'the snapshot takes too many looks', raised: [{ conversation: '9', error: 'hands off' }],
    });
    const [, { lost: [lost] }, raised, waiting, , { msg, classes, agents }] = events(`${said.join('\n')}\n`);
    assert.equal(msg, '  5 wait for Team 1 (WhatsApp, German 2) or Team 1: only agent 2 and agent 3 may take them, 1 place between them; one more like them serves one more');
    assert.deepEqual([raised.msg, raised.conversation, raised.number], ['the database refuses to assign #108, and it waits: hands off', '9', '108']);
    assert.deepEqual({ classes, agents, assigned: 1, waiting: 5 }, APART.plan.bottlenecks[0]);
    assert.deepEqual([lost, waiting.channel, waiting.needs], [{ ...APART.lost[0], number: '103' }, 'WhatsApp', [{ skill: 'German', level: 2 }]]);
  });

  test('also what is said of a failure that stays', async () => {
    await query("ALTER TYPE conversation_status_category RENAME VALUE 'open' TO 'put_aside'");
    const host = start(['--json', '--log-level', 'info', '--interval', '0.1']);
    await host.says(/"event":"failed"/);
    await sleep(1000);
    await query('ALTER TABLE teams RENAME TO put_aside_too');
    await query("ALTER TYPE conversation_status_category RENAME VALUE 'put_aside' TO 'open'");
    await host.says(/relation \\"teams\\" does not exist/);
    await sleep(500);
    await query('ALTER TABLE put_aside_too RENAME TO teams');
    await host.says(/"assigned":4/);
    const list = events((await host.end()).output).filter(({ event }) => !['start', 'desk', 'waiting', 'overrun', 'stopping'].includes(event));
    const status = 'invalid input value for enum conversation_status_category: "open"';
    const teams = 'relation "teams" does not exist';
    assert.deepEqual(list.map(({ level, event, error }) => [level, event, error]), [
      ['error', 'failed', status],
      ['error', 'repeated', status],
      ['error', 'failed', teams],
      ['info', 'recovered', status],
      ['info', 'recovered', teams],
      ['info', 'tick', undefined],
    ]);
    assert.match(list[1].msg, /^\d+ times in [\d.]+ s so far: invalid input value for enum .*$/);
    assert.match(list[3].msg, /^ticks are good again; failed \d+ times in [\d.]+ s: invalid input value for enum .*$/);
    // Nothing is left out of the count.
    assert.deepEqual([list[1].times, list[3].times + list[4].times], [list[3].times, list[5].tick - 1]);
    assert.ok(list[1].times > 3 && list[4].times > 1, JSON.stringify(list));
  });

  test('a failure of five seconds\' pace is 25 lines a day, whatever it is; the host that ends says how often it came', () => {
    let time = 0;
    const said = [];
    const say = (level) => (event, msg) => said.push(JSON.stringify({ level, time: new Date().toISOString(), ...event, msg }));
    const log = { debug() {}, info: say('info'), warn: say('warn'), error: say('error') };
    const wrong = Object.assign(new Error('a constraint'), { code: '23514' });
    const refused = Object.assign(new Error('must be unique'), { name: 'EvenhandError', code: 'duplicate_id', path: '/teams/1' });
    const lost = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    for (const [error, first] of [[wrong, 'failed'], [refused, 'refused'], [lost, 'database_lost']]) {
      const host = speaker(log, { interval: 5, now: () => time });
      for (let n = 1; n <= 17_280; n += 1, time += 5) host.failed(n, error);
      host.close();
      const list = events(`${said.splice(0).join('\n')}\n`);
      assert.deepEqual(list.map(({ event, times }) => [event, times]), [
        [first, undefined], ...Array.from({ length: 23 }, (_, i) => ['repeated', 720 * (i + 1) + 1]), ['repeated', 17_280],
      ]);
    }
    // Ticks that are all too long are as many.
    const host = speaker(log, { interval: 5, now: () => time });
    for (let n = 1; n <= 17_280; n += 1, time += 5) host.ticked(n, { ...APART, milliseconds: 6000 });
    const long = events(`${said.splice(0).join('\n')}\n`).filter(({ event }) => event === 'overrun');
    assert.deepEqual([long.length, long[1].msg], [24, 'tick 721 took 6.0 s, longer than the interval of 5 s, as 721 ticks did in 3600 s']);
  });

  test('also when the recording is deleted', async () => {
    const recorded = join(folder, 'recorded');
    const host = start(['--json', '--interval', '0.1', '--record', recorded]);
    await host.says(/"tick":2,/);
    rmSync(recorded, { recursive: true });
    await host.says(/"event":"recording_back"/);
    events((await host.end()).output);
  });

  test('also when the database goes, a tick takes long, is left, or never begins', async () => {
    await query('BEGIN');
    await query('LOCK TABLE team_members');
    const host = start(['--json', '--interval', '0.1', '--timeout', '0.5', '--grace', '0.2']);
    await host.says(/"event":"database_lost"/);
    await query('COMMIT');
    await host.says(/"event":"tick"/);
    await query('BEGIN');
    await query('LOCK TABLE team_members');
    await waitsForALock();
    const left = await host.end();
    await query('COMMIT');
    assert.equal(left.code, 4);
    events(left.output);

    await query('BEGIN');
    await query('LOCK TABLE team_members');
    const slow = start(['--json', '--interval', '0.1', '--ticks', '1']);
    await waitsForALock();
    await sleep(200);
    await query('COMMIT');
    events((await slow.ended).output);

    // Somebody is changing one of them.
    await query("INSERT INTO conversations (id, contact_id, inbox_id, assigned_team_id, status_id) VALUES (50, 1000000, 1, 1, 1)");
    await query('UPDATE teams SET max_auto_assigned_conversations = 9');
    await query('BEGIN');
    await query('UPDATE conversations SET inbox_id = 2 WHERE id = 50');
    events((await start(['--json', '--once']).ended).output);
    await query('COMMIT');

    await query(statement('wake'));
    const woken = start(['--json']);
    await woken.says(/"waking"/);
    await query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'evenhand wake' AND datname = current_database()");
    await woken.says(/"not_waking"/);
    events((await woken.end()).output);

    events((await start(['--json', '--dry-run']).ended).output);
    events((await start(['--json', '--dry-run', '--data', join(folder, 'none')]).ended).output);
    events((await start(['--json'], { at: 'postgres://127.0.0.1:1/desk' }).ended).output);
    const waiting = start(['--json', '--wait'], { at: 'postgres://127.0.0.1:1/desk' });
    await waiting.says(/waiting_for_database/);
    events((await waiting.end()).output);
  });

  test('every event of the schema was seen', () => {
    assert.deepEqual(LOG_SCHEMA.oneOf.map(({ title }) => title).sort(), [...seen].sort());
  });
});
