// How long the package takes beside plain JavaScript that hands out in the same turns: in Node and in a page.

/** By how many conversations: how many rounds are enough, and how many calls a clock of milliseconds needs in each. */
const ROUNDS = [[1_000, 30, 50], [10_000, 30, 3], [200_000, 15, 1], [Infinity, 5, 1]];

const median = (times) => times.sort((one, other) => one - other)[times.length >> 1];

/** Returns the median of plain JavaScript in milliseconds, and how many times that the others take: each in turn, in one run. */
export function ratios(snapshot, plain, { plan, planJson }) {
  const text = JSON.stringify(snapshot);
  if (planJson(text) !== JSON.stringify(plain(snapshot))) throw new Error('plain JavaScript plans something else');
  if (planJson(text) !== JSON.stringify(plan(snapshot))) throw new Error('objects are planned otherwise than text');
  const calls = [() => plain(snapshot), () => plan(snapshot), () => planJson(text), () => JSON.parse(planJson(JSON.stringify(snapshot)))];
  const taken = calls.map(() => []);
  const [, rounds, times] = ROUNDS.find(([most]) => snapshot.conversations.length <= most);
  for (let round = 0; round < rounds; round += 1) {
    calls.forEach((call, at) => {
      const start = performance.now();
      for (let n = 0; n < times; n += 1) call();
      taken[at].push((performance.now() - start) / times);
    });
  }
  const [own, ...others] = taken.map(median);
  return [own, ...others.map((other) => other / own)];
}
