/** So many events of a bed in a row in which the engine failed, and the bed counts as not watched. */
export const BLIND_AFTER = 3;
/** Keys that are remembered; with so many it makes no difference which. */
const KEYS_MAX = 10_000;

/**
 * Beds and gateways that the engine fails in again and again. A single bad event is put aside and nobody is worse off; a bed in
 * whose every event it fails is not watched, and somebody has to know.
 */
export class BlindKeys {
  private readonly failures = new Map<string, number>();
  private blind = 0;

  get count(): number {
    return this.blind;
  }

  failed(key: string): void {
    const before = this.failures.get(key) ?? 0;
    if (before === 0 && this.failures.size >= KEYS_MAX) return;
    this.failures.set(key, before + 1);
    if (before + 1 === BLIND_AFTER) this.blind += 1;
  }

  /** Costs nothing as long as nothing fails. */
  worked(key: string): void {
    if (this.failures.size === 0) return;
    if ((this.failures.get(key) ?? 0) >= BLIND_AFTER) this.blind -= 1;
    this.failures.delete(key);
  }
}
