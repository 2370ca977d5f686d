// `node objects.mjs [chrome PATH] [firefox PATH]`: what `plan(objects)` costs beside plain JavaScript, here and in browsers.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import * as evenhand from '../../pkg/node.js';
import { plan as plain } from '../runtimes/plain.mjs';
import { SIZES, snapshotOf } from '../runtimes/snapshots.mjs';
import { ratios } from './ratios.mjs';

// That of the package's tests.
const puppeteer = createRequire(new URL('../../pkg/tests/', import.meta.url))('puppeteer-core');
const DESKS = [...SIZES, { name: '1000x1000000', agents: 1_000, teams: 25, conversations: 1_000_000 }];
const ROOT = new URL('../../', import.meta.url);

function line(where, name, [own, ...others]) {
  console.log(`| ${[where, name, `${own.toFixed(2)} ms`, ...others.map((ratio) => ratio.toFixed(2))].join(' | ')} |`);
}

/** Measures every desk in a page of a browser. */
async function inBrowser(kind, executablePath) {
  const server = createServer(({ url }, response) => {
    const desk = DESKS.find(({ name }) => url === `/${name}`);
    const type = url === '/' ? 'text/html' : desk ? 'application/json' : 'text/javascript';
    response.setHeader('content-type', type);
    response.end(url === '/' ? '<!doctype html><link rel=icon href=data:,>' : desk ? JSON.stringify(snapshotOf(desk)) : readFileSync(new URL(`.${url}`, ROOT)));
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const args = kind === 'chrome' ? ['--no-sandbox', '--disable-gpu'] : [];
  const browser = await puppeteer.launch({ browser: kind, executablePath, args, protocolTimeout: 600_000 });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    for (const { name } of DESKS) {
      const measured = await page.evaluate(async (name) => {
        const [{ ratios }, { plan }, evenhand, desk] = await Promise.all([
          import('/benches/objects/ratios.mjs'),
          import('/benches/runtimes/plain.mjs'),
          import('/pkg/dist/index.js'),
          fetch(`/${name}`).then((found) => found.json()),
        ]);
        return ratios(desk, plan, evenhand);
      }, name);
      line(kind, name, measured);
    }
  } finally {
    await browser.close();
    server.close();
  }
}

console.log('| where | agents x conversations | plain JavaScript | plan(objects) | planJson(text) | by hand: parse, planJson, stringify |');
console.log('| --- | --- | --- | --- | --- | --- |');
for (const desk of DESKS) line('node', desk.name, ratios(snapshotOf(desk), plain, evenhand));
for (let at = 2; at < process.argv.length; at += 2) await inBrowser(process.argv[at], process.argv[at + 1]);
