// `<evenhand-desk>`: the page itself and every page that embeds it are this element.
//
// Attributes: `link` keeps the scenario in the page's address. Properties: `scenario`, a document as
// `sim/scenario.ts` reads it. Events: `evenhand-change`, whenever the scenario is another one; `detail` is it.

import { createApp, type App } from 'vue';
import uplot from 'uplot/dist/uPlot.min.css?inline';
import Desk from './Desk.vue';
import { linkedBy } from './link.ts';
import { OPENS_AT, SAMPLE } from './sample.ts';
import { createStore, STORE, type Store } from './store.ts';
import panels from './styles/panels.css?inline';
import theme from './styles/theme.css?inline';

// Sheets and not `<style>`: a strict Content-Security-Policy lets nothing else through.
const sheets = [uplot, theme, panels].map((text) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet;
});

export class EvenhandDesk extends HTMLElement {
  #app: App | undefined;
  #store: Store | undefined;
  #scenario: unknown;

  get scenario(): unknown {
    return this.#store?.scenario.value ?? this.#scenario;
  }

  set scenario(document: unknown) {
    this.#scenario = document;
    this.#store?.open(document, OPENS_AT);
  }

  connectedCallback(): void {
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = sheets;
    const mount = document.createElement('div');
    root.replaceChildren(mount);
    const store = createStore();
    this.#store = store;
    this.#app = createApp(Desk, {
      link: this.hasAttribute('link'),
      onChange: (scenario: unknown) => this.dispatchEvent(new CustomEvent('evenhand-change', { detail: scenario })),
    });
    this.#app.provide(STORE, store);
    this.#app.mount(mount);
    void this.#begin(store);
  }

  disconnectedCallback(): void {
    this.#app?.unmount();
    this.#store?.close();
    this.#app = this.#store = undefined;
  }

  /** Opens running: what the page was given, or what its address holds, or the sample. */
  async #begin(store: Store): Promise<void> {
    try {
      const linked = this.hasAttribute('link') ? await linkedBy(location.hash) : undefined;
      store.open(linked?.scenario ?? this.#scenario ?? SAMPLE, linked?.at ?? OPENS_AT);
      store.play(linked === undefined);
    } catch {
      store.open(SAMPLE, OPENS_AT);
      store.failure.value = { code: 'invalid', message: 'the address does not hold a whole scenario; this is the sample desk' };
    }
  }
}

customElements.define('evenhand-desk', EvenhandDesk);
