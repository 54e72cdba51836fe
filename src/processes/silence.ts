/**
 * How long each of the others has been silent, by a clock that goes on only while they can be heard. While the store is away, or this
 * process stood still, nobody could say anything here, and nobody is taken for dead for it.
 *
 * Pure but for its own memory: whoever uses it says what time it is (steady, in ms).
 */
export class Silence {
  private readonly last = new Map<string, { readonly mark: number; readonly atMs: number }>();
  private listenedMs = 0;
  private lookedMs: number | null = null;

  /** @param stepMs how much of the time between two looks was listened to, at most */
  constructor(private readonly stepMs: number) {}

  /** Everybody there is, each with a mark that changes whenever it says something. Who is not named is forgotten. */
  look(nowMs: number, marks: ReadonlyMap<string, number>): void {
    this.listenedMs += Math.min(this.stepMs, Math.max(0, nowMs - (this.lookedMs ?? nowMs)));
    this.lookedMs = nowMs;
    for (const id of this.last.keys()) if (!marks.has(id)) this.last.delete(id);
    for (const [id, mark] of marks) {
      if (this.last.get(id)?.mark !== mark) this.last.set(id, { mark, atMs: this.listenedMs });
    }
  }

  /** Those who have said nothing for longer than that. */
  longerThan(ms: number): readonly string[] {
    return [...this.last].filter(([, { atMs }]) => this.listenedMs - atMs > ms).map(([id]) => id);
  }
}
