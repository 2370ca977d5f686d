// Sits between a host and PostgreSQL and reads along: which snapshot the host was given, which plan
// it sent. It tells when a message is about to pass, so that a test can kill somebody at that moment.

import { connect, createServer } from 'node:net';

/**
 * Opens a door to the server behind `url`.
 * @param {string} url
 * @param {object[]} [heard] a list to go on with
 * @returns {Promise<{
 *   url: string,
 *   heard: {sql: string, values: (string | null)[], row: (string | null)[] | null, asked: number}[],
 *   on: ((what: 'ask' | 'answer', statement: object) => 'pass' | 'half' | 'drop') | null,
 *   close: () => Promise<void>,
 * }>} `heard` grows with every statement, `row` is there once the answer passed; `on` is the test's own
 */
export async function openTap(url, heard = []) {
  const { hostname, port } = new URL(url);
  const sockets = new Set();
  const tap = { heard, on: null };
  const server = createServer((host) => {
    const database = connect(Number(port), hostname);
    const names = new Map();
    const bound = new Map();
    let last = null;
    for (const socket of [host, database]) {
      sockets.add(socket.setNoDelay());
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        host.destroy();
        database.destroy();
      });
    }
    const say = (what) => (last && tap.on ? tap.on(what, last) : 'pass');
    forward(host, database, true, (type, body) => {
      const text = strings(body);
      if (type === 'P') names.set(text.next(), text.next());
      else if (type === 'B') {
        const portal = text.next();
        bound.set(portal, { sql: names.get(text.next()), values: text.values(), row: null });
      } else if (type === 'Q') last = { sql: text.next(), values: [], row: null };
      else if (type === 'E') last = bound.get(text.next());
      if (type !== 'Q' && type !== 'E') return 'pass';
      tap.heard.push(last);
      return say('ask');
    });
    forward(database, host, false, (type, body) => {
      if (type === 'D' && last) last.row = row(body);
      return type === 'C' ? say('answer') : 'pass';
    });
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const door = new URL(url);
  door.port = server.address().port;
  tap.url = door.href;
  tap.close = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => { server.close(resolve); });
  };
  return tap;
}

/** Passes on what comes, whole messages looked at first. What is not passed breaks the connection. */
function forward(from, to, greeting, look) {
  let rest = Buffer.alloc(0);
  from.on('data', (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      // A client's first message has no type.
      const head = greeting ? 0 : 1;
      if (rest.length < head + 4) break;
      const end = head + rest.readInt32BE(head);
      if (rest.length < end) break;
      const verdict = greeting ? 'pass' : look(String.fromCharCode(rest[0]), rest.subarray(5, end));
      if (verdict !== 'pass') {
        if (verdict === 'half') to.write(rest.subarray(0, end >> 1));
        from.removeAllListeners('data');
        from.end();
        to.end();
        return;
      }
      greeting = false;
      to.write(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  });
}

function strings(body) {
  let at = 0;
  const count = () => {
    at += 2;
    return body.readInt16BE(at - 2);
  };
  const next = () => {
    const end = body.indexOf(0, at);
    const text = body.toString('utf8', at, end);
    at = end + 1;
    return text;
  };
  const values = () => {
    for (let formats = count(); formats > 0; formats -= 1) count();
    return fields(body, at);
  };
  return { next, values };
}

const row = (body) => fields(body, 0);

/** A count, and as many texts with their lengths before them; -1 is null. */
function fields(body, from) {
  let at = from + 2;
  return Array.from({ length: body.readInt16BE(from) }, () => {
    const length = body.readInt32BE(at);
    at += 4;
    if (length < 0) return null;
    at += length;
    return body.toString('utf8', at - length, at);
  });
}
