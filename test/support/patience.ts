import { availableParallelism, loadavg } from 'node:os';

/** Ready processes per core from which on a machine is busy with other things. */
const LOAD_PER_CORE = 2;
const TIMES_MAX = 6;

/** Load of the last minute per core. */
export const loadPerCore = (): number => loadavg()[0]! / availableParallelism();

/** A limit for real processes: longer on a machine that is busy with other things, so that the product is not blamed for them. */
export function patient(limitMs: number): number {
  return Math.round(limitMs * Math.min(TIMES_MAX, Math.max(1, loadPerCore() / LOAD_PER_CORE)));
}
