import type { AlarmTransition, Priority } from '@vigil/contracts';

/** An alarm for as long as it has one priority: what staff would see on a timeline. Event time, half open. */
export interface AlarmStretch {
  readonly conditionCode: string;
  readonly priority: Priority;
  readonly fromMs: number;
  /** Null: it holds at the end of what was looked at. */
  readonly toMs: number | null;
  /** The rule that held when the stretch began. */
  readonly ruleId: string;
}

/**
 * The stretches of a list of transitions, in order of their beginning. A rise or fall in priority ends one and begins the next;
 * a signal that still waits to be seen after its condition is over makes none longer.
 */
export function stretchesOf(transitions: readonly AlarmTransition[]): readonly AlarmStretch[] {
  const done: AlarmStretch[] = [];
  const open = new Map<string, AlarmStretch>();
  for (const { alarmId, conditionCode, priority, active, atMs, ruleId } of transitions) {
    const current = open.get(alarmId);
    if (current !== undefined && active && current.priority === priority) continue;
    if (current !== undefined) {
      open.delete(alarmId);
      // At one moment it rose: that is one alarm. One that is over at once was told to people all the same.
      if (atMs > current.fromMs || !active) done.push({ ...current, toMs: atMs });
    }
    if (active) open.set(alarmId, { conditionCode, priority, fromMs: atMs, toMs: null, ruleId });
  }
  return [...done, ...open.values()].toSorted((a, b) => a.fromMs - b.fromMs || order(a.conditionCode, b.conditionCode));
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
