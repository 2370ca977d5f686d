// The worker for one's own desk: it is there once somebody brings one, and the simulation goes on without it.

import { init } from 'evenhand/web';
import module from 'evenhand/evenhand.wasm?url';
import type { Call, Report } from './protocol.ts';
import { createReader, failureOf } from './reader.ts';

const BETWEEN_REPORTS = 100;
const reader = createReader();
const started = init(module);
const post = (report: Report) => self.postMessage(report);
let heard = 0;

self.onmessage = async ({ data: { id, call } }: MessageEvent<{ id: number; call: Call }>) => {
  let posted = performance.now();
  async function progress(ticks: number): Promise<void> {
    if (performance.now() - posted < BETWEEN_REPORTS) return;
    post({ id, ticks });
    // Another call, which may have come meanwhile, is heard only between two tasks.
    await new Promise((go) => setTimeout(go));
    if (heard > id && LONG.has(call.what)) throw new Error('something else was opened');
    posted = performance.now();
  }
  if (LONG.has(call.what)) heard = id;
  try {
    await started;
    post({ id, answer: await reader.answer(call, progress) });
  } catch (error) {
    post({ id, failure: failureOf(error) });
  }
};

/** Of these only the last matters. */
const LONG: ReadonlySet<Call['what']> = new Set(['files', 'snapshot', 'policy']);
