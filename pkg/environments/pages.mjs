// Pages in real browsers.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import puppeteer from "puppeteer-core";
import { questions } from "./questions.mjs";

const chromes = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const types = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm", ".json": "application/json" };

/** Name to browser, once `open` was called. */
const browsers = new Map();
const profiles = [];

/** Starts the browsers. */
export async function open() {
  for (const [browser, executablePath, args] of [["chrome", process.env.CHROMIUM, chromes], ["firefox", process.env.FIREFOX, []]]) {
    const userDataDir = mkdtempSync(join(tmpdir(), "evenhand-environment-"));
    profiles.push(userDataDir);
    // A busy machine takes its time.
    const options = { userDataDir, protocolTimeout: 300_000, timeout: 120_000 };
    const launched = await puppeteer.launch({ browser, executablePath, args, ...options });
    browsers.set(await launched.version(), launched);
  }
}

/** Ends the browsers. */
export async function close() {
  await Promise.all([...browsers.values()].map((browser) => browser.close()));
  profiles.forEach((profile) => rmSync(profile, { recursive: true, force: true, maxRetries: 3 }));
}

/** Opens an address in every browser, and hands over the page and what its console said. */
export async function inEveryBrowser(address, body) {
  for (const [name, browser] of browsers) {
    const page = await browser.newPage();
    const said = [];
    page.on("pageerror", (error) => said.push(String(error)));
    page.on("console", (message) => said.push(message.text()));
    await page.goto(address);
    await body(page, name, said);
    await page.close();
  }
}

/** Opens the built page of a project for every question, and compares what it shows. */
export async function answersInPages(folder, headers = {}) {
  for (const { text, shown } of questions) {
    await shows(folder, text, shown, headers);
  }
}

/** Opens a page with a snapshot, and compares what it shows; it says nothing on its console. */
export async function shows(folder, snapshot, shown, headers = {}, mayTalk = false) {
  const server = createServer(({ url }, response) => {
    const path = url === "/" ? "/index.html" : url;
    const body = path === "/snapshot.json" ? snapshot : path === "/favicon.ico" ? "" : read(join(folder, path));
    response.writeHead(body === undefined ? 404 : 200, { "content-type": types[extname(path)] ?? "text/plain", ...headers });
    response.end(body);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  try {
    await inEveryBrowser(`http://127.0.0.1:${server.address().port}/`, async (page, name, said) => {
      await Promise.race([
        page.waitForFunction(() => document.body.textContent.trim() !== "", { timeout: 120_000 }),
        ...(mayTalk ? [] : [new Promise((_, fail) => page.on("pageerror", fail))]),
      ]);
      assert.equal(await page.evaluate(() => document.body.textContent), shown, name);
      if (!mayTalk) assert.deepEqual(said, [], name);
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function read(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
