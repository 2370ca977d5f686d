// One's own desk: a recording of the Node host dropped in, a snapshot, and what is broken.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { EvenhandError, planJson } from 'evenhand';
import type { ElementHandle } from 'puppeteer-core';
import { readDesk, scenarioOf } from '../sim/scenario.ts';
import { createRun } from '../sim/run.ts';
import { HOUR } from '../sim/time.ts';
import { visit, type Desk, type Opened } from './browsers.ts';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const host = (name: string) => import(new URL(`../../node/recording/${name}.mjs`, import.meta.url).href);

/** What a host records of an hour of the sample desk, by the host's own recorder. */
export async function record(folder: string): Promise<void> {
  const run = createRun(scenarioOf(readDesk(JSON.parse(read('desks/sample.json'))), [{ name: 'Libredesk today', policy: { rule: 'libredesk_2026' } }], { tick_seconds: 60 }));
  const { createRecorder } = await host('write');
  const recorder = createRecorder(folder, { fileSize: 60_000, failed: assert.fail, recovered: assert.fail });
  run.advanceTo(9 * HOUR);
  for (let tick = 1; tick <= 60; tick += 1) {
    // Right before the tick: with all that it is about to hand out.
    run.advanceTo(run.nextTick);
    const snapshot = run.snapshot(0);
    const plan = planJson(snapshot);
    await recorder.write({ tick, time: new Date(Date.UTC(2026, 0, 5) + run.now).toISOString(), version: String(tick), snapshot, plan, claim: { won: true, claimed: 0, lost: [] } });
    run.advanceTo(run.nextTick + 1);
  }
  await recorder.close();
}

export const BROKEN = `{
  "version": 1,
  "agents": [
    {"id": "ann", "availability": "online", "load": 1},
    {"id": "bob", "availability": "online", "load": -1}
  ],
  "teams": [{"id": "billing", "assignment": "round_robin", "members": [{"agent": "ann"}]}],
  "conversations": [{"id": "c1", "team": "billing"}]
}
`;

/** Lets go of files over the desk, as one does with a mouse. */
export async function drop(desk: Desk, files: { name: string; bytes: Buffer }[]): Promise<void> {
  const list = files.map(({ name, bytes }) => [name, bytes.toString('base64')]);
  await desk.page.evaluate((list) => {
    const dataTransfer = new DataTransfer();
    for (const [name, text] of list) dataTransfer.items.add(new File([Uint8Array.from(atob(text), (char) => char.charCodeAt(0))], name));
    const target = document.querySelector('evenhand-desk')!.shadowRoot!.querySelector('.desk')!;
    for (const type of ['dragenter', 'dragover', 'drop']) target.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, composed: true, cancelable: true }));
  }, list);
}

/** Chooses files with the button. */
export async function choose(desk: Desk, ...paths: string[]): Promise<void> {
  const input = await desk.find('.bring input[type=file]:not([webkitdirectory])');
  await (input as unknown as ElementHandle<HTMLInputElement>).uploadFile(...paths);
  await input.dispose();
}

