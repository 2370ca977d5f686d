// What a caller hands over, as the text that the module reads. This comes before the call, so nothing of
// the caller's own (a getter, a proxy) runs while the module does.
//
// There is one reader: objects are written as JSON has them, and cannot be read differently from text. What
// JSON would silently drop or change (a Map, a Date, NaN, a getter that throws) is written as `true`,
// which no field of a snapshot takes: it is refused where it stands, if nothing before it is.

// No list and no record of a snapshot or of a plan lies deeper; what does lies in something that is refused.
export const DEEPEST = 7;
// More than any limit of a snapshot allows in a list. A longer one is not walked through.
export const MOST_ELEMENTS = 2 ** 22;
// Everything that is written costs its length, everything that is met (fields left out, too) at least this, so that a
// snapshot of the smallest values comes to an end. No sound one whose text is short enough costs three times as much.
const LEAST = 8;
const kind = (name, most, trail) => ({ name, most, room: 3 * most, trail });
// What is read: its name, the longest text of it in bytes (no character is shorter than one; what is longer is refused
// before the call), what it may cost, and what the paths of its faults begin with.
export const SNAPSHOT = kind("snapshot", 150_000_000, []);
export const PLAN = kind("plan", 500_000_000, ["plan"]);
// No id has more bytes.
const LONGEST_ID = 128;
// What a longer string becomes is asked in pieces, since it may be longer than a string can be.
const PIECE = 2 ** 20;
// How many calls deep the stack has to have room for, or what was thrown may be for lack of it.
const ROOM = 2000;

// Every integer of a snapshot is smaller.
const BEYOND = 2n ** 64n;

const THREW = Symbol("threw");
const TOO_LONG = Symbol("too long");

/** What was thrown where the stack was nearly full: it says nothing about the snapshot. */
export class Cramped {
  constructor(cause) {
    this.cause = cause;
  }
}

/**
 * Returns the text of a snapshot of plain objects, and which fault stands for the first value that is not
 * in it as it was: the module refuses the text at `odd.at`, and the answer is `odd.refusal`. Where the text is
 * too long there is only a `refusal`.
 */
export function textOf(value, kind = SNAPSHOT) {
  const above = [];
  const trail = [...kind.trail];
  // The names of fields as they are written: there are few, and each comes many times.
  const names = new Map();
  let { room } = kind;
  let odd;

  function refused(code, detail, below = "") {
    const path = pointer(trail);
    odd ??= { at: path + below, refusal: refusal(code, path, detail) };
    return "true";
  }

  function unspeakable(what) {
    return refused("wrong_type", `expected what JSON can say, found ${what}`);
  }

  function spend(text) {
    const length = text.length + 1;
    room -= length < LEAST ? LEAST : length;
    if (room < 0) throw TOO_LONG;
    return text;
  }

  function write(value) {
    switch (typeof value) {
      case "string":
        return writeString(value);
      case "number":
        return Number.isFinite(value) ? spend(String(value)) : unspeakable(String(value));
      case "bigint":
        return spend(digits(value));
      case "boolean":
        return spend(String(value));
      case "object":
        spend("");
        return value === null ? "null" : writeObject(value);
      case "undefined":
        return unspeakable("undefined");
      default:
        return unspeakable(value === THREW ? "a getter that throws" : `a ${typeof value}`);
    }
  }

  function writeString(text) {
    if (text.length <= PIECE) return spend(JSON.stringify(text));
    if (text.length > Math.min(room, kind.most)) throw TOO_LONG;
    const pieces = [];
    for (let at = 0; at < text.length; at += PIECE) {
      // Where this parts a pair of surrogates, the escapes of the two stand for it.
      pieces.push(spend(JSON.stringify(text.slice(at, at + PIECE)).slice(1, -1)));
    }
    return `"${pieces.join("")}"`;
  }

  function writeObject(value) {
    if (above.length === DEEPEST) return "0";
    const again = above.includes(value);
    above.push(value);
    try {
      if (!Array.isArray(value)) return writeRecord(value, again);
      // No list stands right in another, so what is in it is not read.
      return typeof trail.at(-1) === "number" ? "[]" : writeList(value, again);
    } catch (cause) {
      blame(cause);
      return unspeakable("an object that throws");
    } finally {
      above.pop();
    }
  }

  /** Something that contains itself is written as deep as it takes to be refused. */
  function writeList(list, again) {
    // Asked once: it may be another each time.
    const length = Number(list.length);
    const parts = [];
    for (let at = 0; !again && !odd && at < length; at += 1) {
      // Behind the first element, so that what is wrong with all of them is said first.
      if (at === 1 && length > MOST_ELEMENTS) {
        parts.push(refused("limit_exceeded", `expected a list of at most ${MOST_ELEMENTS} elements, found ${length}`, "/1"));
        break;
      }
      trail.push(at);
      parts.push(write(property(list, at)));
      trail.pop();
    }
    return `[${parts.join()}]`;
  }

  function writeRecord(record, again) {
    // Plain objects and those of a class, of this realm or another; no Map, no Date, no boxed string.
    const tag = Object.prototype.toString.call(record);
    if (tag !== "[object Object]") return unspeakable(`a ${tag.slice(8, -1).slice(0, 40)}`);
    const parts = [];
    for (const key of Object.keys(record)) {
      // What comes after a fault is not read any more, but for the version, which goes before every fault.
      if (odd && (above.length > 1 || key !== "version")) continue;
      const value = property(record, key);
      let name = names.get(key);
      if (name === undefined) {
        name = writeString(key);
        names.set(key, name);
      } else {
        spend(name);
      }
      if (value === undefined) continue;
      trail.push(key);
      parts.push(`${name}:${again ? "0" : write(value)}`);
      trail.pop();
    }
    return `{${parts.join()}}`;
  }

  try {
    const text = write(value);
    return text.length > kind.most ? { refusal: tooLong(kind, "more") } : { text, odd };
  } catch (cause) {
    if (cause !== TOO_LONG) throw cause;
    return { refusal: tooLong(kind, "more") };
  }
}

