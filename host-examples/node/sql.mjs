// The statements, which every host of this repository shares; the npm package has them inside.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WrongConfiguration } from './config.mjs';

const [home] = ['sql/', '../sql/libredesk/'].map((path) => new URL(path, import.meta.url)).filter((folder) => existsSync(folder));

/** Returns the text of a statement. */
export const statement = (name) => readFileSync(new URL(`${name}.sql`, home), 'utf8');

/** Returns what stands in `folder` in the place of each of our statements, by its text. Throws `WrongConfiguration`. */
export function statementsOf(folder) {
  try {
    return new Map(['check', 'state', 'snapshot', 'claim', 'conversation'].map((name) =>
      [statement(name), readFileSync(join(folder, `${name}.sql`), 'utf8')]));
  } catch (error) {
    throw new WrongConfiguration(`a statement of --sql cannot be read: ${error.message}`);
  }
}
