/** Runs at most `running` jobs at once and lets at most `waiting` more wait; the rest are turned away. */
export class Bounded {
  private active = 0;
  private readonly queue: (() => void)[] = [];

  constructor(
    private readonly running: number,
    private readonly waiting: number,
  ) {}

  /** Null when there was no room, else the job's answer. */
  async run<T>(job: () => Promise<T>): Promise<{ readonly value: T } | null> {
    if (this.active >= this.running) {
      if (this.queue.length >= this.waiting) return null;
      // Whoever finishes hands the place over, so `active` stays as it is.
      await new Promise<void>((resolve) => this.queue.push(resolve));
    } else {
      this.active += 1;
    }
    try {
      return { value: await job() };
    } finally {
      const next = this.queue.shift();
      if (next === undefined) this.active -= 1;
      else next();
    }
  }
}
