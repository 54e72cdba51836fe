/** Clocks of two programs may differ by this much wall time. */
export const SKEW_MS_MAX = 60_000;

/** An id for something new: from the request's idempotency key where there is one, so that a repeat names the same. */
export function newId(prefix: string, key: string): string {
  return `${prefix}-${key.replaceAll('-', '')}`;
}
