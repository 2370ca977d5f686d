// What every host gets into sooner or later, and who must have which conversation then.
//
// Whoever joins a rotation first is drawn by chance. So the order in which three agents get their first three conversations is
// looked up, and they are called x, y and z from then on; every turn after that is determined.

import { setTimeout as sleep } from 'node:timers/promises';

/** What every host must keep. */
export const INVARIANTS = {
  1: 'one writer per cursor: a plan is written only while the version is that of its snapshot',
  2: 'every member is listed, including those who are away',
  3: 'the claim is atomic and writes only rows that are still as the plan saw them; lost decisions come back',
  4: 'ids are text',
  5: 'times are the database\'s',
};

/** The host broke an invariant. */
export class Broken extends Error {
  constructor(invariant, message) {
    super(message);
    this.invariant = invariant;
  }
}

/** The adapter does not do what it must. */
export class Unusable extends Error {}

export const SITUATIONS = [];
/** Adds a situation; one that `needs` something is left out where the adapter is `without` it. */
const situation = (name, run, needs) => SITUATIONS.push({ name, run, needs });

situation('nothing happens: turn by turn', async (host) => {
  const desk = await open(host, 3);
  same(await desk.come(6), 'xyzxyz', desk.after('turns'));
  // And in one tick.
  await host.add(desk.next(6));
  await host.tick();
  same(await desk.last(6), 'xyzxyz', 'six conversations in one tick, the oldest first');
});

situation('a person is faster', async (host) => {
  const desk = await open(host, 3);
  const [{ id }] = await desk.add(1);
  await held(host, () => host.take(id, desk.agent('z')));
  same(await desk.last(1), 'z', `a person gave conversation ${id} to z after the host had read the desk, and it must stay there`);
  same(await desk.come(6), 'xyzxyz', desk.after('x lost a conversation to somebody faster, and gets the turn back'));
});

situation('two hosts at once', async (host) => {
  const desk = await open(host, 3);
  // A turn that is wrongly given back may show only when it happens again.
  for (let round = 1; round <= 3; round += 1) {
    const [, { id }] = await desk.add(2);
    let second;
    let isLate = false;
    await held(host, async () => {
      // What the first host has seen waiting, the second has not.
      await host.take(id, desk.agent('z'));
      const hasRead = promise();
      second = held(host, hasRead.resolve).then(() => { isLate = true; });
      second.catch(() => {});
      await Promise.race([hasRead.promise, second]);
      // The first to read is the last to write, unless both are held by one lock.
      await Promise.race([second, sleep(1000)]);
      await host.take(id, null);
    });
    const wants = isLate ? ['x-'] : ['x-', 'xy'];
    await second;
    const written = await desk.last(2);
    if (!wants.includes(written)) broken(1, `two hosts planned from the same version, and one of them must write: ${wants.join(' or ')}, and not ${written}`);
    await host.tick();
    same(await desk.last(2), 'xy', 'two hosts planned from the same version, and one tick later: their conversations', 1);
    same(await desk.come(1), 'z', desk.after('two hosts planned from the same version, of which one wrote'), 1);
  }
});

for (const [moment, wants] of [['before the claim', ['--']], ['in the claim', ['--', 'xy']], ['after the claim', ['xy']]]) {
  situation(`the host is killed ${moment}`, async (host) => {
    const desk = await open(host, 3);
    await desk.add(2);
    await host.kill(moment);
    const written = await desk.last(2);
    if (!wants.includes(written)) {
      broken(3, `a host was killed ${moment}: its plan is written whole or not at all, ${wants.join(' or ')}, and not ${written}`);
    }
    await host.tick();
    same(await desk.last(2), 'xy', `a host was killed ${moment}, and the next has ticked`);
    same(await desk.come(6), 'zxyzxy', desk.after(`a host was killed ${moment}, and the next has ticked`));
  });
}

