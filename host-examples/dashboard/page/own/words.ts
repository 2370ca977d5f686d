// One's own desk in words.

import type { Policy, Rule } from '../../sim/policy.ts';
import { assigns, counted, waits, type Headline } from '../words.ts';
import type { Compared, Line, Side } from './protocol.ts';

/** What a rule is called where it stands in a sentence. */
const NAMES: Record<Rule, string> = {
  round_robin: 'Evenhand’s share owed',
  least_loaded: 'Evenhand’s least loaded',
  least_recent: 'Evenhand’s least recent',
  libredesk_2025: 'Libredesk’s rule of 2025',
  libredesk_2026: 'Libredesk’s rule of 2026',
};

const AIMS = { in_order: 'serving in order', most: 'serving the most' };

/** Returns the rule and the objective of a policy that says nothing else. */
export function onlyChoices({ rule, objective, ...more }: Policy): Pick<Policy, 'rule' | 'objective'> | undefined {
  return Object.keys(more).length === 0 ? { ...(rule ? { rule } : {}), ...(objective ? { objective } : {}) } : undefined;
}

export function policyName(policy: Policy): string {
  const { rule, objective } = onlyChoices(policy) ?? {};
  const parts = [...(rule ? [NAMES[rule]] : []), ...(objective ? [AIMS[objective]] : [])];
  return parts.join(', ') || 'your policy';
}

export function ownHeadline({ kind, policy, sums }: Compared): Headline {
  const name = policyName(policy);
  const { decisions, otherAgent, nowWaits, nowAssigned } = sums;
  const differ = otherAgent + nowWaits + nowAssigned;
  const one = kind === 'snapshot';
  const what = counted(decisions, 'decision');
  if (decisions === 0) return { parts: [{ text: one ? 'Nobody waits in this snapshot.' : 'Nothing was decided in this recording.' }], more: leftOut(sums) };
  if (differ === 0) return { parts: [{ text: `Under ${name} ${decisions === 1 ? 'the only decision' : `all ${what}`} would be the same.` }], more: leftOut(sums) };
  const ways = [
    [otherAgent, 'to somebody else'],
    [nowWaits, 'would wait that went to somebody'],
    [nowAssigned, 'would go to somebody that waited'],
  ] as const;
  const more = ways.filter(([n]) => n > 0).map(([n, text], i) => (i === 0 && text.startsWith('to') ? `${n.toLocaleString('en')} would go ${text}` : `${n.toLocaleString('en')} ${text}`)).join(', ');
  return {
    parts: [{ text: `Of ${what}, ` }, { text: differ.toLocaleString('en'), lane: 1 }, { text: ` would be different under ${name}.` }],
    more: `${more}. ${leftOut(sums)}`,
  };
}

function leftOut({ leftOut: ticks, faults }: Compared['sums']): string {
  const parts = [
    ticks > 0 ? `${counted(ticks, 'tick')} wrote nothing and ${ticks === 1 ? 'is' : 'are'} left out.` : '',
    faults > 0 ? `${counted(faults, 'line')} could not be read.` : '',
  ];
  return parts.filter(Boolean).join(' ');
}

/** `2026-11-22 09:00:05 UTC`. */
export const timeOf = (time: string) => time.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC');

/** What became of a tick. */
export function lineText(line: Line): string {
  switch (line.what) {
    case 'written':
      return line.decisions === 0 ? 'nobody waited' : `${counted(line.decisions, 'decision')}, ${line.differ === 0 ? 'all the same' : `${line.differ.toLocaleString('en')} different`}`;
    case 'overtaken':
      return 'another host wrote first: nothing of it was written';
    case 'unknown':
      return 'the claim failed: whether it was written is not known';
    case 'refused':
      return 'the engine refused the snapshot: nothing was decided';
    case 'cut':
      return 'the file ends in the middle of this line';
    case 'damaged':
      return 'this line cannot be read, nor can what follows it in its file';
  }
}

export function sideText({ agent, why }: Side): string {
  return agent === null ? `waits: ${waits(why as never)}` : `${agent}: ${assigns(why as never)}`;
}
