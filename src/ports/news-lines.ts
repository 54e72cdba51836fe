/** Why there is no line between the processes of a site; each has its row in docs/runbook.md#news-between-processes. */
export type LineTrouble = 'away' | 'hangs' | 'refused' | 'no-right' | 'certificate' | 'full' | 'broken';

/** A line that could not be opened, or does not carry any more. It holds no text of the server: that may quote a password. */
export class NewsLineError extends Error {
  override readonly name = 'NewsLineError';

  constructor(readonly trouble: LineTrouble) {
    super(`the line between the processes: ${trouble}`);
  }
}

/** What whoever opens a line hears of it. Neither may throw. */
export interface LineListener {
  text(text: string): void;
  /** Once, when the line has ended by itself; nothing is heard after it. */
  end(trouble: LineTrouble): void;
}

export interface NewsLine {
  /** Resolves once the server has it. @throws NewsLineError */
  publish(text: string): Promise<void>;
  /** At once; no `end` follows. Twice is harmless. */
  close(): void;
}

/**
 * Lines between the processes of a site, for what may get lost. Every adapter promises, and `test/contract/news-lines.contract.ts` checks:
 * whoever has a channel open hears each text that was published there after that, its own included, once and in the order of whoever
 * published it, and nothing of other channels. Nothing is kept for whoever is not there.
 */
export abstract class NewsLines {
  /** Where the server is, for people: host and port, no user, no password. */
  abstract readonly where: string;
  /** @param signal aborted, the attempt ends at once. @throws NewsLineError */
  abstract open(channel: string, listener: LineListener, signal: AbortSignal): Promise<NewsLine>;
}
