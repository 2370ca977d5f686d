// What the JSX of React takes of the element, and what not.
import type {} from '@evenhand/desk/react';

export const right = <evenhand-desk link policy={{ rule: 'least_loaded' }} className="wide" onevenhand-plan={({ detail }) => detail.plan.decisions.length} />;
// @ts-expect-error there is no such rule
export const rule = <evenhand-desk policy={{ rule: 'least' }} />;
// @ts-expect-error it brings an event
export const event = <evenhand-desk onevenhand-plan={(plans: number) => plans} />;
