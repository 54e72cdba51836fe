import type { PartitionState } from '@vigil/domain';

/**
 * How far behind event time `nowMs` the watermark of the slowest watched bed is, in ms; null while no bed has a stay and data.
 * What comes before its watermark closes no window, so this is how late the final value of a window can be.
 */
export function watermarkDelayMs(state: PartitionState, nowMs: number): number | null {
  let oldestMs: number | null = null;
  for (const key of state.keys.values()) {
    if (key.kind !== 'bed' || key.encounter === null || key.watermarkMs === 0) continue;
    if (oldestMs === null || key.watermarkMs < oldestMs) oldestMs = key.watermarkMs;
  }
  return oldestMs === null ? null : Math.max(0, nowMs - oldestMs);
}
