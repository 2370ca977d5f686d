// What the page opens with: the sample desk under both policies, on its first morning.

import sample from '../desks/sample.json';
import evenhand from '../policies/evenhand.json';
import libredesk from '../policies/libredesk_today.json';
import { HOUR, MINUTE } from '../sim/time.ts';

export const OPENS_AT = 8 * HOUR + 30 * MINUTE;

/** As a document: the worker reads and checks it. */
export const SAMPLE = {
  version: 1,
  seed: 1,
  days: 1,
  tick_seconds: 15,
  desk: sample,
  lanes: [
    { name: 'Libredesk today', policy: libredesk },
    { name: 'Evenhand', policy: evenhand },
  ],
  acts: [],
};
