// What a newcomer does, from opening to taking it home, and what is on the screen meanwhile.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { linkedBy } from '../page/link.ts';
import { bottleneckSentence, calledIn, moment } from '../page/words.ts';
import type { Scenario } from '../sim/scenario.ts';
import { DAY, HOUR, MINUTE } from '../sim/time.ts';
import { until, visit, type Desk, type Opened } from './browsers.ts';
import { measuresOf, runOf, simulate } from './terminal.ts';

const TEN = 10 * HOUR;
const HALF_PAST_TWELVE = 12.5 * HOUR;

export function story(at: () => Opened, site: () => string): void {
  test('it opens running, and every control does what it says', async () => {
    await visit(at(), site(), async (desk) => {
      await desk.reads('.play', 'Pause');
      assert.equal(await desk.text('.what'), 'Harbour Outfitters, the same day under A Libredesk today and B Evenhand');
      assert.match(await desk.text('.clock'), /^Mon (08|09):/);
      await desk.reads('h1', /^Evenhand keeps everybody within \d+(\.\d)? conversations of their fair share of every team\. Under Libredesk today somebody is \d+(\.\d)? off\.$/);

      await desk.press('Pause');
      await desk.reads('.play', 'Play');
      const run = await runOf(await linkAt(desk));
      assert.equal(await desk.digest(), await run.digest(), 'Node comes to the same at this moment');

      await desk.press('One tick');
      await desk.reads('.clock', moment(run.nextTick + 1, true));

      await desk.choose('Speed', '10,000×');
      await desk.press('Play');
      await desk.reads('.clock', /^Mon 1[2-9]:/);
      await desk.toTheEnd();

      const slider = await desk.find('input[type=range]');
      await slider.focus();
      await desk.page.keyboard.press('Home');
      await desk.reads('h1', 'Nothing has been handed out yet.');
      assert.equal(await desk.text('.clock'), 'Mon 00:00:00');
    });
  });

  test('its numbers are those of the terminal, of any seed', async () => {
    await visit(at(), site(), async (desk) => {
      await desk.reads('.play', 'Pause');
      for (const seed of ['1', '2']) {
        const words = ['--seed', seed];
        const measures = measuresOf(simulate(...words));
        await desk.fill('Seed', seed);
        // The day before it is over, too.
        await untilDay(desk, Number(seed));
        await desk.toTheEnd();
        await holdsMeasures(desk, measures);
        const [[a, b], [runA, runB]] = [measures.get('Worst distance from the fair share')!, measures.get('Longest run to one person')!];
        assert.equal(await desk.text('h1'), `Evenhand keeps everybody within ${b} conversations of their fair share of every team. Under Libredesk today somebody is ${a} off.`);
        assert.ok((await desk.text('.more')).startsWith(`One person got up to ${runA} in a row under Libredesk today, and ${runB} under Evenhand.`));
        await holdsShares(desk, JSON.parse(simulate(...words, '--json')));
      }
    });
  });

  test('a link gives the same day to somebody else', async () => {
    let address = '';
    let digest = '';
    let seen: string[] = [];
    await visit(at(), site(), async (desk) => {
      await desk.reads('.play', 'Pause');
      await desk.press('Another day');
      await untilDay(desk, 2);
      await desk.press('Pause');
      await desk.reads('.play', 'Play');
      address = await linkAt(desk, ({ scenario: { seed } }) => seed === 2);
      await desk.page.evaluate(() => history.replaceState(null, '', location.pathname));
      await desk.press('Copy link');
      await desk.reads('.said', /^(Link copied|The link is in the address bar)\.$/);
      assert.equal(desk.page.url(), address);
      digest = await desk.digest();
      seen = await onScreen(desk);
    });
    const fresh = await at().browser.createBrowserContext();
    const browser = { newPage: () => fresh.newPage() } as unknown as Opened['browser'];
    await visit({ ...at(), browser }, address, async (desk) => {
      await until('the same is on the screen', async () => isDeepStrictEqual(await onScreen(desk), seen));
      assert.equal(await desk.text('.play'), 'Play', 'it stands still, as it did');
      assert.equal(await desk.digest(), digest);
    });
    await fresh.close();
    assert.equal(await (await runOf(address)).digest(), digest);
  });

  test('a link that is cut off is said to be, over the sample desk', async () => {
    await visit(at(), `${site()}#desk=7VZNb9s4EP0r`, async (desk) => {
      await desk.reads('.what', /^Harbour Outfitters/);
      assert.match(await desk.text('.failed'), /^the address does not hold a whole scenario; this is the sample desk/);
    }, { expected: /The input is ended without reaching the stream end/ });
  });

  test('a change is a line of the day, and undo takes it away', async () => {
    await visit(at(), site(), async (desk) => {
      await stopped(desk);
      await goTo(desk, TEN);
      const before = await desk.digest();
      assert.match(await desk.text('.changes .sentence'), /^Nothing yet\./);
      await desk.choose('What happens', 'A surge comes in');
      await desk.choose('Team', 'Billing', '.changes');
      await desk.fill('Times the ordinary', '5');
      await desk.reads('.acts li', /^Mon \d\d:\d\d 5 times the ordinary comes in for Billing for 60 min$/);
      await desk.choose('What happens', 'Another rule');
      await desk.choose('Under', 'Evenhand', '.changes');
      await desk.choose('Rule', 'Evenhand: least loaded', '.changes');
      await desk.click('.changes button[type=submit]');
      await desk.reads('.acts li', /All teams: Evenhand: least loaded, under Evenhand$/);
      const { acts } = await scenarioOf(desk);
      assert.deepEqual(acts.map(({ at: _, ...act }) => act), [
        { what: 'surge', team: 'billing', factor: 5, minutes: 60 },
        { what: 'rule', lane: 1, rule: 'least_loaded' },
      ]);

      await desk.toTheEnd();
      const address = await linkAt(desk, ({ at }) => at === DAY);
      assert.equal(await desk.digest(), await (await runOf(address)).digest(), 'Node lives through the changes as well');

      await desk.click('button', 'Undo: All teams: Evenhand: least loaded, under Evenhand');
      await until('one change is left', async () => (await desk.texts('.acts li')).length === 1);
      await desk.click('button', 'Undo: 5 times the ordinary comes in for Billing for 60 min');
      await desk.reads('.changes .sentence', /^Nothing yet\./);
      await goTo(desk, TEN);
      assert.equal(await desk.digest(), before, 'as if nothing had been done');
    });
  });

  test('a conversation tells its story, of both days', async () => {
    await visit(at(), site(), async (desk) => {
      await stopped(desk);
      const run = await runOf(await linkAt(desk));
      await desk.press('Ben Carver');
      await desk.reads('.story h2', 'Ben Carver');
      const got = run.scenario.lanes.map((_, lane) => [...run.lane(lane).records.log.agent].filter((agent) => run.scenario.desk.agents[agent]?.name === 'Ben Carver').length);
      assert.deepEqual(await desk.texts('.story h3'), [`A Libredesk today: ${got[0]} conversations`, `B Evenhand: ${got[1]} conversations`]);

      await desk.click('.story section:first-of-type tr:last-of-type button');
      const title = await desk.reads('.story h2', /^Conversation ./);
      const id = title.slice('Conversation '.length);
      const events = run.history(0, run.world.ids.indexOf(id)).events;
      const lines = await desk.texts('.story section:first-of-type > ol > li > p');
      assert.equal(lines.length, events.length);
      assert.match(lines[0], /^It comes in for /);
      assert.ok(lines.some((line) => /^Ben Carver (gets it: (it is their turn|nobody else could take it)|picks it by hand)\.$/.test(line)), lines.join('\n'));
      const summaries = await desk.texts('.story details > summary');
      assert.ok(summaries.length > 0);
      assert.match(summaries[0], /^\d+ in the line(; passed over: \d+ .+)?$|^passed over: \d+ .+$/);
      await desk.page.keyboard.press('Escape');
      await until('the story is closed', async () => (await desk.texts('dialog[open]')).length === 0);
    });
  });

  test('whoever waits is said, and why', async () => {
    await visit(at(), site(), async (desk) => {
      await stopped(desk);
      await goTo(desk, HALF_PAST_TWELVE);
      const run = await runOf(await linkAt(desk));
      const queues = run.scenario.lanes.map((_, lane) => run.lane(lane).queues);
      const sentences = await desk.texts('.teams li p');
      let waiting = 0;
      run.scenario.desk.teams.forEach(({ name }, team) => queues.forEach((queue, lane) => {
        const text = sentences[2 * team + lane];
        const n = queue[team];
        if (n === 0) assert.equal(text, `${'AB'[lane]} Nobody waits for ${name}`);
        else assert.match(text, new RegExp(`^${'AB'[lane]} ${name}: ${n} waits?( until the next tick|: .+)$`));
        waiting += n;
      }));
      assert.ok(waiting > 0, 'at noon somebody waits');

      assert.deepEqual(await desk.texts('.bottleneck'), []);
      await desk.choose('What happens', 'Another objective');
      await desk.choose('Under', 'Evenhand', '.changes');
      await desk.click('.changes button[type=submit]');
      await desk.reads('.acts li', /To serve: the most that can be served, under Evenhand$/);
      await goTo(desk, HALF_PAST_TWELVE + 10 * MINUTE);
      const most = await runOf(await linkAt(desk));
      const { agents, teams } = most.scenario.desk;
      const { bottlenecks } = most.lane(1);
      assert.ok(bottlenecks.length > 0, 'somebody waits still');
      assert.deepEqual(
        await desk.texts('.bottleneck'),
        bottlenecks.map((one) => `B ${bottleneckSentence(one, (id) => calledIn(teams, id), (id) => calledIn(agents, id))}`),
      );
    });
  });

  test('every chart has its table, the table has the numbers, and a measure says whose it is', async () => {
    await visit(at(), site(), async (desk) => {
      await desk.reads('.play', 'Pause');
      await desk.toTheEnd();
      const run = await runOf(await linkAt(desk, ({ at }) => at === DAY));
      await desk.press('As a table');
      const noon = 12 * 60;
      const lanes = run.scenario.lanes.map((_, i) => run.lane(i).records);
      const short = (value: number) => String(Math.round(10 * value) / 10);

      assert.deepEqual(await row(desk, 'Mon 12:00'), lanes.map(({ samples }) => short(samples.distance[noon])));
      await desk.press('Queues', '.charts');
      assert.deepEqual(await row(desk, 'Mon 12:00'), lanes.map(({ queues }) => short(queues.reduce((sum, list) => sum + list[noon], 0))));
      await desk.choose('Team', 'Shipping', '.charts');
      const shipping = run.scenario.desk.teams.findIndex(({ name }) => name === 'Shipping');
      assert.deepEqual(await row(desk, 'Mon 12:00'), lanes.map(({ queues }) => short(queues[shipping][noon])));
      await desk.press('Waits', '.charts');
      const longer = (than: number) => lanes.map(({ log }) => log.waited.filter((waited) => waited > than).length.toLocaleString('en'));
      assert.deepEqual(await row(desk, '15 s'), longer(15_000));
      assert.deepEqual(await row(desk, '1 h'), longer(HOUR));

      await desk.press('Worst distance from the fair share');
      const { agents, teams } = run.scenario.desk;
      const whose = run.scenario.lanes.map((_, i) => {
        const { agent, team, at } = run.measures(i).distance;
        return `${'AB'[i]} ${agents[agent].name}, ${teams[team].name}, ${moment(at)}`;
      });
      assert.deepEqual(await desk.texts('.measures .sentence p'), whose);
    });
  });
}

