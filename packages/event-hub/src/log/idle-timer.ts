import type { Cancel, Clock } from '@vigil/clock';

/** Calls `onIdle` once when nothing was done for `idleMs`, and before twice as long has passed. Cheap to touch. */
export class IdleTimer {
  private cancel: Cancel | null = null;
  private isTouched = false;

  constructor(
    private readonly clock: Clock,
    private readonly idleMs: number,
    private readonly onIdle: () => void,
  ) {}

  /** Something was done. */
  touch(): void {
    this.isTouched = true;
    if (this.cancel === null) this.arm();
  }

  stop(): void {
    this.cancel?.();
    this.cancel = null;
  }

  private arm(): void {
    this.isTouched = false;
    this.cancel = this.clock.after(this.idleMs, () => {
      this.cancel = null;
      if (this.isTouched) this.arm();
      else this.onIdle();
    });
  }
}
