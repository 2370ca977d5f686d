// What --dry-run says of each policy, and two configurations side by side; and that POLICIES.md tells the truth.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { comparisonLines, dryRunWithEffects, effectLines } from '../compare.mjs';
import { readFile } from '../config.mjs';
import { openMemory, openPostgres, STATE } from '../desk.mjs';
import { addDeskOptions } from '../open.mjs';
import { dryRunLines } from '../report.mjs';
import { dryRuns } from '../tick.mjs';
import { unusedLines } from '../unused.mjs';
import { fill, range } from '../test-support/fill.mjs';
import { startPostgres } from '../test-support/postgres.mjs';

const MAIN = fileURLToPath(new URL('../main.mjs', import.meta.url));
const PAGE = new URL('../POLICIES.md', import.meta.url);
const MORNING = '2026-03-02T08:00:00Z';

let folder;
before(() => { folder = mkdtempSync(join(tmpdir(), 'evenhand-compare-')); });
after(() => rmSync(folder, { recursive: true, force: true }));

function file(name, content) {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const settingsOf = (content) =>
  ({ rule: 'round_robin', assignable: ['online', 'away'], ...readFile(file('page.json', content), addDeskOptions(new Command()).options), now: MORNING });

describe('POLICIES.md', () => {
  let desk;
  before(async () => { desk = await openMemory(); });
  after(() => desk?.close());

  const page = readFileSync(PAGE, 'utf8');
  const examples = [...page.matchAll(/```json\n([^]*?)```\n\n```text\n([^]*?)```/g)];
  test('has an example of each policy', () => assert.ok(examples.length >= 13, `${examples.length}`));

  for (const [, config, shown] of examples) {
    test(`what it shows for ${Object.keys(JSON.parse(config)).join(', ')} is what is printed`, async () => {
      const outcome = await dryRunWithEffects(desk, settingsOf(config));
      const printed = [...unusedLines(outcome), ...effectLines(outcome), ...dryRunLines(outcome)];
      if (process.env.EVENHAND_PRINT) console.error(`${config}${printed.join('\n')}\n`);
      const lines = shown.trimEnd().split('\n').filter((line) => line !== '...');
      let from = 0;
      for (const line of lines) {
        const at = printed.indexOf(line, from);
        assert.ok(at >= 0, `${line}\n is not in\n${printed.slice(from).join('\n')}`);
        from = at + 1;
      }
      assert.ok(lines.length > 1);
    });
  }
});

describe('on PostgreSQL', () => {
  let server;
  let url;
  let query;
  before(async () => {
    server = await startPostgres();
    url = await server.createDesk();
    const client = await server.connect(url);
    query = async (sql, values) => (await client.query(sql, values)).rows?.[0];
    await fill(query, {
      agents: range(1, 2), teams: [{ id: 1, members: [1, 2], max: 2 }], tags: [{ id: 1, name: 'vip' }, { id: 2, name: 'unused' }],
      conversations: range(1, 4), conversation_tags: [{ conversation_id: 4, tag_id: 1 }],
    });
  });
  after(() => server?.stop());

  const run = (args) => new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { cwd: folder, env: { ...process.env, DATABASE_URL: url } }, (error, output, errors) => resolve({ code: error?.code ?? 0, output, errors }));
  });

  const NEEDS = {
    needs: [{ tag: 'vip', skill: 'calm' }],
    overflow: [{ team: 1, to: 1, after: 5 }],
    capacities: [{ agent: 1, capacity: 2 }],
  };

  test('a dry run says what each policy changes, and which does nothing and why', async () => {
    const config = file('needs.json', NEEDS);
    const { code, output } = await run(['--dry-run', '--config', config]);
    assert.equal(code, 0, output);
    const lines = output.split('\n');
    const from = lines.indexOf('1 team, 2 agents, 4 conversations waiting');
    assert.deepEqual(lines.slice(from + 1, from + 5), [
      'the overflow from team 1 to team 1 does nothing: it is the same team, or said twice',
      'capacities changes nothing now: everybody would get the same without it',
      'without needs 1 of 4 decisions differ: 0 another agent, 0 wait instead, 1 assigned instead',
      'overflow changes nothing now: the desk looks the same without it at this moment',
    ]);
    const json = (await run(['--dry-run', '--json', '--config', config])).output.trimEnd().split('\n').map((line) => JSON.parse(line)).find(({ event }) => event === 'dry_run');
    assert.deepEqual(json.effects, [
      { policy: 'capacities', decisions: 0, served: 0, waiting: 0, said: true },
      { policy: 'needs', decisions: 1, served: 0, waiting: 1, said: true },
      { policy: 'overflow', decisions: 0, served: 0, waiting: 0, said: false },
    ]);
    assert.equal((await query('SELECT version::int FROM evenhand_state')).version, 0);
  });

  test('a policy without which the others make no sense is said, and does not end the dry run', async () => {
    const config = file('leaning.json', { rule: 'libredesk_2026', rules: [1, 2].map((team) => ({ team, rule: 'round_robin' })), rotations: [1, 2].map((team) => ({ team, rotation: 'one' })) });
    await query("INSERT INTO teams (id, name, conversation_assignment_type) VALUES (2, 'Team 2', 'Round robin')");
    const { code, output } = await run(['--dry-run', '--config', config]);
    const json = (await run(['--dry-run', '--json', '--config', config])).output.trimEnd().split('\n').map((line) => JSON.parse(line)).find(({ event }) => event === 'dry_run');
    const mixed = file('mixed.json', { rules: [{ team: 1, rule: 'least_loaded' }], rotations: [1, 2].map((team) => ({ team, rotation: 'one' })) });
    const wrong = await run(['--dry-run', '--config', mixed]);
    const both = await run(['diff', '--config', config, '--config', mixed]);
    await query('DELETE FROM teams WHERE id = 2');
    assert.match(output, /\nwithout rules every tick would be refused: mixed_rotation\nwithout rotations 4 of 4 decisions differ: /);
    assert.deepEqual([code, json.effects[0]], [0, { policy: 'rules', decisions: 0, served: 0, waiting: 0, said: true, refused: 'mixed_rotation' }]);
    assert.equal(wrong.code, 1);
    assert.deepEqual(both, { code: 1, output: '', errors: 'error: under mixed every tick would be refused, mixed_rotation at "/teams/1/rotation"\n' });
    assert.match(wrong.output + wrong.errors, /the snapshot was refused, mixed_rotation at /);
  });

  test('diff compares two configurations on the desk as it is', async () => {
    const { code, output, errors } = await run(['diff', '--config', file('today.json', {}), '--config', file('tomorrow.json', NEEDS)]);
    assert.deepEqual([code, errors], [0, '']);
    const [first, second] = /^ {2}today: #103 Team 1 -> (Agent [12]): /m.exec(output)[1] === 'Agent 1' ? [1, 2] : [2, 1];
    assert.equal(output, [
      'conversations that each agent would get',
      'agent    today  tomorrow  difference',
      ...[1, 2].map((agent) => `Agent ${agent}      2         ${agent === first ? 1 : 2}          ${agent === first ? -1 : ' 0'}`),
      'conversations that would wait',
      'team    waits because     today  tomorrow',
      'Team 1  nobody_qualified      0         1',
      'decided otherwise',
      `  today: #103 Team 1 -> Agent ${first}: nobody else could take it`,
      '  tomorrow: #103 Team 1 waits: everybody is excluded or lacks a skill that is needed',
      '1 conversation of 4 is decided otherwise',
      'nothing was written',
      '',
    ].join('\n'));
    assert.ok(second);
  });

  test('two files of one name go by their paths', async () => {
    const files = ['before', 'after'].map((name) => {
      mkdirSync(join(folder, name));
      return file(join(name, 'evenhand.config.json'), { rule: name === 'before' ? 'round_robin' : 'least_loaded' });
    });
    const { code, output } = await run(['diff', ...files.flatMap((path) => ['--config', path])]);
    assert.deepEqual([code, output.split('\n')[1].split(/ {2,}/)], [0, ['agent', ...files, 'difference']]);
  });

  test('what is taken back from somebody does not wait without it, and what stays with them does not wait', async () => {
    const desk = await openPostgres(await server.createDesk());
    await fill(desk.query, {
      agents: [{ id: 1 }, { id: 2, availability: 'away_and_reassigning' }, { id: 3, availability: 'offline' }],
      teams: [{ id: 1, members: [1, 2, 3] }, { id: 2, members: [2] }],
      conversations: [...range(1, 2, { agent: 2 }), { id: 3, agent: 3 }, { id: 4, agent: 2, team: 2 }, { id: 5 }].map((one) => ({ ...one, waiting_since: '2026-01-01' })),
    });
    const given = (takeBack) => ({ rule: 'round_robin', assignable: ['online'], takeBack });
    const all = await dryRunWithEffects(desk, given({ away_and_reassigning: true }));
    assert.deepEqual(effectLines(all), ['without take_back 2 of 4 decisions differ: 2 another agent, 0 wait instead, 0 assigned instead']);
    assert.equal(dryRunLines(all).at(-3), 'would assign 3, waiting 1 (1 nobody qualified; 1 of them stays with its agent)');
    const two = await dryRuns(desk, [given({ away_and_reassigning: true }), given({ offline_for: 900 })]);
    assert.deepEqual(comparisonLines(two, ['A', 'B']), [
      'conversations that each agent would get',
      'agent    A  B  difference',
      'Agent 1  3  2          -1',
      'decided otherwise',
      '  A: #100 Team 1, Agent 2 -> Agent 1: nobody else could take it',
      '  B: stays as it is',
      '  A: #101 Team 1, Agent 2 -> Agent 1: nobody else could take it',
      '  B: stays as it is',
      '  A: stays as it is',
      '  B: #102 Team 1, Agent 3 -> Agent 1: nobody else could take it',
      '3 conversations of 5 are decided otherwise',
      'nothing was written',
    ]);
    await desk.close();
  });

  test('a dry run, which may take long, keeps no host from starting', async () => {
    const desk = await openPostgres(url);
    await query("SET lock_timeout = '1s'");
    await desk.transaction(async (ask) => {
      await ask(STATE);
      await query(STATE);
    }, 'ROLLBACK');
    await query('RESET lock_timeout');
    await desk.close();
  });

  test('what diff cannot compare is exit code 2', async () => {
    const one = file('one.json', {});
    for (const [args, sentence] of [
      [['diff', '--config', one], /diff needs --config twice/],
      [['diff', folder, '--config', one, '--config', one], /a recording holds what one configuration said/],
      [['diff', '--config', one, '--config', one, '--rule', 'least_loaded'], /diff needs --config twice, and no rule/],
      [['diff'], /diff needs a folder and --rule/],
      [['diff', '--config', one, '--config', file('wrong.json', { nedes: [] })], /unknown key "nedes"; did you mean "needs"\?/],
    ]) {
      const { code, output, errors } = await run(args);
      assert.deepEqual([code, output], [2, ''], errors);
      assert.match(errors, sentence);
    }
  });
});
