/** Writes go on beside each other; a move waits for them, and they for it: what is written while samples are taken away would go too. */
export class Gate {
  private readonly shared = new Set<Promise<unknown>>();
  private exclusive: Promise<unknown> = Promise.resolve();

  async beside<T>(run: () => Promise<T>): Promise<T> {
    let before: Promise<unknown>;
    do {
      before = this.exclusive;
      await before;
    } while (before !== this.exclusive);
    const running = run();
    const settled = running.catch(() => undefined);
    this.shared.add(settled);
    void settled.then(() => this.shared.delete(settled));
    return running;
  }

  alone<T>(run: () => Promise<T>): Promise<T> {
    const before = this.exclusive;
    const running = before.then(() => Promise.all(this.shared)).then(run);
    this.exclusive = running.catch(() => undefined);
    return running;
  }
}
