// The rules and the board, asked of a real Prometheus that scrapes a host at work.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createMeter } from '../monitoring/meter.mjs';
import { freshDesk } from '../test-support/fresh-desk.mjs';
import { freePort } from '../test-support/postgres.mjs';
import { until } from '../test-support/until.mjs';

const path = (name) => fileURLToPath(new URL(`../monitoring/${name}`, import.meta.url));
const RULES = readFileSync(path('alerts.yml'), 'utf8');
const BOARD = JSON.parse(readFileSync(path('grafana.json'), 'utf8'));
const PANELS = BOARD.panels.filter(({ type }) => type !== 'row');

/** What the board asks for, with its variables as Grafana fills them in where all is chosen. */
const asked = PANELS.flatMap(({ targets }) => targets.map(({ expr }) => expr));
const filledIn = (expr) => expr.replaceAll('$job', '.+').replaceAll('$team', '.*').replaceAll('$__rate_interval', '15s');

const installed = (name) => ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'].map((folder) => join(folder, name)).find(existsSync);
const PROMETHEUS = installed('prometheus');
const PROMTOOL = installed('promtool');

test('rules, board and README name every metric that there is, and no other', async () => {
  const text = await createMeter({ stale: 60 }).text();
  const kinds = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, kind]) => [name, kind]));
  const bare = (name) => {
    const [, start] = /^(.*)_(?:bucket|sum|count)$/.exec(name) ?? [];
    return kinds.get(start) === 'histogram' ? start : name;
  };
  const named = (document) => new Set([...document.matchAll(/\bevenhand_[a-z_]+/g)].map(([name]) => bare(name)));
  const tables = /### Monitoring([^]*?)\n## /.exec(readFileSync(new URL('../README.md', import.meta.url), 'utf8'))[1];
  assert.deepEqual([...named(tables)].filter((name) => name !== 'evenhand_state').sort(), [...kinds.keys()].sort());
  // The board shows everything.
  const variables = BOARD.templating.list.map(({ query }) => query.query ?? '');
  assert.deepEqual([...named([...asked, ...variables].join('\n'))].sort(), [...kinds.keys()].sort());
  const alerts = (document) => new Set(document.match(/\bEvenhand[A-Z]\w+/g));
  assert.deepEqual([...alerts(tables)].sort(), [...alerts(RULES)].sort());
  for (const name of named(RULES)) if (name !== 'evenhand_state') assert.ok(kinds.has(name), name);
});