function pointer(trail) {
  return trail.map((step) => `/${escaped(step)}`).join("");
}

/** Returns a step of a JSON Pointer. A name that is very long is no field's, and what is below it never read. */
function escaped(step) {
  return String(step).slice(0, PIECE).replaceAll("~", "~0").replaceAll("/", "~1");
}

function digits(integer) {
  // It takes long to write out what is too large for every field.
  return -BEYOND < integer && integer < BEYOND ? String(integer) : "1e20";
}

function property(object, key) {
  try {
    return object[key];
  } catch (cause) {
    blame(cause);
    return THREW;
  }
}

/** Returns where the snapshot is to blame for what was thrown, and throws it on where it is not. */
function blame(cause) {
  if (cause === TOO_LONG || cause instanceof Cramped) throw cause;
  let room = false;
  try {
    deep(ROOM);
    room = true;
  } catch {
    // It stays false.
  }
  if (!room) throw new Cramped(cause);
}

function deep(calls) {
  return calls === 0 ? 0 : 1 + deep(calls - 1);
}

/** Returns a refusal as the module writes it: code, path and message. */
function refusal(code, path, detail) {
  const where = path && ` at \`${path}\``;
  return [code, path, `${code.replace("_", " ")}${where}: ${detail}`];
}

function tooLong({ name, most, trail }, found) {
  return refusal("limit_exceeded", pointer(trail), `expected a ${name} of at most ${most} bytes, found ${found}`);
}

// What a typed array is, whatever it says of itself: the getters that look inside.
const TypedArray = Object.getPrototypeOf(Uint8Array).prototype;
const getter = (name) => Object.getOwnPropertyDescriptor(TypedArray, name).get;
const [nameOf, bufferOf, offsetOf, lengthOf] = [Symbol.toStringTag, "buffer", "byteOffset", "byteLength"].map(getter);
const { keys: keysOf } = TypedArray;
const Bytes = Uint8Array;
const { apply } = Reflect;
const { isWellFormed } = String.prototype;

/** Returns what the module reads of a text, which is a string or its UTF-8, or why it reads nothing. */
export function jsonOf(value, kind = SNAPSHOT) {
  const at = pointer(kind.trail);
  if (typeof value === "string") {
    return value.length > kind.most ? { refusal: tooLong(kind, "more") } : { text: wellFormed(value) };
  }
  if (apply(nameOf, value, []) !== "Uint8Array") {
    return { refusal: refusal("wrong_type", at, "expected a string or a Uint8Array") };
  }
  try {
    apply(keysOf, value, []);
  } catch (cause) {
    blame(cause);
    return { refusal: refusal("wrong_type", at, "expected bytes, found those of a buffer that is detached or has shrunk") };
  }
  const length = apply(lengthOf, value, []);
  if (length > kind.most) return { refusal: tooLong(kind, length) };
  // The same bytes in an array that nobody else has: what is read of it is true.
  return { bytes: new Bytes(apply(bufferOf, value, []), apply(offsetOf, value, []), length) };
}

/** Returns the id of a conversation as the module reads it, or why it reads none. */
export function idOf(value) {
  if (typeof value !== "string") return { refusal: refusal("wrong_type", "", "expected the id of a conversation, a string") };
  // No conversation has a lone surrogate in its id, or a longer one; the empty one is nobody's either.
  return { text: value.length > LONGEST_ID || /\p{Surrogate}/u.test(value) ? "" : value };
}

/**
 * Returns a text with a control character for each lone surrogate. No string of JSON holds either, and
 * the surrogate would turn into U+FFFD on the way, as which another character would go on.
 */
export function wellFormed(text) {
  // Older engines cannot tell at once.
  return isWellFormed && apply(isWellFormed, text, []) ? text : text.replace(/\p{Surrogate}/gu, "\0");
}
