// Static files as a careful company serves them: from some folder of a server, under a strict policy, and what is
// not there is an error.

import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';

export const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; worker-src 'self'; connect-src 'self'; img-src 'self' data: blob:";

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

export interface Site {
  address: string;
  /** Bytes of gzip that went out until now. */
  sent: () => number;
  close(): void;
}

/** Serves a folder as `/some/folder/`; its files are read now, so a build that goes on meanwhile changes nothing. */
export async function serve(folder: string): Promise<Site> {
  const files = new Map<string, { body: Buffer; type: string }>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const file = { body: gzipSync(readFileSync(path)), type: TYPES[extname(path)] ?? 'application/octet-stream' };
    const url = `/some/folder/${relative(folder, path).split('\\').join('/')}`;
    files.set(url, file);
    if (entry.name === 'index.html') files.set(url.slice(0, -entry.name.length), file);
  }
  let sent = 0;
  const server: Server = createServer(({ url = '' }, response) => {
    const file = files.get(url.replace(/\?.*/, ''));
    if (file) response.writeHead(200, { 'content-type': file.type, 'content-encoding': 'gzip', 'content-security-policy': POLICY });
    // What browsers look for by themselves.
    else response.writeHead(url === '/favicon.ico' ? 204 : 404);
    sent += file?.body.length ?? 0;
    response.end(file?.body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/some/folder/`,
    sent: () => sent,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
