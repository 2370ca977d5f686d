// `<evenhand-desk>`: the page itself and every page that embeds it are this element.
//
// Its attributes, properties and events are in `desk.ts`.

import { dequal } from 'dequal/lite';
import { createApp, type App } from 'vue';
import Desk from './Desk.vue';
import type { Policy } from '../sim/policy.ts';
import type { Scenario } from '../sim/scenario.ts';
import type { EvenhandDesk as DeskElement } from './desk.ts';
import { linkedBy } from './link.ts';
import { createOwn, OWN, type Own } from './own/own.ts';
import { OPENS_AT, SAMPLE } from './sample.ts';
import { createStore, STORE, type Store } from './store.ts';
import styles from './styles/desk.css?inline';
import { COLORS, colorsIn } from './theme.ts';
import { tried } from './tried.ts';

/** Stands for what is no JSON. */
const REFUSED = Symbol('refused');

// Not in a `<style>`: a strict Content-Security-Policy does not let it through.
const sheet = new CSSStyleSheet();
sheet.replaceSync(styles);

/** What a page may give it: as an object or as JSON, as a property or as an attribute. */
const GIVEN = ['scenario', 'snapshot', 'policy'] as const;
type Given = (typeof GIVEN)[number];

export class EvenhandDesk extends HTMLElement implements DeskElement {
  static readonly observedAttributes: readonly string[] = GIVEN;

  #app: App | undefined;
  #store: Store | undefined;
  #own: Own | undefined;
  #scenario: unknown;
  #snapshot: unknown;
  #policy: Policy | undefined;
  /** What was said to be no JSON. */
  readonly #refused = new Set<string>();

  get scenario(): Scenario | undefined {
    return structuredClone(this.#store?.scenario.value ?? this.#scenario) as Scenario | undefined;
  }

  set scenario(value: unknown) {
    const scenario = this.#read('scenario', value);
    if (scenario === REFUSED || dequal(scenario, this.#scenario)) return;
    this.#scenario = scenario;
    // A page hands back what an event brought.
    if (!dequal(scenario, plain(this.#store?.scenario.value))) this.#store?.open(tried(scenario ?? SAMPLE, this.#policy), OPENS_AT);
  }

  get snapshot(): unknown {
    return structuredClone(this.#snapshot);
  }

  set snapshot(value: unknown) {
    // Text that is no JSON is refused by the reader, which says where.
    const snapshot = plain(value);
    if (dequal(snapshot, this.#snapshot)) return;
    this.#snapshot = snapshot;
    this.#openSnapshot();
  }

  get policy(): Policy | undefined {
    return structuredClone(this.#policy);
  }

  set policy(value: unknown) {
    const policy = this.#read('policy', value) as Policy | undefined | typeof REFUSED;
    if (policy !== REFUSED && !dequal(policy, this.#policy)) this.#try(policy);
  }

  attributeChangedCallback(name: Given, _before: string | null, text: string | null): void {
    const value = text === null ? undefined : this.#read(name, text);
    // Not `this[name]`: what a page has set before this script was there is still in its way.
    if (value !== REFUSED) Reflect.set(EvenhandDesk.prototype, name, name === 'snapshot' ? text : value, this);
  }

  connectedCallback(): void {
    // What a page has set before this script was there.
    for (const name of GIVEN) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete this[name];
      this[name] = value as never;
    }
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [sheet];
    const mount = document.createElement('div');
    root.replaceChildren(mount);
    const store = createStore();
    const mine = createOwn({
      scenario: (scenario) => store.open(scenario, OPENS_AT),
      policy: (policy) => this.#try(policy),
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
    this.#openSnapshot();
    void this.#begin(store);
  }

  disconnectedCallback(): void {
    this.#app?.unmount();
    this.#store?.close();
    this.#own?.close();
    this.#app = this.#store = this.#own = undefined;
  }

  /** Returns what a page has given, as a copy of its own: what is reactive there cannot go to a worker. */
  #read(name: Given, value: unknown): unknown {
    if (typeof value !== 'string') return plain(value);
    try {
      return plain(JSON.parse(value));
    } catch (error) {
      const text = `${name} ${value}`;
      if (!this.#refused.has(text)) console.error(`<evenhand-desk>: "${name}" is not JSON, so that nothing is changed: ${(error as Error).message}`, this);
      this.#refused.add(text);
      return REFUSED;
    }
  }

  #try(policy: Policy | undefined): void {
    this.#policy = policy;
    if (!this.#store || !this.#own) return;
    this.#own.policy.value = policy;
    if (policy && this.#own.compared.value) void this.#own.setPolicy(JSON.stringify(policy));
    const { scenario, frame } = this.#store;
    if (scenario.value) this.#store.open(tried(scenario.value, policy), frame.value?.goal ?? frame.value?.now ?? OPENS_AT);
  }

  #openSnapshot(): void {
    const snapshot = this.#snapshot;
    if (snapshot !== undefined) void this.#own?.openSnapshot(typeof snapshot === 'string' ? snapshot : JSON.stringify(snapshot));
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

/** What is JSON of a value; of nothing, nothing. */
function plain(value: unknown): unknown {
  return typeof value === 'string' ? value : value === undefined || value === null ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
}

customElements.define('evenhand-desk', EvenhandDesk);
