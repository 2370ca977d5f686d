// What every entry shares: the functions, the one error, and what happens when something breaks.
// The instance is made by the first call, so that importing the package does nothing.
import * as glue from "./generated/glue.js";

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

/** Returns what the module answers; a refusal comes as a list and is thrown, the rest is an answer. */
function ask(door, argument) {
  if (busy) {
    throw new EvenhandError("internal", "", "internal error: called by a getter of the snapshot that is being read");
  }
  let answer;
  busy = true;
  try {
    if (!started) {
      start();
      started = true;
    }
    if (spoilt) {
      glue.__wbg_reset_state();
      spoilt = false;
    }
    answer = glue[door](argument);
  } catch (cause) {
    // Where there is no instance yet, the next call tries to make one again.
    spoilt = started;
    throw new EvenhandError("internal", "", `internal error: ${describe(cause)}`, { cause });
  } finally {
    busy = false;
  }
  if (Array.isArray(answer)) {
    const [code, path, message] = answer;
    throw new EvenhandError(code, path, message);
  }
  return answer;
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
  return ask("plan", snapshot);
}

export function planJson(snapshot) {
  return ask("planJson", snapshot);
}

export function newSeed() {
  return ask("newSeed");
}

export function version() {
  return ask("version");
}
