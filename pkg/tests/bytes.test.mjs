// Bytes are the bytes that are there, whatever their array says of itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createContext, runInContext } from "node:vm";
import { desk, evenhand, fresh, instances, outcome } from "./support.mjs";

const { planJson } = evenhand;
const TEXT = JSON.stringify(desk());
const PLAN = planJson(TEXT);
const encoded = () => new TextEncoder().encode(TEXT);

/** Returns the bytes with something of their own under a name, and counts how often it is asked for. */
function saying(name, value) {
  const bytes = encoded();
  Object.defineProperty(bytes, name, { get: () => ((saying.asked += 1), value) });
  return bytes;
}
saying.asked = 0;

class Boaster extends Uint8Array {
  static get [Symbol.species]() {
    return Float64Array;
  }
  get length() {
    return 5000;
  }
  get byteLength() {
    return 5000;
  }
  get byteOffset() {
    return 1;
  }
  get buffer() {
    return new ArrayBuffer(5000);
  }
  get [Symbol.toStringTag]() {
    return "Boaster";
  }
}

/** Returns the bytes in a buffer of another kind. */
function inside(buffer, ...where) {
  const bytes = new Uint8Array(buffer, ...where);
  bytes.set(encoded());
  return bytes;
}

const elsewhere = createContext({ TEXT });

const disguised = [
  ["a length of its own", () => saying("length", 5000)],
  ["no length", () => saying("length", 0)],
  ["a byte length of its own", () => saying("byteLength", 5000)],
  ["an offset of its own", () => saying("byteOffset", 7)],
  ["a buffer of its own", () => saying("buffer", new ArrayBuffer(5000))],
  ["a tag of its own", () => saying(Symbol.toStringTag, "Int8Array")],
  ["a constructor of its own", () => saying("constructor", Float64Array)],
  ["an iterator of its own", () => saying(Symbol.iterator, [][Symbol.iterator])],
  ...["set", "slice", "subarray", "keys", "at"].map((name) => [`a ${name} of its own`, () => saying(name, () => new Uint8Array(5000))]),
  ["no prototype", () => Object.setPrototypeOf(encoded(), null)],
  ["the prototype of another type", () => Object.setPrototypeOf(encoded(), Float64Array.prototype)],
  ["a class that overrides everything", () => Boaster.from(encoded())],
  ["a part of a buffer", () => new Uint8Array([...Buffer.from("[]"), ...encoded(), ...Buffer.from("[]")].values()).subarray(2, -2)],
  ["a Buffer", () => Buffer.from(TEXT)],
  ["a buffer that can grow", () => inside(new ArrayBuffer(TEXT.length, { maxByteLength: 5000 }))],
  ["a buffer that has grown", () => {
    const buffer = new ArrayBuffer(1, { maxByteLength: 5000 });
    const bytes = new Uint8Array(buffer);
    buffer.resize(TEXT.length);
    bytes.set(encoded());
    return bytes;
  }],
  ["a buffer that has shrunk", () => {
    const buffer = new ArrayBuffer(5000, { maxByteLength: 5000 });
    const bytes = inside(buffer);
    buffer.resize(TEXT.length);
    return bytes;
  }],
  ["a part of a buffer that has shrunk", () => {
    const buffer = new ArrayBuffer(5000, { maxByteLength: 5000 });
    const bytes = inside(buffer, 0, TEXT.length);
    buffer.resize(TEXT.length);
    return bytes;
  }],
  ["shared memory", () => inside(new SharedArrayBuffer(TEXT.length))],
  ["shared memory that can grow", () => inside(new SharedArrayBuffer(TEXT.length, { maxByteLength: 5000 }))],
  ["another realm", () => runInContext("Uint8Array.from(TEXT, (letter) => letter.charCodeAt(0))", elsewhere)],
  ["another realm, with a length of its own", () =>
    runInContext("Object.defineProperty(Uint8Array.from(TEXT, (letter) => letter.charCodeAt(0)), 'length', { value: 5000 })", elsewhere)],
];

test("what an array of bytes says of itself counts for nothing", () => {
  assert.ok([...TEXT].every((letter) => letter <= "~"), "a character is a byte");
  const earlier = JSON.stringify({ ...desk(), agents: [{ id: "secret", availability: "online", load: 0 }] }).padStart(5000);
  for (const [name, make] of disguised) {
    planJson(earlier);
    assert.deepEqual(outcome(() => planJson(make())), { answer: PLAN }, name);
  }
  assert.equal(saying.asked, 0, "it was asked");
  console.log(`${disguised.length} arrays of bytes`);
});

test("what is no array of bytes is refused, whatever it says of itself", () => {
  const posing = (value) => Object.defineProperty(value, Symbol.toStringTag, { value: "Uint8Array" });
  const others = [
    new Proxy(encoded(), {}),
    Object.create(encoded()),
    posing(new Float64Array(2)),
    posing(new Int8Array(2)),
    posing({ length: 2, buffer: new ArrayBuffer(2) }),
    Object.setPrototypeOf(new Int8Array(2), Uint8Array.prototype),
    new Uint8ClampedArray(2),
    new SharedArrayBuffer(2),
    runInContext("new DataView(new ArrayBuffer(2))", elsewhere),
  ];
  for (const value of others) {
    assert.deepEqual(outcome(() => planJson(value)), { code: "wrong_type", path: "" });
  }
});

const gone = [
  ["transferred", () => {
    const bytes = encoded();
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    return bytes;
  }],
  ["transferred, of another realm", () => {
    const bytes = runInContext("new Uint8Array(2)", elsewhere);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    return bytes;
  }],
  ["behind the end of its buffer", () => {
    const buffer = new ArrayBuffer(5000, { maxByteLength: 5000 });
    const bytes = inside(buffer, 10, TEXT.length);
    buffer.resize(5);
    return bytes;
  }],
  ["partly behind the end of its buffer", () => {
    const buffer = new ArrayBuffer(5000, { maxByteLength: 5000 });
    const bytes = inside(buffer, 10, TEXT.length);
    buffer.resize(15);
    return bytes;
  }],
];

test("bytes whose buffer is gone are refused, and say so", () =>
  instances(async (made) => {
    const door = await fresh();
    for (const [name, make] of gone) {
      assert.throws(() => door.planJson(make()), (error) => {
        assert.deepEqual([error.code, error.path], ["wrong_type", ""], name);
        assert.match(error.message, /detached/);
        return true;
      });
      assert.equal(door.planJson(TEXT), PLAN);
    }
    assert.equal(made.length, 1, "the instance was given up");
  }));

test("getters that are replaced after the package was loaded are not asked", () => {
  const prototype = Object.getPrototypeOf(Uint8Array.prototype);
  for (const name of ["buffer", "byteOffset", Symbol.toStringTag, "keys"]) {
    const original = Object.getOwnPropertyDescriptor(prototype, name);
    const bytes = encoded();
    let asked = 0;
    let answer;
    Object.defineProperty(prototype, name, { configurable: true, get: () => (asked += 1) });
    try {
      answer = planJson(bytes);
    } finally {
      Object.defineProperty(prototype, name, original);
    }
    assert.equal(asked, 0, String(name));
    assert.equal(answer, PLAN, String(name));
  }
});
