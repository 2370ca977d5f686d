// The short way for plain objects: no text is made of the queue, and decisions come back as numbers, of which objects are
// made here with the caller's own strings. Whatever is not plain data, or is refused, is asked again as text (`text.js`),
// which knows what is wrong with it and where.
import { DEEPEST, MOST_ELEMENTS, wellFormed } from "./text.js";

// The longest text that goes this way: what is longer is for the other way to take or to refuse.
const ROOM = 100_000_000;
const NOBODY = 2 ** 32 - 1;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Returns what the module reads of a snapshot, and what its answer is put together with; throws, where it has to go the other
 * way. Each value is read once.
 */
export function objectsOf(snapshot) {
  // What every object inherits would be taken for its own.
  for (const name in Object.prototype) leave(name);
  if ([].toJSON !== undefined) leave();
  if (!isRecord(snapshot)) leave();
  const { conversations, ...others } = snapshot;
  const copied = copier(ROOM);
  const rest = copied(others, 1);
  if (!Array.isArray(conversations)) leave();
  const names = { agents: idsOf(rest.agents), teams: idsOf(rest.teams), queue: bare(conversations) };
  if (names.queue) {
    const text = `${JSON.stringify({ ...rest, conversations: [] })}\0${names.queue.join("\0")}`;
    if (text.length + 24 * names.queue.length > ROOM || wellFormed(text) !== text) leave();
    return { bytes: encoder.encode(text), apart: names.queue.length / 2, names };
  }
  const queue = copied(conversations, 1);
  const text = JSON.stringify({ ...rest, conversations: queue });
  if (text.length > ROOM) leave();
  names.queue = new Array(2 * queue.length);
  names.holders = new Array(queue.length);
  for (let at = 0; at < queue.length; at += 1) {
    const { id, team, held_by: holder } = queue[at];
    names.queue[2 * at] = id;
    names.queue[2 * at + 1] = team;
    names.holders[at] = holder;
  }
  return { bytes: encoder.encode(text), apart: 0, names };
}

function leave() {
  throw new Error("not plain data");
}

function idsOf(list) {
  return Array.isArray(list) ? list.map((record) => record.id) : leave();
}

/** Returns the ids and the teams of conversations in turn; nothing, where one has anything else. */
function bare(conversations) {
  const { length } = conversations;
  if (length > MOST_ELEMENTS) leave();
  if (length === 0) return undefined;
  const queue = new Array(2 * length);
  for (let at = 0; at < length; at += 1) {
    const conversation = conversations[at];
    if (!isRecord(conversation)) return undefined;
    let fields = 0;
    for (const name in conversation) {
      if (name !== "id" && name !== "team") return undefined;
      fields += 1;
    }
    const { id, team } = conversation;
    if (fields !== 2 || typeof id !== "string" || typeof team !== "string") return undefined;
    queue[2 * at] = id;
    queue[2 * at + 1] = team;
  }
  return queue;
}

/** Returns a function that copies what JSON has as it is, and leaves where there is anything else or too much. */
function copier(room) {
  const copied = (value, depth) => {
    room -= typeof value === "string" ? 8 + value.length : 8;
    if (room < 0) leave();
    switch (typeof value) {
      case "string":
      case "boolean":
        return value;
      case "number":
        return Number.isFinite(value) ? value : leave();
      case "object":
        if (value === null) return null;
        if (depth === DEEPEST) leave();
        if (Array.isArray(value)) return elements(value, depth + 1);
        return isRecord(value) ? fields(value, depth + 1) : leave();
      default:
        return leave();
    }
  };
  const elements = (list, depth) => {
    const { length } = list;
    if (length > MOST_ELEMENTS) leave();
    const copy = [];
    for (let at = 0; at < length; at += 1) {
      const element = list[at];
      // No list stands right in another.
      copy.push(Array.isArray(element) ? leave() : copied(element, depth));
    }
    return copy;
  };
  const fields = (record, depth) => {
    // All at once is faster than one by one.
    const copy = { ...record };
    for (const name in copy) {
      room -= name.length;
      const value = copy[name];
      // JSON leaves out what is not there, and so does the other way.
      if (value === undefined) continue;
      const own = copied(value, depth);
      if (own !== value) copy[name] = own;
    }
    return copy;
  };
  return copied;
}

/** Whether a value is an object as a literal makes it. */
function isRecord(value) {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Returns the plan that the module's answer is. */
export function planOf(answer, { agents, teams, queue, holders }, reasons) {
  const length = queue.length / 2;
  const numbers = new Uint32Array(answer.buffer, 0, 4 * length);
  const plan = JSON.parse(decoder.decode(answer.subarray(16 * length)));
  plan.decisions = new Array(length);
  for (let at = 0; at < length; at += 1) {
    const agent = numbers[4 * at];
    const by = numbers[4 * at + 2];
    const set = numbers[4 * at + 3];
    const decision = {
      conversation: queue[2 * at],
      team: queue[2 * at + 1],
      agent: agent === NOBODY ? null : agents[agent],
      why: reasons[numbers[4 * at + 1]],
    };
    if (holders && holders[at] !== undefined) decision.held_by = holders[at];
    if (by > 0) decision.by = teams[by - 1];
    if (set > 0) decision.set = set;
    plan.decisions[at] = decision;
  }
  return plan;
}
