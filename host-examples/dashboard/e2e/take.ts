// Taking it away: what is in the files.

import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readPolicy } from '../sim/policy.ts';
import { visit, type Desk, type Opened } from './browsers.ts';
import { drop } from './own.ts';
import { stopped, untilDay } from './story.ts';
import { simulate } from './terminal.ts';

const SCHEMA = JSON.parse(readFileSync(new URL('../../node/evenhand.config.schema.json', import.meta.url), 'utf8'));

/** The buttons of one line of the panel. */
async function take(desk: Desk, line: string, button: string) {
  const list = await desk.texts('.take dt');
  const n = list.findIndex((text) => text.startsWith(line)) + 1;
  assert.ok(n > 0, list.join());
  return desk.saved(() => desk.click(`.take dl > div:nth-of-type(${n}) button`, button));
}

const rows = (bytes: Buffer) => bytes.toString().trimEnd().split('\r\n');

export function takeAway(at: () => Opened, site: () => string): void {
  test('pictures, tables, policies and the scenario are files with the numbers of the page', async () => {
    await visit(at(), site(), async (desk) => {
      await desk.reads('.play', 'Pause');
      await desk.toTheEnd();
      const { lanes } = JSON.parse(simulate('--json')) as { lanes: { measures: Record<string, number>; counts: { assigned: number; byHand: number } }[] };

      const picture = await take(desk, 'Pictures', 'Fairness');
      assert.equal(picture.name, 'evenhand-fairness.png');
      assert.deepEqual([...picture.bytes.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
      const seen = await painted(desk, picture.bytes);
      assert.deepEqual([seen.width, seen.height], [1200, 640]);
      assert.ok(seen.orange > 300 && seen.blue > 300, `both lanes are painted: ${JSON.stringify(seen)}`);

      const difference = await take(desk, 'Tables', 'The difference');
      const worst = rows(difference.bytes).find((row) => row.startsWith('Worst distance'))!.split(',');
      const rounded = (value: number) => String(Math.round(value * 10_000) / 10_000);
      assert.deepEqual(worst.slice(0, 4), ['Worst distance from the fair share', 'conversations', ...lanes.map(({ measures }) => rounded(measures.distance))]);
      const handedOut = await take(desk, 'Tables', 'Handed out');
      assert.equal(rows(handedOut.bytes).length, 1 + lanes.reduce((sum, { counts: { assigned, byHand } }) => sum + assigned + byHand, 0));
      assert.equal(rows((await take(desk, 'Tables', 'Agents')).bytes).length, 61);
      assert.equal(rows((await take(desk, 'Tables', 'Teams')).bytes).length, 9);

      const policy = JSON.parse((await take(desk, 'A policy', 'B Evenhand')).bytes.toString());
      const valid = new Ajv2020().compile(SCHEMA);
      assert.ok(valid(policy), JSON.stringify(valid.errors));
      assert.deepEqual(readPolicy(policy), readPolicy(JSON.parse(readFileSync(new URL('../policies/evenhand.json', import.meta.url), 'utf8'))));
    });
  });

  test('a saved scenario is lived through by the terminal, and opens again', async () => {
    const file = join(tmpdir(), `evenhand-e2e-${process.pid}.json`);
    try {
      await visit(at(), site(), async (desk) => {
        await stopped(desk);
        await desk.choose('What happens', 'Everybody goes to lunch');
        await desk.click('.changes button[type=submit]');
        await desk.reads('.acts li', /Everybody goes to lunch for 45 min$/);
        const { name, bytes } = await take(desk, 'The scenario', 'Save the scenario');
        assert.equal(name, 'evenhand-scenario.json');
        writeFileSync(file, bytes);
        await desk.toTheEnd();
        const headline = await desk.text('h1');
        const { lanes } = JSON.parse(simulate('--scenario', file, '--json')) as { lanes: { distance: { value: number } }[] };
        for (const { distance } of lanes) assert.ok(headline.includes(String(Math.round(10 * distance.value) / 10)), headline);

        await desk.press('Another day');
        await untilDay(desk, 2);
        await drop(desk, [{ name, bytes }]);
        await untilDay(desk, 1);
        await desk.reads('.acts li', /Everybody goes to lunch for 45 min$/);
        await desk.toTheEnd();
        await desk.reads('h1', headline);
      });
    } finally {
      rmSync(file, { force: true });
    }
  });
}

/** Counts what is orange and what is blue in a picture. */
function painted(desk: Desk, bytes: Buffer) {
  return desk.page.evaluate(async (text) => {
    const image = new Image();
    image.src = `data:image/png;base64,${text}`;
    await image.decode();
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: image.width, height: image.height });
    const context = canvas.getContext('2d')!;
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    const seen = { width: image.width, height: image.height, orange: 0, blue: 0 };
    for (let i = 0; i < data.length; i += 4) {
      if (data[i] > 150 && data[i + 2] < 60) seen.orange += 1;
      if (data[i] < 60 && data[i + 2] > 130) seen.blue += 1;
    }
    return seen;
  }, bytes.toString('base64'));
}
