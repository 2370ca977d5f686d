// The worker: the engine, the simulation and the clock. It goes on in short steps, so that whatever the page
// asks for is heard between two of them.

import { init } from 'evenhand/web';
import module from 'evenhand/evenhand.wasm?url';
import { Invalid } from '../sim/check.ts';
import { createRun, type Run } from '../sim/run.ts';
import { readScenario, type Act } from '../sim/scenario.ts';
import { Refused } from '../sim/tick.ts';
import { buffersOf, laneFrame, openedOf, waitingFor, type Sent } from './frame.ts';
import type { Failure, Frame, Order, Question, Report } from './protocol.ts';

/** Milliseconds on the wall. */
const STEP = 12;
const PAUSE = 1;
const BETWEEN_FRAMES = 50;
/** So many times as long as the page needs for one, so that it has time for whoever uses it. */
const BREATH = 2;
const BETWEEN_MEASURES = 250;
/** A page that does not paint so long is not looked at: the desk waits. */
const UNSEEN = 500;

let run: Run | undefined;
let playing = false;
let factor = 600;
/** Where a jump goes; the tick of "one tick" is one. */
let goal: number | undefined;
/** How much simulated time the clock on the wall has come to, and when it was last looked at. */
let due = 0;
let looked = 0;

let team = -1;
let sent: Sent[] = [];
let posted = 0;
let painted = true;
let painting = 0;
let measured = 0;
/** What measuring took: at a large desk it is done less often. */
let measuring = 0;
let shown = false;
let going = false;

const post = (report: Report, buffers: ArrayBufferLike[] = []) => self.postMessage(report, { transfer: buffers as ArrayBuffer[] });

const started = init(module);
const { port1, port2 } = new MessageChannel();
port1.onmessage = step;

self.onmessage = async ({ data }: MessageEvent<Order>) => {
  try {
    await started;
    obey(data);
  } catch (error) {
    const failure = failureOf(error, data);
    post({ what: 'failed', failure, ...(data.what === 'ask' ? { id: data.id } : {}) });
  }
  wake();
};

function obey(order: Order): void {
  if (order.what === 'open') {
    run = createRun(readScenario(order.scenario));
    team = -1;
    goal = order.at;
    due = 0;
    announce();
    return;
  }
  if (order.what === 'painted') {
    painted = true;
    painting = performance.now() - posted;
    return;
  }
  if (!run) return;
  switch (order.what) {
    case 'play':
      playing = order.on && run.now < run.end;
      goal = order.on ? goal : undefined;
      due = 0;
      break;
    case 'speed':
      ({ factor } = order);
      due = 0;
      break;
    case 'tick':
      playing = false;
      goal = run.nextTick + 1;
      break;
    case 'jump':
      if (order.at < run.now) {
        run.rewind(order.at);
        forget();
      }
      goal = order.at;
      due = 0;
      break;
    case 'act':
      run.act({ ...order.act, at: run.now } as Act);
      announce();
      break;
    case 'undo':
      if (run.undo()) forget();
      announce();
      break;
    case 'look':
      ({ team } = order);
      break;
    case 'ask':
      void answer(order.id, order.question);
      break;
  }
  shown = false;
}

/** The page has nothing, or too much: it gets all of it again. */
function forget(): void {
  sent = [];
  measured = 0;
  shown = false;
}

function announce(): void {
  forget();
  post(openedOf(run!));
}

async function answer(id: number, question: Question): Promise<void> {
  const of = run!;
  try {
    const value =
      question.kind === 'history' ? of.history(question.lane, question.conversation)
      : question.kind === 'waiting' ? waitingFor(of, question.lane, question.team)
      : question.kind === 'policy' ? of.policy(question.lane)
      : await of.digest();
    post({ what: 'answer', id, value });
  } catch (error) {
    post({ what: 'failed', id, failure: failureOf(error) });
  }
}

function wake(): void {
  if (going) return;
  going = true;
  looked = performance.now();
  port2.postMessage(undefined);
}

const unseen = () => !painted && performance.now() - posted > UNSEEN;

/** Goes on for a moment, shows it, and comes back after whatever was asked meanwhile. */
function step(): void {
  if (!run) {
    going = false;
    return;
  }
  try {
    advance(run);
  } catch (error) {
    playing = false;
    goal = undefined;
    post({ what: 'failed', failure: failureOf(error) });
  }
  show(run);
  if (playing || goal !== undefined || !shown) setTimeout(() => port2.postMessage(undefined), unseen() ? UNSEEN / 2 : PAUSE);
  else going = false;
}

function advance(of: Run): void {
  const start = performance.now();
  const passed = Math.min(start - looked, 100);
  looked = start;
  if (unseen()) return;
  if (goal === undefined && playing) due = Math.min(due + passed * factor, factor * 200);
  const to = goal ?? (playing ? Math.floor(of.now + due) : of.now);
  const from = of.now;
  while (of.now < Math.min(to, of.end) && performance.now() - start < STEP) of.advanceTo(Math.min(to, of.nextTick + 1));
  if (of.now !== from) shown = false;
  if (goal === undefined) due = Math.max(0, due - (of.now - from));
  else if (of.now >= Math.min(goal, of.end)) {
    goal = undefined;
    measured = 0;
    shown = false;
  }
  if (of.now >= of.end) playing = false;
}

function show(of: Run): void {
  const now = performance.now();
  if (shown || !painted || now - posted < Math.max(BETWEEN_FRAMES, Math.min(BREATH * painting, UNSEEN))) return;
  const still = !playing && goal === undefined;
  const measure = still || now - measured > Math.max(BETWEEN_MEASURES, 10 * measuring);
  const lanes = of.scenario.lanes.map((_, lane) => laneFrame(of, lane, (sent[lane] ??= { log: 0, samples: 0 }), measure, team));
  if (measure) {
    measured = performance.now();
    measuring = measured - now;
  }
  const frame: Frame = { what: 'frame', now: of.now, playing, goal, lanes };
  posted = now;
  painted = false;
  shown = true;
  post(frame, lanes.flatMap(buffersOf));
}

function failureOf(error: unknown, order?: Order): Failure {
  if (error instanceof Refused) return { code: error.code, message: error.message, path: error.path, of: 'snapshot', document: error.snapshot };
  if (error instanceof Invalid) {
    const document = order?.what === 'open' ? JSON.stringify(order.scenario, null, 2) : undefined;
    return { code: 'invalid', message: error.message, path: error.path, of: 'scenario', ...(document ? { document } : {}) };
  }
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}