/** The day until it is busy, and stopped. */
export async function stopped(desk: Desk): Promise<void> {
  await desk.reads('.play', 'Pause');
  await desk.reads('.clock', /^Mon (09|1\d):/);
  await desk.press('Pause');
  await desk.reads('.play', 'Play');
}

/** Goes to a moment with the slider. */
async function goTo(desk: Desk, moment: number): Promise<void> {
  const slider = await desk.find('input[type=range]');
  await slider.evaluate((element, value) => {
    (element as unknown as HTMLInputElement).value = String(value);
    element.dispatchEvent(new Event('input'));
  }, moment);
  await linkAt(desk, ({ at }) => at === moment);
}

/** The address, once it holds a day that is so. */
function linkAt(desk: Desk, fits: (linked: { at: number; scenario: Scenario }) => boolean = () => true): Promise<string> {
  return until('the address holds the day', async () => {
    const address = desk.page.url();
    const linked = await linkedBy(new URL(address).hash);
    return linked && fits(linked as { at: number; scenario: Scenario }) && address;
  });
}

const onScreen = async (desk: Desk) => [...(await desk.texts('h1')), ...(await desk.texts('.measures td.number')), ...(await desk.texts('.clock'))];

const scenarioOf = (desk: Desk) => desk.page.evaluate(() => (document.querySelector('evenhand-desk') as unknown as { scenario: { seed: number; acts: { at: number }[] } }).scenario);

