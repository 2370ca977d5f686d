// What the host is told, and what it makes of it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { readSettings } from '../config.mjs';
import { openMemory, openPostgres } from '../desk.mjs';
import { addRun } from '../run.mjs';
import { dryRun } from '../tick.mjs';
import { metrics } from '../metrics.mjs';
import { recording } from '../recording/part.mjs';
import { lifePart } from '../sample/part.mjs';
import { boardPart } from '../screen.mjs';
import { unusedLines } from '../unused.mjs';
import { waking } from '../waking.mjs';
import { fill, range } from '../test-support/fill.mjs';
import { startPostgres } from '../test-support/postgres.mjs';

const MAIN = fileURLToPath(new URL('../main.mjs', import.meta.url));
const SCHEMA = JSON.parse(readFileSync(new URL('../evenhand.config.schema.json', import.meta.url), 'utf8'));
/** Desk by desk, in the file alone. */
const LISTS = ['rules', 'weights', 'capacities', 'priorities', 'ageing', 'deadlines', 'nearing', 'skills', 'needs', 'channels', 'same_agent', 'fallback', 'tiers', 'rotations', 'overflow',
  'shifts', 'at_most', 'take_back', 'time_zone'];

let folder;
let files = 0;
before(() => { folder = mkdtempSync(join(tmpdir(), 'evenhand-config-')); });
after(() => rmSync(folder, { recursive: true, force: true }));

