// A plan of a snapshot, in order where the most that can be served is too much work.

import { planJson } from 'evenhand';

/**
 * Plans `snapshot`. Throws what Evenhand throws.
 * @param {string} snapshot
 * @param {(snapshot: string) => string} [plan]
 * @returns {{snapshot: string, plan: string, tooMuch?: string}} `snapshot`: what was planned; `tooMuch`: why it is in order
 */
export function planned(snapshot, plan = planJson) {
  try {
    return { snapshot, plan: plan(snapshot) };
  } catch (error) {
    const read = error.code === 'limit_exceeded' ? JSON.parse(snapshot) : {};
    if (read.objective !== 'most') throw error;
    const inOrder = JSON.stringify({ ...read, objective: 'in_order' });
    try {
      return { snapshot: inOrder, plan: plan(inOrder), tooMuch: error.message };
    } catch {
      // It is too large for either.
      throw error;
    }
  }
}
