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
import { plan, version as engineVersion } from 'evenhand';
import { createMeter } from '../monitoring/meter.mjs';
import { speaker } from '../speaker.mjs';
import { statement } from '../sql.mjs';
import { freshDesk } from '../test-support/fresh-desk.mjs';
import { KEY, SECRET, startApi } from '../test-support/libredesk-api.mjs';
import { until } from '../test-support/until.mjs';

const VERSION = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
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
    cursors: [],
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

const member = (agent, rest) => ({ agent, ...rest });

/** A tick on a desk of three teams, in which #1 and #2 are assigned, the claim of #3 is lost, and #4, #5, #6 wait. */
function outcomeOf({ conversations = true, ...rest } = {}) {
  const snapshot = {
    version: 1,
    agents: [
      { id: '1', availability: 'online', load: 0 }, { id: '2', availability: 'online', load: 1, capacity: 1 }, { id: '3', availability: 'away', load: 2 },
      { id: '4', availability: 'online', load: 0 }, { id: '5', availability: 'on a walk', load: 9 }, { id: '6', availability: 'offline', load: null },
    ],
    teams: [
      { id: '1', assignment: 'round_robin', max_load: 3, members: [member('1'), member('2'), member('3'), member('6')] },
      { id: '2', assignment: 'manual', members: [member('1'), member('4')] },
      { id: '3', assignment: 'least_loaded', members: [member('5'), member('4', { weight: 0 })] },
      { id: '4', assignment: 'round_robin', members: [] },
    ],
    conversations: conversations ? [1, 2, 3, 4, 5, 6].map((n) => ({ id: String(n), team: n < 5 ? '1' : n === 5 ? '2' : '3' })) : [],
    // Somebody who is away is owed more than anybody at work.
    cursors: [{ rotation: '1', rule: 'round_robin', turns: [['1', ONE / 4], ['2', -ONE * 1.25], ['3', ONE * 2.5], ['6', -ONE * 1.5]].map(([agent, owed]) => ({ agent, owed })) }],
  };
  const decided = plan(snapshot);
  return {
    texts: { snapshot: JSON.stringify(snapshot), plan: JSON.stringify(decided) },
    plan: decided,
    names: { teams: { 1: 'Billing', 2: 'Sales', 3: 'Returns', 4: 'Empty' }, agents: {} },
    unused: { rules: [], weights: [], capacities: [] },
    ages: { 1: 4, 2: 5, 3: 3600, 4: 61, 5: 86_400, 6: 0 },
    lost: decided.decisions.filter(({ conversation }) => conversation === '3'),
    raised: [],
    kept_away: [],
    won: true,
    claimed: 2,
    milliseconds: 1,
    phases: { snapshot: 0, plan: 0, claim: 0 },
    ...rest,
  };
}
const ONE = 5_354_228_880;

