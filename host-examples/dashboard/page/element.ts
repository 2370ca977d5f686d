// `<evenhand-desk>`: the page itself and every page that embeds it are this element.
//
// Its attribute, properties and events are in `../README.md`.

import { createApp, type App } from 'vue';
import Desk from './Desk.vue';
import type { Policy } from '../sim/policy.ts';
import { linkedBy } from './link.ts';
import { createOwn, OWN, type Own } from './own/own.ts';
import { OPENS_AT, SAMPLE } from './sample.ts';
import { createStore, STORE, type Store } from './store.ts';
import styles from './styles/desk.css?inline';
import { COLORS, colorsIn } from './theme.ts';
import { tried } from './tried.ts';

// Not in a `<style>`: a strict Content-Security-Policy does not let it through.
const sheet = new CSSStyleSheet();
sheet.replaceSync(styles);

export class EvenhandDesk extends HTMLElement {
  #app: App | undefined;
  #store: Store | undefined;
  #own: Own | undefined;
  #scenario: unknown;
  #snapshot: unknown;
  #policy: Policy | undefined;

  /** The scenario that runs, with everything that was done to it. */
  get scenario(): unknown {
    return this.#store?.scenario.value ?? this.#scenario;
  }

  set scenario(document: unknown) {
    this.#scenario = document;
    this.#store?.open(tried(document, this.#policy), OPENS_AT);
  }

  /** A snapshot, as an object or as text: it is shown in place of the simulated day. */
  get snapshot(): unknown {
    return this.#snapshot;
  }

  set snapshot(snapshot: unknown) {
    this.#snapshot = snapshot;
    if (snapshot !== undefined && snapshot !== null) void this.#own?.openSnapshot(typeof snapshot === 'string' ? snapshot : JSON.stringify(snapshot));
  }

  /** What is tried: lane B of the simulated day has it, and the snapshot or recording is held against it. */
  get policy(): Policy | undefined {
    return this.#policy;
  }

  set policy(policy: Policy | undefined) {
    this.#policy = policy ?? undefined;
    if (!this.#store || !this.#own) return;
    this.#own.policy.value = this.#policy;
    if (this.#policy && this.#own.compared.value) void this.#own.setPolicy(JSON.stringify(this.#policy));
    const { scenario, frame } = this.#store;
    if (scenario.value) this.#store.open(tried(scenario.value, this.#policy), frame.value?.goal ?? frame.value?.now ?? OPENS_AT);
  }

  connectedCallback(): void {
    // What a page has set before this script was there.
    for (const name of ['scenario', 'snapshot', 'policy'] as const) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete this[name];
      Object.assign(this, { [name]: value });
    }
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [sheet];
    const mount = document.createElement('div');
    root.replaceChildren(mount);
    const store = createStore();
    const mine = createOwn({
      scenario: (scenario) => store.open(scenario, OPENS_AT),
      policy: (policy) => (this.policy = policy),
      plans: (plans) => this.#tell('plan', plans),
      refused: ({ code, path, message }) => this.#tell('refused', { code, path, message }),
    });
    this.#store = store;
    this.#own = mine;
    this.#app = createApp(Desk, {
      link: this.hasAttribute('link'),
      onChange: (scenario: unknown) => this.#tell('change', scenario),
    });
    this.#app.provide(STORE, store);
    this.#app.provide(OWN, mine);
    this.#app.provide(COLORS, colorsIn(root));
    this.#app.mount(mount);
    mine.policy.value = this.#policy;
    this.snapshot = this.#snapshot;
    void this.#begin(store);
  }

  disconnectedCallback(): void {
    this.#app?.unmount();
    this.#store?.close();
    this.#own?.close();
    this.#app = this.#store = this.#own = undefined;
  }

  #tell(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(`evenhand-${name}`, { detail }));
  }

  /** Opens running: what the page was given, or what its address holds, or the sample. */
  async #begin(store: Store): Promise<void> {
    try {
      const linked = this.hasAttribute('link') ? await linkedBy(location.hash) : undefined;
      store.open(linked?.scenario ?? tried(this.#scenario ?? SAMPLE, this.#policy), linked?.at ?? OPENS_AT);
      // Not `play(false)`: to stop would be to stop on the way there.
      if (linked === undefined && this.#snapshot === undefined) store.play(true);
    } catch {
      store.open(SAMPLE, OPENS_AT);
      store.failure.value = { code: 'invalid', message: 'the address does not hold a whole scenario; this is the sample desk' };
    }
  }
}

customElements.define('evenhand-desk', EvenhandDesk);
