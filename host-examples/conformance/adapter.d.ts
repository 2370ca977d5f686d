/**
 * The one file that you write: what the kit has to be able to do with your host and its database. Its default export is an `OpenHost`:
 *
 * ```js
 * // my-adapter.mjs, then: npx evenhand-conformance my-adapter.mjs
 * export default async () => ({ reset, add, ... });
 * ```
 *
 * Give it a database of its own: `reset` empties the tables. `adapters/mysql.mjs` is a worked example.
 *
 * Ids are decimal texts, unique in their kind: keep them as they are where your ids are numbers, map them where they are not.
 */
export type OpenHost = () => Promise<Adapter>;

export interface Adapter {
  /**
   * What cannot be tried with your host, each with the reason. The kit lists what it leaves out with it. Whatever is not named
   * here is tried, and where it does not work, the adapter is wrong.
   *
   * - `overflow`: its desk has no team that helps another after some time
   * - `clock`: its clock cannot be set
   * - `largeIds`: its ids are no numbers
   */
  without?: Partial<Record<"overflow" | "clock" | "largeIds", string>>;

  /** Makes the desk exactly this. Evenhand's row is as on the first day: no cursors, no lost claims. No lock is left. */
  reset(desk: Desk): Promise<void>;

  /** Lets conversations come, the first of the list before the second. They are open, and nobody has them. */
  add(conversations: Conversation[]): Promise<void>;

  /** An agent comes or goes, and stays a member of every team. */
  setAvailable(agent: string, available: boolean): Promise<void>;

  /** Closes an agent's account: the agent may take nothing any more, and is still a member of the teams. */
  disable(agent: string): Promise<void>;

  /** A person gives a conversation to `agent`. With `null` a person takes it away from its agent, and it waits again. */
  take(conversation: string, agent: string | null): Promise<void>;

  /** Locks a conversation's row, as an open transaction of somebody else does. Returns what ends it. */
  lock(conversation: string): Promise<() => Promise<void>>;

  /**
   * Runs one tick of a host that was not running before, in whatever process, and waits for its end. Two may run at once: they are two hosts then. A tick that
   * fails is an error, one that another host has beaten is not.
   */
  tick(options?: TickOptions): Promise<void>;

  /** Starts a tick, kills its host at `moment` (`kill -9`), and returns when nothing of it runs any more, in the database neither. */
  kill(moment: "before the claim" | "in the claim" | "after the claim"): Promise<void>;

  /** Returns who has each conversation. */
  assignments(): Promise<Record<string, string | null>>;

  /** Called once, at the end. */
  close?(): Promise<void>;
}

export interface TickOptions {
  /**
   * Call it once the host has read the desk, and let the host write its plan when it has ended.
   *
   * In your own process that is a call between two statements. A host in another process can be held by a door between it and its database
   * (`adapters/gate.mjs`). Or lock Evenhand's row, start the tick, wait until the database says that it waits for the lock, call this, and roll back; where two
   * ticks are held at once, after both calls. That holds a claim that is one statement inside it, when it may have looked at the agents already.
   */
  beforeClaim?: () => Promise<void>;
  /** By how many milliseconds the clock of the host's machine is wrong; the database's is right. `withClock` does it for a host in this process. */
  clock?: number;
}

export interface Desk {
  /** All at work. */
  agents: { id: string }[];
  /** All under the rule `round_robin`, each member with the weight 1. */
  teams: Team[];
}

export interface Team {
  id: string;
  /** The agents' ids. */
  members: string[];
  /** Whoever has so many open conversations gets no more from this team. Left out: no limit. */
  maxLoad?: number;
  /** The team that serves what has waited for so many minutes. Only where `overflow` is not in `without`. */
  overflow?: { team: string; minutes: number };
}

export interface Conversation {
  id: string;
  team: string;
  /** Since how many minutes it waits. Left out: since now. Only where `overflow` is not in `without`. */
  waited?: number;
}

/** Runs `work` with the clock of JavaScript off by so many milliseconds. */
export function withClock<T>(milliseconds: number, work: () => Promise<T>): Promise<T>;

/** Tries every situation. Each outcome is told to `tell` as it comes. */
export function tryAll(adapter: Adapter, tell?: (outcome: Outcome) => void): Promise<Outcome[]>;

export interface Outcome {
  situation: string;
  /** `unusable`: the adapter does not do what it must, so that nothing can be said about the host. */
  result: "kept" | "broken" | "unusable" | "not run";
  /** Which invariant broke, 1 to 5, where one did. */
  invariant?: number;
  /** What happened, or why it was not run. */
  why?: string;
}

/** The five invariants, by number. */
export const INVARIANTS: Record<number, string>;
