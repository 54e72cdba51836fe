import type { AlarmId, AlarmView, Priority } from '@vigil/contracts';
import type { Now } from './server-clock.js';

/** A pause of sound that holds for this screen. Server wall times, half open. */
export interface SoundPause {
  readonly fromWallMs: number;
  readonly untilWallMs: number;
}

/** When an alarm began to sound at its priority of now, as far as this screen knows. Server wall time. */
interface Heard {
  readonly priority: Priority;
  readonly sinceWallMs: number;
}
export type HeardAlarms = ReadonlyMap<AlarmId, Heard>;

/** What is to sound: the most urgent of the alarms whose signal is on, and which those are. Null: silence. */
export interface Sounding {
  readonly priority: Priority;
  readonly kind: AlarmView['kind'];
  /** Those of this priority, so that a new one among them begins a burst of its own. */
  readonly alarmIds: readonly AlarmId[];
}

const RANK: Readonly<Record<Priority, number>> = { high: 0, medium: 1, low: 2 };

/** A signal sounds from its start until it is acknowledged or over (decisions.md, D10); whether somebody comes changes nothing. */
export const isAudible = ({ presence }: AlarmView): boolean => presence === 'on' || presence === 'latched';

/**
 * Remembers since when each alarm sounds; a rise in priority begins anew. What this screen first knows of is as old as its onset.
 * What comes later begins when it comes: its onset may be a minute back, before a pause during which nobody has heard it.
 *
 * @param heard null: nothing was known before
 */
export function hear(heard: HeardAlarms | null, alarms: readonly AlarmView[], now: Now): HeardAlarms {
  const next = new Map<AlarmId, Heard>();
  for (const alarm of alarms) {
    if (!isAudible(alarm)) continue;
    const { alarmId, priority, onsetMs } = alarm;
    const was = heard?.get(alarmId);
    const onsetWallMs = now.wallMs - (now.eventMs - onsetMs) / now.rate;
    const rises = was !== undefined && RANK[priority] < RANK[was.priority];
    const firstMs = heard === null ? Math.min(now.wallMs, onsetWallMs) : now.wallMs;
    const sinceWallMs = was === undefined ? firstMs : rises ? now.wallMs : was.sinceWallMs;
    next.set(alarmId, { priority, sinceWallMs });
  }
  return next;
}

/**
 * What a screen sounds now. During a pause everything that began before it is still, and so is what is less than high; a high alarm
 * that began or rose meanwhile sounds in spite of it.
 */
export function soundingOf(
  alarms: readonly AlarmView[],
  heard: HeardAlarms,
  pauses: readonly SoundPause[],
  wallMs: number,
): Sounding | null {
  const inForce = pauses.filter(({ fromWallMs, untilWallMs }) => fromWallMs <= wallMs && wallMs < untilWallMs);
  const pausedFromMs = inForce.length === 0 ? null : Math.max(...inForce.map(({ fromWallMs }) => fromWallMs));
  const loud = alarms.filter((alarm) => {
    if (!isAudible(alarm)) return false;
    if (pausedFromMs === null) return true;
    return alarm.priority === 'high' && (heard.get(alarm.alarmId)?.sinceWallMs ?? wallMs) >= pausedFromMs;
  });
  const [first] = [...loud].sort(bySound);
  if (!first) return null;
  const alarmIds = loud.filter(({ priority }) => priority === first.priority).map(({ alarmId }) => alarmId);
  return { priority: first.priority, kind: first.kind, alarmIds };
}

/** The patient is heard before the technology. */
const bySound = (a: AlarmView, b: AlarmView): number =>
  RANK[a.priority] - RANK[b.priority] || Number(a.kind === 'technical') - Number(b.kind === 'technical');

/** Whether the burst begins anew: for another sound, or for one more alarm of the same. */
export function beginsAnew(before: Sounding | null, after: Sounding): boolean {
  if (!before || before.priority !== after.priority || before.kind !== after.kind) return true;
  return after.alarmIds.some((id) => !before.alarmIds.includes(id));
}
