import type { Cancel, Clock } from '@vigil/clock';
import type { Once, SingleWork } from '../ports/once.js';

const LOOK_EVERY_MS = 1_000;

/** Work with a beginning and an end of its own. */
export interface Term {
  start(): void;
  stop(): Promise<void>;
}

/** Runs work while it is this process's: a new one each time it becomes so, because what the last one knew may be old by then. */
export class WhileMine {
  private term: Term | null = null;
  private ending: Promise<void> = Promise.resolve();
  private cancel: Cancel = () => undefined;
  private isStopped = false;

  constructor(
    private readonly parts: { readonly once: Once; readonly work: SingleWork; readonly clock: Clock; readonly begin: () => Term },
    /** Told at each look while somebody else does it. */
    private readonly onElsewhere: () => void = () => undefined,
  ) {}

  start(): void {
    this.cancel = this.parts.clock.every(LOOK_EVERY_MS, () => this.look());
    this.look();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.cancel();
    this.end();
    await this.ending;
  }

  private look(): void {
    if (this.isStopped) return;
    const { once, work, begin } = this.parts;
    if (!once.isMine(work)) {
      this.end();
      this.onElsewhere();
      return;
    }
    if (this.term !== null) return;
    const term = begin();
    this.term = term;
    this.ending = this.ending.then(() => {
      if (this.term === term) term.start();
    });
  }

  private end(): void {
    const { term } = this;
    this.term = null;
    if (term !== null) this.ending = this.ending.then(() => term.stop());
  }
}
