// The built page, as it stands in ../dist, in both browsers.

import { after, before, describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch, type Name, type Opened } from './browsers.ts';
import { embed } from './embed.ts';
import { own } from './own.ts';
import { paint } from './paint.ts';
import { reach } from './reach.ts';
import { serve, type Site } from './server.ts';
import { story } from './story.ts';
import { takeAway } from './take.ts';

let site: Site;
before(async () => {
  site = await serve(fileURLToPath(new URL('../dist', import.meta.url)));
});
after(() => site.close());

for (const name of ['chrome', 'firefox'] as const satisfies Name[]) {
  describe(name, () => {
    let opened: Opened;
    before(async () => {
      opened = await launch(name);
    });
    after(() => opened.close());
    for (const part of [story, own, takeAway, embed, paint, reach]) part(() => opened, () => site.address, name);
  });
}
