// The worker's side of a frame: reads what is new of a run into typed arrays, which then are the page's.

import { AVAILABILITIES } from '../sim/policy.ts';
import type { Run } from '../sim/run.ts';
import type { Answers, LaneFrame, LogPart, Opened, SamplesPart, TeamFrame } from './protocol.ts';

/** How far the page's records of a lane reach. */
export interface Sent {
  log: number;
  samples: number;
}

export function openedOf(run: Run): Opened {
  const { world: { changes }, lastAct: last } = run;
  return {
    what: 'opened',
    scenario: run.scenario,
    end: run.end,
    ...(last ? { last } : {}),
    changes: {
      at: Float64Array.from(changes, ({ at }) => at),
      agent: Int32Array.from(changes, ({ agent }) => agent),
      to: Uint8Array.from(changes, ({ to }) => AVAILABILITIES.indexOf(to)),
    },
  };
}

/** Returns a lane as it is, with what came since `sent`, which moves on; shares are those of the team `looked` at. */
export function laneFrame(run: Run, lane: number, sent: Sent, measured: boolean, looked: number): LaneFrame {
  const state = run.lane(lane);
  const agents = state.inbox.length;
  const received = new Float64Array(agents);
  const owed = new Float64Array(agents);
  for (const team of looked < 0 ? state.fairness : [state.fairness[looked]]) {
    for (let agent = 0; agent < agents; agent += 1) {
      received[agent] += team.received[agent];
      owed[agent] += team.owed[agent];
    }
  }
  const frame: LaneFrame = {
    load: Int32Array.from(state.inbox, (list) => list.length),
    availability: Uint8Array.from(state.availability, (one) => AVAILABILITIES.indexOf(one)),
    limit: Float64Array.from(state.settings.capacities, (capacity, agent) =>
      Math.min(capacity, Math.max(0, ...state.settings.teamsOf[agent].map((team) => state.settings.teams[team].limit)))),
    received,
    owed,
    teams: state.settings.teams.map(({ rule, limit }, team): TeamFrame => {
      const group = state.why[team];
      return { queue: state.queues[team], rule, limit, ...(group ? { why: { why: group.why, passedOver: group.passed_over } } : {}) };
    }),
    bottlenecks: state.bottlenecks,
    log: logSince(run, lane, sent.log),
    samples: samplesSince(run, lane, sent.samples),
    ...(measured ? { measures: run.measures(lane) } : {}),
  };
  sent.log = state.records.log.at.length;
  sent.samples = state.records.samples.distance.length;
  return frame;
}

function logSince(run: Run, lane: number, from: number): LogPart {
  const { log } = run.lane(lane).records;
  const conversation = Int32Array.from(log.conversation.slice(from));
  return {
    from,
    at: Float64Array.from(log.at.slice(from)),
    conversation,
    team: conversation.map((one) => run.world.team[one]),
    agent: Int32Array.from(log.agent.slice(from)),
    waited: Float64Array.from(log.waited.slice(from)),
    how: Uint8Array.from(log.how.slice(from)),
    run: Int32Array.from(log.run.slice(from)),
  };
}

function samplesSince(run: Run, lane: number, from: number): SamplesPart {
  const { samples, queues } = run.lane(lane).records;
  return {
    from,
    distance: Float64Array.from(samples.distance.slice(from)),
    there: Int32Array.from(samples.there.slice(from)),
    queues: queues.map((list) => Int32Array.from(list.slice(from))),
  };
}

const MOST_WAITING = 200;

export function waitingFor(run: Run, lane: number, team: number): Answers['waiting'] {
  const { waiting, queuedAt } = run.lane(lane);
  const own = waiting.filter((conversation) => run.world.team[conversation] === team).slice(0, MOST_WAITING);
  return own.map((conversation) => ({ conversation, id: run.world.ids[conversation], since: queuedAt[conversation] }));
}

/** Returns the buffers that go over to the page and are not copied. */
export function buffersOf(frame: LaneFrame): ArrayBufferLike[] {
  const lists = [frame.load, frame.availability, frame.limit, frame.received, frame.owed];
  for (const part of [frame.log, frame.samples]) {
    for (const value of Object.values(part)) {
      if (ArrayBuffer.isView(value)) lists.push(value as Float64Array);
      else if (Array.isArray(value)) lists.push(...value);
    }
  }
  return lists.map(({ buffer }) => buffer);
}
