import type { Cancel, Clock } from '@vigil/clock';
import { type LineTrouble, type NewsLine, NewsLineError, type NewsLines } from '../ports/news-lines.js';
import type { SiteHint, SiteNews } from '../ports/site-news.js';
import { MESSAGE_CHARS_MAX, readMessage, WaitingHints } from './news-message.js';
import type { NewsMetrics } from './news-metrics.js';

/** Wall time between two words to oneself, which show that the line carries. */
export const BEAT_EVERY_MS = 2_000;
/** Without an own word for so long the line is given up: a server that hangs, or a connection that is dead and does not know it. */
export const SILENT_MS = 5_000;
const OPEN_WITHIN_MS = 5_000;
const AGAIN_MS_MIN = 500;
const AGAIN_MS_MAX = 15_000;
/** Hints that wait while a message is on its way: some thousand. */
const WAITING_CHARS_MAX = 4 * MESSAGE_CHARS_MAX;
/** Hints of others that are believed in one second; far above what a site of a thousand beds says. */
const HEARD_PER_S_MAX = 5_000;

export interface NewsBusParts {
  readonly lines: NewsLines;
  readonly news: SiteNews;
  readonly processId: string;
  /** The same in all processes of the site, and in no others. */
  readonly channel: () => Promise<string>;
  readonly clock: Clock;
  readonly metrics: NewsMetrics;
  /** Null: the line carries. Told when that changes, and when the reason does. */
  readonly onTrouble: (trouble: LineTrouble | null) => void;
  /** From 0 to 1, so that processes do not come back all at once. */
  readonly random?: () => number;
}

/**
 * Carries the hints of this process to the others and theirs to it, as fast as the line does. It promises nothing: what is not heard is
 * found by the looks at the store. So hints never wait for a line that is not there, at most some thousand wait for one that is slow, and
 * no caller waits for any of it.
 */
export class NewsBus {
  private readonly waiting = new WaitingHints(WAITING_CHARS_MAX);
  private line: NewsLine | null = null;
  private opening: AbortController | null = null;
  private sending = false;
  private stopped = false;
  private failures = 0;
  private trouble: LineTrouble | null | undefined = undefined;
  private heardOwnMs = 0;
  private beatMs = 0;
  private second = { atMs: 0, hints: 0 };
  private cancelBeat: Cancel = () => undefined;
  private cancelAgain: Cancel = () => undefined;

  constructor(private readonly parts: NewsBusParts) {
    parts.news.carryBy((hint) => this.carry(hint));
    parts.metrics.isOpen(false);
  }

  /** Does not wait for the line. */
  start(): void {
    this.cancelBeat = this.parts.clock.every(BEAT_EVERY_MS, () => this.beat());
    void this.open();
  }

  stop(): void {
    this.stopped = true;
    this.cancelBeat();
    this.cancelAgain();
    this.opening?.abort();
    this.line?.close();
    this.line = null;
  }

  /** Does the line carry? */
  get isOpen(): boolean {
    return this.line !== null;
  }

  /** What is wrong with it. Null: nothing; `away` also before the first line. */
  get lineTrouble(): LineTrouble | null {
    return this.isOpen ? null : (this.trouble ?? 'away');
  }

  private carry(hint: SiteHint): void {
    const { metrics } = this.parts;
    if (this.line === null) return metrics.dropped('no-line', 1);
    if (!this.waiting.add(hint)) return metrics.dropped('too-many', 1);
    // After this turn, so that what one commit tells goes in one message.
    queueMicrotask(() => void this.send(false));
  }

  private beat(): void {
    if (this.line === null) return;
    const nowMs = this.nowMs();
    const wasHeldUp = nowMs - this.beatMs > 2 * BEAT_EVERY_MS;
    this.beatMs = nowMs;
    // A process that stood still has what it did not read yet before it.
    if (!wasHeldUp && nowMs - this.heardOwnMs > SILENT_MS) return this.lost(this.line, 'hangs');
    void this.send(true);
  }

  /** One message at a time: what comes meanwhile goes with the next. */
  private async send(isBeat: boolean): Promise<void> {
    const { line } = this;
    const { processId, metrics } = this.parts;
    if (line === null || this.sending) return;
    this.sending = true;
    for (let isDue = isBeat || this.waiting.size > 0; isDue; isDue = this.waiting.size > 0) {
      const { text, count } = this.waiting.take(processId, this.nowMs());
      try {
        await line.publish(text);
        metrics.sent(count);
      } catch (error) {
        metrics.dropped('no-line', count);
        this.lost(line, error instanceof NewsLineError ? error.trouble : 'broken');
      }
      // Another line may have taken its place meanwhile, with a message of its own on the way.
      if (this.line !== line) return;
    }
    this.sending = false;
  }

  private async open(): Promise<void> {
    const { lines, clock, channel, metrics } = this.parts;
    const opening = new AbortController();
    this.opening = opening;
    const cancel = clock.after(OPEN_WITHIN_MS, () => opening.abort());
    try {
      const held: { line: NewsLine | null } = { line: null };
      const end = (trouble: LineTrouble): void => this.lost(held.line, trouble);
      const line = await lines.open(await channel(), { text: (text) => this.heard(text), end }, opening.signal);
      if (this.stopped) return line.close();
      held.line = line;
      this.line = line;
      this.sending = false;
      this.heardOwnMs = this.nowMs();
      this.beatMs = this.heardOwnMs;
      metrics.isOpen(true);
      this.say(null);
      void this.send(true);
    } catch (error) {
      this.failed(error instanceof NewsLineError ? error.trouble : 'broken');
    } finally {
      cancel();
      this.opening = null;
    }
  }

  private lost(line: NewsLine | null, trouble: LineTrouble): void {
    if (line === null || this.line !== line) return;
    this.line = null;
    line.close();
    this.parts.metrics.dropped('no-line', this.waiting.clear());
    this.parts.metrics.isOpen(false);
    this.failed(trouble);
  }

  private failed(trouble: LineTrouble): void {
    if (this.stopped) return;
    this.parts.metrics.lineLost(trouble);
    this.say(trouble);
    const { clock, random = Math.random } = this.parts;
    const waitMs = Math.min(AGAIN_MS_MAX, AGAIN_MS_MIN * 2 ** Math.min(this.failures++, 10));
    this.cancelAgain();
    this.cancelAgain = clock.after(Math.round(waitMs * (0.75 + random() / 2)), () => void this.open());
  }

  private heard(text: string): void {
    const { processId, metrics, news } = this.parts;
    const message = readMessage(text);
    if (message === null) return metrics.dropped('not-understood', 1);
    const nowMs = this.nowMs();
    if (message.from === processId) {
      this.heardOwnMs = nowMs;
      // It carries, and not only stands.
      this.failures = 0;
      return metrics.tookMs(nowMs - message.saidMs);
    }
    metrics.dropped('not-understood', message.unknown);
    if (nowMs - this.second.atMs >= 1_000) this.second = { atMs: nowMs, hints: 0 };
    const believed = message.hints.slice(0, Math.max(0, HEARD_PER_S_MAX - this.second.hints));
    this.second.hints += believed.length;
    metrics.dropped('flood', message.hints.length - believed.length);
    metrics.heard(believed.length);
    for (const hint of believed) news.hear(hint);
  }

  private say(trouble: LineTrouble | null): void {
    if (this.trouble === trouble) return;
    this.trouble = trouble;
    this.parts.onTrouble(trouble);
  }

  private nowMs(): number {
    return this.parts.clock.steady().atMs;
  }
}
