// Checking what comes from outside, with the place of a fault as a JSON Pointer.

import * as v from 'valibot';

/** A document that says something else than it may; `path` is a JSON Pointer to where. */
export class Invalid extends Error {
  override readonly name = 'Invalid';
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

/** Returns `value` as `schema` has it, defaults filled in. Throws `Invalid` for the first fault. */
export function check<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortPipeEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new Invalid(pointer((issue.path ?? []).map(({ key }) => key)), sentence(issue));
}

/** Returns the JSON Pointer of a way into a document. */
function pointer(keys: unknown[]): string {
  return keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function sentence({ type, expected, received, message }: v.BaseIssue<unknown>): string {
  if (type === 'strict_object') return expected === 'never' ? 'unknown field' : 'missing field';
  if (type === 'object' && expected?.startsWith('"')) return 'missing field';
  if (type === 'regex') return message;
  return `expected ${expected ?? type}, found ${received}`;
}

/** A text that says something. */
export const text = v.pipe(v.string(), v.minLength(1));

export const integer = (low: number, high: number) => v.pipe(v.number(), v.integer(), v.minValue(low), v.maxValue(high));
export const number = (low: number, high: number) => v.pipe(v.number(), v.minValue(low), v.maxValue(high));
