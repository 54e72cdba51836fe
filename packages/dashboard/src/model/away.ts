import type { AlarmId, AlarmView, Priority } from '@vigil/contracts';
import { isActive } from './alarm-order.js';

/** What came about while this screen could not tell (HZ-D5). Server wall times. */
export interface Away {
  readonly fromWallMs: number;
  readonly toWallMs: number;
  /** Alarms that were not there before, also those that are over again. */
  readonly arose: readonly AlarmView[];
  /** Alarms that are more urgent than they were. */
  readonly rose: readonly AlarmView[];
  readonly ended: readonly AlarmView[];
}

export type AlarmMap = ReadonlyMap<AlarmId, AlarmView>;

const RANK: Readonly<Record<Priority, number>> = { high: 0, medium: 1, low: 2 };

/** Null where nothing came about. */
export function awayBetween(before: AlarmMap, after: AlarmMap, times: { fromWallMs: number; toWallMs: number }): Away | null {
  const arose = [...after.values()].filter((alarm) => {
    const was = before.get(alarm.alarmId);
    return was ? !isActive(was) && isActive(alarm) : isActive(alarm) || alarm.endedAtMs !== null;
  });
  const both = [...after.values()].flatMap((alarm) => {
    const was = before.get(alarm.alarmId);
    return was && isActive(was) && isActive(alarm) ? [{ was, alarm }] : [];
  });
  const rose = both.filter(({ was, alarm }) => RANK[alarm.priority] < RANK[was.priority]).map(({ alarm }) => alarm);
  const ended = [...before.values()].filter((was) => {
    const is = after.get(was.alarmId);
    return isActive(was) && !(is && isActive(is));
  });
  if (arose.length + rose.length + ended.length === 0) return null;
  return { ...times, arose, rose, ended };
}

/** Two absences that nobody has dismissed in between are told as one. */
export function togetherWith(first: Away | null, second: Away | null): Away | null {
  if (!first || !second) return second ?? first;
  const join = (key: 'arose' | 'rose' | 'ended'): AlarmView[] => [
    ...new Map([...first[key], ...second[key]].map((alarm) => [alarm.alarmId, alarm])).values(),
  ];
  return {
    fromWallMs: first.fromWallMs,
    toWallMs: second.toWallMs,
    arose: join('arose'),
    rose: join('rose'),
    ended: join('ended'),
  };
}
