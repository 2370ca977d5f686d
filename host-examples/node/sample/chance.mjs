// Chance with a seed: the same keys give the same draws, whatever was drawn before and elsewhere.

import { createHash } from 'node:crypto';
import { randomExponential, randomLogNormal, randomPoisson, randomUniform } from 'd3-random';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Returns draws that depend on `keys` and on nothing else. */
export function chance(...keys) {
  const generator = xoroshiro128plus(digest(keys).readInt32LE());
  const source = () => uniformFloat64(generator);
  return {
    /** From 0 to below 1. */
    fraction: source,
    /** True once in `1 / probability`. */
    happens: (probability) => source() < probability,
    between: (low, high) => randomUniform.source(source)(low, high)(),
    /** How often what happens `mean` times on average happens. */
    count: (mean) => randomPoisson.source(source)(mean)(),
    /** How long until what happens every `mean` on average happens. */
    wait: (mean) => randomExponential.source(source)(1 / mean)(),
    /** How long what people do takes: half of the time below `median`, now and then much longer. */
    effort: (median, spread) => randomLogNormal.source(source)(Math.log(median), spread)(),
  };
}

/** Returns a UUID that depends on `keys` and on nothing else. */
export function uuid(...keys) {
  const hex = digest(keys).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
}

function digest(keys) {
  return createHash('sha256').update(JSON.stringify(keys)).digest();
}
