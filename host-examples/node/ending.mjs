// How the host ends: told by a signal, and never without limit.

import { setTimeout as sleep } from 'node:timers/promises';

const SIGNALS = { SIGINT: 130, SIGTERM: 143 };

/** The exit code of a host whose running tick took longer than the grace it had. */
export const OUT_OF_GRACE = 4;

/**
 * Listens for signals from now on. Returns the signal that is aborted by the first one, or when nobody
 * reads the output any longer. If the process is still there `grace` seconds later, or a second signal
 * comes, it is left at once: a claim is one statement, so that harms nothing.
 */
export function listenForEnd(log, grace) {
  const end = new AbortController();
  const begin = () => {
    end.abort();
    setTimeout(() => {
      log.error({ event: 'left', grace }, `the running tick did not end within ${grace} s and is left; its claim is written whole, not at all, or is settled by the next tick`);
      process.exit(OUT_OF_GRACE);
    }, grace * 1000).unref();
  };
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (end.signal.aborted) process.exit(code);
      log.info({ event: 'stopping', signal }, `${signal}: ending after the running tick`);
      begin();
    });
  }
  process.stdout.on('error', () => {
    if (!end.signal.aborted) begin();
  });
  return end.signal;
}

/** Returns what `promise` comes to, or throws the signal's reason as soon as it is aborted. */
export function unlessAborted(promise, signal) {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Closes `desk`; where even that has no answer within `seconds`, the process ends with `code`. */
export async function closeWithin(seconds, desk, code) {
  const closed = new AbortController();
  const late = sleep(seconds * 1000, 'late', { signal: closed.signal }).catch(() => {});
  const how = await Promise.race([desk.close().then(() => 'closed', () => 'closed'), late]);
  closed.abort();
  if (how === 'late') process.exit(code);
}
