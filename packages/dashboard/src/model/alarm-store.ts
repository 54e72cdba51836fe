import type { AlarmEvent, AlarmId, AlarmSnapshot, AlarmView } from '@vigil/contracts';

interface Kept {
  readonly alarm: AlarmView;
  readonly cursor: number;
}

export interface AlarmState {
  readonly cursor: number;
  readonly alarms: ReadonlyMap<AlarmId, Kept>;
}

export const NO_ALARMS: AlarmState = { cursor: 0, alarms: new Map() };

/** Ended alarms are kept so long as this many are, oldest out first; the list of past alarms comes from REST. */
const KEPT_MAX = 2_000;

/** The whole truth as of its cursor: what is not in it is over. */
export function fromAlarmSnapshot(snapshot: AlarmSnapshot): AlarmState {
  const { cursor } = snapshot;
  return { cursor, alarms: new Map(snapshot.alarms.map((alarm) => [alarm.alarmId, { alarm, cursor }])) };
}

/**
 * Latest per alarm wins by cursor; an event that was seen before changes no alarm. A cursor may jump: the server sends
 * an alarm that changed twice once, with its newest cursor, and within a connection nothing is lost.
 */
export function applyAlarmEvent(state: AlarmState, { cursor, alarm }: AlarmEvent): AlarmState {
  const newest = Math.max(state.cursor, cursor);
  const known = state.alarms.get(alarm.alarmId);
  if (known && cursor <= known.cursor) return { ...state, cursor: newest };
  return { cursor: newest, alarms: bounded(new Map([...state.alarms, [alarm.alarmId, { alarm, cursor }]])) };
}

/**
 * The answer to a command or to a question over REST. It carries no cursor, so it counts only where neither of its two
 * revisions is behind what is known: an echo on the live channel may overtake it.
 */
export function applyAnswer(state: AlarmState, alarm: AlarmView): AlarmState {
  const known = state.alarms.get(alarm.alarmId);
  if (known && (alarm.rev < known.alarm.rev || alarm.escalation.rev < known.alarm.escalation.rev)) return state;
  return { ...state, alarms: new Map([...state.alarms, [alarm.alarmId, { alarm, cursor: known?.cursor ?? 0 }]]) };
}

export function alarmsOf(state: AlarmState): readonly AlarmView[] {
  return [...state.alarms.values()].map((k) => k.alarm);
}

function bounded(alarms: Map<AlarmId, Kept>): Map<AlarmId, Kept> {
  for (const [id, { alarm }] of alarms) {
    if (alarms.size <= KEPT_MAX) break;
    if (!alarm.active && alarm.presence === 'off') alarms.delete(id);
  }
  return alarms;
}
