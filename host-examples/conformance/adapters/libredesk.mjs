// The adapter for hosts on Libredesk's tables, which the database at `url` has already; they are emptied.

import { onTables, ROW } from './libredesk-tables.mjs';
import { openHost } from './postgres.mjs';

/** @returns {Promise<import('../adapter.d.ts').Adapter>} */
export default async function open({ url = process.env.DATABASE_URL, program } = {}) {
  const { query, lock, ...host } = await openHost({ url, program });
  return {
    ...host,
    ...onTables(query),
    without: {
      overflow: 'Libredesk has no team that helps another',
      ...(program && { clock: 'the clock of the machine is not ours to set' }),
    },
    lock: (conversation) => lock(ROW, [conversation]),
  };
}