function file(content) {
  files += 1;
  const path = join(folder, `${files}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function program() {
  const life = lifePart();
  const command = new Command().exitOverride().configureOutput({ writeErr() {} });
  addRun(command, [waking, metrics, recording, life, boardPart(life)]);
  return command.action(() => {});
}

/** What the host reads from flags, environment and file. */
function read(flags, env, content) {
  const command = program();
  const kept = { ...process.env };
  try {
    Object.assign(process.env, env);
    command.parse([...flags, ...(content ? ['--config', file(content)] : [])], { from: 'user' });
    return readSettings(command);
  } finally {
    for (const name of Object.keys(env)) delete process.env[name];
    Object.assign(process.env, kept);
  }
}

/** Runs the program, which must end by itself. */
function run(args, { env = {}, cwd = folder } = {}) {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { cwd, env: { ...process.env, DATABASE_URL: '', ...env } }, (error, output, errors) =>
      resolve({ code: error?.code ?? 0, output, errors }));
  });
}

describe('settings', () => {
  test('a flag comes before the environment, that before the file, that before what is usual', () => {
    const interval = (...given) => read(...given).interval;
    assert.equal(interval([], {}), 5);
    assert.equal(interval([], {}, { interval: 7 }), 7);
    assert.equal(interval([], { EVENHAND_INTERVAL: '8' }, { interval: 7 }), 8);
    assert.equal(interval(['--interval', '9'], { EVENHAND_INTERVAL: '8' }, { interval: 7 }), 9);
    // Also where the flag says what is usual.
    assert.equal(interval(['--interval', '5'], { EVENHAND_INTERVAL: '8' }, { interval: 7 }), 5);
  });

  test('the three places say the same thing in the same way', () => {
    const expected = { interval: 2, rule: 'least_loaded', objective: 'most', assignable: ['online', 'away'], grace: 3, timeout: 4, wait: true, json: true, logLevel: 'warn',
      listen: { shown: '[::1]', host: '::1', port: 9464 }, stale: 60, recordSize: 1.5, board: false };
    const pick = (settings) => Object.fromEntries(Object.keys(expected).map((key) => [key, settings[key]]));
    assert.deepEqual(pick(read([
      '--interval', '2', '--rule', 'least_loaded', '--objective', 'most', '--assignable', 'online,away', '--grace', '3', '--timeout', '4', '--wait', '--json',
      '--log-level', 'warn', '--listen', '[::1]:9464', '--stale', '60', '--record-size', '1.5', '--no-board',
    ], {})), expected);
    assert.deepEqual(pick(read([], {
      EVENHAND_INTERVAL: '2', EVENHAND_RULE: 'least_loaded', EVENHAND_OBJECTIVE: 'most', EVENHAND_ASSIGNABLE: 'online,away', EVENHAND_GRACE: '3', EVENHAND_TIMEOUT: '4',
      EVENHAND_WAIT: '1', EVENHAND_JSON: 'true', EVENHAND_LISTEN: '[::1]:9464', EVENHAND_STALE: '60', EVENHAND_RECORD_SIZE: '1.5',
      EVENHAND_NO_BOARD: '1', EVENHAND_LOG_LEVEL: 'warn',
    })), expected);
    assert.deepEqual(pick(read([], {}, {
      $schema: './evenhand.config.schema.json', interval: 2, rule: 'least_loaded', objective: 'most', assignable: ['online', 'away'], grace: 3, timeout: 4,
      wait: true, json: true, log_level: 'warn', listen: '[::1]:9464', stale: 60, record_size: 1.5, board: false,
    })), expected);
  });

  test('every option for more than one run is in the schema, and everything in the schema is an option or a list', () => {
    const options = program().options.filter(({ envVar }) => envVar).map((option) =>
      option.attributeName().replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
    assert.deepEqual(
      Object.keys(SCHEMA.properties).filter((key) => key !== '$schema').sort(),
      [...options.filter((key) => key !== 'config'), ...LISTS].sort(),
    );
    const usual = Object.fromEntries(program().options.map((option) => [option.attributeName(), option.defaultValue]));
    for (const [key, { default: value }] of Object.entries(SCHEMA.properties)) {
      const camel = key.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
      if (value !== undefined && typeof value !== 'boolean' && !LISTS.includes(key)) assert.deepEqual(usual[camel], value, key);
    }
  });

  test('a file in the working directory is read without being named', async () => {
    const cwd = mkdtempSync(join(folder, 'cwd-'));
    writeFileSync(join(cwd, 'evenhand.config.json'), '{"intervall": 5}');
    const { code, errors } = await run(['--once'], { cwd });
    assert.deepEqual([code, errors], [2, 'error: evenhand.config.json: unknown key "intervall"; did you mean "interval"?\n']);
  });

  const WRONG = [
    ['an unknown key', { intervall: 5 }, 'unknown key "intervall"; did you mean "interval"?'],
    ['another one', { capacity: [] }, 'unknown key "capacity"; did you mean "capacities"?'],
    ['one that is near none of ours', { colour: 'red' }, 'unknown key "colour"'],
    ['one further down', { weights: [{ team: 1, agent: 2, wieght: 3 }] }, 'unknown key "wieght" at /weights/0; did you mean "weight"?'],
    ['a rule that does not exist', { rule: 'lottery' },
      'the value at /rule must be one of round_robin, least_loaded, least_recent, libredesk_2025, libredesk_2026'],
    ['an objective that does not exist', { objective: 'all' }, 'the value at /objective must be one of in_order, most'],
    ['half a number as an id', { rules: [{ team: 1.5, rule: 'least_loaded' }] },
      'the value at /rules/0/team must be an id, as a number, or a name, as a text'],
    ['one in an object', { same_agent: { hold_fro: 1 } }, 'unknown key "hold_fro" at /same_agent; did you mean "hold_for"?'],
    ['a time zone that does not exist', { time_zone: 'Berlin' }, 'the value at /time_zone must be a time zone such as Europe/Berlin, and not an abbreviation such as CET'],
    ['an offset', { shifts: [{ agent: 1, time_zone: '+02:00', hours: {} }] }, 'the value at /shifts/0/time_zone must be a time zone such as Europe/Berlin, and not an abbreviation such as CET'],
    ['an abbreviation', { time_zone: 'CET' }, 'the value at /time_zone must be a time zone such as Europe/Berlin, and not an abbreviation such as CET'],
    ['a skill of too many bytes', { skills: [{ agent: 1, skill: 'ü'.repeat(65) }] }, 'the value at /skills/0/skill must be a text of 1 to 128 bytes'],
    ['a rotation called like a team\'s own', { rotations: [{ team: 1, rotation: '2' }] },
      "the value at /rotations/0/rotation must be a name, and not digits alone: so the team's own are called"],
    ['a shift at no time', { shifts: [{ agent: 1, hours: { Monday: [['9:00', '17:00']] } }] }, 'the value at /shifts/0/hours/Monday/0/0 must be a time such as 09:00, at most 24:00'],
    ['a day and a month that changed places', { shifts: [{ agent: 1, hours: {}, holidays: ['2026-25-12'] }] }, 'the value at /shifts/0/holidays/0 must be a date, such as 2026-12-25'],
    ['a shift on no day', { shifts: [{ agent: 1, hours: { Mondays: [] } }] }, 'unknown key "Mondays" at /shifts/0/hours; did you mean "Monday"?'],
    ['a shift of nobody', { shifts: [{ hours: {} }] }, 'the value at /shifts/0 must be a shift of one of these: an agent or a team'],
    ['a need of nothing', { needs: [{ skill: 'german' }] }, 'the value at /needs/0 must be a need of one of these: a team, an inbox, a tag, or an attribute with its value'],
    ['a need of two things at once', { needs: [{ tag: 1, inbox: 1, skill: 'german' }] },
      'the value at /needs/0 must be a need of one of these: a team, an inbox, a tag, or an attribute with its value'],
    ['a number out of range', { interval: 0 }, 'the value at /interval must be >= 0.01'],
    ['half a weight', { weights: [{ team: 1, agent: 2, weight: 0.5 }] }, 'the value at /weights/0/weight must be integer'],
    ['nobody who gets work', { assignable: [] }, 'the value at /assignable must NOT have fewer than 1 items'],
    ['a port that does not exist', { listen: 'localhost:99999' },
      'the value at /listen is invalid. It must be host:port, such as 127.0.0.1:9464.'],
    ['a list', [], 'the value must be object'],
  ];
  for (const [what, content, sentence] of WRONG) {
    test(`${what} in the file is refused in one sentence`, () => {
      assert.throws(() => read([], {}, content), ({ message }) => message.endsWith(`${join(folder, `${files}.json`)}: ${sentence}`));
    });
  }

  test('what is as long as Evenhand takes, or in a zone that PostgreSQL knows, is not', () => {
    const skills = [{ agent: 1, skill: 'ü'.repeat(64) }];
    for (const zone of ['UTC', 'GMT', 'Europe/Berlin', 'EST5EDT', 'Etc/GMT+5']) assert.deepEqual(read([], {}, { skills, time_zone: zone }).skills, skills);
  });

  test('what is no JSON, or not there, is refused with exit code 2', async () => {
    for (const [path, sentence] of [[file('{'), 'is not JSON: '], [join(folder, 'nowhere.json'), 'cannot be read: ']]) {
      const { code, output, errors } = await run(['--config', path]);
      assert.deepEqual([code, output, errors.startsWith(`error: ${path} ${sentence}`), errors.split('\n').length], [2, '', true, 2]);
    }
  });

  test('a slip in a variable or a flag is answered with the nearest right one', async () => {
    assert.deepEqual(await run(['--once'], { env: { EVENHAND_INTERVALL: '5' } }), {
      code: 2, output: '', errors: 'error: unknown variable EVENHAND_INTERVALL; did you mean EVENHAND_INTERVAL?\n',
    });
    assert.deepEqual(await run(['--intervall', '5']), {
      code: 2, output: '', errors: "error: unknown option '--intervall' (Did you mean --interval?)\n",
    });
    assert.deepEqual(await run(['--once'], { env: { EVENHAND_WAIT: 'no' } }), {
      code: 2, output: '', errors: 'error: EVENHAND_WAIT must be 1, or not be there\n',
    });
    // Somebody else's.
    assert.deepEqual(read([], { EVENHAND_KILLS: '1000' }).interval, 5);
  });
});

describe('what is written about it', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

  test('the example of the README is a configuration', () => {
    const settings = read([], {}, JSON.parse(/```json\n([\s\S]*?)```/.exec(readme)[1]));
    assert.deepEqual([settings.rules.length, settings.weights.length, settings.capacities.length], [1, 1, 1]);
  });

  test('--help and the README name the same options and exit codes', async () => {
    const { output } = await run(['--help']);
    const [, codes] = output.split('Exit codes:\n');
    const first = (text, pattern) => text.split('\n').flatMap((line) => pattern.exec(line)?.[1] ?? []);
    assert.deepEqual(first(codes, /^ {2}([\d, ]+?) {2,}/), ['0', '1', '2', '3', '4', '130, 143']);
    assert.deepEqual(first(readme, /^\| (\d[\d, ]*) \| /), ['0', '1', '2', '3', '4', '130, 143']);
    const table = readme.slice(readme.indexOf('## Options'), readme.indexOf('## Configuration'));
    for (const { long } of program().options) assert.ok(table.includes(`\`${long}`) , long);
  });

  test('the service asks for what there is, and its time to stop is longer than the grace', () => {
    const unit = readFileSync(new URL('../systemd/evenhand-host.service', import.meta.url), 'utf8');
    const value = (key) => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)[1];
    const flags = value('ExecStart').split(' main.mjs ').at(-1).split('main.mjs ')[1].split(' ');
    const command = program();
    command.parse(flags.map((flag) => (flag.startsWith('/') ? file({}) : flag)), { from: 'user' });
    assert.deepEqual([command.opts().wait, command.opts().json], [true, true]);
    assert.ok(Number(value('TimeoutStopSec')) > command.opts().grace);
    assert.equal(value('RestartPreventExitStatus'), '2');
  });
});

