// What somebody who uses the element and the simulation writes: compiled where they are installed.
import '@evenhand/desk';
import type { EvenhandDesk } from '@evenhand/desk';
import { createRun, type Policy, readScenario } from '@evenhand/desk/sim';

const desk: EvenhandDesk = document.createElement('evenhand-desk');
const policy: Policy = { rule: 'least_loaded', weights: [{ team: 'billing', agent: 7, weight: 2 }] };
desk.policy = policy;
desk.policy = '{"rule": "least_loaded"}';
desk.policy = undefined;
// @ts-expect-error there is no such rule
desk.policy = { rule: 'least' };
desk.snapshot = { version: 1, agents: [], teams: [], conversations: [] };
// @ts-expect-error a snapshot has agents
desk.snapshot = { version: 1, teams: [], conversations: [] };
const aim: 'in_order' | 'most' | undefined = desk.policy?.objective;
desk.addEventListener('evenhand-change', ({ detail }) => detail.lanes[0].name.toUpperCase());
desk.addEventListener('evenhand-plan', ({ detail: { plan, other } }) => plan.decisions.length - other.decisions.length);
desk.addEventListener('evenhand-refused', ({ detail }) => `${detail.code} at ${detail.path}`);

const run = createRun(readScenario({}));
const distance: number | undefined = run.measures(0).distance?.value;
// @ts-expect-error it takes no text
run.advanceTo('noon');
export { aim, distance };
