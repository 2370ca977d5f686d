// npm run bench:page: what the built page costs in Chromium. CHROMIUM says where it is.

import { fileURLToPath } from 'node:url';
import { launch, until, visit, type Desk } from '../e2e/browsers.ts';
import { serve } from '../e2e/server.ts';
import { createRun } from '../sim/run.ts';
import { scenarioOf } from '../sim/scenario.ts';
import { LANES, sample, times } from './desks.ts';

/** What is clicked on the large desk: whatever changes most of what is seen. */
const CLICKS = [['Waits', '.charts'], ['Queues', '.charts'], ['Fairness', '.charts'], ['2 hours', '.agents'], ['Day', '.agents'], ['Worst distance from the fair share', '.measures']] as const;
const ROUNDS = 20;

const site = await serve(fileURLToPath(new URL('../dist', import.meta.url)));
const opened = await launch('chrome');
try {
  await visit(opened, site.address, async (desk) => {
    await desk.reads('.play', 'Pause');
  });
  console.log(`the first load, over the wire: ${(site.sent() / 1000).toFixed(1)} kB of gzip (target 300)`);

  await visit(opened, site.address, async (desk) => {
    await desk.reads('.play', 'Pause');
    await desk.press('Pause');
    await goTo(desk, 0);
    const took = await goTo(desk, 24 * 3_600_000);
    console.log(`a day of 60 agents, 8 teams, ${createRun(scenarioOf(sample, LANES)).world.ids.length} conversations, both lanes, on the page: ${(took / 1000).toFixed(2)} s (target 2)`);
  });

  await visit(opened, site.address, async (desk) => {
    await desk.reads('.play', 'Pause');
    const large = scenarioOf(times(sample, 34, 0.55), LANES, { tick_seconds: 30 });
    const conversations = createRun(large).world.ids.length;
    await desk.page.evaluate((scenario) => {
      (document.querySelector('evenhand-desk') as unknown as { scenario: unknown }).scenario = scenario;
      const list: { name: string; duration: number }[] = [];
      Object.assign(globalThis, { list });
      new PerformanceObserver((entries) => list.push(...entries.getEntries().map(({ name, duration }) => ({ name, duration }))))
        .observe({ type: 'event', durationThreshold: 16, buffered: false } as PerformanceObserverInit);
    }, large as unknown as Record<string, unknown>);
    await until('the large desk is there', async () => (await desk.texts('.agent-head')).join().includes(`${large.desk.agents.length}`) || undefined);
    await desk.reads('.play', 'Pause');
    // Found before, since a search makes the page lay itself out; and a desk that has just opened is not yet one that runs.
    const buttons = await Promise.all(CLICKS.map(([name, within]) => desk.find(`${within} button`, name)));
    await new Promise((later) => setTimeout(later, 1000));
    for (let round = 0; round < ROUNDS; round += 1) for (const button of buttons) await button.click();
    const durations = await desk.page.evaluate(() => (globalThis as unknown as { list: { name: string; duration: number }[] }).list.filter(({ name }) => name === 'click').map(({ duration }) => duration));
    durations.sort((a, b) => a - b);
    const at = (part: number) => durations[Math.min(durations.length - 1, Math.floor(part * durations.length))];
    console.log(`input to paint while ${large.desk.agents.length} agents and ${conversations} conversations run, ${durations.length} of ${ROUNDS * CLICKS.length} clicks over 16 ms: half ${at(0.5)} ms, 90 % ${at(0.9)} ms, worst ${at(1)} ms (target 100)`);
    console.log(`the clock then: ${await desk.text('.clock')}`);
  });
} finally {
  await opened.close();
  site.close();
}

/** Goes to a moment, and returns how long that took. */
function goTo(desk: Desk, at: number): Promise<number> {
  return desk.page.evaluate(async (at) => {
    const root = document.querySelector('evenhand-desk')!.shadowRoot!;
    const slider = root.querySelector<HTMLInputElement>('.controls input[type=range]')!;
    const worker = workers[0];
    const arrived = new Promise<void>((resolve) => worker.addEventListener('message', ({ data }: MessageEvent<{ what: string; now: number; goal?: number }>) => {
      if (data.what === 'frame' && data.goal === undefined && data.now >= at) resolve();
    }));
    const began = performance.now();
    slider.value = String(at);
    slider.dispatchEvent(new Event('input'));
    await arrived;
    return performance.now() - began;
  }, at);
}