/** Waits until the desk is in the day of a seed. */
export const untilDay = (desk: Desk, seed: number) => until(`it is the day of seed ${seed}`, async () => (await scenarioOf(desk)).seed === seed);

async function row(desk: Desk, first: string): Promise<string[]> {
  const text = await desk.reads('.charts tbody tr', new RegExp(`^${first} `));
  return text.slice(first.length).trim().split(' ');
}

/** What the page shows is to the letter what the terminal prints; only a gap is another line, and two numbers side by side have as many places. */
async function holdsMeasures(desk: Desk, printed: Map<string, string[]>): Promise<void> {
  const plain = (text: string) => text.replace(/\.0$/, '');
  const shown = (await desk.texts('.measures td.number')).map((text) => text.replace(/ ?\(less\)$/, '').replaceAll(',', ''));
  const wanted = [...printed.values()].flat().map((text) => (text === '-' ? '–' : text));
  assert.deepEqual(shown.map(plain), wanted.map(plain));
}

interface Printed {
  lanes: { shares: { agent: string; received: number; owed: number }[] }[];
}

/** The rows of the first agents say what they got, and of how much. */
async function holdsShares(desk: Desk, { lanes }: Printed): Promise<void> {
  const { desk: { agents } } = (await scenarioOf(desk)) as unknown as { desk: { agents: { id: string; name: string }[] } };
  const names = await desk.texts('.agent .name');
  const shown = await desk.texts('.agent .share');
  assert.ok(names.length >= 10);
  names.forEach((name, i) => {
    const { id } = agents.find((agent) => agent.name === name)!;
    lanes.forEach(({ shares }, lane) => {
      const sum = (of: 'received' | 'owed') => shares.filter(({ agent }) => agent === id).reduce((all, one) => all + one[of], 0);
      assert.ok(shown[2 * i + lane].startsWith(`${'AB'[lane]} ${sum('received')} of ${Math.round(sum('owed'))} `), `${name}: ${shown[2 * i + lane]}`);
    });
  });
}
