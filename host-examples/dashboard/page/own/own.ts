// What the page knows of one's own desk, and the way to its worker, which begins with the first file.

import { inject, ref, shallowRef, type InjectionKey, type Ref, type ShallowRef } from 'vue';
import type { Policy } from '../../sim/policy.ts';
import type { Answers, Call, Compared, OwnFailure, Report } from './protocol.ts';

export type View = 'day' | 'own';

export interface Own {
  /** Which of the two is seen: the simulated day, or one's own desk. */
  readonly view: Ref<View>;
  readonly compared: ShallowRef<Compared | undefined>;
  readonly failure: ShallowRef<OwnFailure | undefined>;
  /** How many ticks were read until now; undefined where nothing is being read. */
  readonly progress: Ref<number | undefined>;
  /** What one's own desk is held against; undefined leaves it to what was brought. */
  readonly policy: ShallowRef<Policy | undefined>;

  openFiles(files: File[]): Promise<void>;
  openSnapshot(text: string): Promise<void>;
  /** Holds what was opened last against another policy, written as JSON. */
  setPolicy(text: string): Promise<void>;
  ask<W extends 'tick' | 'why' | 'csv'>(call: Extract<Call, { what: W }>): Promise<Answers[W]>;
  close(): void;
}

/** What the element does with what comes of it. */
export interface Hooks {
  scenario(document: unknown): void;
  /** Somebody brought a policy: it is to be tried. */
  policy(policy: Policy): void;
  plans(plans: { plan: unknown; other: unknown }): void;
  refused(failure: OwnFailure): void;
}

export const OWN: InjectionKey<Own> = Symbol('own');

/** Returns what the desk that a component is part of knows of one's own desk. */
export function useOwn(): Own {
  return inject(OWN)!;
}

/** A call that failed. */
export class Failed extends Error {
  readonly failure: OwnFailure;

  constructor(failure: OwnFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

export function createOwn(hooks: Hooks): Own {
  const view = ref<View>('day');
  const compared = shallowRef<Compared>();
  const failure = shallowRef<OwnFailure>();
  const progress = ref<number>();
  const policy = shallowRef<Policy>();
  const called = new Map<number, { resolve: (answer: never) => void; reject: (error: Failed) => void }>();
  let worker: Worker | undefined;
  let calls = 0;
  /** The last that opened something: what is older is not shown any more. */
  let opening = 0;

  function begin(): Worker {
    const begun = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    begun.onmessage = ({ data }: MessageEvent<Report>) => {
      if ('ticks' in data) {
        if (data.id === opening) progress.value = data.ticks;
        return;
      }
      const one = called.get(data.id);
      called.delete(data.id);
      if ('failure' in data) one?.reject(new Failed(data.failure));
      else one?.resolve(data.answer as never);
    };
    begun.onerror = ({ message }) => {
      for (const one of called.values()) one.reject(new Failed({ code: 'internal', message: message || 'the reader could not be loaded' }));
      called.clear();
    };
    return begun;
  }

  function send<C extends Call>(call: C): Promise<Answers[C['what']]> {
    worker ??= begin();
    calls += 1;
    worker.postMessage({ id: calls, call });
    return new Promise((resolve, reject) => called.set(calls, { resolve: resolve as (answer: never) => void, reject }));
  }

  async function open(call: Extract<Call, { what: 'files' | 'snapshot' | 'policy' }>): Promise<void> {
    view.value = 'own';
    failure.value = undefined;
    progress.value = 0;
    const answer = send(call);
    const id = (opening = calls);
    try {
      const result = await answer;
      if (id !== opening) return;
      progress.value = undefined;
      if (result.kind === 'scenario') {
        view.value = 'day';
        hooks.scenario(result.scenario);
        return;
      }
      if (result.kind === 'policy') {
        if (!compared.value) view.value = 'day';
        hooks.policy(result.policy);
        return;
      }
      if (call.what === 'policy') policy.value = result.policy;
      compared.value = result;
      if (result.plans) hooks.plans(result.plans);
    } catch (error) {
      if (id !== opening) return;
      progress.value = undefined;
      failure.value = (error as Failed).failure;
      hooks.refused(failure.value);
    }
  }

  return {
    view,
    compared,
    failure,
    progress,
    policy,
    openFiles: (files) => open({ what: 'files', files, policy: policy.value }),
    openSnapshot: (text) => open({ what: 'snapshot', text, policy: policy.value }),
    setPolicy: (text) => open({ what: 'policy', text }),
    ask: send,
    close: () => worker?.terminate(),
  };
}
