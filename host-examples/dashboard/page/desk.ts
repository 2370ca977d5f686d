// What `<evenhand-desk>` is to TypeScript.

import type { Plan, Snapshot } from 'evenhand';
import type { Policy } from '../sim/policy.ts';
import type { Scenario } from '../sim/scenario.ts';

/** What a page gives the element: each as a property, an object or JSON, or as an attribute, which is JSON. */
export interface EvenhandDeskProperties {
  /** The simulated days. */
  scenario?: unknown;
  /** A snapshot: it is shown in the place of the simulated day. */
  snapshot?: Snapshot | string | null | undefined;
  /** What is tried: lane B of the simulated day has it, and a snapshot or recording is held against it. */
  policy?: Policy | string | null | undefined;
}

/** What the element tells a page. An equal value set again changes nothing and tells nothing. */
export interface EvenhandDeskEvents {
  /** The scenario is another one: it. */
  'evenhand-change': CustomEvent<Scenario>;
  /** A snapshot was planned: as it is, and under the policy that is tried. */
  'evenhand-plan': CustomEvent<{ plan: Plan; other: Plan }>;
  /** A file or snapshot was refused: why and where. */
  'evenhand-refused': CustomEvent<{ code: string; path?: string | undefined; message: string }>;
}

export interface EvenhandDesk extends HTMLElement {
  /** Reads the scenario that runs, with everything that was done to it. */
  get scenario(): Scenario | undefined;
  set scenario(value: unknown);
  /** Reads it as it was given. */
  get snapshot(): unknown;
  set snapshot(value: EvenhandDeskProperties['snapshot']);
  get policy(): Policy | undefined;
  set policy(value: EvenhandDeskProperties['policy']);
}

declare global {
  interface HTMLElementTagNameMap {
    'evenhand-desk': EvenhandDesk;
  }
  interface HTMLElementEventMap extends EvenhandDeskEvents {}
}
