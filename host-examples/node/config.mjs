// What the host is told: flags, then the environment, then a file, then what is usual.

import { existsSync, readFileSync } from 'node:fs';
import Ajv from 'ajv/dist/2020.js';
import { InvalidArgumentError } from 'commander';
import { closest, distance } from 'fastest-levenshtein';
import { nearest } from './nearest.mjs';

export const CONFIG_FILE = 'evenhand.config.json';

const SCHEMA = JSON.parse(readFileSync(new URL('evenhand.config.schema.json', import.meta.url), 'utf8'));
/** What a schema cannot say of a text, by its definition there. Evenhand counts the bytes of an id. */
const FORMATS = { time_zone: isTimeZone, id: (text) => Buffer.byteLength(text) <= 128 };
// Most runs have no file, and to compile this is a third of the program's start.
let validate;
function compile() {
  // A format of ours would be a fault to other validators of the file.
  const $defs = { ...SCHEMA.$defs };
  for (const name of Object.keys(FORMATS)) $defs[name] = { ...$defs[name], format: name };
  return new Ajv({ allErrors: true, verbose: true, strictTypes: false, strictRequired: false, formats: FORMATS }).compile({ ...SCHEMA, $defs });
}

/** What somebody at the keyboard says, of one run or of the sample desk. */
const FLAGS_ONLY = new Set(['version', 'help', 'once', 'ticks', 'dryRun', 'seed', 'speed']);
const YES = ['1', 'true'];

/** What no flag and no file says, since others could read it there. */
export const SECRETS = { key: 'EVENHAND_API_KEY', secret: 'EVENHAND_API_SECRET' };

/** A configuration with which the host cannot run; the message says what to change. */
export class WrongConfiguration extends Error {}

/** Lets every option that `command` is given from now on, but for the keyboard's, be set by `EVENHAND_<NAME>`. */
export function readEnvironmentToo(command) {
  const add = command.addOption.bind(command);
  command.addOption = (option) => add(FLAGS_ONLY.has(option.attributeName())
    ? option
    : option.env(`EVENHAND_${option.name().replaceAll('-', '_').toUpperCase()}`));
}

/**
 * Returns every setting of `command` by name: its options, and what only the file can say.
 * Throws `WrongConfiguration`.
 */
export function readSettings(command, env = process.env) {
  checkEnvironment(command, env);
  const given = command.opts();
  const settings = readFile(given.config, command.options);
  for (const [key, value] of Object.entries(given)) {
    const usual = command.getOptionValueSource(key) === 'default';
    if (!usual || !(key in settings)) settings[key] = value;
  }
  return settings;
}

/** Returns what the file says, `{}` where none was asked for and none is there. Throws `WrongConfiguration`. */
export function readFile(path, options) {
  if (path === undefined && !existsSync(CONFIG_FILE)) return {};
  const name = path ?? CONFIG_FILE;
  let content;
  try {
    content = JSON.parse(readFileSync(name, 'utf8'));
  } catch (error) {
    const what = error instanceof SyntaxError ? `is not JSON: ${error.message}` : `cannot be read: ${error.message}`;
    throw new WrongConfiguration(`${name} ${what.replace(/\s+/g, ' ')}`);
  }
  validate ??= compile();
  if (!validate(content)) throw new WrongConfiguration(`${name}: ${fault(validate.errors)}`);
  const { $schema, ...settings } = content;
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => {
    const option = options.find((one) => one.attributeName() === camelCase(key));
    try {
      // A text is read as the flag's would be.
      return [camelCase(key), typeof value === 'string' && option?.parseArg ? option.parseArg(value) : value];
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      throw new WrongConfiguration(`${name}: the value at /${key} is invalid. ${error.message}`);
    }
  }));
}

/** Says in one sentence what is wrong: a key that does not exist before a value that makes no sense. */
function fault(errors) {
  const of = (name) => errors.find(({ keyword }) => keyword === name);
  const { instancePath, keyword, params, message, parentSchema } = of('additionalProperties') ?? of('propertyNames') ?? of('oneOf') ?? errors[0];
  const place = instancePath ? ` at ${instancePath}` : '';
  const unknown = (key, known) => {
    const meant = nearest(key, known);
    return `unknown key "${key}"${place}${meant === undefined ? '' : `; did you mean "${meant}"?`}`;
  };
  if (keyword === 'additionalProperties') return unknown(params.additionalProperty, Object.keys(unknownIn(instancePath).properties));
  if (keyword === 'propertyNames') return unknown(params.propertyName, parentSchema.propertyNames.enum);
  if (keyword === 'enum') return `the value${place} must be one of ${params.allowedValues.join(', ')}`;
  if (keyword === 'format' || keyword === 'pattern') return `the value${place} must be ${parentSchema.description}`;
  if (keyword === 'oneOf') return `the value${place} must be ${parentSchema.description}`;
  return `the value${place} ${message}`;
}

/** Returns the part of the schema in which the key at `path` was not found. */
function unknownIn(path) {
  const [, name] = path.split('/');
  const part = name ? SCHEMA.properties[name] : SCHEMA;
  return part.items ?? part;
}

/** Refuses a variable that is nearly one of ours, and a switch that is neither on nor left out. */
function checkEnvironment(command, env) {
  const switches = new Map(command.options.filter(({ envVar }) => envVar).map((option) => [option.envVar, !option.required && !option.optional]));
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('EVENHAND_')) continue;
    if (switches.get(name) && !YES.includes(value)) {
      throw new WrongConfiguration(`${name} must be 1, or not be there`);
    }
    // Other programs may have variables of this name too; a slip of a key or two is meant for us.
    const known = [...switches.keys(), ...Object.values(SECRETS)];
    const meant = closest(name, known);
    if (!known.includes(name) && distance(name, meant) <= 2) {
      throw new WrongConfiguration(`unknown variable ${name}; did you mean ${meant}?`);
    }
  }
}

function isTimeZone(name) {
  // An offset means the opposite to PostgreSQL; an abbreviation such as CET is without summer time there, and some are another zone.
  if (!/^[A-Za-z]/.test(name) || /^(?!UTC|GMT)[A-Za-z]{3}$/i.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Returns a reader of a number from `least` to `most`. */
export function numberFrom(least, most) {
  return (text) => {
    const value = Number(text);
    if (!/^\d+(\.\d+)?$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`It must be a number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** Returns a reader of a whole number from `least` on, to `most` where that is given. */
export function wholeNumberFrom(least, most) {
  const range = most === undefined ? `from ${least}` : `from ${least} to ${most}`;
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > (most ?? Number.MAX_SAFE_INTEGER)) {
      throw new InvalidArgumentError(`It must be a whole number ${range}.`);
    }
    return value;
  };
}

/** Returns the name of a setting here, by that in the file. */
export function camelCase(name) {
  return name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
}
