import type { Socket } from 'node:net';
import type { Cancel, Clock } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import type { Inbound } from '../../ports/inbound.js';
import { framed, type Framed, FrameReader } from './frames.js';
import { type Answer, answerOf, type Read, readMessage, type ReadSettings, unaddressed } from './read-message.js';

/** Wall time from the first byte of a frame to its last. */
export const FRAME_MS_MAX = 10_000;
/** Wall time without a byte. */
export const IDLE_MS_MAX = 5 * 60_000;
/** Wall time for which a message waits for the store; its sender hears nothing, and sends it again. */
export const STORE_MS_MAX = 10_000;
const STORE_RETRY_MS = 1_000;

/** Why a connection was ended by us. */
export type Closed = 'broken-framing' | 'no-header' | 'too-slow' | 'idle' | 'store-unavailable' | 'keys-unavailable' | 'fault';

/** What a connection tells of itself: words only, nothing that was sent. */
export interface Hl7News {
  answered(code: Answer['code']): void;
  closed(why: Closed): void;
}

export interface ConnectionParts {
  readonly inbound: Inbound;
  readonly clock: Clock;
  readonly settings: ReadSettings;
  readonly news: Hl7News;
}

/**
 * One sender. One message is in work at a time, and nothing more is read meanwhile; it is answered once it is kept, never before.
 * Whatever it is that can't be answered ends the connection, so that the sender notices.
 */
export class Hl7Connection {
  private readonly reader = new FrameReader();
  private readonly ended = new AbortController();
  private cancelFrame: Cancel | null = null;
  private cancelIdle: Cancel | null = null;
  /** What is in work, so that a stop can wait for it. */
  working: Promise<void> = Promise.resolve();

  constructor(
    private readonly socket: Socket,
    /** What the sender's certificate names; empty without one. */
    private readonly peer: string,
    private readonly parts: ConnectionParts,
  ) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.forget());
    this.awaitBytes();
  }

  /** Ends it without an answer. */
  close(why: Closed | null): void {
    if (this.ended.signal.aborted) return;
    this.forget();
    if (why !== null) this.parts.news.closed(why);
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    const found = this.reader.push(chunk);
    if (found.length === 0) {
      this.awaitBytes();
      return;
    }
    this.stopWaiting();
    this.socket.pause();
    this.working = this.work(found).catch(() => this.close('fault'));
  }

  private async work(found: readonly Framed[]): Promise<void> {
    for (const each of found) {
      if (this.ended.signal.aborted) return;
      await this.handle(each);
    }
    if (this.ended.signal.aborted) return;
    this.awaitBytes();
    this.socket.resume();
  }

  private async handle(each: Framed): Promise<void> {
    const { settings } = this.parts;
    const read =
      each.is === 'frame' ? readMessage(each.bytes, this.peer, settings) : unaddressed(each.bytes, this.peer, 'broken-framing');
    const answer = await this.keep(read);
    if (answer === null) return;
    if (read.addressed === null) {
      this.close(each.is === 'frame' ? 'no-header' : 'broken-framing');
      return;
    }
    this.parts.news.answered(answer.code);
    await this.send(read.addressed(answer));
  }

  /** Null where it could not be kept: nobody is told anything then. */
  private async keep({ message, answer }: Read): Promise<Answer | null> {
    const { clock, inbound } = this.parts;
    for (let waitedMs = 0; ; waitedMs += STORE_RETRY_MS) {
      try {
        const kept = await inbound.keep(message, Math.round(clock.wallMs()));
        if (kept.is === 'kept') return answer;
        if (kept.is === 'repeated') return kept.answer === null ? answer : answerOf(kept.answer);
        return { code: 'AE', fault: { code: '102', segment: 'MSH', field: 10 } };
      } catch (error) {
        if (!(error instanceof PlatformError) || this.ended.signal.aborted) throw error;
        if (!error.retryable || waitedMs >= STORE_MS_MAX) {
          this.close(error.code === 'keys-unavailable' ? 'keys-unavailable' : 'store-unavailable');
          return null;
        }
      }
      await clock.sleep(STORE_RETRY_MS, this.ended.signal);
    }
  }

  /** Resolves when the system has taken it, or the connection is gone. */
  private send(text: string): Promise<void> {
    return new Promise((resolve) => {
      this.cancelIdle = this.parts.clock.after(IDLE_MS_MAX, () => this.close('idle'));
      this.socket.write(framed(text), () => {
        this.stopWaiting();
        resolve();
      });
    });
  }

  private awaitBytes(): void {
    const { clock } = this.parts;
    this.cancelIdle?.();
    this.cancelIdle = clock.after(IDLE_MS_MAX, () => this.close('idle'));
    if (this.reader.isInside) this.cancelFrame ??= clock.after(FRAME_MS_MAX, () => this.close('too-slow'));
  }

  private stopWaiting(): void {
    this.cancelIdle?.();
    this.cancelFrame?.();
    this.cancelIdle = this.cancelFrame = null;
  }

  private forget(): void {
    this.stopWaiting();
    this.ended.abort();
  }
}
