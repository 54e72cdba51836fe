import type { AlarmShown, WatchView } from '../../src/watch/watch-view.js';

/** Without a message of the gateway for so long, the page says that it is not live. The gateway sends one a second. */
export const LOST_MS = 3_000;
/** An audio pause of this screen lasts so long; other screens and the central system do not know of it. */
export const PAUSE_MS = 120_000;

export type Priority = AlarmShown['priority'];
export type SoundMode = 'away' | 'always';

/** A picture of the gateway and when it came, on the monotonic clock of the page. */
export interface Picture {
  readonly view: WatchView;
  readonly atMs: number;
}

export const RANK: Readonly<Record<Priority, number>> = { low: 0, medium: 1, high: 2 };

/** `waiting` before the first picture. */
export function liveness(picture: Picture | null, openedMs: number, nowMs: number): 'waiting' | 'live' | 'lost' {
  if (nowMs - (picture?.atMs ?? openedMs) > LOST_MS) return 'lost';
  return picture === null ? 'waiting' : 'live';
}

/** An age that came with a picture, now. */
export function ageNow(ageMs: number, picture: Picture, nowMs: number): number {
  return ageMs + (nowMs - picture.atMs);
}

/** Audio pause of this screen: until when, and what sounded when it began. */
export interface Pause {
  readonly untilMs: number;
  readonly known: ReadonlySet<string>;
  readonly rank: number;
}

export function pauseNow(view: WatchView, nowMs: number): Pause {
  const known = new Set(view.alarms.map(({ alarmId }) => alarmId));
  return { untilMs: nowMs + PAUSE_MS, known, rank: Math.max(-1, ...view.alarms.map(({ priority }) => RANK[priority])) };
}

/** A pause ends by time, and at once for a new alarm that is high or more urgent than any of before. */
export function holds(pause: Pause | null, view: WatchView, nowMs: number): boolean {
  if (pause === null || nowMs >= pause.untilMs) return false;
  return !view.alarms.some(
    ({ alarmId, priority }) => !pause.known.has(alarmId) && (priority === 'high' || RANK[priority] > pause.rank),
  );
}

/**
 * What the screen should sound now: the most urgent alarm, or null. While the central system is connected it pages and sounds
 * there, and a person may have acknowledged what this screen can't know of; so by default this one sounds only without it.
 */
export function soundOf(view: WatchView, mode: SoundMode): Priority | null {
  if (mode === 'away' && view.cloudAwayMs === null) return null;
  return view.alarms.reduce<Priority | null>(
    (worst, { priority }) => (worst === null || RANK[priority] > RANK[worst] ? priority : worst),
    null,
  );
}

/** Alarms that the picture before did not have. */
export function newAlarms(before: WatchView | null, after: WatchView): readonly AlarmShown[] {
  const known = new Set(before?.alarms.map(({ alarmId }) => alarmId));
  return before === null ? [] : after.alarms.filter(({ alarmId }) => !known.has(alarmId));
}
