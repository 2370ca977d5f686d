// How a lane assigns, in the form that the configuration of the Node host takes: a policy that was
// tried here is pasted into `evenhand.config.json` as it is.

import * as v from 'valibot';
import { check, integer, text } from './check.ts';

export const RULES = ['round_robin', 'least_loaded', 'least_recent', 'libredesk_2025', 'libredesk_2026'] as const;
export type Rule = (typeof RULES)[number];
export const rule = v.picklist(RULES);

export const OBJECTIVES = ['in_order', 'most'] as const;
export const objective = v.picklist(OBJECTIVES);

/** In this order: the page knows each by its place. */
export const AVAILABILITIES = ['online', 'away', 'away_manual', 'offline', 'away_and_reassigning'] as const;
export type Availability = (typeof AVAILABILITIES)[number];
export const assignable = v.pipe(v.array(v.picklist(AVAILABILITIES)), v.minLength(1));

/** An id or a name; an id may be a number, as in the databases. */
const who = v.union([v.pipe(v.number(), v.integer(), v.minValue(1)), text]);

const ENTRIES = {
  rule: v.optional(rule),
  objective: v.optional(objective),
  assignable: v.optional(assignable),
  rules: v.optional(v.array(v.strictObject({ team: who, rule }))),
  weights: v.optional(v.array(v.strictObject({ team: who, agent: who, weight: integer(0, 1000) }))),
  capacities: v.optional(v.array(v.strictObject({ agent: who, capacity: integer(0, 2 ** 31 - 1) }))),
};

export const policySchema = v.strictObject(ENTRIES);
export type Policy = v.InferOutput<typeof policySchema>;

/**
 * Returns what a configuration of the Node host says about assigning; how the host runs is left out.
 * Throws `Invalid`.
 */
export function readPolicy(config: unknown): Policy {
  return check(v.object(ENTRIES), config);
}
