// The two pages of somebody else that have the desk in them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planJson } from 'evenhand';
import type {} from '../page/desk.ts';
import { until, visit, type Opened } from './browsers.ts';
import { stopped } from './story.ts';

const outside = (css: string) => ({ css, read: (css: string) => (document.querySelector(css) as HTMLElement | null)?.innerText ?? '' });

export function embed(at: () => Opened, site: () => string): void {
  test('a plain page gives it a snapshot and a policy, and hears of the plan', async () => {
    await visit(at(), `${site()}plain.html`, async (desk) => {
      const snapshot = await desk.page.evaluate(async () => (await fetch('./plain.json')).text());
      const decisions = (text: string) => (JSON.parse(text) as { decisions: { conversation: string; agent: string | null }[] }).decisions;
      const plan = decisions(planJson(snapshot));
      await desk.reads('.what', /: one snapshot$/);
      await desk.reads('.own-ticks tbody tr', /./);
      assert.deepEqual((await desk.texts('.own-ticks tbody tr')).map((row) => row.split(' ')[0]), plan.map(({ conversation }) => conversation));
      const said = outside('#said');
      const got = plan.filter(({ agent }) => agent !== null).length;
      await until('the page says what it heard', async () => (await desk.page.evaluate(said.read, said.css)).startsWith(`${got} of ${plan.length} conversations get an agent`));
      const font = await desk.page.evaluate(() => getComputedStyle(document.querySelector('evenhand-desk')!.shadowRoot!.querySelector('.desk')!).fontFamily);
      assert.match(font, /^Georgia/);
    });
  });

  test('an attribute is JSON, and what is not is said once', async () => {
    await visit(at(), `${site()}`, async (desk) => {
      const lane = (name: string) => until(`${name} is tried`, () => desk.page.evaluate((name) => document.querySelector('evenhand-desk')!.scenario?.lanes[1]?.name === name, name));
      const said: string[] = [];
      desk.page.on('console', (message) => said.push(message.text()));
      await lane('Evenhand');
      const count = await desk.page.evaluate(() => {
        const desk = document.querySelector('evenhand-desk')!;
        const counted = { changes: 0 };
        desk.addEventListener('evenhand-change', () => (counted.changes += 1));
        Object.assign(globalThis, { counted });
        for (const text of ['{"rule', '{"rule', '[object Object]', '{"rule']) desk.setAttribute('policy', text);
        desk.setAttribute('policy', '{"rule": "least_loaded", "weights": []}');
        desk.policy = { weights: [], rule: 'least_loaded' };
        return counted.changes;
      });
      assert.equal(count, 0);
      await lane('your policy');
      await desk.page.evaluate(() => (document.querySelector('evenhand-desk')!.policy = { weights: [], rule: 'least_loaded' }));
      await desk.page.evaluate(() => { const desk = document.querySelector('evenhand-desk')!; desk.scenario = desk.scenario; });
      await stopped(desk);
      assert.equal(await desk.page.evaluate(() => (globalThis as unknown as { counted: { changes: number } }).counted.changes), 1);
      assert.deepEqual(said.map((line) => /^<evenhand-desk>: "(\w+)" is not JSON/.exec(line)?.[1]), ['policy', 'policy']);
    }, { expected: /is not JSON/ });
  });

  test('what is painted follows the colours of the page around', async () => {
    await visit(at(), site(), async (desk) => {
      await stopped(desk);
      const wears = async (style: Record<string, string>, ...lanes: [number[], number[]]) => {
        await desk.page.evaluate((style) => {
          const host = document.querySelector<HTMLElement>('evenhand-desk')!;
          for (const [name, value] of Object.entries(style)) host.style.setProperty(name, value);
        }, style);
        for (const color of lanes) await until(`the chart is painted in ${color.join()}`, () => desk.page.evaluate(has, '.chart canvas', color));
        // Only a run is painted in the whole colour, and under B there need be none.
        await until(`a strip is painted in ${lanes[0].join()}`, () => desk.page.evaluate(has, '.strip', lanes[0]));
      };
      await wears({ 'color-scheme': 'light' }, [0xb3, 0x50, 0x00], [0x00, 0x68, 0xa8]);
      await wears({ 'color-scheme': 'dark' }, [0xf0, 0xa4, 0x3a], [0x5c, 0xb8, 0xee]);
      await wears({ '--evenhand-lane-a': '#f00', '--evenhand-lane-b': '#0f0' }, [255, 0, 0], [0, 255, 0]);
      // Chromium says so of every canvas that is read twice.
    }, { expected: /willReadFrequently/ });
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

/** Whether any of these canvases has a pixel of just this colour. */
function has(css: string, [red, green, blue]: number[]): boolean {
  const list = document.querySelector('evenhand-desk')!.shadowRoot!.querySelectorAll<HTMLCanvasElement>(css);
  return Array.from(list).some((canvas) => {
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i += 4) if (data[i] === red && data[i + 1] === green && data[i + 2] === blue && data[i + 3] === 255) return true;
    return false;
  });
}
