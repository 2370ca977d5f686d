// What the objective `most` gains and costs: `node most.mjs gain` and `node most.mjs cost`.
//
// Every desk is made from a number, so that the counts are the same on every machine; the times are not.

import { planJson } from '../pkg/node.js';

/** Returns a generator of whole numbers below a bound: mulberry32. */
function random(seed) {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) % bound;
  };
}

/** Returns some of the numbers below `count`, each once. */
function some(below, count, howMany) {
  const numbers = Array.from({ length: count }, (_, n) => n);
  for (let n = 0; n < howMany; n += 1) {
    const other = n + below(count - n);
    [numbers[n], numbers[other]] = [numbers[other], numbers[n]];
  }
  return numbers.slice(0, howMany);
}

/**
 * Returns a desk whose queue takes `load` of all the room that its agents have.
 *
 * An agent is in 1 to `teamsEach` teams, knows 1 to `skillsEach` skills, and has room for half to one and a half times the
 * mean. A conversation needs none or one of the skills, and is of one of `kinds` kinds, where they are given.
 */
function desk({ conversations, agents, teams, skills, load, teamsEach = 2, skillsEach = 4, kinds, seed = 1 }) {
  const below = random(seed);
  const mean = conversations / load / agents;
  const members = Array.from({ length: teams }, () => []);
  const people = Array.from({ length: agents }, (_, n) => {
    const id = `a${n}`;
    for (const team of some(below, teams, 1 + below(teamsEach))) members[team].push({ agent: id });
    return {
      id,
      availability: 'online',
      load: 0,
      capacity: Math.max(1, Math.round(mean / 2 + (below(1001) / 1000) * mean)),
      skills: some(below, skills, 1 + below(skillsEach)).map((skill) => ({ skill: `s${skill}` })),
    };
  });
  const kind = () => ({ team: `t${below(teams)}`, needs: below(3) === 0 ? [] : [{ skill: `s${below(skills)}` }] });
  const known = kinds && Array.from({ length: kinds }, kind);
  return {
    version: 1,
    agents: people,
    teams: members.map((team, n) => ({ id: `t${n}`, assignment: 'round_robin', members: team })),
    conversations: Array.from({ length: conversations }, (_, n) => ({
      id: `c${n}`,
      ...(known ? known[below(kinds)] : kind()),
    })),
  };
}

const assigned = (text) => JSON.parse(text).decisions.filter(({ agent }) => agent !== null).length;

/** Prints how many conversations `in_order` leaves waiting and `most` serves. */
function gain() {
  const DESKS = 20;
  const ways = [
    ['one skill and one team each', { teamsEach: 1, skillsEach: 1 }],
    ['one team, skills overlap', { teamsEach: 1, skillsEach: 4 }],
    ['teams overlap, one skill', { teamsEach: 3, skillsEach: 1 }],
    ['teams and skills overlap', { teamsEach: 3, skillsEach: 4 }],
    ['everybody may take everything', { teams: 1, skills: 1, teamsEach: 1, skillsEach: 1 }],
  ];
  console.log(`\n| ${DESKS} desks of 60 agents and 400 conversations | 50 % load | 80 % | 90 % | 100 % | 120 % | 150 % |`);
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const [name, way] of ways) {
    const cells = [0.5, 0.8, 0.9, 1, 1.2, 1.5].map((load) => {
      let [inOrder, most] = [0, 0];
      for (let seed = 1; seed <= DESKS; seed += 1) {
        const of = desk({ conversations: 400, agents: 60, teams: 4, skills: 6, load, seed, ...way });
        inOrder += assigned(planJson(JSON.stringify(of)));
        most += assigned(planJson(JSON.stringify({ ...of, objective: 'most' })));
      }
      return `${most - inOrder} (${((100 * (most - inOrder)) / (400 * DESKS)).toFixed(1)} %)`;
    });
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
}

const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];

/** Prints the medians of one call from text to text, both objectives in turn. */
function cost() {
  const sizes = [
    ['2,000 x 200, 20 teams, 12 skills', { conversations: 2_000, agents: 200, teams: 20, skills: 12 }, [0.9, 1.5], 31],
    ['100,000 x 1,000, 400 classes', { conversations: 100_000, agents: 1_000, teams: 20, skills: 30, kinds: 400 }, [0.95, 1.5], 7],
    ['1,000,000 x 10,000, 2,000 classes', { conversations: 1_000_000, agents: 10_000, teams: 200, skills: 30, kinds: 2_000 }, [0.95, 1.5], 3],
  ];
  console.log('\n| conversations x agents | load | `most`, ms | `in_order`, ms | ratio | served by `most` | by `in_order` |');
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const [name, size, loads, rounds] of sizes) {
    for (const load of loads) {
      const of = desk({ ...size, load });
      const texts = [JSON.stringify({ ...of, objective: 'most' }), JSON.stringify(of)];
      const times = [[], []];
      const served = texts.map((text) => assigned(planJson(text)));
      for (let round = 0; round < rounds; round += 1) {
        for (const [which, text] of texts.entries()) {
          const start = performance.now();
          planJson(text);
          times[which].push(performance.now() - start);
        }
      }
      const [most, inOrder] = times.map(median);
      const cells = [`${100 * load} %`, most.toFixed(1), inOrder.toFixed(1), (most / inOrder).toFixed(2), ...served];
      console.log(`| ${name} | ${cells.join(' | ')} |`);
    }
  }
}

({ gain, cost })[process.argv[2]]();
