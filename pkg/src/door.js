// What every entry shares: the functions, the one error, and what happens when something breaks.
// The instance is made by the first call, so that importing the package does nothing.
import * as glue from "./generated/glue.js";
import { objectsOf, planOf } from "./objects.js";
import { Cramped, idOf, jsonOf, PLAN, textOf } from "./text.js";

/** The one error that this package throws. */
export class EvenhandError extends Error {
  constructor(code, path, message, options) {
    super(message, options);
    this.code = code;
    this.path = path;
  }

  get name() {
    return "EvenhandError";
  }
}

// An instance never gives memory back. One that has more than this, in pages of 64 KiB, is let go after the call.
const MOST_PAGES = 8192;

const encoder = new TextEncoder();

let start;
let started = false;
// True once something other than an answer has come out of the instance: a trap, or an exception
// that has gone through its frames. Its memory and its stack pointer are not to be trusted any more.
let spoilt = false;
let busy = false;

/** Sets what makes the first instance. */
export function startWith(make) {
  start = make;
  started = false;
}

/** Returns what comes of work that an instance takes part in, be it only by its making. */
function inside(work, argument) {
  try {
    return work(argument);
  } catch (cause) {
    spoilt = true;
    throw cause;
  }
}

function wake() {
  if (!start) throw new Error("evenhand/web: call `await init(...)` first");
  if (!started) {
    inside(start);
    started = true;
  }
  if (spoilt) reset();
}

/** Returns what the module answers to what was read; a refusal comes as a list and is thrown, the rest is an answer. */
function ask(read) {
  if (busy) {
    throw new EvenhandError("internal", "", "internal error: called by a getter of the snapshot that is being read");
  }
  let answer;
  busy = true;
  try {
    wake();
    // Code of the caller's may run here, and the instance does not.
    const { door, argument, odd = [], refusal } = read();
    answer = refusal ?? inside(door, argument);
    if (Array.isArray(answer) && answer[0] === "wrong_type") {
      answer = odd.find((fault) => fault?.at === answer[1])?.refusal ?? answer;
    }
  } catch (thrown) {
    const cause = thrown instanceof Cramped ? thrown.cause : thrown;
    throw new EvenhandError("internal", "", `internal error: ${describe(cause)}`, { cause });
  } finally {
    busy = false;
  }
  if (started && !spoilt && glue.pages() > MOST_PAGES) reset();
  if (Array.isArray(answer)) {
    const [code, path, message] = answer;
    throw new EvenhandError(code, path, message);
  }
  return answer;
}

/** Lets the instance and its memory go; the next call has a fresh one. */
export function reset() {
  if (started) glue.__wbg_reset_state();
  spoilt = false;
}

/** Returns a text for anything that can be thrown, even for what refuses to be a text. */
function describe(cause) {
  try {
    return String(cause);
  } catch {
    return "something without a text was thrown";
  }
}

export function plan(snapshot) {
  return ofObjects(snapshot) ?? ask(() => {
    const { text, odd, refusal } = textOf(snapshot);
    return { door: glue.plan, argument: text, odd: [odd], refusal };
  });
}

let reasons;

/** Returns the plan for a snapshot that is plain and sound; nothing for any other. */
function ofObjects(snapshot) {
  let names;
  const answer = ask(() => {
    const objects = read(snapshot);
    names = objects?.names;
    return { door: (objects) => objects && glue.planObjects(objects.bytes, objects.apart), argument: objects };
  });
  if (!answer) return undefined;
  reasons ??= ask(() => ({ door: glue.reasons })).split(" ");
  return planOf(answer, names, reasons);
}

/** Returns nothing, too, where something is thrown: the other way says whose fault it is. */
function read(snapshot) {
  try {
    return objectsOf(snapshot);
  } catch {
    return undefined;
  }
}

export function planJson(snapshot) {
  return ask(() => {
    const { text, bytes, refusal } = jsonOf(snapshot);
    // The glue would write a text letter by letter.
    return { door: glue.planText, argument: bytes ?? (refusal ? undefined : encoder.encode(text)), refusal };
  });
}

export function explain(snapshot, conversation) {
  const answer = ask(() => {
    const { text, odd, refusal } = textOf(snapshot);
    const id = idOf(conversation);
    return { door: (text) => glue.explainText(text, id.text), argument: text, odd: [odd], refusal: refusal ?? id.refusal };
  });
  return JSON.parse(answer);
}

export function explainJson(snapshot, conversation) {
  return ask(() => {
    const { text, bytes, refusal } = jsonOf(snapshot);
    const id = idOf(conversation);
    return { door: (text) => glue.explainText(text, id.text), argument: bytes ?? text, refusal: refusal ?? id.refusal };
  });
}

export function check(snapshot, plan) {
  const answer = ask(() => {
    const one = textOf(snapshot);
    const other = textOf(plan, PLAN);
    return {
      door: (text) => glue.checkText(text, other.text),
      argument: one.text,
      odd: [one.odd, other.odd],
      refusal: one.refusal ?? other.refusal,
    };
  });
  return JSON.parse(answer);
}

export function checkJson(snapshot, plan) {
  return ask(() => {
    const one = jsonOf(snapshot);
    const other = jsonOf(plan, PLAN);
    return {
      door: (text) => glue.checkText(text, other.bytes ?? other.text),
      argument: one.bytes ?? one.text,
      refusal: one.refusal ?? other.refusal,
    };
  });
}

export function newSeed() {
  return ask(() => ({ door: glue.newSeed }));
}

export function version() {
  return ask(() => ({ door: glue.version }));
}
