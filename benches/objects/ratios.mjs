// How long the package takes beside plain JavaScript that hands out in the same turns: in Node and in a page.

/** By how many conversations so many rounds are enough. */
const ROUNDS = [[1_000, 300], [10_000, 60], [200_000, 15], [Infinity, 5]];

const median = (times) => times.sort((one, other) => one - other)[times.length >> 1];

/** Returns the median of plain JavaScript in milliseconds, and how many times that the others take: each in turn, in one run. */
export function ratios(snapshot, plain, { plan, planJson }) {
  const text = JSON.stringify(snapshot);
  if (planJson(text) !== JSON.stringify(plain(snapshot))) throw new Error('plain JavaScript plans something else');
  if (planJson(text) !== JSON.stringify(plan(snapshot))) throw new Error('objects are planned otherwise than text');
  const calls = [() => plain(snapshot), () => plan(snapshot), () => planJson(text), () => JSON.parse(planJson(JSON.stringify(snapshot)))];
  const times = calls.map(() => []);
  const [, rounds] = ROUNDS.find(([most]) => snapshot.conversations.length <= most);
  for (let round = 0; round < rounds; round += 1) {
    calls.forEach((call, at) => {
      const start = performance.now();
      call();
      times[at].push(performance.now() - start);
    });
  }
  const [own, ...others] = times.map(median);
  return [own, ...others.map((other) => other / own)];
}
