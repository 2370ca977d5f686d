// The package in headless Chromium without a bundler, and told where the module is; with one: ../environments/.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";
import { build } from "esbuild";
import puppeteer from "puppeteer-core";
import { desk, evenhand, home, installed } from "./support.mjs";

const types = { ".js": "text/javascript", ".wasm": "application/wasm", ".html": "text/html" };
const files = new Map([["/", "<!doctype html><title>evenhand</title>"]]);
let browser;
let server;
let address;
const profile = mkdtempSync(join(tmpdir(), "evenhand-browser-"));

before(async () => {
  server = createServer(({ url }, response) => {
    const body = files.get(url);
    response.writeHead(body === undefined ? 404 : 200, { "content-type": types[extname(url)] ?? types[".html"] });
    response.end(body);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  address = `http://127.0.0.1:${server.address().port}`;
  browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM,
    userDataDir: profile,
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
});

after(async () => {
  await browser?.close();
  server?.close();
  rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
});

/** Runs a module in a page of its own and returns what it sets `result` to. */
async function run(path) {
  const page = await browser.newPage();
  const trouble = [];
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("console", (message) => trouble.push(message.text()));
  page.on("requestfailed", (request) => trouble.push(`failed: ${request.url()}`));
  await page.goto(address);
  const result = await page.evaluate((path) => import(path).then(({ result }) => result), path);
  await page.close();
  // Only the icon that browsers look for is not there.
  assert.deepEqual(trouble.filter((line) => !line.includes("404")), []);
  return result;
}

async function bundle(contents) {
  const options = { bundle: true, format: "esm", write: false, logLevel: "silent" };
  const output = await build({ stdin: { contents, resolveDir: installed }, ...options });
  assert.equal(output.outputFiles.length, 1);
  return output.outputFiles[0].text;
}

const use = `
  const snapshot = ${JSON.stringify(desk())};
  let refused;
  try { plan({}); } catch (error) { refused = error instanceof EvenhandError && error.code; }
  export const result = [JSON.stringify(plan(snapshot)), planJson(JSON.stringify(snapshot)), refused, Number.isSafeInteger(newSeed())];
`;
const wanted = (() => {
  const text = evenhand.planJson(JSON.stringify(desk()));
  return [text, text, "missing_field", true];
})();

test("as it is, without a bundler", async () => {
  files.set("/index.js", readFileSync(join(home, "dist/index.js")));
  files.set("/raw.js", `import { EvenhandError, newSeed, plan, planJson } from "./index.js"; ${use}`);
  assert.deepEqual(await run("/raw.js"), wanted);
});

test("from ./web, from an address, a response, bytes and a module", async () => {
  files.set("/evenhand.wasm", readFileSync(join(home, "dist/evenhand.wasm")));
  const sources = [
    `"/evenhand.wasm"`,
    `new URL("/evenhand.wasm", location.href)`,
    `fetch("/evenhand.wasm")`,
    `await fetch("/evenhand.wasm")`,
    `await (await fetch("/evenhand.wasm")).arrayBuffer()`,
    `await WebAssembly.compileStreaming(fetch("/evenhand.wasm"))`,
  ];
  for (const [i, source] of sources.entries()) {
    const contents = `import { EvenhandError, init, newSeed, plan, planJson } from "evenhand/web"; await init(${source}); ${use}`;
    files.set(`/web${i}.js`, await bundle(contents));
    assert.deepEqual(await run(`/web${i}.js`), wanted, source);
  }
});
