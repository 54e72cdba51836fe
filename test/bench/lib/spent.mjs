/**
 * Adds up what pieces of work have taken: time by the clock, and processor time of this very thread, which other work on the
 * machine makes hardly longer.
 */
export class Spent {
  #clockMs = 0;
  #cpuMs = 0;

  on(work) {
    const cpu = process.threadCpuUsage();
    const fromMs = performance.now();
    const result = work();
    this.#clockMs += performance.now() - fromMs;
    const { user, system } = process.threadCpuUsage(cpu);
    this.#cpuMs += (user + system) / 1_000;
    return result;
  }

  async onAsync(work) {
    const cpu = process.threadCpuUsage();
    const fromMs = performance.now();
    const result = await work();
    this.#clockMs += performance.now() - fromMs;
    const { user, system } = process.threadCpuUsage(cpu);
    this.#cpuMs += (user + system) / 1_000;
    return result;
  }

  ms() {
    return { clockMs: this.#clockMs, cpuMs: this.#cpuMs };
  }

  /** So many things a second by the clock, and a second of the processor. */
  rates(count) {
    return { perSecond: Math.round(count / (this.#clockMs / 1_000)), perCpuSecond: Math.round(count / (this.#cpuMs / 1_000)) };
  }
}