test('the board has its parts in order, none over another, each with a title, a unit and the data source that is chosen', () => {
  const ids = BOARD.panels.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual(BOARD.panels.filter(({ type }) => type === 'row').map(({ title }) => title), ['Is it well', 'Who waits', 'People', 'The host']);
  const cells = new Set();
  for (const { title, gridPos: { x, y, w, h } } of BOARD.panels) {
    assert.ok(title && x >= 0 && x + w <= 24, title);
    for (let i = 0; i < w * h; i += 1) {
      const cell = `${x + (i % w)} ${y + Math.floor(i / w)}`;
      assert.ok(!cells.has(cell), `${title} is over something at ${cell}`);
      cells.add(cell);
    }
  }
  const places = BOARD.panels.map(({ gridPos: { x, y } }) => y * 24 + x);
  assert.deepEqual(places, [...places].sort((a, b) => a - b));
  const [source] = BOARD.templating.list;
  assert.deepEqual([source.name, source.type, source.query], ['datasource', 'datasource', 'prometheus']);
  assert.deepEqual([...new Set(JSON.stringify(BOARD).match(/"uid":"[^"]*"/g))].sort(), ['"uid":"${datasource}"', '"uid":"evenhand"']);
  for (const { title, type, targets, fieldConfig } of PANELS) {
    for (const { datasource } of targets) assert.ok(datasource, title);
    assert.deepEqual(targets.map(({ refId }) => refId), ['A', 'B', 'C'].slice(0, targets.length), title);
    if (type !== 'table') assert.ok(['short', 's'].includes(fieldConfig.defaults.unit), title);
    assert.equal(fieldConfig.defaults.unit === 's', targets.some(({ expr }) => /_seconds/.test(expr)), title);
  }
});

const desk = freshDesk();
const { query, start } = desk;

describe('Prometheus', { skip: !(PROMETHEUS && PROMTOOL) && 'it is not installed' }, () => {
  let folder;
  let child;
  let address;
  const api = async (what, parameters = {}) => {
    const response = await fetch(`${address}/api/v1/${what}?${new URLSearchParams(parameters)}`);
    const { status, data, error } = await response.json();
    assert.equal(status, 'success', `${parameters.query}: ${error}`);
    return data;
  };
  /** Returns the samples that an expression has now. */
  const samples = async (expr) => (await api('query', { query: expr })).result;
  const rules = async () => (await api('rules')).groups.flatMap((group) => group.rules);

  async function startPrometheus(target) {
    const port = await freePort();
    address = `http://127.0.0.1:${port}`;
    const config = join(folder, 'prometheus.yml');
    writeFileSync(config, JSON.stringify({
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: [path('alerts.yml')],
      scrape_configs: [{ job_name: 'evenhand', static_configs: [{ targets: [target] }] }],
    }));
    execFileSync(PROMTOOL, ['check', 'config', config], { stdio: 'pipe' });
    child = spawn(PROMETHEUS, [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=127.0.0.1:${port}`], { stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    child.stderr.on('data', (chunk) => { log += chunk; });
    const isReady = () => fetch(`${address}/-/ready`).then(({ ok }) => ok, () => false);
    await until(isReady, () => `Prometheus did not start:\n${log}`, child);
  }

  before(() => { folder = mkdtempSync(join(tmpdir(), 'evenhand-prometheus-')); });
  after(async () => {
    if (child) {
      const ended = new Promise((resolve) => { child.once('exit', resolve); });
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  test('promtool finds nothing wrong with the rules, and they do what their tests say', () => {
    for (const args of [['check', 'rules', path('alerts.yml')], ['test', 'rules', path('alerts.test.yml')]]) {
      execFileSync(PROMTOOL, args, { stdio: 'pipe', encoding: 'utf8' });
    }
  });

  test('every rule has its tests, a severity, a time and what to do', async () => {
    const tests = readFileSync(path('alerts.test.yml'), 'utf8');
    const list = [...RULES.matchAll(/- alert: (\w+)\n([^]*?)(?=\n\n|$)/g)];
    assert.equal(list.length, RULES.split('- alert:').length - 1);
    for (const [, name, rest] of list) {
      assert.match(rest, /^ {8}for: \d+[mh]$/m, name);
      assert.match(rest, /severity: (critical|warning|info)/, name);
      assert.match(rest, /summary: .*\n +description: >-\n/, name);
      const cases = [...tests.matchAll(new RegExp(`alertname: ${name}\\n +exp_alerts:(.*)`, 'g'))].map(([, list]) => list.trim());
      assert.deepEqual([...new Set(cases)].sort(), ['', '[]'], `${name}: one test that it fires and one that it does not`);
    }
  });

  test('a healthy host answers everything that rules and board ask, and no rule is true; of a dead one, the first is', async () => {
    await query('UPDATE conversations SET created_at = now()');
    await query('UPDATE teams SET max_auto_assigned_conversations = 1');
    const host = start(['--interval', '0.2', '--listen', '127.0.0.1:0', '--record', join(folder, 'recording')]);
    await host.says(/metrics at http:\S+\n/);
    await startPrometheus(/metrics at http:\/\/(\S+)\/metrics/.exec(host.output)[1]);
    await until(async () => Number((await samples('sum(evenhand_assigned_total)'))[0]?.value[1]) === 2, () => 'nothing was scraped');
    // A rate needs something that happens between two looks.
    await query('UPDATE teams SET max_auto_assigned_conversations = 2');
    await until(async () => Number((await samples('sum(increase(evenhand_assigned_total[1m]))'))[0]?.value[1]) > 0, () => 'nothing was assigned');

    // The half of what was assigned is NaN only where nothing was.
    for (const expr of asked) {
      let found;
      const isThere = async () => {
        found = await samples(filledIn(expr));
        return found.length > 0 && found.every(({ value }) => !Number.isNaN(Number(value[1])));
      };
      await until(isThere, () => `${expr}: ${JSON.stringify(found)}`);
    }
    for (const variable of BOARD.templating.list.slice(1)) {
      const [, selector, label] = /^label_values\((.*), (\w+)\)$/.exec(variable.query.query);
      const values = await api(`label/${label}/values`, { 'match[]': filledIn(selector) });
      assert.deepEqual(values, { job: ['evenhand'], team: ['Team 1'] }[variable.name]);
    }

    const list = await rules();
    assert.equal(list.length, [...RULES.matchAll(/- alert: /g)].length);
    // A scrape that is late on a busy machine is forgotten with the next one.
    let seen;
    const areQuiet = async () => {
      seen = await rules();
      return seen.every(({ lastEvaluation, health, state }) => Date.parse(lastEvaluation) > 0 && health === 'ok' && state === 'inactive');
    };
    await until(areQuiet, () => JSON.stringify(seen));
    // An alert that nothing is wrong for is empty, as it is to be; so each series that it looks at is asked for.
    for (const { name, query: expr } of list) {
      await samples(expr);
      const selectors = expr.match(/\b(?:up|evenhand_\w+)(?:\{[^}]*\})?/g);
      assert.ok(selectors.length > 0, expr);
      for (const selector of selectors) assert.notEqual((await samples(selector)).length, 0, `${name}: ${selector}`);
    }

    assert.equal((await host.end()).code, 0);
    const isPending = async () => (await rules()).find(({ name }) => name === 'EvenhandDown').state === 'pending';
    await until(isPending, () => 'nobody missed the host');
  });
});
