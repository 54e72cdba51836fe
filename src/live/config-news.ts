import type { ConfigChanged } from '@vigil/contracts';

type What = ConfigChanged['what'];

/** What each part of the configuration is now, as a short text that is another one after each change. */
export type ConfigMarks = Readonly<Partial<Record<What, () => Promise<string> | string>>>;

/** Tells of each part of the configuration when it is another than at the last look. One look at a time; what can't be read is passed over. */
export class ConfigNews {
  private readonly known = new Map<What, string>();
  private running: Promise<void> | null = null;

  constructor(
    private readonly marks: ConfigMarks,
    private readonly tell: (message: ConfigChanged) => void,
  ) {}

  /** @throws PlatformError('store-unavailable') after the parts that could be read */
  look(): Promise<void> {
    this.running ??= this.lookOnce().finally(() => (this.running = null));
    return this.running;
  }

  private async lookOnce(): Promise<void> {
    let failure: unknown = null;
    for (const [name, mark] of Object.entries(this.marks)) {
      const what = name as What;
      try {
        const now = await mark();
        const before = this.known.get(what);
        this.known.set(what, now);
        if (before !== undefined && before !== now) this.tell({ what });
      } catch (error) {
        failure = error;
      }
    }
    if (failure !== null) throw failure;
  }
}
