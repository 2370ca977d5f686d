// With --claim api the sample desk has a stand-in for Libredesk's API, and says what Libredesk would tell people.

import { openApi } from '../api.mjs';
import { numbered } from '../report.mjs';
import { startApi } from './libredesk-api.mjs';

const KEY = { key: 'sample', secret: 'sample' };

/** @type {import('../run.mjs').Part} */
export const sampleLibredesk = {
  async start({ desk, settings: { embedded, claim, apiAtOnce: atOnce, apiTimeout: timeout }, log }) {
    if (!embedded || claim !== 'api') return undefined;
    const told = [];
    const { url, close } = await startApi(desk.query, { ...KEY, tell: (one) => told.push(one) });
    log.info(`a stand-in for Libredesk's API assigns at ${url}`);
    return {
      api: openApi({ url, ...KEY, timeout, atOnce }),
      ticked(_n, { names }) {
        const [first, ...others] = told.splice(0);
        if (!first) return;
        log.info(`  Libredesk notifies ${names.agents[first.agent]} of ${numbered(first.conversation, names)}${others.length > 0 ? `, and the agents of ${others.length} more` : ''}`);
      },
      close,
    };
  },
};
