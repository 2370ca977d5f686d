// The browsers, and a page with the desk in it as a person sees and uses it.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer, { type Browser, type ElementHandle, type Page } from 'puppeteer-core';

export type Name = 'chrome' | 'firefox';

export interface Opened {
  name: Name;
  browser: Browser;
  /** Where what the page saves comes to. */
  downloads: string;
  close(): Promise<void>;
}

/** The window is as large as the page: what lies outside of it is never presented, and measures of paint wait for something that is. */
const SWITCHES = ['--window-size=1520,1000', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
/** A busy machine takes its time. */
const PATIENCE = 60_000;

/** Firefox is told what somebody prefers when it is started, Chromium for every page. */
const DARK_AND_STILL = { 'layout.css.prefers-color-scheme.content-override': 0, 'ui.prefersReducedMotion': 1 };

export async function launch(name: Name, darkAndStill = false): Promise<Opened> {
  const executablePath = process.env[name === 'chrome' ? 'CHROMIUM' : 'FIREFOX'];
  assert.ok(executablePath, 'CHROMIUM and FIREFOX say where the browsers are');
  const userDataDir = mkdtempSync(join(tmpdir(), 'evenhand-e2e-'));
  const downloads = mkdtempSync(join(tmpdir(), 'evenhand-e2e-saved-'));
  const browser = await puppeteer.launch({
    browser: name,
    executablePath,
    userDataDir,
    args: name === 'chrome' ? SWITCHES : [],
    ...(name === 'chrome' ? { downloadBehavior: { policy: 'allow', downloadPath: downloads } } : {}),
    extraPrefsFirefox: { 'browser.download.folderList': 2, 'browser.download.dir': downloads, 'browser.download.start_downloads_in_tmp_dir': false, ...(darkAndStill ? DARK_AND_STILL : {}) },
    protocolTimeout: 2 * PATIENCE,
    timeout: PATIENCE,
  });
  return {
    name,
    browser,
    downloads,
    async close() {
      await browser.close();
      for (const folder of [userDataDir, downloads]) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

export interface Look {
  width?: number;
  height?: number;
  /** This and `still` are for Chromium. */
  theme?: 'light' | 'dark';
  still?: boolean;
  /** What may be complained about: Firefox says every stream that fails. */
  expected?: RegExp;
  /** Runs in the page before anything else. */
  before?: () => void;
}

/** Opens an address in a page whose every complaint fails the test; `use` gets the desk that is in it. */
export async function visit({ browser, name, downloads }: Opened, address: string, use: (desk: Desk) => Promise<void>, { width = 1440, height = 900, theme = 'light', still = false, expected, before }: Look = {}): Promise<void> {
  const page = await browser.newPage();
  const trouble: string[] = [];
  page.on('pageerror', (error) => trouble.push(`error: ${(error as Error).stack ?? String(error)}`));
  page.on('console', (message) => trouble.push(`console: ${message.text()}`));
  page.on('requestfailed', (request) => trouble.push(`failed: ${request.url()}`));
  page.on('response', (response) => response.status() >= 400 && trouble.push(`${response.status()}: ${response.url()}`));
  await page.setViewport({ width, height });
  await page.evaluateOnNewDocument(prepare);
  if (before) await page.evaluateOnNewDocument(before);
  if (name === 'chrome') {
    await page.emulateMediaFeatures([
      { name: 'prefers-color-scheme', value: theme },
      { name: 'prefers-reduced-motion', value: still ? 'reduce' : 'no-preference' },
    ]);
  }
  await page.goto(address, { timeout: PATIENCE });
  await use(new Desk(page, downloads)).catch((error: Error) => {
    // What the page complained about is more telling.
    error.message += `\n${trouble.join('\n')}`;
    throw error;
  });
  trouble.push(...(await page.evaluate(() => globalThis.violations)));
  await page.close();
  assert.deepEqual(trouble.filter((text) => !expected?.test(text)), []);
}

declare global {
  var violations: string[];
  var workers: Worker[];
}

/** Runs in the page before anything else: what its policy refused, and its workers, of which the run is asked for its digest. */
function prepare(): void {
  // What the TypeScript loader of these tests puts around named functions, which some of them take into the page.
  (globalThis as { __name?: unknown }).__name = (value: unknown) => value;
  globalThis.violations = [];
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => violations.push(`${violatedDirective}: ${blockedURI}`));
  globalThis.workers = [];
  globalThis.Worker = class extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      workers.push(this);
    }
  };
}

/** Comes back when `holds` gives something. */
export async function until<T>(what: string | (() => string), holds: () => Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const value = await holds();
    if (value !== undefined && value !== false) return value;
    assert.ok(Date.now() < end, `this never was so: ${typeof what === 'string' ? what : what()}`);
    await new Promise((later) => setTimeout(later, 50));
  }
}

const tidy = (text: string) => text.replaceAll(/\s+/g, ' ').trim();

export class Desk {
  readonly page: Page;
  readonly #downloads: string;

  constructor(page: Page, downloads: string) {
    this.page = page;
    this.#downloads = downloads;
  }

