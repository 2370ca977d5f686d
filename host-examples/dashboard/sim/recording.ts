// Recordings of the Node host (its `recording/FORMAT.md`), in Node and in the browser: the ticks as they
// were, and what another policy would have decided on each.

import { plan as planOf, planJson, type Decision, type LostClaim, type Plan, type Snapshot, type Team } from 'evenhand';
import type { Policy } from './policy.ts';

/** A file of the recording: a `File` of the browser, or anything else with a name and bytes. */
export interface RecordingFile {
  name: string;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A line of a recording. */
export interface Tick {
  tick: number;
  time: string;
  version: string;
  /** Exactly what the engine was given. */
  snapshot: string;
  /** Exactly what it answered; null where it refused. */
  plan: string | null;
  refused?: { code: string; path: string };
  claim?: { won: boolean; claimed: number; lost: { conversation: string; team: string; agent: string | null }[] } | null;
}

/** A line that could not be read, `cut` where a host was killed while it wrote, and where it is. */
export interface Fault {
  file: string;
  line: number;
  fault: 'cut' | 'damaged';
}

/** These files are no recording that can be read. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
}

const FORMAT = 1;
/** Unpacked, or downloaded twice, it is a recording still. */
const NAME = /^\d{6,12}\b.*\.jsonl(\.gz)?$/;
/** What each line begins with: gzip without a name or a time. */
const MEMBER = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0];

/** Returns the recording's files, oldest first; a dropped folder has others too. Throws `RecordingError` where there is none. */
export function openRecording(files: readonly RecordingFile[]): RecordingFile[] {
  const own = files.filter(({ name }) => NAME.test(name));
  if (own.length === 0) throw new RecordingError('none of these files is of a recording: they are called 000001.jsonl.gz and so on');
  return own.sort((a, b) => parseInt(a.name, 10) - parseInt(b.name, 10));
}

/** Reads a recording, oldest line first. Throws `RecordingError` for another format. */
export async function* readTicks(files: readonly RecordingFile[]): AsyncGenerator<Tick | Fault> {
  for (const file of openRecording(files)) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (file.name.endsWith('.jsonl')) {
      yield* unpacked(bytes, file.name);
      continue;
    }
    const starts = membersOf(bytes);
    if (starts[0] !== 0 && bytes.length > 0) starts.unshift(0);
    for (const [i, start] of starts.entries()) {
      const text = await unzipped(bytes.subarray(start, starts[i + 1]));
      if (text === undefined || !text.endsWith('\n')) {
        yield { file: file.name, line: i + 1, fault: i + 1 === starts.length ? 'cut' : 'damaged' };
        // What comes after a damaged line cannot be told from the rest of it.
        break;
      }
      yield lineOf(text, file.name) ?? { file: file.name, line: i + 1, fault: 'damaged' };
    }
  }
}

function* unpacked(bytes: Uint8Array, file: string): Generator<Tick | Fault> {
  const lines = new TextDecoder().decode(bytes).split('\n');
  const rest = lines.pop();
  for (const [i, line] of lines.entries()) yield lineOf(line, file) ?? { file, line: i + 1, fault: 'damaged' };
  if (rest !== '') yield { file, line: lines.length + 1, fault: 'cut' };
}

function membersOf(bytes: Uint8Array): number[] {
  const starts: number[] = [];
  for (let at = bytes.indexOf(MEMBER[0]); at >= 0; at = bytes.indexOf(MEMBER[0], at + 1)) {
    if (MEMBER.every((byte, i) => bytes[at + i] === byte)) starts.push(at);
  }
  return starts;
}

