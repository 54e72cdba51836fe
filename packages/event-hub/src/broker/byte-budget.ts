/**
 * The bytes of sends that the broker holds for all producers together: from their arrival until they are on disk.
 *
 * Below half of the budget all is well. Above it credit is kept back, so that producers slow down by themselves; at the
 * budget sends are refused as busy. Credit goes out again when a quarter is left, not at each byte around the mark.
 */
export class ByteBudget {
  private heldBytes = 0;
  private onEmpty: (() => void) | null = null;
  private readonly waiting = new Set<() => void>();

  constructor(private readonly bytesMax: number) {}

  get held(): number {
    return this.heldBytes;
  }

  /** Links whose credit is kept back. */
  get waitingCount(): number {
    return this.waiting.size;
  }

  get isTight(): boolean {
    return this.heldBytes > this.bytesMax / 2;
  }

  /** True once the hub stops: nothing more is taken. */
  get isClosed(): boolean {
    return this.onEmpty !== null;
  }

  /** Takes no more; resolves when what is held has been released. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.onEmpty = resolve;
      if (this.heldBytes === 0) resolve();
    });
  }

  /** Holds these bytes, or returns false when there is no room for them. */
  hold(bytes: number): boolean {
    if (this.heldBytes + bytes > this.bytesMax) return false;
    this.heldBytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.heldBytes -= bytes;
    if (this.heldBytes === 0) this.onEmpty?.();
    if (this.waiting.size === 0 || this.heldBytes > this.bytesMax / 4) return;
    const eased = [...this.waiting];
    this.waiting.clear();
    for (const run of eased) run();
  }

  /** Calls `run` once when there is room again; each function is kept once. `forget` it when it is no longer of use. */
  whenEased(run: () => void): void {
    this.waiting.add(run);
  }

  forget(run: () => void): void {
    this.waiting.delete(run);
  }
}
