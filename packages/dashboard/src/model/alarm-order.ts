import type { AlarmView, BedId, Priority } from '@vigil/contracts';

/**
 * What an alarm wants of people, most urgent first.
 * `unanswered`: nobody has accepted. `coming`: somebody has. `seen`: acknowledged, condition still there.
 * `latched`: over, and nobody has seen it. `over`: nothing is asked.
 */
export const NEEDS = ['unanswered', 'coming', 'seen', 'latched', 'over'] as const;
export type Need = (typeof NEEDS)[number];

export function needOf(alarm: AlarmView): Need {
  const { escalation, presence, active } = alarm;
  if (escalation.state === 'pending' || escalation.state === 'running') return 'unanswered';
  if (active && escalation.acceptedBy !== null) return 'coming';
  if (presence === 'ack') return active ? 'seen' : 'over';
  if (presence === 'latched') return 'latched';
  if (presence === 'on') return 'unanswered';
  return active ? 'seen' : 'over';
}

/** Shown among the active alarms: the condition holds, the signal is there or people are still being told. */
export function isActive(alarm: AlarmView): boolean {
  return alarm.active || alarm.presence === 'on' || alarm.presence === 'latched' || needOf(alarm) === 'unanswered';
}

const PRIORITY_RANK: Record<Priority, number> = { high: 0, medium: 1, low: 2 };

/**
 * Priority, then need, then how the patient is before what the technology lacks, then the one that waits longest: a new
 * alarm of the same kind does not push older ones down.
 */
export function compareAlarms(a: AlarmView, b: AlarmView): number {
  return (
    PRIORITY_RANK[a.priority] - PRIORITY_RANK[b.priority] ||
    NEEDS.indexOf(needOf(a)) - NEEDS.indexOf(needOf(b)) ||
    Number(a.kind === 'technical') - Number(b.kind === 'technical') ||
    a.onsetMs - b.onsetMs ||
    (a.alarmId < b.alarmId ? -1 : 1)
  );
}

export function ranked(alarms: Iterable<AlarmView>): readonly AlarmView[] {
  return [...alarms].filter(isActive).sort(compareAlarms);
}

export interface AlarmCounts {
  readonly high: number;
  readonly medium: number;
  readonly low: number;
  readonly technical: number;
}

/** Technical alarms are counted apart: they say that a measurement is missing, not how the patient is. */
export function countAlarms(alarms: readonly AlarmView[]): AlarmCounts {
  const count = (test: (a: AlarmView) => boolean): number => alarms.filter(test).length;
  const physiological = (priority: Priority) => (a: AlarmView) => a.kind === 'physiological' && a.priority === priority;
  return {
    high: count(physiological('high')),
    medium: count(physiological('medium')),
    low: count(physiological('low')),
    technical: count((a) => a.kind === 'technical'),
  };
}

/** Each bed's alarms, ranked. */
export function byBed(alarms: readonly AlarmView[]): ReadonlyMap<BedId, readonly AlarmView[]> {
  const map = new Map<BedId, AlarmView[]>();
  for (const alarm of alarms) {
    if (alarm.bedId) map.set(alarm.bedId, [...(map.get(alarm.bedId) ?? []), alarm]);
  }
  return map;
}

/** Accept stops an escalation, or ends the silence after one that nobody answered. */
export function mayAccept({ active, escalation }: AlarmView): boolean {
  if (escalation.state === 'pending' || escalation.state === 'running') return true;
  return escalation.state === 'ended' && active && escalation.acceptedBy === null;
}

/** There is a signal to acknowledge, and it has not been asked for already. */
export function mayAcknowledge(alarm: AlarmView): boolean {
  return (alarm.presence === 'on' || alarm.presence === 'latched') && !alarm.acknowledgePending;
}
