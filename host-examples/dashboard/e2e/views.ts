// Everything there is to see, each as somebody comes to it from the one before.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Desk } from './browsers.ts';
import { BROKEN, drop } from './own.ts';
import { stopped } from './story.ts';

export interface View {
  name: string;
  show: (desk: Desk, recording: string) => Promise<void>;
}

const closed = async (desk: Desk) => {
  await desk.page.keyboard.press('Escape');
};

export const VIEWS: readonly View[] = [
  { name: 'first', show: stopped },
  {
    name: 'tables',
    async show(desk) {
      await desk.press('As a table');
      await desk.press('Waits', '.charts');
      await desk.press('Worst distance from the fair share');
      await desk.reads('.charts tbody tr', /^15 s /);
    },
  },
  {
    name: 'queues',
    async show(desk) {
      await desk.press('Queues', '.charts');
      await desk.choose('Team', 'Orders', '.charts');
      await desk.reads('.charts h2', 'Waiting');
    },
  },
  {
    name: 'changes',
    async show(desk) {
      await desk.choose('What happens', 'Another weight');
      await desk.click('.changes button[type=submit]');
      await desk.reads('.acts li', /has weight/);
    },
  },
  {
    name: 'agent',
    async show(desk) {
      await desk.press('Ben Carver');
      await desk.reads('.story h2', 'Ben Carver');
    },
  },
  {
    name: 'conversation',
    async show(desk) {
      await desk.click('.story section:first-of-type tr:last-of-type button');
      await desk.reads('.story h3', 'B Evenhand');
      await desk.click('.story section:first-of-type li:nth-of-type(2) summary');
    },
  },
  {
    name: 'own-empty',
    async show(desk) {
      await closed(desk);
      await desk.press('Your own desk');
      await desk.reads('h1', /^What would/);
    },
  },
  {
    name: 'own-broken',
    async show(desk) {
      await drop(desk, [{ name: 'desk.json', bytes: Buffer.from(BROKEN) }]);
      await desk.reads('.failed mark', '-1');
    },
  },
  {
    name: 'own-recording',
    async show(desk, recording) {
      await drop(desk, readdirSync(recording).map((name) => ({ name, bytes: readFileSync(join(recording, name)) })));
      await desk.reads('.what', /lines of a recording$/);
      await desk.press(await desk.reads('.own-ticks tbody th', /./));
      await desk.reads('.own-why p', /^B Number/);
      await desk.press('As JSON, in the form of the Node host’s configuration');
    },
  },
];
