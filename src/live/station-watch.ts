import { SCREEN_SILENT_MS } from '@vigil/contracts';
import type { StationSeen } from './screens.js';

/** After a start of the platform, and after the end of a time off, a screen has so long to come (back). */
export const COME_BACK_MS = 60_000;
/** A screen that says it is in the background: somebody looks something up in another window, and it still sounds. */
export const HIDDEN_MS_MAX = 60_000;
/** For so long it has to draw before its alarm ends; three times as long with each alarm of the last half hour. */
export const WELL_MS = 10_000;
const WELL_FACTOR = 3;
const WELL_MS_MAX = 300_000;
const CHATTER_MS = 30 * 60_000;

/** What is known of one station. Times are steady, so that whoever sets the clock raises no alarm and hides none. */
export interface StationMemory {
  /** It has drawn since it was enrolled; before that nobody misses it. */
  readonly hasDrawn: boolean;
  /** When it drew last, as far as this process saw. */
  readonly drewMs: number;
  /** Not missed before then. */
  readonly graceUntilMs: number;
  /** Since when it draws without a break; null while it does not. */
  readonly wellSinceMs: number | null;
  readonly isOff: boolean;
  /** It is missed: the alarm. */
  readonly isSilent: boolean;
  /** When it began to be missed, lately. */
  readonly missedMs: readonly number[];
}

export function newStation(known: { readonly hasDrawn: boolean; readonly isSilent: boolean }, nowMs: number): StationMemory {
  return { ...known, drewMs: nowMs, graceUntilMs: nowMs + COME_BACK_MS, wellSinceMs: null, isOff: false, missedMs: [] };
}

/**
 * One look at a station. Pure.
 *
 * A station that has drawn and has not for SCREEN_SILENT_MS is missed, whatever the reason: its page was killed or hangs, the
 * screen went blank, it is not live, the lid is closed, the network is gone. It is no longer missed once it has drawn for a while
 * without a break, and for longer where it comes and goes, so that a bad network is one alarm and not twenty.
 */
export function lookAtStation(before: StationMemory, seen: StationSeen, isOff: boolean, nowMs: number): StationMemory {
  const drewMs = Math.max(before.drewMs, seen.drewMs ?? 0);
  const isDrawing = seen.state === 'drawing';
  const wellSinceMs = isDrawing ? (before.wellSinceMs ?? nowMs) : null;
  const missedMs = before.missedMs.filter((at) => nowMs - at < CHATTER_MS);
  const hasDrawn = before.hasDrawn || isDrawing;
  // What was said to be dark has its time again from the end of that; what is back needs none.
  const graceUntilMs = isDrawing ? nowMs : before.isOff && !isOff ? nowMs + COME_BACK_MS : before.graceUntilMs;
  const now = { hasDrawn, drewMs, graceUntilMs, wellSinceMs, isOff, missedMs };
  if (isOff) return { ...now, isSilent: false };
  if (before.isSilent) return { ...now, isSilent: wellSinceMs === null || nowMs - wellSinceMs < wellMs(missedMs.length) };
  const limitMs = seen.state === 'hidden' ? HIDDEN_MS_MAX : SCREEN_SILENT_MS;
  const isMissed = hasDrawn && !isDrawing && nowMs >= graceUntilMs && nowMs - drewMs > limitMs;
  return { ...now, isSilent: isMissed, missedMs: isMissed ? [...missedMs, nowMs] : missedMs };
}

const wellMs = (times: number): number => Math.min(WELL_MS * WELL_FACTOR ** Math.max(0, times - 1), WELL_MS_MAX);
