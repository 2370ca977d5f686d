// The suite as every JavaScript runtime runs it (README.md): nothing in here is one runtime's alone.

/** How many differences are shown, and how much of each. */
const SHOWN = 3;
const AROUND = 120;

const utf8 = new TextEncoder();
const text = (bytes) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);

/** Returns what is asked, and what the answers are, out of the three files. */
export function read({ inputs, answers, names }) {
  const [asked, wanted] = [parts(inputs), parts(answers)];
  const called = text(names).split("\n").slice(0, -1);
  if (asked.length !== wanted.length || asked.length !== called.length) {
    throw new Error(`${asked.length} inputs, ${wanted.length} answers, ${called.length} names`);
  }
  return asked.map((input, i) => ({ name: called[i], input, wanted: wanted[i] }));
}

/** Returns the parts of a file in which each stands after its length, four bytes in little endian. */
function parts(file) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const all = [];
  for (let at = 0; at < view.byteLength; ) {
    const end = at + 4 + view.getUint32(at, true);
    if (end > view.byteLength) throw new Error("the last part is cut off");
    all.push(file.subarray(at + 4, end));
    at = end;
  }
  return all;
}

/** Asks one door everything, prints the outcome, and returns whether every answer is the wanted one. */
export async function run(door, ask, questions, print = console.log) {
  const answers = [];
  let wrong = 0;
  for (const { name, input, wanted } of questions) {
    const answer = ask(input);
    answers.push(answer);
    const at = difference(answer, wanted);
    if (at >= 0 && (wrong += 1) <= SHOWN) {
      const part = (bytes) => text(bytes.subarray(Math.max(0, at - AROUND), at + AROUND));
      print(`${door}: ${name} differs at byte ${at}\n  answer ${part(answer)}\n  wanted ${part(wanted)}`);
    }
  }
  print(`${door}: ${answers.length} answers, SHA-256 ${await sha256(answers)}${wrong ? `, ${wrong} WRONG` : ""}`);
  return answers.length > 0 && wrong === 0;
}

/** Returns where two lists of bytes begin to differ, -1 where they are the same. */
function difference(some, others) {
  const at = some.findIndex((byte, i) => byte !== others[i]);
  return at < 0 && some.length !== others.length ? some.length : at;
}

async function sha256(answers) {
  const length = (bytes) => new Uint8Array(new Uint32Array([bytes.length]).buffer);
  const framed = new Blob(answers.flatMap((answer) => [length(answer), answer]));
  const digest = await crypto.subtle.digest("SHA-256", await framed.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Asks the package with bytes, and in the same runtime with objects where the answer is a plan. */
export async function runPackage(runtime, evenhand, questions, print) {
  const refused = ({ code, path, message }) => utf8.encode(JSON.stringify({ error: { code, path, message } }));
  const enveloped = (plan) => {
    try {
      return utf8.encode(`{"ok":${plan()}}`);
    } catch (error) {
      if (error instanceof evenhand.EvenhandError) return refused(error);
      throw error;
    }
  };
  const bytes = (input) => enveloped(() => evenhand.planJson(input));
  const objects = (input) => enveloped(() => JSON.stringify(evenhand.plan(JSON.parse(text(input)))));
  const plans = questions.filter(({ wanted }) => text(wanted.subarray(0, 6)) === '{"ok":');
  const first = await run(`${runtime}, package`, bytes, questions, print);
  return (await run(`${runtime}, package with objects`, objects, plans, print)) && first;
}

/** Asks the core module (docs/abi.md). */
export function runCore(runtime, module, questions, print) {
  const core = new WebAssembly.Instance(module).exports;
  const ask = (input) => {
    const address = core.evenhand_alloc(input.length) >>> 0;
    new Uint8Array(core.memory.buffer, address, input.length).set(input);
    const packed = BigInt.asUintN(64, core.evenhand_plan(address, input.length));
    const [at, length] = [Number(packed >> 32n), Number(packed & 0xffff_ffffn)];
    const answer = new Uint8Array(core.memory.buffer, at, length).slice();
    core.evenhand_free(address, input.length);
    core.evenhand_free(at, length);
    return answer;
  };
  return run(`${runtime}, core module`, ask, questions, print);
}
