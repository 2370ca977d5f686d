// A snapshot of plain objects as the text that JSON has for it: there is one reader, and objects
// cannot be read differently from text. All that may run code of the host's (a getter, a proxy) is
// asked for here and caught here.
//
// What JSON would drop or bend without a word (a Map, a Date, NaN, a getter that throws) is written
// as `true`, which no field of a snapshot takes: it is refused where it stands, if nothing before it is.

// No list and no record of a snapshot lies deeper; what does lies in something that is refused.
const DEEPEST = 6;
const THREW = Symbol("threw");

/** Returns the text, and the path and the description of the first value that JSON has no word for. */
export function textOf(snapshot) {
  const above = [];
  const trail = [];
  let odd;

  function refused(what) {
    odd ??= [trail.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join(""), what];
    return "true";
  }

  function write(value) {
    // What comes after is not read any more, but for the version, which goes before every fault.
    if (odd && trail.join() !== "version") return "0";
    switch (typeof value) {
      case "string":
        return JSON.stringify(value);
      case "number":
        return Number.isFinite(value) ? String(value) : refused(String(value));
      case "bigint":
      case "boolean":
        return String(value);
      case "object":
        return value === null ? "null" : writeObject(value);
      case "undefined":
        return refused("undefined");
      default:
        return refused(value === THREW ? "a getter that throws" : `a ${typeof value}`);
    }
  }

  function writeObject(value) {
    if (above.length === DEEPEST) return "0";
    try {
      const write = Array.isArray(value) ? writeList : writeRecord;
      const again = above.includes(value);
      above.push(value);
      const text = write(value, again);
      above.pop();
      return text;
    } catch {
      above.pop();
      return refused("an object that throws");
    }
  }

  /** Something that contains itself is written as deep as it takes to be refused. */
  function writeList(list, again) {
    const parts = [];
    for (let at = 0; !again && !odd && at < list.length; at += 1) {
      trail.push(at);
      parts.push(write(property(list, at)));
      trail.pop();
    }
    return `[${parts.join()}]`;
  }

  function writeRecord(record, again) {
    // Plain objects and those of a class, of this realm or another; no Map, no Date, no boxed string.
    const tag = Object.prototype.toString.call(record);
    if (tag !== "[object Object]") return refused(`a ${tag.slice(8, -1)}`);
    const parts = [];
    for (const key of Object.keys(record)) {
      const value = property(record, key);
      if (value === undefined) continue;
      trail.push(key);
      parts.push(`${JSON.stringify(key)}:${again ? "0" : write(value)}`);
      trail.pop();
    }
    return `{${parts.join()}}`;
  }

  return [write(snapshot), ...(odd ?? [])];
}

function property(object, key) {
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

/**
 * Returns a text with a control character for each lone surrogate. No string of JSON holds either, and
 * the surrogate would turn into U+FFFD on the way.
 */
export function withoutSurrogates(text) {
  return text.replace(/\p{Surrogate}/gu, "\0");
}
