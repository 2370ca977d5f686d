import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chartsOf } from '../charts.ts';
import type { Colors } from '../theme.ts';

test('the waits are named as far as there is room for the names', () => {
  const { values } = chartsOf.waits.options(['A', 'B'])({} as Colors).axes![0];
  const named = (width: number) => (values as (chart: { width: number }, ticks: number[]) => string[])({ width }, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(named(700), ['15 s', '30 s', '1 m', '2 m', '5 m', '10 m', '20 m', '30 m', '1 h']);
  assert.deepEqual(named(300), ['15 s', '', '1 m', '', '5 m', '', '20 m', '', '1 h']);
});