situation('a row is locked for an hour', async (host) => {
  const desk = await open(host, 2);
  const [{ id }] = await desk.add(1);
  const unlock = await host.lock(id);
  try {
    await soon(host.tick());
    let got = '';
    for (let n = 1; n <= 40; n += 1) {
      const one = await soon(desk.come(1));
      if (one === '-') broken(3, `conversation ${id} is locked, and the next one waits with it, in tick ${n}`);
      got += one;
    }
    const share = got.split('x').length - 1;
    if (share !== 20) broken(3, `one row was locked for 40 ticks: x and y get 20 of 40 conversations each, and x got ${share}: ${got}`);
  } finally {
    await unlock();
  }
  await host.tick();
  if (of(await host.assignments(), id) === null) broken(3, `conversation ${id} is not locked any more, and still waits after the next tick`);
});

for (const [words, rows, within] of [['two rows', 2, 3], ['three rows', 3, 7]]) {
  situation(`${words} are locked, and one place is free`, async (host) => {
    await host.reset({ agents: [{ id: '1' }], teams: [{ id: '1', members: ['1'], maxLoad: 1 }] });
    const ids = Array.from({ length: rows + 1 }, (_, i) => String(i + 1));
    const last = ids.pop();
    await host.add([...ids, last].map((id) => ({ id, team: '1' })));
    const unlocks = [];
    for (const id of ids) unlocks.push(await host.lock(id));
    try {
      let got;
      for (let n = 1; n <= within; n += 1) {
        await soon(host.tick());
        got = await host.assignments();
        if (ids.some((id) => of(got, id) !== null)) throw new Unusable(`conversations ${ids} were locked, and one is assigned: does lock() lock?`);
      }
      if (of(got, last) !== '1') {
        broken(3, `conversations ${ids} are locked, and ${last} must have the free place by tick ${within}: after its nth loss in a row a conversation is served last in the next plan and in 2^(n-1) more`);
      }
    } finally {
      for (const unlock of unlocks) await unlock();
    }
  });
}

situation('an agent is disabled in between', async (host) => {
  const desk = await open(host, 3);
  const [{ id }] = await desk.add(1);
  await held(host, () => host.disable(desk.agent('x')));
  same(await desk.last(1), '-', `x was disabled after the host had read the desk, and gets conversation ${id} no more`);
  await host.tick();
  same(await desk.last(1), 'y', `x was disabled, and conversation ${id} goes to the next`);
  same(await desk.come(4), 'zyzy', desk.after('x was disabled'));
});

situation('a member is away and comes back', async (host) => {
  const desk = await open(host, 3);
  same(await desk.come(1), 'x', desk.after('a round'));
  await host.setAvailable(desk.agent('z'), false);
  same(await desk.come(3), 'yxy', desk.after('z went away'));
  await host.setAvailable(desk.agent('z'), true);
  same(await desk.come(9), 'zxyzxyzxy', desk.after('z came back, whose turn it was, and who gets nothing for the time away'), 2);
});

situation('ids are above 2^53', async (host) => {
  // Each pair is one and the same double.
  const agents = ['9007199254740992', '9007199254740993'];
  const conversations = ['9007199254740992', '9007199254740993', '9223372036854775806', '9223372036854775807'];
  await host.reset({ agents: agents.map((id) => ({ id })), teams: [{ id: '1', members: agents }] });
  await host.add(conversations.map((id) => ({ id, team: '1' })));
  await host.tick().catch((error) => broken(4, `the tick fails: ${error.message}`));
  const got = await host.assignments();
  const first = of(got, conversations[0]);
  const second = agents.find((id) => id !== first);
  if (!agents.includes(first) || String(conversations.map((id) => of(got, id))) !== String([first, second, first, second])) {
    broken(4, `the agents ${agents} take turns in ${conversations}: got ${JSON.stringify(got)}`);
  }
}, 'largeIds');

const HOUR = 3_600_000;

situation("the host's clock is an hour off", async (host) => {
  const desk = await open(host, 3);
  for (const clock of [HOUR, -HOUR]) {
    same(await desk.come(3, { clock }), 'xyz', desk.after(`the host's clock is ${clock / HOUR} hour off`), 5);
  }
}, 'clock');

