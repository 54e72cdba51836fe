import { BOOTS_MAX, type BedState, type SourceState } from './state.js';
import { addSeen } from './seen.js';

/**
 * A pause in a bed's time longer than this (wall time, scaled) means that Vigil itself was blind: gateways tick every
 * second. Silence is then counted from the return, and the gateway's own alarm speaks for the pause.
 */
export const BLIND_AFTER_WALL_MS = 5_000;

/** Moves the bed's time on to gateway time `gatewayMs`, never back. */
export function advanceClock(bed: BedState, gatewayMs: number, rate: number): void {
  if (gatewayMs <= bed.clockMs) return;
  if (bed.clockMs > 0 && gatewayMs - bed.clockMs > BLIND_AFTER_WALL_MS * rate) bed.graceFromMs = gatewayMs;
  bed.clockMs = gatewayMs;
}

/** Takes note of a message. Answers false for one that was taken before. */
export function takeMessage(bed: BedState, deviceId: string, bootId: string, seq: number): boolean {
  const source = (bed.sources[deviceId] ??= { newestMs: 0, lastSeenMs: 0, idle: false, boots: [] });
  let boot = source.boots.find((b) => b.bootId === bootId);
  if (boot === undefined) {
    boot = { bootId, seen: [] };
    source.boots.push(boot);
    if (source.boots.length > BOOTS_MAX) source.boots.shift();
  }
  return addSeen(boot.seen, seq);
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
  for (const other of Object.values(bed.sources)) {
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
