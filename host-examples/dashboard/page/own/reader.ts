// One's own desk: reads what somebody has, and holds it against a policy, decision by decision. What each
// tick needs later is kept as a Blob, which the browser may put on disk.

import { EvenhandError, explain, planJson, type Decision, type Plan, type Snapshot } from 'evenhand';
import { Invalid } from '../../sim/check.ts';
import { readPolicy, type Policy } from '../../sim/policy.ts';
import { compareWith, openRecording, readSnapshot, readTicks, RecordingError, type Comparison, type Fault, type Tick } from '../../sim/recording.ts';
import { csv } from '../csv.ts';
import { placeOf } from './place.ts';
import { cellsOf, COLUMNS, differs, type Answers, type Call, type Compared, type Line, type OwnFailure, type Pair, type Side, type Sums, type TickDetail } from './protocol.ts';

/** What was opened last. */
interface Source {
  kind: Compared['kind'];
  name: string;
  ticks: () => AsyncIterable<Tick | Fault>;
}

/** What is kept of a tick. */
interface Kept {
  snapshot: string;
  other?: Snapshot;
  detail: TickDetail;
}

const NOTHING: TickDetail = { pairs: [], waiting: { recorded: [], other: [] }, bottlenecks: { recorded: [], other: [] } };

export interface Reader {
  /** Answers a call; `progress` hears how many ticks are done. Throws what `failureOf` reads. */
  answer<C extends Call>(call: C, progress: (ticks: number) => Promise<void>): Promise<Answers[C['what']]>;
}

export function createReader(): Reader {
  let source: Source | undefined;
  let kept = new Map<number, Blob>();

  const answers: { [What in Call['what']]: (call: Extract<Call, { what: What }>, progress: (ticks: number) => Promise<void>) => Promise<Answers[What]> } = {
    async files({ files, policy }, progress) {
      const recording = files.some(({ name }) => /\.jsonl(\.gz)?$/.test(name));
      if (recording || files.length !== 1) {
        const own = openRecording(files);
        return compared({ kind: 'recording', name: own.length === 1 ? own[0].name : `${own.length} files`, ticks: () => readTicks(own) }, policy, progress);
      }
      const [file] = files;
      const bytes = new Uint8Array(await file.arrayBuffer());
      const document = documentOf(bytes);
      if (document && ('desk' in document || 'lanes' in document)) return { kind: 'scenario', scenario: document };
      if (document && !('agents' in document) && POLICY.some((field) => field in document)) return { kind: 'policy', policy: policyOf(new TextDecoder().decode(bytes), file.name) };
      return compared(snapshotSource(file.name, bytes), policy, progress);
    },
    snapshot: ({ text, policy }, progress) => compared(snapshotSource('snapshot', text), policy, progress),
    async policy({ text }, progress) {
      const policy = policyOf(text);
      return source ? compared(source, policy, progress) : { kind: 'policy', policy };
    },
    async tick({ line }) {
      return (await of(line))?.detail ?? NOTHING;
    },
    async why({ line, conversation }) {
      const { snapshot, other } = (await of(line))!;
      return { recorded: explain(JSON.parse(snapshot) as Snapshot, conversation)!, other: explain(other!, conversation)! };
    },
    async csv() {
      const parts = [csv([['tick', 'time', ...COLUMNS, 'differs']])];
      for (const blob of kept.values()) {
        const { detail, tick, time } = JSON.parse(await blob.text()) as Kept & { tick: number; time: string };
        parts.push(csv(detail.pairs.map((pair) => [tick, time, ...cellsOf(pair), differs(pair) ? 'yes' : 'no'])));
      }
      return new Blob(parts, { type: 'text/csv' });
    },
  };

  async function of(line: number): Promise<Kept | undefined> {
    const blob = kept.get(line);
    return blob && (JSON.parse(await blob.text()) as Kept);
  }

  async function compared(from: Source, given: Policy | undefined, progress: (ticks: number) => Promise<void>): Promise<Compared> {
    const policy = given ?? (await another(from));
    const lines: Line[] = [];
    const keeping = new Map<number, Blob>();
    const sums: Sums = { ticks: 0, decisions: 0, otherAgent: 0, nowWaits: 0, nowAssigned: 0, leftOut: 0, faults: 0 };
    const teams = new Set<string>();
    const first = [new Map<string, string>(), new Map<string, string>()];
    let plans: { plan: unknown; other: unknown } | undefined;

    async function* noted(): AsyncGenerator<Tick | Fault> {
      for await (const tick of from.ticks()) {
        const line = lineOf(tick);
        lines.push(line);
        if ('fault' in tick) sums.faults += 1;
        else if (line.what !== 'written') sums.leftOut += 1;
        if (line.what === 'refused') {
          const { snapshot } = tick as Tick;
          keep(line.tick, line.time, { snapshot, detail: { ...NOTHING, refused: refusalOf(snapshot, (tick as Tick).refused) } });
        }
        await progress(lines.length);
        yield tick;
      }
    }

    function keep(tick: number, time: string, what: Kept): void {
      keeping.set(lines.length - 1, new Blob([JSON.stringify({ ...what, tick, time })]));
    }

    for await (const comparison of compareWith(noted(), policy)) {
      const { tick, snapshot: other, other: plan } = comparison;
      const pairs = pairsOf(comparison);
      const recorded = JSON.parse(tick.plan!) as Plan;
      const differ = pairs.filter(differs);
      sums.ticks += 1;
      sums.decisions += pairs.length;
      sums.nowWaits += differ.filter((pair) => pair.other.agent === null).length;
      sums.nowAssigned += differ.filter((pair) => pair.recorded.agent === null).length;
      sums.otherAgent += differ.filter((pair) => pair.recorded.agent !== null && pair.other.agent !== null).length;
      for (const pair of pairs) {
        teams.add(pair.team);
        [pair.recorded, pair.other].forEach(({ agent }, side) => {
          if (agent !== null && !first[side].has(pair.conversation)) first[side].set(pair.conversation, agent);
        });
      }
      Object.assign(lines.at(-1)!, { decisions: pairs.length, differ: differ.length });
      const waiting = { recorded: recorded.waiting, other: plan.waiting };
      const bottlenecks = { recorded: recorded.bottlenecks ?? [], other: plan.bottlenecks ?? [] };
      if (pairs.length > 0) keep(tick.tick, tick.time, { snapshot: tick.snapshot, other, detail: { pairs, waiting, bottlenecks } });
      if (from.kind === 'snapshot') plans = { plan: recorded, other: plan };
    }
    source = from;
    kept = keeping;
    return { kind: from.kind, name: from.name, policy, lines, sums, teams: [...teams].sort(byName), agents: agentsOf(first), ...(plans ? { plans } : {}) };
  }

  return { answer: (call, progress) => answers[call.what](call as never, progress) as never };
}

