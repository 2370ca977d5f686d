// Does what MIGRATION.md says, with its own blocks of code, to a copy of the stand-in for Libredesk's server.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const PAGE = readFileSync(here('../../host-examples/go/libredesk/MIGRATION.md'), 'utf8');

/** The versions of Libredesk that the page tells apart, each with the folders that make it of the server, and the changes of the page that it needs. */
export const SHAPES = [
  { name: 'v2.4.0 to v2.7.0', folders: [], changes: 0 },
  { name: 'v0.7.4 to v2.3.1', folders: ['v2.3.1'], changes: 1 },
  { name: 'v0.7.3 and older', folders: ['v2.3.1', 'v0.7.3'], changes: 2 },
];

function textOf(section) {
  const [, text] = new RegExp(`^##+ ${section}\n([\\s\\S]*?)(?=^##+ |$(?![\\s\\S]))`, 'm').exec(PAGE) ?? [];
  if (text === undefined) throw new Error(`the page has no section ${section}`);
  return text;
}

/** Returns the rows of the table of a section, without its head. */
export function table(section) {
  const [, , ...rows] = textOf(section).split('\n').filter((line) => line.startsWith('|'));
  return rows.map((row) => row.split('|').slice(1, -1).map((cell) => cell.trim()));
}

/** Returns the blocks of code of a section, in order: `[{language, code, before}]`, `before` being the text of the section before it. */
export function blocks(section) {
  const text = textOf(section);
  return [...text.matchAll(/^( *)```(\w+)\n([\s\S]*?)^ *```$/gm)].map(({ 1: indent, 2: language, 3: code, index }) => ({
    language, code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''), before: text.slice(0, index),
  }));
}

/** Makes a migrated server of a shape in `folder` and returns the path of its program. */
export function migrate(folder, { folders, changes }, { priorities = false } = {}) {
  cpSync(here('server'), folder, { recursive: true });
  for (const shape of folders) cpSync(here(`shapes/${shape}`), folder, { recursive: true });
  const at = (path) => join(folder, path);
  const run = (script) => execFileSync('sh', ['-euxc', script], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const edit = (path, change) => writeFileSync(at(path), change(readFileSync(at(path), 'utf8')));
  const write = ({ code }) => writeFileSync(at(/^\/\/ (\S+)\n/.exec(code)[1]), code);
  const apply = (path, { code }) => edit(path, (text) => changed(text, code, path));

  // In the order of the list.
  const get = blocks('Get the package');
  const [find, rest] = of(get, 'sh');
  mkdirSync(at('evenhand'));
  cpSync(here('../../host-examples/go'), at('evenhand'), { recursive: true });
  run(find.code);
  write(of(get, 'go')[0]);
  for (const block of of(blocks('Versions'), 'diff').slice(0, changes)) apply('cmd/evenhand.go', block);
  edit('cmd/init.go', (text) => once(text, /^(?:\/\/.*\n)*func initAutoAssigner\([\s\S]*?^}\n\n/m, '', 'cmd/init.go'));
  for (const block of of(get, 'diff')) apply([...block.before.matchAll(/`(cmd\/\w+\.go)`/g)].at(-1)[1], block);
  if (priorities) {
    const policies = blocks('Policies');
    write(of(policies, 'go')[0]);
    apply('cmd/evenhand.go', of(policies, 'diff')[0]);
  }
  run(rest.code);
  run('go vet ./... && test -z "$(gofmt -l cmd)"');
  return at('libredesk');
}

/** Returns the blocks in one language. */
export function of(list, language) {
  return list.filter((block) => block.language === language);
}

/** Returns a text in which the lines that begin with - are those that begin with +. */
function changed(text, diff, path) {
  const lines = (sign) => diff.trimEnd().split('\n').filter((line) => line.startsWith(sign)).map((line) => line.slice(1)).join('\n');
  const [before, after] = [lines('-'), lines('+')];
  return once(text, after === '' ? `${before}\n` : before, after, path);
}

/** Returns a text in which `before`, which has to be there exactly once, is `after`. */
function once(text, before, after, path) {
  const parts = text.split(before);
  if (parts.length !== 2) throw new Error(`${path} has ${parts.length - 1} of ${before}, and needs one`);
  return parts.join(after);
}
