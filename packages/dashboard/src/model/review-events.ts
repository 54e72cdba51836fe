import type { AlarmId, AlarmView, HistoryGap, Priority, ScoreView, StandbyPlace, StayChange } from '@vigil/contracts';
import type { TimeSpan } from './trend.js';

/** One thing that happened at a bed. */
export type ReviewEvent = { readonly atMs: number } & (
  | { readonly kind: 'alarm'; readonly alarm: AlarmView; readonly endMs: number | null }
  | {
      readonly kind: 'accepted' | 'arrived' | 'declined';
      readonly alarmId: AlarmId;
      readonly name: string;
      readonly alarm: AlarmView;
    }
  | { readonly kind: 'ended'; readonly alarmId: AlarmId; readonly alarm: AlarmView }
  | { readonly kind: 'gap'; readonly gap: HistoryGap }
  | { readonly kind: 'standby'; readonly place: StandbyPlace; readonly endMs: number }
  | { readonly kind: 'charted'; readonly score: ScoreView }
  | { readonly kind: 'change'; readonly change: StayChange }
  | { readonly kind: 'stay' }
);

export interface EventSources {
  readonly alarms: readonly AlarmView[];
  readonly gaps: readonly HistoryGap[];
  readonly standby: readonly (TimeSpan & { readonly place: StandbyPlace })[];
  readonly charted: readonly ScoreView[];
  /** Of whoever lies there now. */
  readonly changes: readonly StayChange[];
  /** When whoever lies there came. */
  readonly sinceMs: number | null;
  /** What people did is on the clock of the wall; it stands among what happened to the patient only where that is the same. */
  readonly isWallTime: boolean;
}

/** Everything on one time line, newest first; only what lies in the span. */
export function reviewEvents(sources: EventSources, { fromMs, toMs }: TimeSpan): readonly ReviewEvent[] {
  const { alarms, gaps, standby, charted, changes, sinceMs, isWallTime } = sources;
  const events: ReviewEvent[] = [
    ...alarms.flatMap((alarm) => ofAlarm(alarm, isWallTime)),
    ...gaps.map((gap): ReviewEvent => ({ kind: 'gap', atMs: gap.fromMs, gap })),
    ...standby.map((each): ReviewEvent => ({ kind: 'standby', atMs: each.fromMs, place: each.place, endMs: each.toMs })),
    ...charted
      .filter(({ basis }) => basis === 'charted')
      .map((score): ReviewEvent => ({ kind: 'charted', atMs: score.atMs, score })),
    ...(isWallTime ? changes.map((change): ReviewEvent => ({ kind: 'change', atMs: change.atMs, change })) : []),
    ...(sinceMs === null ? [] : [{ kind: 'stay', atMs: sinceMs } as const]),
  ];
  return events.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).sort((a, b) => b.atMs - a.atMs);
}

function ofAlarm(alarm: AlarmView, isWallTime: boolean): ReviewEvent[] {
  const { alarmId, escalation, onsetMs, endedAtMs } = alarm;
  const people = (['accepted', 'arrived', 'declined'] as const).flatMap((kind) => {
    const list =
      kind === 'declined'
        ? escalation.declines.map(({ name, atMs }) => ({ name, atMs }))
        : escalation.accepts.map(({ name, atMs, arrivedAtMs }) => ({ name, atMs: kind === 'accepted' ? atMs : arrivedAtMs }));
    return list.flatMap(({ name, atMs }): ReviewEvent[] => (atMs === null ? [] : [{ kind, atMs, alarmId, name, alarm }]));
  });
  return [
    { kind: 'alarm', atMs: onsetMs, alarm, endMs: endedAtMs },
    ...(isWallTime ? people : []),
    ...(endedAtMs === null ? [] : [{ kind: 'ended', atMs: endedAtMs, alarmId, alarm } as const]),
  ];
}

/** Alarms as marks of a chart. */
export function marksOf(
  alarms: readonly AlarmView[],
  { fromMs, toMs }: TimeSpan,
): readonly { readonly atMs: number; readonly priority: Priority; readonly label: string }[] {
  return alarms
    .filter(({ onsetMs }) => onsetMs >= fromMs && onsetMs < toMs)
    .map(({ onsetMs, priority, conditionCode }) => ({ atMs: onsetMs, priority, label: conditionCode }));
}
