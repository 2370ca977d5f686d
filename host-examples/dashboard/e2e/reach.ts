// Whoever sees little, uses only a keyboard, reads on a phone, or is made ill by what moves; and what it looks like.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { launch, until, visit, type Desk, type Look, type Name, type Opened } from './browsers.ts';
import { record } from './own.ts';
import { stopped } from './story.ts';
import { VIEWS } from './views.ts';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** For somebody to look at. */
const SCREENSHOTS = fileURLToPath(new URL('screenshots', import.meta.url));

const LOOKS: Look[] = [1440, 768, 360].flatMap((width) => (['light', 'dark'] as const).map((theme) => ({ width, theme, height: width < 500 ? 780 : 900 })));

export function reach(at: () => Opened, site: () => string, name: Name): void {
  const chrome = name === 'chrome';
  let folder: string;
  /** For whoever wants it dark, and without motion. */
  let dark: Opened;
  before(async () => {
    dark = chrome ? at() : await launch(name, true);
    folder = mkdtempSync(join(tmpdir(), 'evenhand-e2e-reach-'));
    await record(folder);
    mkdirSync(SCREENSHOTS, { recursive: true });
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    if (!chrome) await dark.close();
  });

  // Firefox takes its time.
  for (const look of LOOKS.filter(({ width }) => chrome || width !== 768)) {
    const { width, theme } = look;
    const browser = () => (theme === 'dark' ? dark : at());
    test(`axe finds nothing in any view, and nothing sticks out, ${theme}, ${width} px`, async () => {
      const found: string[] = [];
      const check = async (desk: Desk, name: string) => {
        for (const text of [...(await complaints(desk)), ...(await stickingOut(desk))]) found.push(`${name}: ${text}`);
        const path = join(SCREENSHOTS, `${browser().name}-${theme}-${width}-${name}.png`) as `${string}.png`;
        await desk.page.screenshot({ path, fullPage: !['agent', 'conversation'].includes(name) });
      };
      // In the middle one look is enough: there is nothing that the narrow and the wide one have not.
      const middle = width === 768;
      await visit(browser(), site(), async (desk) => {
        for (const { name, show } of middle ? VIEWS.slice(0, 1) : VIEWS) {
          await show(desk, folder);
          await check(desk, name);
        }
      }, look);
      for (const page of middle ? [] : ['plain.html', 'vue/']) {
        await visit(browser(), site() + page, async (desk) => {
          await desk.reads('h1', /^(Of|Under) /);
          await check(desk, page.replace(/\W/g, ''));
        }, look);
      }
      assert.deepEqual(found, []);
    });
  }

  test('all of it can be reached with the keyboard, in its order, and one sees where one is', async () => {
    await visit(at(), site(), async (desk) => {
      await stopped(desk);
      await tabThrough(desk);
      await desk.press('Your own desk');
      await desk.reads('h1', /^What would/);
      await tabThrough(desk);
    });
  });

  test('the keyboard alone plays, changes the day and follows a conversation', async () => {
    await visit(at(), site(), async (desk) => {
      const { keyboard } = desk.page;
      const key = async (css: string, called: string | undefined, ...keys: ('Enter' | ' ' | 'ArrowDown' | 'ArrowRight')[]) => {
        const element = await desk.find(css, called);
        await element.focus();
        await element.dispose();
        for (const one of keys) await keyboard.press(one);
      };
      await desk.reads('.play', 'Pause');
      await key('.play', undefined, ' ');
      await desk.reads('.play', 'Play');
      const clock = await desk.text('.clock');
      await key('input[type=range]', undefined, 'ArrowRight');
      await until('it is another moment', async () => (await desk.text('.clock')) !== clock);
      await key('.charts button', 'Queues', 'Enter');
      await desk.reads('.charts h2', /^Waiting/);
      await key('.changes button[type=submit]', undefined, 'Enter');
      await desk.reads('.acts li', /goes to lunch for 45 min$/);
      await key('.agent button', 'Ben Carver', 'Enter');
      await desk.reads('.story h2', 'Ben Carver');
      assert.equal(await focused(desk), 'Close');
      await key('.story section:first-of-type tr:last-of-type button', undefined, 'Enter');
      await desk.reads('.story h2', /^Conversation /);
      await keyboard.press('Escape');
      await until('the story is closed', async () => (await desk.texts('dialog[open]')).length === 0);
      assert.equal(await focused(desk), 'Ben Carver', 'one is back where one was');
    });
  });

  test('nothing moves for who asked for that', async () => {
    await visit(dark, site(), async (desk) => {
      await desk.reads('.play', 'Pause');
      const moving = await desk.page.evaluate(() => {
        const root = document.querySelector('evenhand-desk')!.shadowRoot!;
        const long = (text: string) => text.split(',').some((one) => Number.parseFloat(one) > 0.01);
        return Array.from(root.querySelectorAll('*')).filter((element) => {
          const { transitionDuration, animationDuration, scrollBehavior } = getComputedStyle(element);
          return long(transitionDuration) || long(animationDuration) || scrollBehavior === 'smooth';
        }).map(({ className }) => String(className));
      });
      assert.deepEqual(moving, []);
    }, { still: true });
  });
}

