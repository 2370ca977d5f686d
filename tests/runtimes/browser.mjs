// Opens page.mjs in a browser: node browser.mjs chrome|firefox PROGRAM FOLDER
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import puppeteer from "puppeteer-core";

const [browser, executablePath, folder] = process.argv.slice(2);
const PAGE = `<!doctype html><link rel="icon" href="data:,"><script type="importmap">
  {"imports": {"evenhand": "./node_modules/evenhand/dist/index.js"}}
</script>`;
const types = { ".mjs": "text/javascript", ".js": "text/javascript" };

const server = createServer(({ url }, response) => {
  if (url === "/") {
    response.writeHead(200, { "content-type": "text/html" }).end(PAGE);
  } else {
    response.writeHead(200, { "content-type": types[extname(url)] ?? "application/octet-stream" });
    response.end(readFileSync(join(folder, url)));
  }
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));

const profile = mkdtempSync(join(tmpdir(), "evenhand-suite-"));
const chromes = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const launched = await puppeteer.launch({
  browser,
  executablePath,
  userDataDir: profile,
  args: browser === "chrome" ? chromes : [],
  // A busy machine takes its time.
  protocolTimeout: 300_000,
});
let right = false;
try {
  const page = await launched.newPage();
  page.on("pageerror", (error) => console.log(String(error)));
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const name = await launched.version();
  const result = await page.evaluate(async (name) => (await import("./page.mjs")).result(name), name);
  result.lines.forEach((line) => console.log(line));
  ({ right } = result);
} finally {
  await launched.close();
  server.close();
  rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
}
process.exit(right ? 0 : 1);
