import type { DeviceMessage } from '@vigil/contracts';
import { BOOTS_MAX, type BedState, type SourceBoot, type SourceState } from './state.js';
import { own } from './own.js';
import { addSeen, takeOut } from './seen.js';

/**
 * A pause in a bed's time longer than this (wall time, scaled) means that Vigil itself was blind: gateways tick every
 * second. Silence is then counted from the return, and the gateway's own alarm speaks for the pause.
 */
export const BLIND_AFTER_WALL_MS = 5_000;

/** Moves the bed's time on to gateway time `gatewayMs`, never back. */
export function advanceClock(bed: BedState, gatewayMs: number, rate: number): void {
  if (gatewayMs <= bed.clockMs) return;
  if (bed.clockMs === 0 || gatewayMs - bed.clockMs > BLIND_AFTER_WALL_MS * rate) bed.graceFromMs = gatewayMs;
  bed.clockMs = gatewayMs;
}

/**
 * Silence counts anew from here, on the bed's own time: the clock of whoever admits a patient or restores coverage may
 * be hours ahead, and would keep the bed from ever being silent.
 */
export function grantGrace(bed: BedState): void {
  bed.graceFromMs = Math.max(bed.graceFromMs, bed.clockMs);
}

/** The device as a source of this bed's data, from its first message on. */
export function sourceOf(bed: BedState, deviceId: string): SourceState {
  return own(bed.sources, deviceId) ?? (bed.sources[deviceId] = { newestMs: 0, lastSeenMs: 0, idle: false, boots: [] });
}

/**
 * What a message is to those that its device has sent before. `newest`: none that was sent after it has come, since the newest start
 * of the device; all else that was not taken before (`duplicate`) is `older` and comes from a backlog. `handedOver`: a handover has
 * counted it as taken, and this is the first time that it is here itself.
 */
export type Taken = 'newest' | 'older' | 'duplicate' | 'handedOver';

/** Takes note of a message. */
export function takeMessage({ boots }: SourceState, bootId: string, seq: number): Taken {
  const newest = boots[boots.length - 1];
  if (newest?.bootId === bootId) {
    const { seen } = newest;
    const isNewest = seq > (seen[seen.length - 1]?.[1] ?? -1);
    return !addSeen(seen, seq) ? knownAs(newest, seq) : isNewest ? 'newest' : 'older';
  }
  for (const boot of boots) if (boot.bootId === bootId) return addSeen(boot.seen, seq) ? 'older' : knownAs(boot, seq);
  boots.push({ bootId, seen: [[seq, seq]] });
  if (boots.length > BOOTS_MAX) boots.shift();
  return 'newest';
}

function knownAs({ handed }: SourceBoot, seq: number): Taken {
  return handed !== undefined && takeOut(handed, seq) ? 'handedOver' : 'duplicate';
}

/** How far the newest message of a source is behind what its gateway said of the one before; 0 where it is not. */
export function setBackBy({ boots }: SourceState, gatewayAtMs: number): number {
  return Math.max(0, (boots[boots.length - 1]?.lastMs ?? 0) - gatewayAtMs);
}

/** Takes note of the time that the newest message of a source has, which is believed. */
export function noteBootTime({ boots }: SourceState, gatewayAtMs: number): void {
  const newest = boots[boots.length - 1];
  if (newest !== undefined && gatewayAtMs > (newest.lastMs ?? -Infinity)) newest.lastMs = gatewayAtMs;
}

/** The gateway takes a device's clock as it is when it is less than this out (wall time, scaled). */
export const CLOCK_BEHIND_WALL_MS = 30_000;

/**
 * Backlog: behind the watermark, or of before the admission and so of somebody else. A device that goes on from its own
 * last sample is not late for being slower than the rest of the bed within what the gateway corrects: else a tick, or a
 * second device, would silence every alarm of a device whose clock is some seconds behind.
 */
export function isLate(bed: BedState, source: SourceState, message: Pick<DeviceMessage, 'atMs'>, rate: number): boolean {
  if (bed.encounter !== null && message.atMs < bed.encounter.sinceMs) return true;
  const behindMs = bed.watermarkMs - message.atMs;
  return behindMs > 0 && (message.atMs <= source.newestMs || behindMs > CLOCK_BEHIND_WALL_MS * rate);
}

/**
 * True for what a device says of now: the gateway took it lately, and the clock of the device is not further behind than the
 * gateway puts up with. What the data of others have done to the watermark says nothing about it.
 */
export function isOfNow(bed: BedState, message: Pick<DeviceMessage, 'atMs' | 'gatewayAtMs'>, rate: number): boolean {
  return isSignOfLife(bed, message, rate) && message.gatewayAtMs - message.atMs <= CLOCK_BEHIND_WALL_MS * rate;
}

/** True for what was said before the patient came, by the clock of the gateway where the device's is not too far behind it. */
export function isBeforeStay(bed: BedState, message: Pick<DeviceMessage, 'atMs' | 'gatewayAtMs'>, rate: number): boolean {
  const isClose = message.gatewayAtMs - message.atMs <= CLOCK_BEHIND_WALL_MS * rate;
  const saidMs = isClose ? Math.max(message.atMs, message.gatewayAtMs) : message.atMs;
  return bed.encounter !== null && saidMs < bed.encounter.sinceMs;
}

/** False for a message that the gateway took so long ago that it says nothing of now. */
export function isSignOfLife(bed: BedState, message: Pick<DeviceMessage, 'gatewayAtMs'>, rate: number): boolean {
  return bed.clockMs - message.gatewayAtMs <= SOURCE_IDLE_WALL_MS * rate;
}

/** A source that has been silent for longer (wall time, scaled) does not hold the bed's watermark back. */
export const SOURCE_IDLE_WALL_MS = 10_000;

/** The source has sent something new: its own watermark moves, and the bed's with the slowest live source (D24). */
export function sourceHeard(
  bed: BedState,
  source: SourceState,
  { atMs, gatewayAtMs }: { readonly atMs: number; readonly gatewayAtMs: number },
  latenessMs: number,
  rate: number,
): void {
  source.idle = false;
  if (atMs > source.newestMs) source.newestMs = atMs;
  if (gatewayAtMs > source.lastSeenMs) source.lastSeenMs = gatewayAtMs;
  let slowestMs = source.newestMs;
  const idleAfterMs = SOURCE_IDLE_WALL_MS * rate;
  for (const id in bed.sources) {
    const other = bed.sources[id]!;
    if (bed.clockMs - other.lastSeenMs > idleAfterMs) other.idle = true;
    if (!other.idle && other.newestMs < slowestMs) slowestMs = other.newestMs;
  }
  if (slowestMs - latenessMs > bed.watermarkMs) bed.watermarkMs = slowestMs - latenessMs;
}

/** No device of the bed has sent anything: every source goes idle and time itself moves the watermark. */
export function bedSilent(bed: BedState, gatewayMs: number, latenessMs: number): void {
  for (const source of Object.values(bed.sources)) source.idle = true;
  bed.watermarkMs = Math.max(bed.watermarkMs, gatewayMs - latenessMs);
}
