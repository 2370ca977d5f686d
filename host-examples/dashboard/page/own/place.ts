// Where in a text the place is that an error names by its JSON Pointer.

import { parseTree, type Node, type ParseError } from 'jsonc-parser';

/** A place and what stands around it. */
export interface Place {
  /** Both from 1; a column is a character. */
  line: number;
  column: number;
  before: string[];
  /** The line itself, the place in the middle; cut where it is long. */
  start: string;
  marked: string;
  end: string;
  after: string[];
}

const AROUND = 2;
const LONGEST = 72;

/** Returns the place; of a field that is missing, what it is missing from. */
export function placeOf(text: string, path: string, code: string): Place {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true });
  if (code === 'malformed_json' && errors[0]) return around(text, errors[0].offset, Math.max(1, errors[0].length));
  const node = root && found(root, keysOf(path), code);
  return node ? around(text, node.offset, node.length) : around(text, 0, 1);
}

const keysOf = (path: string) => path.split('/').slice(1).map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));

function found(root: Node, keys: string[], code: string): Node {
  let node = root;
  for (const [i, key] of keys.entries()) {
    // Of a field that stands twice the last is the one too many.
    const property = node.type === 'object' ? node.children?.findLast(({ children }) => children?.[0].value === key) : undefined;
    const next = property ? property.children?.[1] : node.type === 'array' ? node.children?.[Number(key)] : undefined;
    const last = i === keys.length - 1;
    if (property && (!next || (last && (code === 'unknown_field' || code === 'duplicate_field')))) return property.children![0];
    if (!next) return node;
    node = next;
  }
  return node;
}

function around(text: string, offset: number, length: number): Place {
  const at = Math.min(offset, text.length);
  const begin = text.lastIndexOf('\n', at - 1) + 1;
  const stop = (text.indexOf('\n', at) + 1 || text.length + 1) - 1;
  const end = Math.min(at + length, stop);
  const lines = (part: string) => part.split('\n').map((line) => cut(line.replace(/\r$/, '')));
  const mark = text.slice(at, end);
  return {
    line: text.slice(0, begin).split('\n').length,
    column: at - begin + 1,
    before: begin === 0 ? [] : lines(tail(text, begin - 1)).slice(-AROUND),
    start: at - begin > LONGEST ? `… ${text.slice(at - LONGEST, at)}` : text.slice(begin, at),
    marked: mark.length > LONGEST ? `${mark.slice(0, LONGEST)} …` : mark,
    end: mark.length > LONGEST ? '' : cut(text.slice(end, stop).replace(/\r$/, '')),
    after: stop >= text.length ? [] : lines(head(text, stop + 1)).slice(0, AROUND),
  };
}

const cut = (line: string) => (line.length > LONGEST ? `${line.slice(0, LONGEST)} …` : line);

/** The last lines before `end`, and the first from `begin` on. */
function tail(text: string, end: number): string {
  let begin = end;
  for (let n = 0; n < AROUND && begin > 0; n += 1) begin = text.lastIndexOf('\n', begin - 1);
  return text.slice(begin + 1, end);
}

function head(text: string, begin: number): string {
  let end = begin - 1;
  for (let n = 0; n < AROUND; n += 1) {
    const next = text.indexOf('\n', end + 1);
    if (next < 0) return text.slice(begin);
    end = next;
  }
  return text.slice(begin, end);
}
