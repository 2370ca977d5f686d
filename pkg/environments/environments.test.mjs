// Every environment of the README: built and run there as it is written, and held to the exact answers.
import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as pages from "./pages.mjs";
import { project, run, serving, tarball } from "./projects.mjs";
import { planned, questions, refused } from "./questions.mjs";
import { sections } from "./readme.mjs";

const PAGE = '<!doctype html><meta charset="utf-8"><title>desk</title><body><script type="module" src="main.js"></script>';
const page = sections.get("In a page").files;
const desk = JSON.stringify({
  snapshot: planned[0].snapshot,
  plan: planned[0].plan,
  broken: refused.snapshot,
  error: refused.error,
});
const tested = new Set(["In a page"]);

/** Tests a section of the README. */
function environment(name, body) {
  tested.add(name);
  test(name, async () => {
    await body(sections.get(name));
  });
}

before(pages.open);
after(pages.close);

/** Builds a page by the commands of its section, and returns the folder that is served. */
async function built(folder, commands) {
  for (const command of commands) await run(command, folder);
  return join(folder, "dist");
}

for (const [name, slug] of [["Vite", "vite"], ["webpack", "webpack"], ["esbuild", "esbuild"], ["Rollup", "rollup"]]) {
  environment(name, async ({ files, commands }) => {
    const folder = project(slug, { "index.html": PAGE, ...page, ...files });
    const dist = await built(folder, commands);
    // Vite writes its own.
    if (name !== "Vite") writeFileSync(join(dist, "index.html"), PAGE);
    await pages.answersInPages(dist);
  });

  test(`${name} leaves nothing of what is imported and not used`, async () => {
    const contents = 'import { EvenhandError, newSeed, plan, planJson, version } from "evenhand";\nimport "evenhand/web";\ndocument.title = "nothing";\n';
    const { files, commands } = sections.get(name);
    const dist = await built(project(`${slug}-unused`, { "index.html": PAGE, ...files, "main.js": contents }), commands);
    const scripts = readdirSync(dist, { recursive: true }).filter((name) => name.endsWith(".js"));
    assert.equal(scripts.length, 1);
    const script = readFileSync(join(dist, scripts[0]), "utf8");
    assert.match(script, /document\.title ?= ?["`]nothing["`]/);
    // What is left is the bundler's own.
    assert.doesNotMatch(script, /evenhand|wasm|internal error/i);
    assert.deepEqual(readdirSync(dist, { recursive: true }).filter((name) => name.endsWith(".wasm")), []);
  });
}

environment("A page that counts bytes", async ({ files, commands }) => {
  const dist = await built(project("bytes", { "index.html": PAGE, ...files }), commands);
  const written = readdirSync(dist, { recursive: true });
  assert.equal(written.filter((name) => name.endsWith(".wasm")).length, 1);
  await pages.shows(dist, questions[0].text, questions[0].shown);
  await pages.shows(dist, questions[1].text, questions[1].shown);
});

environment("A Web Worker", async ({ files, commands }) => {
  await pages.answersInPages(await built(project("worker", { "index.html": PAGE, ...files }), commands));
});

environment("A Content-Security-Policy", async ({ headers }) => {
  const dist = await built(project("policy", page), sections.get("esbuild").commands);
  writeFileSync(join(dist, "index.html"), PAGE);
  await pages.answersInPages(dist, headers);
  // It is the policy that lets it run.
  const stricter = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace(" 'wasm-unsafe-eval'", "")]));
  assert.notDeepEqual(stricter, headers);
  await pages.shows(dist, questions[0].text, "internal at ", stricter, true);
});

environment("Next.js", async ({ files, commands: [build, start] }) => {
  const layout = 'export default ({ children }) => <html><body>{children}</body></html>;\n';
  const folder = project("next", { ...files, "app/layout.js": layout, "app/desk.json": JSON.stringify(planned[0].snapshot) });
  await run(build, folder);
  // At home even this runtime compiles bytes; where it is deployed it takes nothing but a file.
  const edge = readdirSync(join(folder, ".next/server/edge"), { recursive: true });
  assert.equal(edge.filter((name) => name.endsWith(".wasm")).length, 1, "the module is a file of the edge runtime");
  await serving(start, folder, async (address) => {
    await answersRequests(`${address}/plan`);
    await pages.inEveryBrowser(address, async (page, name, said) => {
      await page.waitForFunction(() => document.getElementById("browser").textContent !== "", { timeout: 120_000 });
      const shown = await page.evaluate(async () => {
        const sent = new DOMParser().parseFromString(await (await fetch("/")).text(), "text/html");
        return [sent, document].map((page) => ["server", "browser"].map((id) => page.getElementById(id).textContent));
      });
      assert.deepEqual(shown, [[planned[0].plan, ""], [planned[0].plan, planned[0].plan]], name);
      assert.deepEqual(said.filter((line) => !line.includes("404")), [], name);
    });
  });
});

environment("Cloudflare Workers", async ({ files, commands: [start] }) => {
  await serving(start, project("workers", files), answersRequests);
});

/** Posts every question to a handler. */
async function answersRequests(address) {
  const ask = async (snapshot) => {
    const response = await fetch(address, { method: "POST", body: JSON.stringify(snapshot) });
    return [response.status, await response.text()];
  };
  for (const { snapshot, plan } of planned) {
    assert.deepEqual(await ask(snapshot), [200, plan]);
  }
  assert.deepEqual(await ask(refused.snapshot), [422, JSON.stringify(refused.error)]);
}

for (const [name, slug] of [["Deno", "deno"], ["Bun", "bun"]]) {
  environment(name, async ({ files, commands: [command] }) => {
    const folder = project(slug, files, { type: "module" });
    await printsAnswers(command, folder, questions);
  });
}

environment("Any other runtime", async ({ files, commands: [command] }) => {
  await printsAnswers(command, project("core", files), planned.map(({ snapshot, plan }) => ({
    text: JSON.stringify(snapshot),
    shown: `{"ok":${plan}}`,
  })));
});

/** Runs a program once per question, and compares all that it prints. */
async function printsAnswers(command, folder, questions) {
  for (const { text, shown } of questions) {
    writeFileSync(join(folder, "snapshot.json"), text);
    assert.equal((await run(command, folder)).all, `${shown}\n`);
  }
}

for (const [name, slug, manifest, flag] of [
  ["Jest", "jest", {}, "--json"],
  ["Vitest", "vitest", { type: "module" }, "--reporter=json"],
]) {
  environment(name, async ({ files, commands: [command] }) => {
    const folder = project(slug, { ...files, "desk.json": desk }, manifest);
    const report = JSON.parse((await run(`${command} ${flag}`, folder)).out);
    assert.deepEqual([report.numTotalTests, report.numPassedTests], [2, 2]);
    // It is our answer that they compare.
    writeFileSync(join(folder, "desk.json"), desk.replace('\\"turn\\"', '\\"luck\\"'));
    await assert.rejects(run(command, folder), /luck/);
  });
}

const judged = project("judged", {});
cpSync(tarball, join(judged, "evenhand.tgz"));

test("publint has nothing to say", async () => {
  assert.match((await run("publint --strict evenhand.tgz", judged)).out, /All good!/);
});

test("the types resolve as the code does, for every kind of import", async () => {
  // Files that are no code have no types.
  const { out } = await run("attw evenhand.tgz --format json --exclude-entrypoints evenhand.wasm core.wasm component.wasm", judged);
  const { analysis, problems } = JSON.parse(out);
  assert.deepEqual(Object.keys(analysis.entrypoints), [".", "./web", "./schema.json", "./words.json", "./package.json"]);
  assert.deepEqual(problems, {});
});

test("every section of the README is an environment, and the other way round", () => {
  assert.deepEqual([...tested].sort(), [...sections.keys()].sort());
  console.log(`${tested.size - 1} environments`);
  assert.ok(tested.size > 1, "no environments");
});