  /** What is on the screen of every element that fits, line breaks as spaces. */
  async texts(css: string): Promise<string[]> {
    const list = await this.page.evaluate((css) => {
      const root = document.querySelector('evenhand-desk')?.shadowRoot;
      return Array.from(root?.querySelectorAll<HTMLElement>(css) ?? [], (element) => element.innerText ?? element.textContent ?? '');
    }, css);
    return list.map(tidy);
  }

  async text(css: string): Promise<string> {
    const list = await this.texts(css);
    assert.equal(list.length, 1, `one ${css} is there, not ${list.length}`);
    return list[0];
  }

  /** Comes back once one of the elements reads like this, with what it reads. */
  reads(css: string, what: string | RegExp): Promise<string> {
    const fits = (text: string) => (typeof what === 'string' ? text === what : what.test(text));
    let seen: string[] = [];
    return until(() => `${css} reads ${what}, and not ${JSON.stringify(seen.slice(0, 20))}`, async () => {
      seen = await this.texts(css);
      return seen.find(fits);
    });
  }

  /** The one element that fits, and that reads so, or is called so. */
  async find(css: string, called?: string): Promise<ElementHandle<HTMLElement>> {
    const handle = await until(`there is one ${css} ${called ?? ''}`, async () => {
      const found = await this.page.evaluateHandle((css, called) => {
        const root = document.querySelector('evenhand-desk')?.shadowRoot;
        const names = (element: HTMLElement) => [element.innerText, element.ariaLabel, ...('labels' in element ? Array.from(element.labels as NodeListOf<HTMLLabelElement>, (label) => label.childNodes[0]?.textContent) : [])];
        const fit = Array.from(root?.querySelectorAll<HTMLElement>(css) ?? []).filter((element) => called === undefined || names(element).some((name) => name?.replaceAll(/\s+/g, ' ').trim() === called));
        return fit.length === 1 ? fit[0] : undefined;
      }, css, called);
      return found.asElement() ?? false;
    });
    return handle as ElementHandle<HTMLElement>;
  }

  async click(css: string, called?: string): Promise<void> {
    const element = await this.find(css, called);
    // Not only into the window: also from under what stays at its top.
    await element.evaluate((one) => one.scrollIntoView({ block: 'center' }));
    await element.click();
    await element.dispose();
  }

  async press(called: string, within = ''): Promise<void> {
    await this.click(`${within} :is(button, summary)`, called);
  }

  /** Chooses of a list by what is read in it. */
  async choose(label: string, option: string, within = ''): Promise<void> {
    const list = await this.find(`${within} select`, label);
    const value = await list.evaluate((element, option) => {
      const found = Array.from((element as unknown as HTMLSelectElement).options).find(({ text }) => text.trim() === option);
      return found?.value;
    }, option);
    assert.notEqual(value, undefined, `${label} has ${option}`);
    await (list as unknown as ElementHandle<HTMLSelectElement>).select(value!);
    await list.dispose();
  }

  /** Types a value over what a field holds, and Enter. */
  async fill(label: string, value: string): Promise<void> {
    const field = await this.find('input', label);
    await field.evaluate((element) => (element as unknown as HTMLInputElement).select());
    await field.type(value);
    await this.page.keyboard.press('Enter');
    await field.dispose();
  }

  /** Goes to the end of the scenario with the key of that name, and waits for it. */
  async toTheEnd(): Promise<void> {
    const slider = await this.find('input[type=range]');
    await slider.focus();
    await this.page.keyboard.press('End');
    await slider.dispose();
    await this.reads('.play', 'Again');
  }

  /** What the run behind the page is, in one number: asked of the page's own worker, the first that it has. */
  digest(): Promise<string> {
    return this.page.evaluate(() => new Promise<string>((resolve) => {
      const worker = workers[0];
      const heard = ({ data }: MessageEvent<{ what: string; id?: number; value: string }>) => {
        if (data.id !== -1) return;
        worker.removeEventListener('message', heard);
        resolve(data.value);
      };
      worker.addEventListener('message', heard);
      worker.postMessage({ what: 'ask', id: -1, question: { kind: 'digest' } });
    }));
  }

  /** Returns a file that the page saves when `act` is done. */
  async saved(act: () => Promise<void>): Promise<{ name: string; bytes: Buffer }> {
    const before = new Set(readdirSync(this.#downloads));
    await act();
    let seen = '';
    const name = await until('a file is saved', async () => {
      const list = readdirSync(this.#downloads).filter((one) => !before.has(one));
      const size = list.length === 1 ? (statSync(join(this.#downloads, list[0]), { throwIfNoEntry: false })?.size ?? 0) : 0;
      // On its way it has other names; what is the same twice is there.
      const now = `${list[0]} ${size}`;
      const still = now === seen;
      seen = now;
      return still && size > 0 && !/^\.|\.(part|crdownload|tmp)$/.test(list[0]) && list[0];
    });
    return { name, bytes: readFileSync(join(this.#downloads, name)) };
  }
}
