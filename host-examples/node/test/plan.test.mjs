// A plan, and what is planned where the most is too much work.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planned } from '../plan.mjs';

const SNAPSHOT = '{"version" : 1, "objective" : "most", "agents" : [{"id":"1"}], "cursors" : [{"owed":9007199254740991}]}';
const IN_ORDER = '{"version":1,"objective":"in_order","agents":[{"id":"1"}],"cursors":[{"owed":9007199254740991}]}';

/** An Evenhand that refuses what `of` gives a code for. */
function engine(of) {
  const asked = [];
  return [asked, (snapshot) => {
    asked.push(snapshot);
    const code = of(JSON.parse(snapshot).objective);
    if (code) throw Object.assign(new Error(`${code} ${asked.length}`), { name: 'EvenhandError', code });
    return '{"decisions":[]}';
  }];
}

test('where the most is too much work, the same snapshot is planned in order, and its own text goes with the plan', () => {
  const [asked, plan] = engine((objective) => (objective === 'most' ? 'limit_exceeded' : undefined));
  assert.deepEqual(planned(SNAPSHOT, plan), { snapshot: IN_ORDER, plan: '{"decisions":[]}', tooMuch: 'limit_exceeded 1' });
  assert.deepEqual(asked, [SNAPSHOT, IN_ORDER]);
});

test('what is planned as it was asked for is not changed', () => {
  for (const text of [SNAPSHOT, IN_ORDER]) assert.deepEqual(planned(text, engine(() => undefined)[1]), { snapshot: text, plan: '{"decisions":[]}' });
});

test('what is too large for both, or refused for another reason, is refused as it was first', () => {
  for (const [text, code, times] of [[SNAPSHOT, 'limit_exceeded', 2], [IN_ORDER, 'limit_exceeded', 1], [SNAPSHOT, 'unknown_value', 1]]) {
    const [asked, plan] = engine(() => code);
    assert.throws(() => planned(text, plan), { message: `${code} 1` });
    assert.equal(asked.length, times);
  }
});