const focused = (desk: Desk) => desk.page.evaluate(() => (document.querySelector('evenhand-desk')!.shadowRoot!.activeElement as HTMLElement | null)?.innerText);

async function complaints(desk: Desk): Promise<string[]> {
  // What is on its way from one colour to another is of none that was chosen.
  await desk.page.evaluate(() => Promise.allSettled(document.querySelector('evenhand-desk')!.shadowRoot!.getAnimations().map(({ finished }) => finished)));
  await desk.page.evaluate(`if (!globalThis.axe) { ${axe.source} }`);
  const { violations, passes } = await desk.page.evaluate((rules) => (globalThis as unknown as { axe: typeof axe }).axe.run(document, { runOnly: rules }), RULES);
  assert.ok(passes.length > 20, 'axe looked at something');
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.flat().join(' ')}: ${failureSummary?.replaceAll(/\s+/g, ' ')}`));
}

/** What is wider than its place in the window, unless it stands in a box of its own that scrolls. */
function stickingOut(desk: Desk): Promise<string[]> {
  return desk.page.evaluate(() => {
    const wide = document.documentElement.clientWidth;
    const root = document.querySelector('evenhand-desk')!.shadowRoot!;
    const edge = root.host.getBoundingClientRect().right;
    const boxed = (element: Element | null): boolean => !!element && (/auto|scroll|hidden|clip/.test(getComputedStyle(element).overflowX) || boxed(element.parentElement));
    const list = Array.from(root.querySelectorAll('*')).filter((element) => element.getBoundingClientRect().right > edge + 1 && !boxed(element.parentElement));
    const page = document.documentElement.scrollWidth > wide ? [`the page is ${document.documentElement.scrollWidth} px wide`] : [];
    return [...page, ...list.slice(0, 5).map((element) => `${element.tagName.toLowerCase()}.${element.getAttribute('class')} ends at ${Math.round(element.getBoundingClientRect().right)} px`)];
  });
}

/** Presses Tab from the top to the end, and holds that everything that can be used was reached, marked, in its order. */
async function tabThrough(desk: Desk): Promise<void> {
  const wanted = await desk.page.evaluate(() => {
    const root = document.querySelector('evenhand-desk')!.shadowRoot!;
    const list = Array.from(root.querySelectorAll<HTMLElement>('button, select, input, textarea, summary, a[href], [tabindex="0"]'))
      .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !(element as HTMLButtonElement).disabled);
    list.forEach((element, i) => (element.dataset.stop = String(i)));
    // From the top: Firefox goes on from where somebody clicked, and does not come round without a window.
    const top = Object.assign(document.createElement('span'), { tabIndex: -1 });
    document.body.prepend(top);
    top.focus();
    return list.map((element) => `${element.tagName.toLowerCase()} ${(element.ariaLabel ?? element.innerText).slice(0, 40)}`);
  });
  assert.ok(wanted.length > 3);
  const reached: number[] = [];
  const unmarked: string[] = [];
  // Rows that come into sight on the way are more, and Firefox has some of its own.
  for (let presses = 0; presses < 2 * wanted.length + 120 && reached.length < wanted.length; presses += 1) {
    await desk.page.keyboard.press('Tab');
    const stop = await desk.page.evaluate(() => {
      const element = document.querySelector('evenhand-desk')!.shadowRoot!.activeElement as HTMLElement | null;
      if (!element) return undefined;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      return { n: Number(element.dataset.stop ?? -1), marked: outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2 };
    });
    if (!stop || stop.n < 0) continue;
    if (!stop.marked) unmarked.push(wanted[stop.n]);
    if (reached.includes(stop.n)) break;
    reached.push(stop.n);
  }
  const missed = wanted.filter((_, i) => !reached.includes(i));
  assert.deepEqual({ missed, unmarked }, { missed: [], unmarked: [] });
  assert.deepEqual(reached, wanted.map((_, i) => i));
}
