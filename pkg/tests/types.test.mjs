// The types: that they compile for every kind of consumer, and that their codes are those of the module.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { home, installed } from "./support.mjs";

const manifest = createRequire(import.meta.url).resolve("typescript/package.json");
const tsc = join(dirname(manifest), JSON.parse(readFileSync(manifest, "utf8")).bin.tsc);

for (const [resolution, module, files] of [
  ["node16", "node16", ["types.mts", "types.cts"]],
  ["nodenext", "nodenext", ["types.mts", "types.cts"]],
  ["bundler", "esnext", ["types.mts"]],
]) {
  test(`they compile under ${resolution}`, () => {
    const options = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--skipLibCheck", "false", "--types", ""];
    const target = ["--target", "es2022", "--lib", "es2022,dom,dom.iterable", "--module", module, "--moduleResolution", resolution];
    try {
      execFileSync(process.execPath, [tsc, ...options, ...target, ...files], { cwd: installed, encoding: "utf8", stdio: "pipe" });
    } catch (error) {
      assert.fail(error.stdout || error.message);
    }
  });
}

test("they underline a mistake where it is", () => {
  const lines = readFileSync(join(installed, "literals.mts"), "utf8").split("\n");
  let row = 0;
  const marked = lines.flatMap((line, i) => {
    const [, before, code] = /^( *\/\/ *)\^ (TS\d+)$/.exec(line) ?? [];
    if (code === undefined) row = i + 1;
    // `//^` is for what stands at the third place.
    return code === undefined ? [] : [`${row}:${before.length + 1} ${code}`];
  });
  assert.notEqual(marked.length, 0);
  const options = ["--noEmit", "--strict", "--types", "", "--target", "es2022", "--module", "nodenext", "--pretty", "false"];
  const { stdout } = spawnSync(process.execPath, [tsc, ...options, "literals.mts"], { cwd: installed, encoding: "utf8" });
  const found = [...stdout.matchAll(/^literals\.mts\((\d+),(\d+)\): error (TS\d+)/gm)].map(([, line, column, code]) => `${line}:${column} ${code}`);
  assert.deepEqual(found, marked, stdout);
});

test("they name exactly the codes that the module has", () => {
  const types = readFileSync(join(home, "index.d.ts"), "utf8");
  const listed = readFileSync(new URL("../../tests/codes.txt", import.meta.url), "utf8").trim().split("\n");
  const names = { error: "ErrorCode", assign: "AssignReason", wait: "WaitReason", gate: "Gate", assignment: "Assignment", rule: "Rule", objective: "Objective", violation: "ViolationCode" };
  const declared = Object.entries(names).flatMap(([kind, name]) => {
    const [, union] = new RegExp(`^export type ${name} =([^;]*);`, "m").exec(types);
    return [...union.matchAll(/"(\w+)"/g)].map(([, code]) => `${kind} ${code}`);
  });
  assert.deepEqual(declared, listed);
});

test("they are the same for both kinds of import", () => {
  assert.equal(readFileSync(join(home, "dist/index.d.cts"), "utf8"), readFileSync(join(home, "index.d.ts"), "utf8"));
});

// The types say what the schema says, field by field: it is turned into lines of which each holds for one field, or for one
// record's list of fields, and the compiler judges them. The schema is itself held against the engine's own types.
test("they are those of the schema", () => {
  const schema = JSON.parse(readFileSync(join(home, "schema.json"), "utf8"));
  const lines = linesOf(schema);
  writeFileSync(join(installed, "wire.mts"), [
    'import type * as E from "evenhand";',
    "type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;",
    "const holds = <T extends true>(): T | undefined => undefined;",
    ...lines.map(([, type, expected]) => `holds<Same<${type}, ${expected}>>();`),
  ].join("\n"));
  const options = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--types", "", "--target", "es2022", "--module", "nodenext"];
  try {
    execFileSync(process.execPath, [tsc, ...options, "wire.mts"], { cwd: installed, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    // Three lines come before; an error of one may be two.
    const wrong = [...new Set([...error.stdout.matchAll(/^wire\.mts\((\d+),/gm)].map(([, line]) => lines[line - 4]))];
    assert.fail(wrong.map(([name, , expected]) => `${name}: the schema says ${expected}`).join("\n") || error.stdout);
  }
  console.log(`${lines.length} fields, lists of fields and lists of values`);
});

/** Returns what is to be said of every record and every list of values: its name, the type of the package, and what it has to be. */
function linesOf({ anyOf: roots, $defs: defs }) {
  const lines = [];
  const seen = new Set();
  // What a caller hands in may be read-only, undefined and a bigint; what a plan brings is plainer.
  const visit = (name, given) => {
    const type = given ? name : ({ Cursor: "PlannedCursor", Turn: "PlannedTurn", SeatSet: "PlannedSeatSet" }[name] ?? name);
    if (seen.has(type)) return `E.${type}`;
    seen.add(type).add(name);
    const { oneOf: values, anyOf: kinds, properties, required } = defs[name];
    if (values) lines.push([type, `E.${type}`, values.map((value) => JSON.stringify(value.const)).join(" | ")]);
    else if (kinds) {
      const names = ["Assigned", "Waits"];
      assert.equal(kinds.length, names.length, name);
      lines.push([type, `E.${type}`, names.map((one) => `E.${one}`).join(" | ")]);
      kinds.forEach((kind, i) => record(names[i], kind.properties, kind.required, given));
    } else record(type, properties, required, given);
    return `E.${type}`;
  };
  const record = (type, properties, required, given) => {
    lines.push([`the fields of ${type}`, `keyof E.${type}`, Object.keys(properties).map((field) => JSON.stringify(field)).join(" | ")]);
    for (const [field, value] of Object.entries(properties)) {
      const needed = required.includes(field);
      const expected = `{ ${field}${needed ? "" : "?"}: ${typeOf(value, given)}${needed || !given ? "" : " | undefined"} }`;
      lines.push([`${type}.${field}`, `Pick<E.${type}, ${JSON.stringify(field)}>`, expected]);
    }
  };
  const typeOf = ({ $ref: ref, const: value, type, items }, given) => {
    if (ref) return visit(ref.replace("#/$defs/", ""), given);
    if (value !== undefined) return JSON.stringify(value);
    if (Array.isArray(type)) return type.map((one) => typeOf({ type: one }, given)).join(" | ");
    if (type === "array") return `${given ? "readonly " : ""}${typeOf(items, given)}[]`;
    return { integer: given ? "E.Integer" : "number", string: "string", boolean: "boolean", null: "null" }[type];
  };
  for (const { $ref: ref } of roots) visit(ref.replace("#/$defs/", ""), ref.endsWith("/Snapshot"));
  assert.deepEqual(Object.keys(defs).filter((name) => !seen.has(name)), []);
  return lines;
}