for (const clock of [HOUR, -HOUR]) {
  const off = `the host's clock is an hour ${clock > 0 ? 'fast' : 'slow'}`;
  situation(`${off}, and another team helps after half an hour`, async (host) => {
    if (host.without?.clock) return;
    await host.reset({
      agents: [{ id: '1' }, { id: '2' }],
      teams: [{ id: '1', members: ['1'], overflow: { team: '2', minutes: 30 } }, { id: '2', members: ['2'] }],
    });
    await host.setAvailable('1', false);
    await host.add([{ id: '1', team: '1', waited: 45 }, { id: '2', team: '1', waited: 10 }]);
    await host.tick({ clock });
    const got = await host.assignments();
    if (of(got, '1') !== '2' || of(got, '2') !== null) {
      broken(5, `${off}: what has waited 45 minutes goes to the team that helps after 30, and what has waited 10 waits: got ${JSON.stringify(got)}`);
    }
  }, 'overflow');
}

/** Opens a desk of one team of so many agents, who have had a conversation each. */
async function open(host, agents) {
  const ids = Array.from({ length: agents }, (_, i) => String(i + 1));
  await host.reset({ agents: ids.map((id) => ({ id })), teams: [{ id: '1', members: ids }] });
  let newest = 0;
  /** The agents by the names of the situations. */
  const names = new Map();
  const desk = {
    agent: (name) => [...names].find(([, of]) => of === name)[0],
    /** What to say before a wrong sequence. */
    after: (what) => `the next conversations after this: ${what}`,
    next(n) {
      newest += n;
      return Array.from({ length: n }, (_, i) => ({ id: String(newest - n + 1 + i), team: '1' }));
    },
    /** Lets `n` conversations come. */
    async add(n) {
      const list = desk.next(n);
      await host.add(list);
      return list;
    },
    /** Lets `n` come with a tick after each. Returns who got them. */
    async come(n, options) {
      for (let i = 0; i < n; i += 1) {
        await desk.add(1);
        await host.tick(options);
      }
      return desk.last(n);
    },
    /** Returns who has the newest `n`, a letter each. */
    async last(n) {
      const got = await host.assignments();
      return Array.from({ length: n }, (_, i) => {
        const agent = of(got, String(newest - n + 1 + i));
        return agent === null ? '-' : names.get(agent) ?? '?';
      }).join('');
    },
  };
  await desk.come(agents);
  const first = await host.assignments();
  for (let n = 1; n <= agents; n += 1) names.set(of(first, String(n)), 'xyz'[n - 1]);
  if (names.size !== agents || names.has(null)) {
    throw new Broken(3, `${agents} agents get one of ${agents} conversations each, and got ${JSON.stringify(first)}: are the cursors handed back?`);
  }
  return desk;
}

/** Returns who has a conversation. */
function of(assignments, id) {
  const agent = assignments[id];
  if (agent === undefined) throw new Unusable(`assignments() has no conversation ${id}, which was added`);
  return agent;
}

/** Runs a tick and `meanwhile` in it, after the snapshot and before the claim. */
async function held(host, meanwhile) {
  let called = false;
  await host.tick({
    async beforeClaim() {
      called = true;
      await meanwhile();
    },
  });
  if (!called) throw new Unusable('tick() has not called beforeClaim');
}

/** Returns what `ticks` come to, which meet a locked row and must not wait for it. */
async function soon(ticks) {
  const ended = new AbortController();
  const late = sleep(10_000, 'late', { signal: ended.signal });
  late.catch(() => {});
  const failed = (error) => {
    if (error instanceof Unusable) throw error;
    broken(3, `a row is locked, and the tick fails: ${error.message}`);
  };
  const got = await Promise.race([ticks.catch(failed), late]);
  ended.abort();
  return got === 'late' ? broken(3, 'a row is locked, and the tick waits for it') : got;
}

function same(got, wants, what, invariant = 3) {
  if (got !== wants) broken(invariant, `${what}: must go to ${wants}, and went to ${got}`);
}

function broken(invariant, message) {
  throw new Broken(invariant, message);
}

/** Returns a promise and what resolves it. */
function promise() {
  let resolve;
  return { promise: new Promise((done) => { resolve = done; }), resolve };
}
