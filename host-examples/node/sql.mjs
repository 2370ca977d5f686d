// The statements, which every host of this repository shares; the npm package has them inside.

import { existsSync, readFileSync } from 'node:fs';

const [home] = ['sql/', '../sql/libredesk/'].map((path) => new URL(path, import.meta.url)).filter((folder) => existsSync(folder));

/** Returns the text of a statement. */
export const statement = (name) => readFileSync(new URL(`${name}.sql`, home), 'utf8');
