import { count, KINDS, kindsOf } from '../oracle/kinds.js';
import type { World } from './world.js';

/** What each run of some length must have had: a proof over a world in which it never happens proves nothing of it. */
export const MUST_OCCUR: readonly string[] = [
  ...(['deviceMessage', 'tick', 'admit', 'discharge', 'transferOut', 'transferIn', 'charted', 'limitsSet', 'command'] as const),
  ...(['standbySet', 'standbyEnded', 'stayCorrected', 'patientMerged', 'bedPlaced', 'deviceAssigned'] as const),
  ...(['standby', 'stayCorrected'] as const).map((condition) => `began: ${condition}`),
  ...(['stayProfileSet', 'scoreSettingsSet', 'coverageLost', 'coverageRestored', 'other rules'] as const),
  ...(['onset', 'raised', 'lowered', 'end', 'acknowledged', 'closed', 'carried', 'corrected'] as const).map(
    (cause) => `told: ${cause}`,
  ),
  ...KINDS.map((kind) => `began: ${kind}`),
  ...(['news2 charted', 'news2 estimate', 'crashes', 'stolen', 'refused', 'transitions', 'appends'] as const),
];

/** What happened in one simulated site, by name. */
export function occurredIn({ log, store, crashes, stolen, scheduler }: World): Record<string, number> {
  const sums: Record<string, number> = { crashes, stolen, refused: store.refused, turns: scheduler.turns };
  const located = log.partitions.flat();
  const kinds = kindsOf(located.map(({ event }) => event));
  for (const partition of log.partitions) {
    let inForce: string | null = null;
    for (const { event } of partition) {
      if (event.kind !== 'ruleSetActivated') count(sums, event.kind);
      else {
        if (inForce !== null && event.hash !== inForce) count(sums, 'other rules');
        inForce = event.hash;
      }
    }
  }
  for (const { cause, ruleId } of store.transitions.values()) {
    count(sums, `told: ${cause}`);
    if (cause === 'onset') count(sums, `began: ${kinds.get(ruleId) ?? ruleId}`);
  }
  for (const json of store.scores) {
    const { score, basis } = JSON.parse(json) as { score: string; basis: string };
    count(sums, `${score} ${basis}`);
  }
  return { ...sums, events: located.length, transitions: store.transitions.size, appends: store.appended.length };
}
