// The simulation where there is no DOM.
import { createRun, readPolicy, readScenario, Refused } from '@evenhand/desk/sim';

const run = createRun(readScenario({}));
run.act({ at: run.now, what: 'lunch', minutes: 30 });
export const rule = readPolicy({}).rule;
export const refused = (error: unknown): string | undefined => (error instanceof Refused ? error.code : undefined);