let server;
before(async () => { server = await startPostgres(); });
after(() => server?.stop());

for (const [name, open] of Object.entries({ PGlite: openMemory, PostgreSQL: async () => openPostgres(await server.createDesk()) })) {
  describe(`rules, weights and capacities on ${name}`, () => {
    let desk;
    before(async () => { desk = await open(); });
    after(() => desk?.close());

    const look = async (lists) => {
      const { texts, ...rest } = await dryRun(desk, { rule: 'round_robin', assignable: ['online'], ...lists });
      return { ...rest, snapshot: JSON.parse(texts.snapshot) };
    };
    const people = () => fill(desk.query, {
      agents: [{ id: 1, first_name: 'Maya' }, { id: 2, first_name: 'Omar' }, { id: 3, first_name: 'Omar' }, { id: 4, first_name: 'Gone', enabled: false }],
      teams: [{ id: 1, members: [1, 2, 3] }, { id: 2, members: [1] }, { id: 3, members: [1], manual: true }],
      conversations: range(1, 6),
    });

    test('an id is a number and a name is a text, and each reaches the snapshot', async () => {
      await people();
      const { snapshot, unused } = await look({
        rules: [{ team: 'Team 1', rule: 'least_loaded' }, { team: 2, rule: 'libredesk_2026' }],
        weights: [{ team: 1, agent: 'Maya', weight: 3 }, { team: 'Team 1', agent: 3, weight: 0 }],
        capacities: [{ agent: 'Maya', capacity: 4 }, { agent: 3, capacity: 0 }],
      });
      assert.deepEqual(unused, { rules: [], weights: [], capacities: [] });
      assert.deepEqual(snapshot.teams.map(({ assignment }) => assignment), ['least_loaded', 'libredesk_2026', 'manual']);
      assert.deepEqual(snapshot.teams.map(({ members }) => members), [
        [{ agent: '1', weight: 3 }, { agent: '2' }, { agent: '3', weight: 0 }],
        [{ agent: '1' }],
        [{ agent: '1' }],
      ]);
      assert.deepEqual(snapshot.agents.map(({ capacity }) => capacity), [4, undefined, 0]);
    });

    test('a weight is a share and a capacity a limit', async () => {
      await people();
      const { plan } = await look({ weights: [{ team: 1, agent: 1, weight: 2 }, { team: 1, agent: 3, weight: 0 }] });
      assert.deepEqual(plan.decisions.map(({ agent }) => agent).sort(), ['1', '1', '1', '1', '2', '2']);
      const limited = await look({ capacities: [1, 2, 3].map((agent) => ({ agent, capacity: 1 })) });
      assert.deepEqual(limited.plan.decisions.map(({ agent }) => agent !== null), [true, true, true, false, false, false]);
    });

    test('a manual team stays manual, whatever its rule', async () => {
      await people();
      const { snapshot, unused } = await look({ rules: [{ team: 3, rule: 'least_loaded' }] });
      assert.equal(snapshot.teams[2].assignment, 'manual');
      assert.deepEqual(unused.rules, []);
    });

    test('a line that does nothing stops nobody, and comes back with its reason', async () => {
      await people();
      const { snapshot, unused, names } = await look({
        rules: [
          { team: 'Taem 1', rule: 'least_loaded' },
          { team: 9, rule: 'least_loaded' },
          { team: 1, rule: 'least_loaded' },
          { team: 'Team 1', rule: 'libredesk_2025' },
        ],
        weights: [{ team: 2, agent: 2, weight: 5 }, { team: 1, agent: 'Omar', weight: 5 }, { team: 1, agent: 'Maia', weight: 5 }],
        capacities: [{ agent: 4, capacity: 1 }, { agent: 'Gone', capacity: 1 }],
      });
      assert.deepEqual(snapshot.teams.map(({ assignment }) => assignment), ['least_loaded', 'round_robin', 'manual']);
      assert.deepEqual(unusedLines({ unused, names }), [
        'the rule least_loaded for team "Taem 1" does nothing: there is no such team; the nearest is "Team 1"',
        'the rule least_loaded for team 9 does nothing: there is no such team',
        'the rule libredesk_2025 for team "Team 1" does nothing: it is said twice, and the first counts',
        'the weight 5 of agent 2 in team 2 does nothing: not a member of that team, or said twice',
        'the weight 5 of agent "Omar" in team 1 does nothing: 2 agents are called so; name the id',
        'the weight 5 of agent "Maia" in team 1 does nothing: there is no such agent; the nearest is "Maya"',
        'the capacity 1 of agent 4 does nothing: there is no such agent',
        'the capacity 1 of agent "Gone" does nothing: there is no such agent',
      ]);
    });

    test('a thousand lines are no work', async () => {
      await fill(desk.query, { agents: range(1, 1000), teams: range(1, 20, { members: range(1, 1000).map(({ id }) => id) }) });
      const ids = range(1, 1000).map(({ id }) => id);
      const { snapshot, unused } = await look({
        weights: range(1, 20).flatMap(({ id: team }) => ids.map((agent) => ({ team, agent, weight: 2 }))),
        capacities: ids.map((agent) => ({ agent: `Agent ${agent}`, capacity: agent })),
      });
      assert.deepEqual(unused, { rules: [], weights: [], capacities: [] });
      assert.deepEqual([snapshot.agents[999], snapshot.teams[19].members[999]], [
        { id: '1000', availability: 'online', load: 0, capacity: 1000 }, { agent: '1000', weight: 2 },
      ]);
    });
  });
}
