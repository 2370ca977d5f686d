// The simulation as a library: what `@evenhand/desk/sim` is. It needs no DOM.

export { Invalid } from './check.ts';
export type { History, HistoryEvent } from './history.ts';
export type { LaneState } from './state.ts';
export { DEFINITIONS, SHARES, byAgent, type Definition, type Extreme, type Measures, type Share, type Waits } from './measures.ts';
export { AVAILABILITIES, OBJECTIVES, RULES, readPolicy, type Availability, type Policy, type Rule } from './policy.ts';
export { RecordingError, compareWith, openRecording, readSnapshot, readTicks, type Comparison, type Fault, type RecordingFile, type Tick } from './recording.ts';
export { createRun, type Run } from './run.ts';
export { readDesk, readScenario, scenarioOf, type Act, type Desk, type Lane, type Scenario } from './scenario.ts';
export { Refused } from './tick.ts';
export { DAY, HOUR, MINUTE, SECOND, clock, clockFace, duration } from './time.ts';
