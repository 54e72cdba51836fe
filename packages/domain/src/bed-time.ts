import type { DeviceMessage } from '@vigil/contracts';
import { BOOTS_MAX, type BedState, type SourceBoot, type SourceState } from './state.js';
import { own } from './own.js';
import { addSeen } from './seen.js';

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

/** Takes note of a message. Answers false for one that was taken before. */
export function takeMessage(bed: BedState, deviceId: string, bootId: string, seq: number): boolean {
  const source = own(bed.sources, deviceId) ?? (bed.sources[deviceId] = { newestMs: 0, lastSeenMs: 0, idle: false, boots: [] });
  for (const boot of source.boots) if (boot.bootId === bootId) return addSeen(boot.seen, seq);
  source.boots.push({ bootId, seen: [[seq, seq]] });
  if (source.boots.length > BOOTS_MAX) source.boots.shift();
  return true;
}

/** True for the newest that the device has sent since its newest start: what comes from a backlog is not. */
export function isNewestOf(
  bed: BedState,
  { deviceId, bootId, seq }: Pick<DeviceMessage, 'deviceId' | 'bootId' | 'seq'>,
): boolean {
  const boots = own(bed.sources, deviceId)?.boots ?? [];
  const newest = boots[boots.length - 1];
  if (newest === undefined || newest.bootId !== bootId) return !boots.some((boot) => boot.bootId === bootId);
  return seq > (newest.seen[newest.seen.length - 1]?.[1] ?? -1);
}

type Sent = Pick<DeviceMessage, 'deviceId' | 'bootId' | 'gatewayAtMs'>;

const bootOf = (bed: BedState, { deviceId, bootId }: Sent): SourceBoot | undefined =>
  own(bed.sources, deviceId)?.boots.find((boot) => boot.bootId === bootId);

/** How far a message that is the newest of its device is behind what its gateway said of the one before; 0 where it is not. */
export function setBackBy(bed: BedState, message: Sent): number {
  return Math.max(0, (bootOf(bed, message)?.lastMs ?? 0) - message.gatewayAtMs);
}

/** Takes note of the time that a believed message has. */
export function noteBootTime(bed: BedState, message: Sent): void {
  const boot = bootOf(bed, message);
  if (boot !== undefined && !(boot.lastMs! >= message.gatewayAtMs)) boot.lastMs = message.gatewayAtMs;
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
  { latenessMs, rate }: { readonly latenessMs: number; readonly rate: number },
): void {
  source.idle = false;
  source.newestMs = Math.max(source.newestMs, atMs);
  source.lastSeenMs = Math.max(source.lastSeenMs, gatewayAtMs);
  let slowest = source.newestMs;
  for (const id in bed.sources) {
    const other = bed.sources[id]!;
    if (bed.clockMs - other.lastSeenMs > SOURCE_IDLE_WALL_MS * rate) other.idle = true;
    if (!other.idle) slowest = Math.min(slowest, other.newestMs);
  }
  bed.watermarkMs = Math.max(bed.watermarkMs, slowest - latenessMs);
}

/** No device of the bed has sent anything: every source goes idle and time itself moves the watermark. */
export function bedSilent(bed: BedState, gatewayMs: number, latenessMs: number): void {
  for (const source of Object.values(bed.sources)) source.idle = true;
  bed.watermarkMs = Math.max(bed.watermarkMs, gatewayMs - latenessMs);
}