/** Returns `{series: value}` of what a meter says under the names. */
async function seriesOf(meter, ...names) {
  const lines = (await meter.text()).split('\n').filter((line) => names.includes(/^evenhand_(\w+)/.exec(line)?.[1]));
  return Object.fromEntries(lines.map((line) => [line.slice('evenhand_'.length, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]));
}
const nonZero = (series) => Object.fromEntries(Object.entries(series).filter(([, value]) => value !== 0));

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
    // By the database's clock, which does not stand still until the tick.
    await query("UPDATE conversations SET waiting_since = now() - interval '10 minutes' WHERE id IN (2, 3)");
    await query("UPDATE conversations SET waiting_since = now() - interval '4 minutes' WHERE id = 4");
    await query("UPDATE conversations SET created_at = now() - interval '1 hour' WHERE id = 5");
    await query("UPDATE conversations SET waiting_since = now() - interval '1 day' + interval '1 hour' WHERE id = 6");
    await query("UPDATE conversations SET waiting_since = now() - interval '1 hour' WHERE id = 1");
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
      'evenhand_waiting{team="1",name="Team 1",why="manual_team"} 0',
      'evenhand_assigned_wait_seconds_bucket{le="300"} 1',
      'evenhand_assigned_wait_seconds_bucket{le="900"} 3',
      'evenhand_assigned_wait_seconds_count 4',
      'evenhand_owed_conversations{team="1",name="Team 1"} 0.5',
      'evenhand_agents{availability="online",state="full"} 2',
      'evenhand_agents{availability="away_manual",state="room"} 1',
      'evenhand_agents{availability="away_manual",state="full"} 0',
      'evenhand_overruns_total 0',
      'evenhand_recording_enabled 0',
      'evenhand_recording_ticks_total 0',
      'evenhand_stale_seconds 1800',
      `evenhand_build_info{version="${VERSION}",engine="${engineVersion()}",node="${process.versions.node}"} 1`,
      'evenhand_unused_settings 0',
      'evenhand_tick_seconds_count{phase="snapshot"} 1',
      'evenhand_tick_seconds_count{phase="plan"} 1',
      'evenhand_tick_seconds_count{phase="claim"} 1',
    ]) assert.ok(lines.includes(line), `${line}\n${text}`);
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const told = [...readme.matchAll(/^\| `(evenhand_\w+)/gm)].map(([, name]) => name);
    assert.deepEqual([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name).sort(), told.sort());
    const age = Number(/^evenhand_last_good_tick_age_seconds (.*)$/m.exec(text)[1]);
    assert.ok(age > 0 && age < 60, `${age}`);
    // What is assigned waits no longer; of the others, since a day less an hour.
    const oldest = Number(/^evenhand_oldest_waiting_seconds\{team="1",name="Team 1"\} (\d+)$/m.exec(text)[1]);
    assert.ok(oldest >= 82_800 && oldest < 82_860, `${oldest}`);
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

  test('requests to the API are counted by their answer, and what was settled as assigned and as lost', async () => {
    const meter = createMeter({ stale: 60 });
    const requests = { answers: { done: 3, refused: 1 }, unheard: [], overtaken: [{}, {}], incomplete: [] };
    meter.companion.ticked(1, { ...APART, way: 'api', claimed: 3, requests, settled: { claimed: 4, lost: [{}, {}] } });
    meter.companion.ticked(2, { ...APART, way: 'api', requests: { ...requests, answers: { done: 1 }, overtaken: [] } });
    assert.deepEqual(nonZero(await seriesOf(meter, 'claims_total', 'api_requests_total', 'api_overtaken_total', 'settled_total', 'assigned_total', 'lost_claims_total')), {
      'claims_total{way="api"}': 2,
      'api_requests_total{answer="done"}': 4,
      'api_requests_total{answer="refused"}': 1,
      api_overtaken_total: 2,
      settled_total: 1,
      assigned_total: 7,
      lost_claims_total: 4,
    });
    assert.equal((await seriesOf(meter, 'api_requests_total'))['api_requests_total{answer="denied"}'], 0);
  });

  test('those of one team and reason are one number, whatever their channel and needs', async () => {
    const meter = createMeter({ stale: 60 });
    for (const n of [1, 2]) meter.companion.ticked(n, APART);
    assert.match(await meter.text(), /^evenhand_waiting\{team="1",name="Team 1",why="all_full"\} 5$/m);
  });

  test('who waits longest, agents by state, and who is farthest from their share, with a zero for whatever is not there', async () => {
    const meter = createMeter({ stale: 60 });
    meter.companion.ticked(1, outcomeOf());
    assert.deepEqual(await seriesOf(meter, 'oldest_waiting_seconds'), {
      // What was lost may wait on.
      'oldest_waiting_seconds{team="1",name="Billing"}': 3600,
      'oldest_waiting_seconds{team="2",name="Sales"}': 86_400,
      'oldest_waiting_seconds{team="3",name="Returns"}': 0,
      'oldest_waiting_seconds{team="4",name="Empty"}': 0,
    });
    assert.deepEqual(await seriesOf(meter, 'owed_conversations'), {
      'owed_conversations{team="1",name="Billing"}': 1.25,
      'owed_conversations{team="2",name="Sales"}': 0,
      'owed_conversations{team="3",name="Returns"}': 0,
      'owed_conversations{team="4",name="Empty"}': 0,
    });
    const agents = await seriesOf(meter, 'agents');
    assert.deepEqual(nonZero(agents), {
      'agents{availability="online",state="room"}': 1,
      'agents{availability="online",state="full"}': 1,
      'agents{availability="online",state="no_team"}': 1,
      'agents{availability="away",state="room"}': 1,
      'agents{availability="on a walk",state="room"}': 1,
      'agents{availability="offline",state="full"}': 1,
    });
    assert.equal(Object.keys(agents).length, 16);
    const waiting = await seriesOf(meter, 'waiting');
    assert.deepEqual(nonZero(waiting), {
      'waiting{team="1",name="Billing",why="all_full"}': 1,
      'waiting{team="2",name="Sales",why="manual_team"}': 1,
      'waiting{team="3",name="Returns",why="nobody_available"}': 1,
    });
    assert.equal(Object.keys(waiting).length, 4 * 8);
    // Nobody waits any longer, and a team is gone.
    meter.companion.ticked(2, outcomeOf({ conversations: false, lost: [], names: { teams: { 1: 'Billing', 2: 'Sales' }, agents: {} } }));
    assert.deepEqual(nonZero(await seriesOf(meter, 'waiting', 'oldest_waiting_seconds')), {});
    assert.equal(Object.keys(await seriesOf(meter, 'waiting', 'oldest_waiting_seconds', 'owed_conversations')).length, 2 * 10);
  });

  test('how long they had waited, of those that were assigned', async () => {
    const meter = createMeter({ stale: 60 });
    meter.companion.ticked(1, outcomeOf());
    const buckets = () => seriesOf(meter, 'assigned_wait_seconds_bucket', 'assigned_wait_seconds_sum', 'assigned_wait_seconds_count');
    const seen = await buckets();
    assert.deepEqual(Object.keys(seen).map((key) => /le="(.*)"/.exec(key)?.[1]).filter(Boolean), [
      '5', '15', '30', '60', '120', '300', '900', '1800', '3600', '7200', '14400', '28800', '86400', '+Inf',
    ]);
    assert.deepEqual([seen['assigned_wait_seconds_bucket{le="5"}'], seen.assigned_wait_seconds_count, seen.assigned_wait_seconds_sum], [2, 2, 9]);
    // Another host wrote, or the desk's statement does not say.
    meter.companion.ticked(2, outcomeOf({ won: false, lost: [], claimed: 0 }));
    meter.companion.ticked(3, outcomeOf({ ages: undefined }));
    assert.deepEqual(await buckets(), seen);
    assert.deepEqual(await seriesOf(meter, 'oldest_waiting_seconds'), {});
  });

  test('ticks by what came of them, overruns, claims by way, refused ones, wake-ups', async () => {
    const meter = createMeter({ stale: 60, interval: 5 });
    const names = ['ticks_total', 'overruns_total', 'claims_total', 'refused_conversations', 'wakeups_total'];
    assert.deepEqual(await seriesOf(meter, 'tick_seconds_count'), {
      'tick_seconds_count{phase="snapshot"}': 0, 'tick_seconds_count{phase="plan"}': 0, 'tick_seconds_count{phase="claim"}': 0,
    });
    const start = {
      'ticks_total{result="won"}': 0, 'ticks_total{result="beaten"}': 0, 'ticks_total{result="failed"}': 0,
      'claims_total{way="none"}': 0, 'claims_total{way="statement"}': 0, 'claims_total{way="savepoints"}': 0, 'claims_total{way="api"}': 0,
      overruns_total: 0, refused_conversations: 0, wakeups_total: 0,
    };
    assert.deepEqual(await seriesOf(meter, ...names), start);
    const { ticked, failed, woken } = meter.companion;
    ticked(1, outcomeOf({ way: 'statement', milliseconds: 5000 }));
    ticked(2, outcomeOf({ way: 'statement', won: false }));
    ticked(3, outcomeOf({ way: 'none', milliseconds: 5001 }));
    ticked(4, outcomeOf({ way: 'savepoints', raised: [{ conversation: '4', error: 'no' }], kept_away: ['5', '6'] }));
    failed();
    woken();
    woken();
    assert.deepEqual(await seriesOf(meter, ...names), {
      ...start,
      'ticks_total{result="won"}': 3, 'ticks_total{result="beaten"}': 1, 'ticks_total{result="failed"}': 1,
      'claims_total{way="none"}': 1, 'claims_total{way="statement"}': 1, 'claims_total{way="savepoints"}': 1,
      overruns_total: 1, refused_conversations: 3, wakeups_total: 2,
    });
    ticked(5, outcomeOf());
    assert.deepEqual(await seriesOf(meter, 'refused_conversations'), { refused_conversations: 0 });
  });

  test('there are ten series a team and as many as the README says besides, from the first tick on', async () => {
    const meter = createMeter({ stale: 60 });
    meter.companion.ticked(1, outcomeOf({ texts: { snapshot: '{"agents":[],"teams":[]}' } }));
    const count = async () => (await meter.text()).split('\n').filter((line) => line && !line.startsWith('#')).length;
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const [, each, rest] = /(\d+) series a team and (\d+) besides/.exec(readme);
    assert.deepEqual([await count(), Number(each)], [4 * each + Number(rest), 10]);
    // Nothing that ticks do adds one.
    const full = { way: 'savepoints', raised: [{ conversation: '4', error: 'no' }], kept_away: ['5'], tooMuch: 'too many looks', milliseconds: 1e9 };
    meter.companion.ticked(2, outcomeOf({ ...full, texts: { snapshot: '{"agents":[],"teams":[]}' } }));
    for (const what of ['failed', 'woken', 'recorded', 'unrecorded']) meter.companion[what](1);
    assert.equal(await count(), 4 * each + Number(rest));
  });

  test('ticks are counted that are recorded, and that are missing', async () => {
    const recorded = mkdtempSync(join(tmpdir(), 'evenhand-recorded-'));
    const host = start(['--interval', '0.1', '--listen', '127.0.0.1:0', '--record', recorded]);
    const address = await addressOf(host);
    await host.says(/tick 3:/);
    await until(async () => /^evenhand_recording_ticks_total [3-9]/m.test((await get(address, '/metrics')).text), () => 'none was counted');
    assert.match((await get(address, '/metrics')).text, /^evenhand_recording_enabled 1$/m);
    assert.match((await get(address, '/metrics')).text, /^evenhand_recording_missed_ticks_total 0$/m);
    rmSync(recorded, { recursive: true });
    await until(async () => /^evenhand_recording_missed_ticks_total [1-9]/m.test((await get(address, '/metrics')).text), () => 'none was missed');
    assert.equal((await host.end()).code, 0);
    rmSync(recorded, { recursive: true, force: true });
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

  test('also when Libredesk assigns: what it failed at, what somebody overtook, an API that is lost, a host that is killed', async () => {
    const libredesk = await startApi(desk.url);
    const person = await desk.server.connect(desk.url);
    Object.assign(process.env, { EVENHAND_API_KEY: KEY, EVENHAND_API_SECRET: SECRET });
    try {
      const args = ['--json', '--claim', 'api', '--api-url', libredesk.url, '--api-timeout', '0.3', '--api-at-once', '1', '--interval', '0.1'];
      libredesk.on = async (moment, { conversation }) => {
        if (moment === 'asked') return undefined;
        if (conversation === '1') return { status: 500, body: { status: 'error', message: 'no mail', error_type: 'GeneralException' } };
        if (conversation === '2') await person.query('UPDATE conversations SET assigned_user_id = 3 WHERE id = 2');
        return undefined;
      };
      const host = start(args);
      await host.says(/"event":"tick"/);
      await libredesk.close();
      await query('UPDATE teams SET max_auto_assigned_conversations = 9');
      await host.says(/"event":"api_stopped"[^]*"event":"api_stopped"/);
      const back = await startApi(desk.url, { port: libredesk.port });
      await host.says(/"event":"api_back"/);
      const said = events((await host.end()).output);
      const of = (event) => said.filter((one) => one.event === event);
      assert.deepEqual(of('incomplete').map(({ conversation, number, error }) => [conversation, number, error]), [['1', '100', 'no mail']]);
      assert.deepEqual(of('overtaken').map(({ conversation, holder }) => [conversation, holder]), [['2', '3']]);
      // Said once; what follows is for those who look for a mistake.
      assert.deepEqual([of('api_stopped').filter(({ level }) => level === 'error').length, of('api_stopped')[0].answer], [1, 'unreachable']);
      assert.equal(of('api_back').length, 1);
      assert.deepEqual(of('lost_claims'), []);

      await query('UPDATE conversations SET assigned_user_id = NULL');
      back.on = (moment, { n }) => { if (moment === 'done' && n === back.heard.length) killed.child.kill('SIGKILL'); };
      const killed = start(args);
      await killed.ended;
      back.on = () => {};
      const next = start(args);
      await next.says(/"event":"settled"/);
      const [settled] = events((await next.end()).output).filter(({ event }) => event === 'settled');
      assert.deepEqual([settled.assigned, settled.lost_claims], [1, 5]);
      await back.close();
    } finally {
      for (const name of ['EVENHAND_API_KEY', 'EVENHAND_API_SECRET']) delete process.env[name];
    }
  });

  test('every event of the schema was seen', () => {
    assert.deepEqual(LOG_SCHEMA.oneOf.map(({ title }) => title).sort(), [...seen].sort());
  });
});
