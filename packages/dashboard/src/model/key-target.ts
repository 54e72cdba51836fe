import type { AlarmId, AlarmView } from '@vigil/contracts';
import { byBed, mayAccept, mayAcknowledge } from './alarm-order.js';
import type { CommandKind } from './command.js';

/** Where the focus of the keyboard is: on an alarm, on a bed, or on neither. */
export interface KeyPlace {
  readonly alarmId: string | undefined;
  readonly bedId: string | undefined;
}

/** What a key is about, and what showed it: that decides since when it was seen. */
export interface KeyTarget {
  readonly alarm: AlarmView;
  readonly by: 'focus' | 'bed' | 'bar';
}

const MAY = { accept: mayAccept, acknowledge: mayAcknowledge } as const;

/**
 * The alarm that a key acts on. Where the focus is on an alarm, or on a bed that has some, it is of those or none: one that has just
 * been accepted by somebody else, or is over, never hands the key on to an alarm that nobody meant.
 *
 * @param alarms active ones, the most urgent first
 */
export function keyTarget(command: CommandKind, alarms: readonly AlarmView[], { alarmId, bedId }: KeyPlace): KeyTarget | null {
  const may = MAY[command];
  if (alarmId !== undefined) {
    const alarm = alarms.find((each) => each.alarmId === alarmId);
    return alarm && may(alarm) ? { alarm, by: 'focus' } : null;
  }
  const ofBed = alarms.filter((each) => bedId !== undefined && each.bedId === bedId);
  const alarm = ofBed.length > 0 ? ofBed.find(may) : alarms[0];
  return alarm && may(alarm) ? { alarm, by: ofBed.length > 0 ? 'bed' : 'bar' } : null;
}

interface Since {
  readonly alarmId: AlarmId;
  readonly sinceMs: number;
}

/** By bed and command: the alarm that the key would act on, and since when it is that one. Monotonic clock. */
export type BedTargets = ReadonlyMap<string, Since>;

const keyOf = (bedId: string, command: CommandKind): string => `${command} ${bedId}`;

/** An alarm that has just come to the top of a bed was not yet seen there by whoever presses the key, however long the focus is on it. */
export function bedTargets(before: BedTargets, alarms: readonly AlarmView[], nowMs: number): BedTargets {
  const next = new Map<string, Since>();
  for (const [bedId, ofBed] of byBed(alarms)) {
    for (const command of ['accept', 'acknowledge'] as const) {
      const alarmId = ofBed.find(MAY[command])?.alarmId;
      if (alarmId === undefined) continue;
      const known = before.get(keyOf(bedId, command));
      next.set(keyOf(bedId, command), known?.alarmId === alarmId ? known : { alarmId, sinceMs: nowMs });
    }
  }
  return next;
}

/** Since when a key on this bed would act on what it acts on now; now where it would on nothing. */
export const bedTargetSince = (targets: BedTargets, bedId: string, command: CommandKind, nowMs: number): number =>
  targets.get(keyOf(bedId, command))?.sinceMs ?? nowMs;