/** Fields by which a configuration is known. */
const POLICY = ['rule', 'objective', 'rules', 'weights', 'capacities', 'assignable', 'interval'];

/** Something that was refused here, in the form in which the page shows it. */
class Misread extends Error {
  readonly failure: OwnFailure;

  constructor(failure: OwnFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Returns what a call failed of. */
export function failureOf(error: unknown): OwnFailure {
  if (error instanceof Misread) return error.failure;
  if (error instanceof EvenhandError) return { code: error.code, message: error.message, path: error.path };
  if (error instanceof Invalid) return { code: 'invalid', message: error.message, path: error.path };
  if (error instanceof RecordingError) return { code: 'invalid', message: error.message };
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}

function documentOf(bytes: Uint8Array): object | undefined {
  try {
    const document: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof document === 'object' && document !== null ? document : undefined;
  } catch {
    return undefined;
  }
}

/** Throws where it is none, with the place. */
function policyOf(text: string, file?: string): Policy {
  const misread = (code: string, message: string, path: string) => new Misread({ code, message, path, place: placeOf(text, path, code), ...(file ? { file } : {}) });
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw misread('malformed_json', 'this is no JSON', '');
  }
  try {
    return readPolicy(document);
  } catch (error) {
    throw misread('invalid', (error as Invalid).message, (error as Invalid).path);
  }
}

/** A snapshot as a recording of one tick. Throws the engine's own error, with the place. */
function snapshotSource(name: string, given: string | Uint8Array): Source {
  try {
    const { snapshot, plan } = readSnapshot(given);
    const tick: Tick = { tick: 1, time: '', version: '', snapshot, plan, claim: { won: true, claimed: 0, lost: [] } };
    return { kind: 'snapshot', name, async *ticks() { yield tick; } };
  } catch (error) {
    const text = typeof given === 'string' ? given : new TextDecoder().decode(given);
    const failure = failureOf(error);
    throw new Misread({ ...failure, file: name, place: placeOf(text, failure.path ?? '', failure.code) });
  }
}

/** Why a recorded snapshot is refused; the recording itself has the code and the path only. */
function refusalOf(text: string, recorded: Tick['refused']): OwnFailure {
  try {
    planJson(text);
    return { code: recorded!.code, path: recorded!.path, message: 'the engine of this page takes it', place: placeOf(text, recorded!.path, recorded!.code) };
  } catch (error) {
    const failure = failureOf(error);
    return { ...failure, place: placeOf(text, failure.path ?? '', failure.code) };
  }
}

/** Evenhand's own rule, and what it is compared with where that was in use. */
async function another({ ticks }: Source): Promise<Policy> {
  for await (const tick of ticks()) {
    if ('fault' in tick || tick.plan === null) continue;
    const { teams } = JSON.parse(tick.snapshot) as Snapshot;
    const rules = new Set(teams.map(({ assignment }) => assignment));
    return { rule: rules.has('libredesk_2025') || rules.has('libredesk_2026') || !rules.has('round_robin') ? 'round_robin' : 'libredesk_2026' };
  }
  return { rule: 'round_robin' };
}

function lineOf(tick: Tick | Fault): Line {
  if ('fault' in tick) return { what: tick.fault, file: tick.file, line: tick.line };
  const { tick: number, time } = tick;
  if (tick.plan === null) return { what: 'refused', tick: number, time };
  if (!tick.claim) return { what: 'unknown', tick: number, time };
  return tick.claim.won ? { what: 'written', tick: number, time, decisions: 0, differ: 0 } : { what: 'overtaken', tick: number, time };
}

const side = ({ agent, why }: Decision): Side => ({ agent, why });

function pairsOf({ decisions }: Comparison): Pair[] {
  return decisions.map(({ recorded, other }) => ({ conversation: recorded.conversation, team: recorded.team, recorded: side(recorded), other: side(other) }));
}

const names = new Intl.Collator('en', { numeric: true });
const byName = (a: string, b: string) => names.compare(a, b);

function agentsOf(first: Map<string, string>[]): Compared['agents'] {
  const sums = new Map<string, [number, number]>();
  first.forEach((went, lane) => {
    for (const agent of went.values()) {
      const sum = sums.get(agent) ?? [0, 0];
      sum[lane] += 1;
      sums.set(agent, sum);
    }
  });
  return [...sums].map(([agent, [recorded, other]]) => ({ agent, recorded, other })).sort((a, b) => byName(a.agent, b.agent));
}
