// What is painted, and how often.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR, MINUTE } from '../sim/time.ts';
import { visit, type Opened } from './browsers.ts';
import { stopped } from './story.ts';

/** A chart is drawn as a whole, which is too much for every frame. */
const BETWEEN_DRAWS = 250;
const FRAMES = 40;
const PAINTS = 90;

export function paint(at: () => Opened, site: () => string): void {
  test('a chart is drawn four times a second at most, however many frames come', async () => {
    await visit(at(), site(), async (desk) => {
      await desk.reads('.play', 'Pause');
      const { draws, took } = await desk.page.evaluate(async (wanted) => {
        const chart = document.querySelector('evenhand-desk')!.shadowRoot!.querySelector('.chart canvas');
        let [draws, frames] = [0, 0];
        const { clearRect } = CanvasRenderingContext2D.prototype;
        CanvasRenderingContext2D.prototype.clearRect = function (...box) {
          if (this.canvas === chart) draws += 1;
          clearRect.apply(this, box);
        };
        const began = performance.now();
        await new Promise<void>((enough) => workers[0].addEventListener('message', ({ data }: MessageEvent<{ what: string }>) => {
          if (data.what === 'frame' && (frames += 1) === wanted) enough();
        }));
        return { draws, took: performance.now() - began };
      }, FRAMES);
      assert.ok(draws > 0);
      assert.ok(draws <= took / BETWEEN_DRAWS + 2, `drawn ${draws} times in ${Math.round(took)} ms`);
    });
  });

  test('a slider that is drawn along shows on its way where it has come to', async () => {
    await visit(at(), site(), async (desk) => {
      await stopped(desk);
      const clocks = await desk.page.evaluate(async (paints, from, step) => {
        const root = document.querySelector('evenhand-desk')!.shadowRoot!;
        const slider = root.querySelector<HTMLInputElement>('.controls input[type=range]')!;
        const seen = new Set<string>();
        for (let i = 0; i < paints; i += 1) {
          slider.value = String(from + i * step);
          slider.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
          await new Promise(requestAnimationFrame);
          seen.add(root.querySelector('.clock')!.textContent);
        }
        return [...seen];
      }, PAINTS, 10 * HOUR, MINUTE);
      // The first is where it was.
      assert.ok(clocks.length > 3, `in ${PAINTS} paints the clock read ${clocks.join(', ')}`);
    });
  });
}
