// When there is a board and when there are lines, and what is left on the terminal.

import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createLog } from '../log.mjs';
import { boardPart, show } from '../screen.mjs';
import { startProgram } from '../test-support/host.mjs';

const LIFE = { clock: () => 'Monday 09:41, 60x', listen() {} };

/** A terminal that keeps what it was sent. */
function terminal({ columns = 80, rows = 24 } = {}) {
  const stream = Object.assign(new EventEmitter(), { isTTY: true, columns, rows, sent: [], write: (text) => stream.sent.push(text) });
  return stream;
}

const outcome = (rest = {}) => ({
  texts: { snapshot: JSON.stringify({ agents: [{ id: '1', availability: 'online', load: 0 }], teams: [{ id: '1', assignment: 'round_robin', assignable: ['online'], max_load: 2, members: [{ agent: '1' }] }] }) },
  plan: {
    decisions: [
      { conversation: '5', team: '1', agent: '1', why: 'only_candidate' },
      { conversation: '6', team: '1', agent: '1', why: 'only_candidate' },
      { conversation: '7', team: '1', agent: null, why: 'all_full' },
    ],
    waiting: [{ team: '1', why: 'all_full', conversations: 1, passed_over: [{ why: 'team_full', members: 1 }] }],
    loads: [{ agent: '1', before: 0, after: 2 }],
  },
  names: { teams: { 1: 'Billing' }, agents: { 1: 'Maya' }, conversations: { 5: '104', 6: '105', 7: '106' } },
  won: true,
  claimed: 1,
  lost: [{ conversation: '5', team: '1', agent: '1' }],
  milliseconds: 3,
  ...rest,
});

describe('a board', () => {
  test('shows the ticks, keeps what is said meanwhile, and leaves both behind', (t) => {
    const stream = terminal();
    let hear;
    const board = show({ title: 'a desk', life: { ...LIFE, listen: (listener) => { hear = listener; } }, stream, colors: false });
    t.after(() => board.close());
    const log = createLog();
    assert.equal(board.shows, true);
    board.ticked(1, outcome());
    hear('09:41 Maya takes a break');
    log.warn('the database is slow today');
    board.failed(2);
    board.ticked(3, outcome({ plan: { decisions: [], waiting: [], loads: [] }, claimed: 0, lost: [], milliseconds: 4 }));
    // Every frame in one piece, so that no half of one is ever seen.
    for (const text of stream.sent) assert.match(text, /^\u001b\[\?2026h[^]*\u001b\[\?2026l$/);

    stream.sent.length = 0;
    // Another width has all of it drawn again, as the last frame is to be seen whole here.
    stream.columns = 79;
    stream.emit('resize');
    assert.equal(stream.sent[0], '\u001b[2J\u001b[H');
    assert.deepEqual(stream.sent[1].replace(/\u001b\[\?2026[hl]/g, '').split('\n').map((line) => line.trimEnd().replace(/^\d\d:\d\d:\d\d /, '')), [
      'Evenhand on a desk                                            Monday 09:41, 60x',
      'tick 3, 4 ms | assigned 0, 1 in all | waiting 0 | lost claims 1 | failed ticks…',
      'team     waiting  agents  why they wait',
      'Billing        0  ▁',
      'agents',
      'Maya         ░░░░░░   0/2',
      'last decisions',
      '#105 Billing -> Maya: nobody else could take it',
      'meanwhile',
      'warning: the database is slow today',
      '09:41 Maya takes a break',
      '',
    ]);

    stream.sent.length = 0;
    board.close();
    assert.match(stream.sent.at(-1), /^\d\d:\d\d:\d\d warning: the database is slow today\n$/);
    assert.deepEqual(stream.eventNames(), []);
    stream.sent.length = 0;
    log.info('this goes to standard output again');
    assert.deepEqual(stream.sent, []);
  });

  const wanted = { board: true, ticks: Infinity };
  const shown = (settings, stream, environment = {}) => {
    const { TERM, NO_COLOR } = process.env;
    Object.assign(process.env, { TERM: 'xterm', ...environment });
    const companion = boardPart(LIFE, stream).start({ desk: { title: 'a desk' }, settings: { ...wanted, ...settings } });
    companion?.close();
    for (const [name, value] of Object.entries({ TERM, NO_COLOR })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    return companion !== undefined;
  };

  test('is there on a terminal where the host runs on and on, and nowhere else', () => {
    assert.deepEqual([
      shown({}, terminal()),
      shown({}, { isTTY: undefined }),
      shown({ board: false }, terminal()),
      shown({ ticks: 3 }, terminal()),
      shown({ json: true }, terminal()),
      shown({}, terminal(), { TERM: 'dumb' }),
    ], [true, false, false, false, false, false]);
  });

  test('has no colour with NO_COLOR', () => {
    for (const [NO_COLOR, coloured] of [['1', false], ['', true]]) {
      const stream = terminal();
      shown({}, stream, { NO_COLOR });
      assert.equal(stream.sent.join('').includes('\u001b[1m'), coloured);
    }
  });
});

describe('the host', () => {
  let folder;
  before(() => { folder = mkdtempSync(join(tmpdir(), 'evenhand-living-')); });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const start = (...args) => startProgram(['--data', join(folder, 'desk'), ...args]);

  test('whose desk lives says so in lines where it is piped, and assigns what comes in', async () => {
    const host = start('--interval', '0.5', '--speed', '600', '--seed', '7');
    // Long enough that something has come in: the day goes on from the newest conversation.
    await host.says(/tick ([5-9]|\d\d+): assigned [1-9]/);
    host.child.kill('SIGINT');
    const { code, output, errors } = await host.ended;
    assert.deepEqual([code, errors], [0, '']);
    assert.match(output, /the desk lives 600 times as fast as you, from Monday 07:59 on; --speed 0 stops it\n/);
    assert.match(output, /tick 1: assigned 244, waiting 68/);
    assert.match(output, /SIGINT: ending after the running tick\n$/);
    assert.doesNotMatch(output, /\u001b/);
  });

  test('goes on in the same day, and stands still with --ticks unless told otherwise', async () => {
    const still = await start('--ticks', '1').ended;
    assert.doesNotMatch(still.output, /the desk lives/);
    const living = await start('--ticks', '1', '--speed', '60').ended;
    assert.match(living.output, /the desk lives 60 times as fast as you, from Monday (08|09|1\d):/);
  });

  for (const [option, value] of [['--speed', '60'], ['--speed', '0'], ['--seed', '1']]) {
    test(`never lives on a database of somebody's: ${option} ${value} is refused`, async () => {
      const { code, errors } = await startProgram([option, value], { url: 'postgres://127.0.0.1:1/desk' }).ended;
      assert.equal(code, 2);
      assert.equal(errors, 'error: --speed and --seed are for the sample desk; with DATABASE_URL the people are real\n');
    });
  }

  for (const args of [['--speed', 'fast'], ['--speed', '-1'], ['--speed', '1e9'], ['--seed', '1.5'], ['--seed', 'x']]) {
    test(`${args.join(' ')} is refused in one line`, async () => {
      const { code, output, errors } = await start(...args).ended;
      assert.deepEqual([code, output], [2, '']);
      assert.match(errors, /^error: .+\n$/);
    });
  }
});
