// Chance with a seed: the same keys give the same draws, whatever was drawn before and elsewhere.

import { randomExponential, randomLogNormal, randomPoisson } from 'd3-random';
import murmurhash from 'murmurhash';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

const utf8 = new TextEncoder();

export interface Chance {
  /** From 0 to below 1. */
  fraction(): number;
  /** How often what happens `mean` times on average happens. */
  count(mean: number): number;
  /** How long until what happens every `mean` on average happens. */
  wait(mean: number): number;
  /** How long what people do takes: half of the time below `median`, now and then much longer. */
  effort(median: number, sigma: number): number;
}

/** Returns draws that depend on `keys` and on nothing else. */
export function chance(...keys: (string | number)[]): Chance {
  const bytes = utf8.encode(JSON.stringify(keys));
  const generator = xoroshiro128plusFromState([1, 2, 3, 4].map((part) => murmurhash.v3(bytes, part) | 0));
  const fraction = () => uniformFloat64(generator);
  return {
    fraction,
    count: (mean) => randomPoisson.source(fraction)(mean)(),
    wait: (mean) => randomExponential.source(fraction)(1 / mean)(),
    effort: (median, sigma) => randomLogNormal.source(fraction)(Math.log(median), sigma)(),
  };
}
