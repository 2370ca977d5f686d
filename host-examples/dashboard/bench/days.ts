// npm run bench: what a simulated day costs, without a page.

import { createRun } from '../sim/run.ts';
import { scenarioOf, type Scenario } from '../sim/scenario.ts';
import { LANES, sample, times } from './desks.ts';

function measure(name: string, scenario: Scenario, rounds: number): void {
  const results = Array.from({ length: rounds }, () => {
    const cpu = process.cpuUsage();
    const began = performance.now();
    const run = createRun(scenario);
    run.advanceTo(run.end);
    return { wall: performance.now() - began, cpu: process.cpuUsage(cpu).user / 1000, run };
  });
  const { wall, cpu, run } = results.sort((a, b) => a.cpu - b.cpu)[0];
  const { desk, tick_seconds } = scenario;
  const asked = scenario.lanes.reduce((sum, _, i) => sum + run.lane(i).counts.asked, 0);
  console.log(`${name}: ${desk.agents.length} agents, ${desk.teams.length} teams, ${run.world.ids.length} conversations, a tick every ${tick_seconds} s, both lanes: ${(wall / 1000).toFixed(2)} s (${(cpu / 1000).toFixed(2)} s of processor), ${asked} plans`);
}

measure('the sample desk', scenarioOf(sample, LANES), 5);
measure('every 5 seconds', scenarioOf(sample, LANES, { tick_seconds: 5 }), 3);
measure('a large desk', scenarioOf(times(sample, 33, 0.6), LANES, { tick_seconds: 30 }), 1);
