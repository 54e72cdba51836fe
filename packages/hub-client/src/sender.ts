import type { Cancel, Clock } from '@vigil/clock';
import { type BatchProducer, type KeyedEvent, sendByKey, type SendOptions, type SendOutcome } from './send-by-key.js';
import { type HubTrouble, troubleOf } from './trouble.js';

/** A producer that can be thrown away. */
export interface ClosableProducer extends BatchProducer {
  close(): Promise<void>;
}

/**
 * A hub that is away is waited for by the client itself; but on a connection that is half open, and after a few of its
 * reconnects, it waits for good. After so long without one answer (wall time; both attempts of one send) it is replaced.
 */
export const RENEW_AFTER_MS = 10_000;

/**
 * How long one call of the client may take (wall time). By its retry options it takes 10 to 11 s at most; but a hub that
 * takes the connection and then says nothing costs it a minute, which no option shortens.
 */
export const CALL_MS_MAX = 15_000;

/** What is left of a client after so long (wall time) ends with the process. */
const CLOSE_MS_MAX = 5_000;

/** Trouble that a new connection may mend. A hub that says "busy" or "refused" does answer. */
const UNANSWERED: ReadonlySet<HubTrouble> = new Set(['away', 'unknown']);

export interface SenderOptions {
  /** Default `RENEW_AFTER_MS`; 0: after each call that was not answered. Wall time. */
  readonly renewAfterMs?: number;
  /** Default `CALL_MS_MAX`. Wall time. */
  readonly callMsMax?: number;
}

/**
 * A producer that is made anew when it gets no answers any more. Sends may overlap; those under way on a client that is
 * replaced end as `retry`. Nothing is kept here: whoever sends keeps what is to be sent again.
 */
export class Sender<Producer extends ClosableProducer> {
  private current: Producer;
  /** `current` as `sendByKey` sees it: no call takes longer than `callMsMax`. */
  private bounded: BatchProducer;
  private answeredWallMs: number;
  private readonly renewAfterMs: number;
  private readonly callMsMax: number;

  constructor(
    private readonly connect: () => Producer,
    private readonly clock: Clock,
    { renewAfterMs = RENEW_AFTER_MS, callMsMax = CALL_MS_MAX }: SenderOptions = {},
  ) {
    this.renewAfterMs = renewAfterMs;
    this.callMsMax = callMsMax;
    this.current = connect();
    this.bounded = this.boundedOf(this.current);
    this.answeredWallMs = clock.wallMs();
  }

  /** The client of now. Don't keep it. */
  get producer(): Producer {
    return this.current;
  }

  /** Like `sendByKey`: order per key, an outcome for each event, never rejects. */
  async send(events: readonly KeyedEvent[], options?: SendOptions): Promise<SendOutcome[]> {
    const used = this.current;
    const outcomes = await sendByKey(this.bounded, events, options);
    const failed = outcomes.find((o) => o.status === 'retry');
    if (failed === undefined || outcomes.some((o) => o.status === 'sent')) this.answered();
    else this.failed(used, failed.error);
    return outcomes;
  }

  /** For calls that go to `producer` directly: the same renewal. @throws what `ask` throws */
  async ask<Answer>(ask: (producer: Producer) => Promise<Answer>): Promise<Answer> {
    const used = this.current;
    try {
      const answer = await this.within(ask(used));
      this.answered();
      return answer;
    } catch (error) {
      this.failed(used, error);
      throw error;
    }
  }

  /** Takes `CLOSE_MS_MAX` at most: the client's own close never ends when its connection is cut in the middle of it. */
  async close(): Promise<void> {
    await this.within(this.current.close(), CLOSE_MS_MAX).catch(() => undefined);
  }

  private answered(): void {
    this.answeredWallMs = this.clock.wallMs();
  }

  private failed(used: Producer, error: unknown): void {
    if (!UNANSWERED.has(troubleOf(error))) this.answered();
    const wallMs = this.clock.wallMs();
    if (used !== this.current || wallMs - this.answeredWallMs < this.renewAfterMs) return;
    this.answeredWallMs = wallMs;
    this.current = this.connect();
    this.bounded = this.boundedOf(this.current);
    // On a half-open connection the end takes as long as the network likes; nobody waits for it.
    void used.close().catch(() => undefined);
  }

  private boundedOf(producer: Producer): BatchProducer {
    return {
      getPartitionIds: () => this.within(producer.getPartitionIds()),
      createBatch: (options) => this.within(producer.createBatch(options)),
      sendBatch: (batch) => this.within(producer.sendBatch(batch)),
    };
  }

  /** A call that takes too long fails as a timeout; what becomes of it later is nobody's business. */
  private async within<Answer>(call: Promise<Answer>, msMax = this.callMsMax): Promise<Answer> {
    let cancel: Cancel = () => undefined;
    const late = new Promise<never>((_, reject) => {
      cancel = this.clock.after(msMax, () =>
        reject(Object.assign(new Error('the hub does not answer'), { name: 'OperationTimeoutError' })),
      );
    });
    try {
      return await Promise.race([call, late]);
    } finally {
      cancel();
    }
  }
}
