// The places that the engine's own errors name.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EvenhandError, planJson } from 'evenhand';
import { placeOf, type Place } from '../own/place.ts';

const agent = (more: string) => `{\n  "version": 1,\n  "agents": [\n    { "id": "a", ${more} }\n  ],\n  "teams": [], "conversations": []\n}`;

function placed(text: string): Place & { code: string } {
  try {
    planJson(text);
  } catch (error) {
    assert.ok(error instanceof EvenhandError);
    return { ...placeOf(text, error.path, error.code), code: error.code };
  }
  assert.fail('the engine takes it');
}

const short = ({ code, line, column, marked }: ReturnType<typeof placed>) => [code, line, column, marked];

test('an error is shown where it is', () => {
  assert.deepEqual(short(placed(agent('"availability": "online", "load": 1.5'))), ['wrong_type', 4, 52, '1.5']);
  assert.deepEqual(short(placed(agent('"availabilty": "online", "load": 1'))), ['unknown_field', 4, 18, '"availabilty"']);
  assert.deepEqual(short(placed(agent('"availability": "online"'))), ['missing_field', 4, 5, '{ "id": "a", "availability": "online" }']);
  // The second of two.
  assert.deepEqual(short(placed(agent('"id": "b", "availability": "online", "load": 1'))), ['duplicate_field', 4, 18, '"id"']);
  assert.deepEqual(short(placed(agent('"load": 1, }'))), ['malformed_json', 4, 29, '}']);
  assert.deepEqual(short(placed('')), ['malformed_json', 1, 1, '']);
  assert.deepEqual(short(placed('[]')), ['wrong_type', 1, 1, '[]']);
  assert.deepEqual(short(placed('{"version": 1, "a/b~c": 1}')), ['unknown_field', 1, 16, '"a/b~c"']);
});

test('what stands around it is shown, and long lines are cut', () => {
  const { before, start, end, after } = placed(agent('"availability": "online", "load": 1.5'));
  assert.deepEqual({ before, start, end, after }, {
    before: ['  "version": 1,', '  "agents": ['],
    start: '    { "id": "a", "availability": "online", "load": ',
    end: ' }',
    after: ['  ],', '  "teams": [], "conversations": []'],
  });
  const agents = Array.from({ length: 100 }, (_, i) => ({ id: String(i), availability: 'online', load: i === 50 ? -1 : 0 }));
  const long = placed(JSON.stringify({ version: 1, agents, teams: [], conversations: [] }));
  assert.equal(long.marked, '-1');
  assert.deepEqual([long.start.length, long.end.length, long.before, long.after], [74, 74, [], []]);
  assert.ok(long.start.startsWith('… ') && long.start.endsWith('"load":') && long.end.endsWith(' …'));
});
