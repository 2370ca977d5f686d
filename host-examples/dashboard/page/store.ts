// What the page knows, and its way to the worker. `frame` changes at most once per animation frame; what is
// large (`lanes[i].log`) is not reactive and is read again when `frame` changes.

import { inject, ref, shallowRef, watch, type InjectionKey, type Ref, type ShallowRef } from 'vue';
import type { Measures } from '../sim/measures.ts';
import type { Scenario } from '../sim/scenario.ts';
import type { Answers, Doing, Failure, Frame, LaneFrame, Opened, Order, Question, Report } from './protocol.ts';
import { Log, Samples } from './records.ts';

export const SPEEDS = [1, 10, 60, 300, 600, 1800, 3600, 10_000] as const;

const TOUCHES = ['pointerdown', 'click', 'keydown', 'input'] as const;

export interface Lane {
  name: string;
  now: LaneFrame;
  measures: Measures | undefined;
  log: Log;
  samples: Samples;
}

/** Whose story is shown. */
export type Chosen =
  | { what: 'conversation'; conversation: number }
  | { what: 'agent'; agent: number }
  /** Those that wait for a team. */
  | { what: 'queue'; lane: number; team: number };

export interface Store {
  readonly scenario: ShallowRef<Scenario | undefined>;
  /** When who is there, and when the scenario is over. */
  readonly opened: ShallowRef<Opened | undefined>;
  /** Changes whenever anything of the desk does. */
  readonly frame: ShallowRef<Frame | undefined>;
  /** New with every frame; empty until the first. */
  readonly lanes: ShallowRef<Lane[]>;
  readonly speed: Ref<number>;
  /** Which team is looked at, by its place in the desk; -1: all. */
  readonly team: ShallowRef<number>;
  readonly failure: ShallowRef<Failure | undefined>;
  readonly chosen: ShallowRef<Chosen | undefined>;

  open(scenario: unknown, at: number): void;
  play(on: boolean): void;
  setSpeed(factor: number): void;
  tick(): void;
  jump(at: number): void;
  act(act: Doing): void;
  undo(): void;
  ask<K extends Question['kind']>(question: Extract<Question, { kind: K }>): Promise<Answers[K]>;
  close(): void;
}

export const STORE: InjectionKey<Store> = Symbol('store');

/** Returns the store of the desk that a component is part of. */
export function useStore(): Store {
  return inject(STORE)!;
}

/** Behind the next paint, and behind whatever somebody did meanwhile. */
function afterPaint(done: () => void): void {
  requestAnimationFrame(() => setTimeout(done));
}

export function createStore(): Store {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const order = (one: Order) => worker.postMessage(one);
  const scenario = shallowRef<Scenario>();
  const opened = shallowRef<Opened>();
  const frame = shallowRef<Frame>();
  const lanes = shallowRef<Lane[]>([]);
  const speed = ref(600);
  const failure = shallowRef<Failure>();
  const chosen = shallowRef<Chosen>();
  const team = shallowRef(-1);
  watch(team, (one) => order({ what: 'look', team: one }));
  const asked = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let questions = 0;
  let next: Opened | undefined;

  /** Whether somebody did something that is not painted yet. */
  let touched = false;
  const touch = () => {
    touched = true;
    afterPaint(() => (touched = false));
  };
  for (const event of TOUCHES) addEventListener(event, touch, { capture: true, passive: true });

  /** What somebody did is painted first, and not together with all that a frame brings; who goes on and on holds up nothing more. */
  function atNextPaint(taken: () => void): void {
    requestAnimationFrame(() => {
      if (touched) requestAnimationFrame(taken);
      else taken();
    });
  }

  worker.onmessage = ({ data }: MessageEvent<Report>) => {
    if (data.what === 'frame') {
      const opening = next;
      next = undefined;
      atNextPaint(() => take(data, opening));
    } else if (data.what === 'opened') next = data;
    else if (data.what === 'answer') settle(data.id)?.resolve(data.value as never);
    else if (data.id !== undefined) settle(data.id)?.reject(new Error(data.failure.message));
    else failure.value = data.failure;
  };
  worker.onerror = ({ message }) => (failure.value = { code: 'internal', message: message || 'the simulation could not be loaded' });

  function settle(id: number) {
    const one = asked.get(id);
    asked.delete(id);
    return one;
  }

  /** A scenario is shown with the first frame that is of it. */
  function take(data: Frame, opening: Opened | undefined): void {
    if (opening) {
      opened.value = opening;
      scenario.value = opening.scenario;
    }
    const { desk, lanes: described } = scenario.value!;
    lanes.value = data.lanes.map((now, index): Lane => {
      const before = now.log.from === 0 ? undefined : lanes.value[index];
      const lane = {
        name: described[index].name,
        now,
        measures: now.measures ?? lanes.value[index]?.measures,
        log: before?.log ?? new Log(desk.agents.length),
        samples: before?.samples ?? new Samples(desk.teams.length),
      };
      lane.log.put(now.log);
      lane.samples.put(now.samples);
      return lane;
    });
    frame.value = data;
    afterPaint(() => order({ what: 'painted' }));
  }

  return {
    scenario,
    opened,
    frame,
    lanes,
    speed,
    team,
    failure,
    chosen,
    open(document, at) {
      failure.value = undefined;
      chosen.value = undefined;
      team.value = -1;
      order({ what: 'open', scenario: document, at });
    },
    play: (on) => order({ what: 'play', on }),
    setSpeed(factor) {
      speed.value = factor;
      order({ what: 'speed', factor });
    },
    tick: () => order({ what: 'tick' }),
    jump: (at) => order({ what: 'jump', at }),
    act(act) {
      failure.value = undefined;
      order({ what: 'act', act });
    },
    undo() {
      failure.value = undefined;
      order({ what: 'undo' });
    },
    ask: (question) => new Promise((resolve, reject) => {
      const id = (questions += 1);
      asked.set(id, { resolve: resolve as (value: never) => void, reject });
      order({ what: 'ask', id, question });
    }),
    close() {
      for (const event of TOUCHES) removeEventListener(event, touch, { capture: true });
      worker.terminate();
    },
  };
}
