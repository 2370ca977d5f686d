// Where lines for people go: standard output, unless somebody who draws there takes them.

import { Writable } from 'node:stream';

let taker;

/** A stream like standard output. */
export const lines = new Writable({
  write(chunk, _encoding, done) {
    if (taker) taker(String(chunk));
    else process.stdout.write(chunk);
    done();
  },
});

/** Hands every line to `take` from now on. Returns what ends that. */
export function takeLines(take) {
  taker = take;
  return () => { taker = undefined; };
}
