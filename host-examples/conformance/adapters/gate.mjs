// A door to a database that holds what a host sends: for hosts in processes of their own.

import { connect, createServer } from 'node:net';

/**
 * Opens a door to the server behind `url`. The first piece of data that contains `text` is held until `meanwhile` has ended, and so is
 * all data after it.
 */
export async function openGate(url, text, meanwhile) {
  const { hostname, port } = new URL(url);
  const sockets = new Set();
  let shut = true;
  const server = createServer((host) => {
    const database = connect(Number(port), hostname);
    for (const [from, to] of [[host, database], [database, host]]) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => to.destroy());
    }
    database.on('data', (chunk) => host.write(chunk));
    host.on('data', async (chunk) => {
      if (shut && chunk.includes(text)) {
        shut = false;
        host.pause();
        await meanwhile();
        host.resume();
      }
      database.write(chunk);
    });
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const door = new URL(url);
  door.port = server.address().port;
  return {
    url: door.href,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => { server.close(resolve); });
    },
  };
}
