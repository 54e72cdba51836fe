import { type LineListener, type LineTrouble, type NewsLine, NewsLineError, NewsLines } from '../../ports/news-lines.js';

interface Open {
  readonly channel: string;
  readonly listener: LineListener;
}

/** A server of lines in this process, which a test can take away, let hang and give back. */
export class MemoryNewsLines extends NewsLines {
  override readonly where = 'memory';
  /** All that was published, as it went over the line. */
  readonly published: string[] = [];
  private readonly lines = new Set<Open>();
  private trouble: LineTrouble | null = null;
  private isHanging = false;

  override async open(channel: string, listener: LineListener, signal: AbortSignal): Promise<NewsLine> {
    await Promise.resolve();
    if (this.isHanging) await ended(signal);
    if (this.trouble !== null) throw new NewsLineError(this.trouble);
    const line: Open = { channel, listener };
    this.lines.add(line);
    return {
      publish: (text) => this.publish(line, text),
      close: () => void this.lines.delete(line),
    };
  }

  /** Ends every line, and opens none until `giveBack`. */
  takeAway(trouble: LineTrouble = 'away'): void {
    this.trouble = trouble;
    for (const line of [...this.lines]) {
      this.lines.delete(line);
      line.listener.end(trouble);
    }
  }

  /** Lines stay, and nothing goes through them. */
  hang(): void {
    this.isHanging = true;
  }

  giveBack(): void {
    this.trouble = null;
    this.isHanging = false;
  }

  get openLines(): number {
    return this.lines.size;
  }

  /** As anybody can who reaches the server. */
  forge(text: string): void {
    for (const { listener } of this.lines) listener.text(text);
  }

  private async publish(line: Open, text: string): Promise<void> {
    if (this.isHanging) return new Promise(() => undefined);
    if (!this.lines.has(line)) throw new NewsLineError('away');
    this.published.push(text);
    for (const { channel, listener } of [...this.lines]) if (channel === line.channel) listener.text(text);
    await Promise.resolve();
  }
}

function ended(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new NewsLineError('hangs')), { once: true });
  });
}
