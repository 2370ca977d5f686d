// What is painted, and how often.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { visit, type Opened } from './browsers.ts';

/** A chart is drawn as a whole, which is too much for every frame. */
const BETWEEN_DRAWS = 250;
const FRAMES = 40;

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
}
