// How the JavaScript door looks at values. A look can run code of the host's (a getter, a proxy);
// what that code throws is caught here, since an exception that went through frames of the module
// would leave its stack pointer where it was. What threw shows as a symbol, which JSON has no word for.

const THREW = Symbol("threw");

/** Returns what a value is, as `Kind` in js.rs numbers it. */
export function kind(value) {
  switch (typeof value) {
    case "string":
      return 1;
    case "number":
      return 2;
    case "bigint":
      return 3;
    case "boolean":
      return value ? 5 : 4;
    case "object":
      return value === null ? 6 : objectKind(value);
    default:
      return 0;
  }
}

function objectKind(value) {
  try {
    if (Array.isArray(value)) {
      return 7;
    }
    // Plain objects and those of a class, of this realm or another; no Map, no Date, no boxed string.
    return Object.prototype.toString.call(value) === "[object Object]" ? 8 : 0;
  } catch {
    return 0;
  }
}

/** Returns the names that JSON.stringify would write, or undefined where asking for them throws. */
export function names(object) {
  try {
    return Object.keys(object);
  } catch {
    return undefined;
  }
}

/** Returns the length of a list, or NaN where asking for it throws. */
export function length(list) {
  try {
    return Number(list.length);
  } catch {
    return NaN;
  }
}

export function property(object, key) {
  try {
    return object[key];
  } catch {
    return THREW;
  }
}

/** Returns whether a value is a Uint8Array, of this realm or another. */
export function isBytes(value) {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === "[object Uint8Array]";
}

/** Returns whether a string has a lone surrogate, which turns into U+FFFD on its way into the module. */
export function isBroken(text) {
  return /\p{Surrogate}/u.test(text);
}
