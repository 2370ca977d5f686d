// What --dry-run says of each policy, and two configurations side by side; and that POLICIES.md tells the truth.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { dryRunWithEffects, effectLines } from '../compare.mjs';
import { readFile } from '../config.mjs';
import { openMemory } from '../desk.mjs';
import { addDeskOptions } from '../open.mjs';
import { dryRunLines } from '../report.mjs';
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