export function own(at: () => Opened, site: () => string): void {
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'evenhand-e2e-own-'));
    await record(join(folder, 'recording'));
  });
  after(() => rmSync(folder, { recursive: true }));

  test('a recording that is dropped in is compared as the host compares it', async () => {
    const recording = join(folder, 'recording');
    const { compare } = await host('diff');
    const expected = await compare(recording, { rule: 'least_loaded' });
    const most = await compare(recording, { rule: 'least_loaded', objective: 'most' });
    const { otherAgent, nowWaits, nowAssigned } = expected.differ;
    const differ = otherAgent + nowWaits + nowAssigned;
    assert.ok(differ > 0);
    await visit(at(), site(), async (desk) => {
      await desk.reads('.play', 'Pause');
      await drop(desk, readdirSync(recording).map((name) => ({ name, bytes: readFileSync(join(recording, name)) })));
      await desk.reads('.what', /60 lines of a recording$/);
      await desk.choose('Policy', 'Evenhand: least loaded');
      await desk.reads('h1', `Of ${expected.decisions.toLocaleString('en')} decisions, ${differ.toLocaleString('en')} would be different under Evenhand’s least loaded.`);

      await desk.choose('To serve', 'the most that can be served');
      const { decisions, differ: { otherAgent: other, nowWaits: waits, nowAssigned: assigned } } = most;
      await desk.reads('h1', `Of ${decisions.toLocaleString('en')} decisions, ${(other + waits + assigned).toLocaleString('en')} would be different under Evenhand’s least loaded, serving the most.`);
      await desk.choose('To serve', 'what it was to serve');
      await desk.reads('h1', /would be different under Evenhand’s least loaded\.$/);

      await desk.choose('Ticks', 'all, and what could not be read');
      await desk.reads('.own-ticks .quiet', '1 of 60');
      await desk.press('Next');
      await desk.reads('.own-ticks .tick', /^Tick 2, 2026-01-05 09:01:00 UTC: /);
      await desk.choose('Ticks', 'where something differs');
      await desk.reads('.own-ticks .tick', /, \d+ different$/);
      await desk.choose('Show', 'what differs');
      await desk.press(await desk.reads('.own-ticks tbody th', /./));
      await desk.reads('.own-why p', /^A Number \d+ of \d+ in the queue; .+\.$/);
      await desk.reads('.own-why p', /^B Number \d+ of \d+ in the queue; .+\.$/);

      const { name, bytes } = await desk.saved(() => desk.press('CSV of all ticks'));
      assert.equal(name, 'evenhand-decisions.csv');
      assert.equal(bytes.toString().trimEnd().split('\r\n').length, 1 + expected.decisions);
    });
  });

  test('a file that is broken gets the engine’s own error, at its place', async () => {
    const error = (() => {
      try {
        return planJson(BROKEN) as never;
      } catch (one) {
        return one as EvenhandError;
      }
    })();
    assert.equal(error.path, '/agents/1/load');
    const file = join(folder, 'desk.json');
    writeFileSync(file, BROKEN);
    await visit(at(), site(), async (desk) => {
      await desk.press('Your own desk');
      await choose(desk, file);
      await desk.reads('.failed p', `${error.message} (${error.code} at ${error.path})`);
      assert.match(await desk.text('.failed figcaption'), /^desk\.json, line 5, column \d+$/);
      assert.equal(await desk.text('.failed mark'), '-1');

      // Mended, it is planned.
      writeFileSync(file, BROKEN.replace('-1', '1'));
      await choose(desk, file);
      await desk.reads('.what', /: one snapshot$/);
      assert.deepEqual(await desk.texts('.failed'), []);
      await desk.reads('.own-ticks tbody tr', /^c1 billing ann: nobody else could take it /);

      // Where the most is served, it says what holds back who waits.
      const full = BROKEN.replace('"load": 1}', '"load": 1, "capacity": 1}').replace('-1', '1');
      await drop(desk, [{ name: 'full.json', bytes: Buffer.from(full) }]);
      await desk.reads('.what', 'full.json: one snapshot');
      await desk.choose('Policy', 'Evenhand: the share owed');
      await desk.reads('h1', 'Under Evenhand’s share owed the only decision would be the same.');
      await desk.choose('To serve', 'the most that can be served');
      await desk.reads('.own-waiting p', 'B 1 waits for billing: only ann may take it, and has no place; one more like them serves one more');

      // What is no JSON at all.
      await drop(desk, [{ name: 'half.json', bytes: Buffer.from(BROKEN.slice(0, 100)) }]);
      await desk.reads('.failed figcaption', /^half\.json, line 5, column \d+$/);
      // And what is of another kind.
      await drop(desk, [{ name: 'photo.jpg', bytes: Buffer.from([255, 216, 255, 224]) }]);
      await desk.reads('.failed figcaption', /^photo\.jpg, line 1/);
    });
  });
}
