import type { EventCountRule } from '@vigil/contracts';
import type { RuleKind } from './evaluator.js';

/**
 * Onsets of another rule, or of the alarms of one condition code, within a time. Only the newest `atLeast` onsets are kept: whether
 * there were so many is a question about the oldest of those.
 */
export const eventCountKind: RuleKind<EventCountRule, EventCountMemory> = {
  inputs: ({ of }) => ({ rules: [of], conditions: [of] }),
  memoryKey: ({ of }) => of,
  empty: () => ({ onsetsMs: [] }),
  onOnset({ atLeast }, { onsetsMs }, atMs) {
    // The time of a bed does not go back; should it, the count stays sorted and says a little less.
    onsetsMs.push(Math.max(atMs, onsetsMs.at(-1) ?? 0));
    while (onsetsMs.length > atLeast) onsetsMs.shift();
  },
  ask({ withinMs, atLeast }, { onsetsMs }, { nowMs }) {
    let count = 0;
    for (const onsetMs of onsetsMs) if (nowMs - onsetMs < withinMs) count += 1;
    return { holds: count >= atLeast ? 'yes' : 'no', value: count };
  },
  due({ withinMs, atLeast }, { onsetsMs }) {
    const oldestMs = onsetsMs.length < atLeast ? undefined : onsetsMs[onsetsMs.length - atLeast];
    return oldestMs === undefined ? null : { clock: 'event', atMs: oldestMs + withinMs };
  },
  limit: ({ atLeast }) => atLeast,
  evidence: ({ of, withinMs }, _, __, { nowMs }) => ({
    because: [of],
    window: { fromMs: Math.max(0, nowMs - withinMs) as never, toMs: nowMs as never, aggregate: 'count' },
  }),
};

interface EventCountMemory {
  /** Ascending; at most `atLeast`. */
  onsetsMs: number[];
}
