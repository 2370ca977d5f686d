// What the claim statement remembers of the decisions that could not be written, said a second time.

/**
 * Returns what is remembered once `plan` was written.
 * @param {{decision: object, losses: number, plans: number}[]} before what was remembered until then
 * @param {object} plan
 * @param {(conversation: string) => boolean} isLost of a conversation that the plan assigned
 */
export function remember(before, plan, isLost) {
  const known = new Map(before.map((entry) => [entry.decision.conversation, entry]));
  return plan.decisions.flatMap((decision) => {
    const { losses = 0, plans = 0 } = known.get(decision.conversation) ?? {};
    if (decision.agent === null) return losses > 0 ? [{ decision, losses, plans: Math.max(plans - 1, 0) }] : [];
    return isLost(decision.conversation) ? [{ decision, losses: losses + 1, plans: 1 + Math.min(2 ** losses, 64) }] : [];
  });
}

/** Returns what of it stands in the next snapshot. */
export function handedBack(remembered) {
  return remembered.filter(({ plans }) => plans > 0).map(({ decision }) => decision);
}
