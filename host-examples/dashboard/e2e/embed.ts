// The two pages of somebody else that have the desk in them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planJson } from 'evenhand';
import { until, visit, type Opened } from './browsers.ts';

const outside = (css: string) => ({ css, read: (css: string) => (document.querySelector(css) as HTMLElement | null)?.innerText ?? '' });

export function embed(at: () => Opened, site: () => string): void {
  test('a plain page gives it a snapshot and a policy, and hears of the plan', async () => {
    await visit(at(), `${site()}plain.html`, async (desk) => {
      const snapshot = await desk.page.evaluate(async () => (await fetch('./plain.json')).text());
      const decisions = (text: string) => (JSON.parse(text) as { decisions: { conversation: string; agent: string | null }[] }).decisions;
      const plan = decisions(planJson(snapshot));
      await desk.reads('.what', /: one snapshot$/);
      assert.deepEqual((await desk.texts('.own-ticks tbody tr')).map((row) => row.split(' ')[0]), plan.map(({ conversation }) => conversation));
      const said = outside('#said');
      const got = plan.filter(({ agent }) => agent !== null).length;
      await until('the page says what it heard', async () => (await desk.page.evaluate(said.read, said.css)).startsWith(`${got} of ${plan.length} conversations get an agent`));
      const font = await desk.page.evaluate(() => getComputedStyle(document.querySelector('evenhand-desk')!.shadowRoot!.querySelector('.desk')!).fontFamily);
      assert.match(font, /^Georgia/);
    });
  });

  test('a Vue page tries what its form says', async () => {
    await visit(at(), `${site()}vue/`, async (desk) => {
      const said = outside('output');
      const reads = (pattern: RegExp) => until(`the page says ${pattern}`, async () => pattern.exec(await desk.page.evaluate(said.read, said.css))?.[1]);
      await desk.reads('h1', /^(Of|Under) /);
      const before = await reads(/^Ann would get (\d) of 8\.$/);
      const field = (await desk.page.$('input[type=number]'))!;
      await field.evaluate((input) => input.select());
      await field.type('0');
      await desk.page.select('select', 'round_robin');
      assert.equal(await reads(/^Ann would get (0) of 8\.$/), '0');
      assert.notEqual(before, '0');
      await field.dispose();
    });
  });
}