async function unzipped(member: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  try {
    return await new Response(new Blob([member]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
  } catch {
    return undefined;
  }
}

function lineOf(text: string, file: string): Tick | undefined {
  let line: { recording?: unknown; snapshot?: unknown };
  try {
    line = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Number.isInteger(line?.recording)) return undefined;
  if (line.recording !== FORMAT) throw new RecordingError(`${file} is of format ${line.recording}, and format ${FORMAT} is what is read here`);
  return typeof line.snapshot === 'string' ? (line as unknown as Tick) : undefined;
}

/** A snapshot that somebody has, as text or bytes, with the engine's plan. Throws `EvenhandError`, with the place. */
export function readSnapshot(given: string | Uint8Array): { snapshot: string; plan: string } {
  const plan = planJson(given);
  return { snapshot: typeof given === 'string' ? given : new TextDecoder().decode(given), plan };
}

/** What another policy makes of a tick. */
export interface Comparison {
  tick: Tick;
  /** One pair for each conversation that waited, in the order of the queue. */
  decisions: { recorded: Decision; other: Decision }[];
  /** The snapshot as the other policy would have had it. */
  snapshot: Snapshot;
  other: Plan;
}

/**
 * Plans the ticks of a recording under another policy and yields them in pairs. The snapshots are held as
 * they were: agents, loads, the queue. What the other policy remembers is its own: its cursors go on from
 * tick to tick, and so do those of its decisions that did not come true. What the host served last is served
 * last here, too. Ticks that are not known to have written a plan are left out, as are faults.
 */
export async function* compareWith(ticks: AsyncIterable<Tick | Fault>, policy: Policy): AsyncGenerator<Comparison> {
  let before: Before | undefined;
  for await (const tick of ticks) {
    if ('fault' in tick || tick.plan === null || !tick.claim?.won) continue;
    const snapshot = under(policy, JSON.parse(tick.snapshot) as Snapshot, before);
    const other = planOf(snapshot);
    const recorded = (JSON.parse(tick.plan) as Plan).decisions;
    before = { recorded, other, lost: new Set(tick.claim.lost.map(({ conversation }) => conversation)) };
    yield { tick, snapshot, other, decisions: recorded.map((decision, i) => ({ recorded: decision, other: other.decisions[i] })) };
  }
}

/** What was decided on the tick before, and what of it was lost. */
interface Before {
  recorded: Decision[];
  other: Plan;
  lost: Set<string>;
}

/** Returns the snapshot as the other policy would have had it. */
function under(policy: Policy, snapshot: Snapshot, before: Before | undefined): Snapshot {
  const objective = policy.objective ?? snapshot.objective;
  const changed = { ...snapshot, ...(objective ? { objective } : {}), agents: agentsUnder(policy, snapshot), teams: snapshot.teams.map((team) => teamUnder(policy, team)) };
  if (!before) return changed;
  // A team whose cursor somebody took away begins anew here too.
  const stored = new Set((snapshot.cursors ?? []).map(({ rotation }) => rotation));
  const kept = new Set(snapshot.teams.flatMap((team, i) => (stored.has(rotationOf(team)) ? [rotationOf(changed.teams[i])] : [])));
  return { ...changed, cursors: before.other.cursors.filter(({ rotation }) => kept.has(rotation)), lost_claims: lostUnder(snapshot, before) };
}

const rotationOf = ({ id, rotation = id }: Team) => rotation;

/** Returns the lost claims of the other policy: what the host served last is served last, and what did not come true is given back. */
function lostUnder({ conversations, lost_claims: served = [] }: Snapshot, { recorded, other, lost }: Before): LostClaim[] {
  const still = new Set(conversations.map(({ id }) => id));
  const own = other.decisions.filter(({ conversation }) => lost.has(conversation));
  const last = served.filter(({ conversation }) => !lost.has(conversation)).map(({ conversation, team }) => ({ conversation, team, agent: null }));
  const waits = new Set(recorded.filter(({ agent, conversation }) => agent === null && still.has(conversation)).map(({ conversation }) => conversation));
  const untried = other.decisions.filter(({ agent, conversation }) => agent !== null && waits.has(conversation));
  const taken = new Set([...still, ...[...own, ...last].map(({ conversation }) => conversation)]);
  let n = 0;
  // Nobody has tried to claim it: the turn comes back, under a name that no conversation has, and the conversation keeps its place.
  const free = (): string => (taken.has(`-${(n += 1)}`) ? free() : `-${n}`);
  return [...own, ...last, ...untried.map((decision) => ({ ...decision, conversation: free() }))];
}

/** A policy changes what it names; a recording has no names, so only ids are found. */
function agentsUnder({ capacities }: Policy, { agents }: Snapshot) {
  return agents.map((agent) => {
    const line = capacities?.find((one) => String(one.agent) === agent.id);
    return line ? { ...agent, capacity: line.capacity } : agent;
  });
}

function teamUnder(policy: Policy, team: Team): Team {
  if (team.assignment === 'manual') return team;
  const weights = policy.weights?.filter((line) => String(line.team) === team.id);
  const assignment = policy.rules?.find((line) => String(line.team) === team.id)?.rule ?? policy.rule ?? team.assignment;
  const { rotation, ...alone } = team;
  return {
    // Libredesk has a rotation for each team.
    ...alone,
    ...(rotation === undefined || assignment.startsWith('libredesk_') ? {} : { rotation }),
    assignment,
    ...(policy.assignable ? { assignable: policy.assignable } : {}),
    members: weights?.length ? team.members.map((member) => {
      const line = weights.find(({ agent }) => String(agent) === member.agent);
      return line ? { ...member, weight: line.weight } : member;
    }) : team.members,
  };
}
