import type { Hub } from '../hub.js';
import { BATCH_HEAD_BYTES, type Batch } from '../log/batch.js';
import { LogError } from '../log/log-error.js';
import type { StartPosition } from '../wire/filter.js';
import { type AmqpError, CONDITION, type Sender } from './amqp.js';
import type { Broker } from './broker.js';
import { type LastEnqueued, TransferWriter } from './transfer-writer.js';

/** One link gets at most this many events per interval, however much credit it has: clients grant more than they can hold. */
const BURST_EVENTS = 4000;
const BURST_WALL_MS = 100;
/** Bytes of one write to a socket, so that links take turns. */
const TURN_BYTES = 256 * 1024;
/** A connection with more than this unsent gets nothing until its socket has drained. */
export const UNSENT_BYTES_MAX = 4 * 1024 * 1024;

/** Where in the log a start position lies, or null when it lies behind the end. */
export async function startSequence(hub: Hub, partition: number, start: StartPosition): Promise<number | null> {
  const { begin, next } = hub.log.state(partition);
  switch (start.kind) {
    case 'earliest':
      return begin;
    case 'latest':
      return next;
    case 'sequence': {
      const first = start.inclusive ? start.sequence : start.sequence + 1;
      return first > next ? null : Math.max(first, begin);
    }
    case 'enqueuedTime':
      return hub.log.sequenceAfter(partition, start.inclusive ? start.ms - 1 : start.ms);
  }
}

/** The first sequence number that a start position names, or null when it names none. */
const firstAsked = (start: StartPosition): number | null =>
  start.kind === 'sequence' ? start.sequence + (start.inclusive ? 0 : 1) : null;

export interface ConsumerOptions {
  /** Deliveries need no answer. */
  readonly isSettled: boolean;
  /** Each delivery says where the partition ends. */
  readonly tracksLast: boolean;
  /** Ends the link and gives its place back. */
  readonly end: (error: AmqpError) => void;
}

/**
 * Sends a partition's events to one consumer: from memory when it keeps up, from disk when it is behind.
 *
 * Only what is durable is sent. Credit, a bound per interval, the peer's session window and the bytes that its socket
 * has not taken yet each hold it back; a slow consumer delays nobody else.
 */
export class ConsumerLink {
  private next = 0;
  private batch: Batch | null = null;
  /** Where in `batch` the event `next` starts. */
  private at = 0;
  private fromDisk: Batch[] = [];
  private isStarted = false;
  private isReading = false;
  private isPumpScheduled = false;
  private burst = 0;
  private burstStartMs = 0;
  private stopped = false;
  private unsubscribe: () => void = () => undefined;
  private cancelLater: (() => void) | null = null;
  private readonly writer: TransferWriter;
  private readonly partition: number;
  private readonly group: string;

  constructor(
    private readonly broker: Broker,
    private readonly hub: Hub,
    { partition, group }: { readonly partition: number; readonly group: string },
    private readonly link: Sender,
    private readonly options: ConsumerOptions,
  ) {
    this.partition = partition;
    this.group = group;
    const last = (): LastEnqueued => {
      const { next, lastEnqueuedMs } = hub.log.state(partition);
      return { next, offset: hub.log.offsets.write(next - 1), lastEnqueuedMs, nowMs: broker.clock.wallMs() };
    };
    this.writer = new TransferWriter(link, options.isSettled, options.tracksLast ? last : null);
  }

  /** Finds the start and begins to send. The link ends with an error when the start lies behind the end of the log. */
  async start(position: StartPosition): Promise<void> {
    this.link.on('sender_flow', () => this.pump());
    try {
      const sequence = await startSequence(this.hub, this.partition, position);
      if (this.stopped) return;
      if (sequence === null) {
        const { next } = this.hub.log.state(this.partition);
        const description = `The supplied offset or sequence number is invalid. The last one in the system is '${next - 1}'`;
        this.options.end({ condition: CONDITION.argument, description });
        return;
      }
      this.next = sequence;
      this.tellRemoved(firstAsked(position), sequence);
    } catch (e) {
      this.fail(e);
      return;
    }
    this.unsubscribe = this.hub.log.onAppended(this.partition, () => this.pump());
    this.isStarted = true;
    this.pump();
  }

  /** Sequence number of the event that goes out next; null before the start is known. */
  get position(): number | null {
    return this.isStarted ? this.next : null;
  }

  stop(): void {
    this.stopped = true;
    this.unsubscribe();
    this.cancelLater?.();
    this.batch = null;
    this.fromDisk = [];
  }

  /** Sends what may be sent now. Cheap when there is nothing. A fault ends this consumer, not who woke it. */
  pump(): void {
    this.isPumpScheduled = false;
    if (this.stopped || !this.isStarted || !this.link.is_open()) return;
    try {
      this.sendNow();
    } catch (e) {
      this.fail(e);
    }
  }

  private sendNow(): void {
    if (this.link.connection.socket.writableLength > UNSENT_BYTES_MAX) return;
    const isFree = this.writer.goOn();
    if (this.writer.isBehindAnswer) this.pumpLater(BURST_WALL_MS);
    const allowed = isFree ? Math.min(this.writer.allowedDeliveries(), this.burstLeft(), this.throughputLeft()) : 0;
    const sent = allowed > 0 ? this.add(allowed) : 0;
    this.broker.throughput.sent(this.writer.pendingBytes, sent);
    this.writer.flush();
    this.broker.metrics.eventsOut.inc(sent);
    if (this.isCaughtUp()) {
      if (this.writer.isWhole) this.writer.drained();
    } else if (sent > 0 && !this.isReading && this.writer.allowedDeliveries() > 0 && this.burstLeft() > 0) {
      this.schedulePump();
    }
  }

  private isCaughtUp(): boolean {
    return this.next >= this.hub.log.state(this.partition).next;
  }

  private schedulePump(): void {
    if (this.isPumpScheduled) return;
    this.isPumpScheduled = true;
    setImmediate(() => this.pump());
  }

  private burstLeft(): number {
    const nowMs = performance.now();
    if (nowMs - this.burstStartMs >= BURST_WALL_MS) {
      this.burstStartMs = nowMs;
      this.burst = 0;
    }
    const left = BURST_EVENTS - this.burst;
    if (left <= 0) this.pumpLater(BURST_WALL_MS);
    return left;
  }

  /** What throughput units leave for this link; they are shared by all. */
  private throughputLeft(): number {
    const { events, waitMs } = this.broker.throughput.egress();
    if (waitMs === 0) return events;
    if (this.pumpLater(waitMs) && !this.isCaughtUp()) this.broker.metrics.throttled.inc({ direction: 'out' });
    return 0;
  }

  /** False when it will be tried again already. */
  private pumpLater(wallMs: number): boolean {
    if (this.cancelLater !== null) return false;
    this.cancelLater = this.broker.clock.after(wallMs, () => {
      this.cancelLater = null;
      this.pump();
    });
    return true;
  }

  private add(allowed: number): number {
    const { writer } = this;
    let sent = 0;
    while (sent < allowed && writer.pendingBytes < TURN_BYTES && writer.allowedDeliveries() > 0 && this.findBatch()) {
      const { bytes } = this.batch!;
      const size = bytes.readUInt32BE(this.at);
      writer.add(bytes, this.at + 4, size);
      this.at += 4 + size;
      this.next++;
      sent++;
    }
    this.burst += sent;
    return sent;
  }

  /** Makes `batch` the one that holds `next`; false when there is none yet or it is being read. */
  private findBatch(): boolean {
    const { batch } = this;
    if (batch !== null && this.next < batch.firstSequence + batch.count) return true;
    this.batch = this.hub.log.cached(this.partition, this.next) ?? this.takeFromDisk();
    if (this.batch === null) {
      if (!this.isCaughtUp()) this.readAhead();
      return false;
    }
    this.at = BATCH_HEAD_BYTES;
    for (let sequence = this.batch.firstSequence; sequence < this.next; sequence++) {
      this.at += 4 + this.batch.bytes.readUInt32BE(this.at);
    }
    return true;
  }

  private takeFromDisk(): Batch | null {
    for (let batch = this.fromDisk.shift(); batch !== undefined; batch = this.fromDisk.shift()) {
      if (batch.firstSequence <= this.next && this.next < batch.firstSequence + batch.count) return batch;
    }
    return null;
  }

  private readAhead(): void {
    if (this.isReading) return;
    this.isReading = true;
    const { begin } = this.hub.log.state(this.partition);
    if (this.next < begin) {
      // Retention overtook this reader. It goes on at what is left, as one that comes back later would.
      this.tellRemoved(this.next, begin);
      this.next = begin;
    }
    this.passOverLost();
    this.hub.log
      .read(this.partition, this.next)
      .then((batches) => {
        this.fromDisk = this.stopped ? [] : batches;
      })
      .catch((e: unknown) => this.fail(e))
      .finally(() => {
        this.isReading = false;
        this.pump();
      });
  }

  /** Goes on behind events that were damaged and that a repair has left out: exactly those, and never in silence. */
  private passOverLost(): void {
    const kept = this.hub.log.firstKept(this.partition, this.next);
    if (kept === this.next) return;
    const { metrics, log } = this.broker;
    const place = { hub: this.hub.name, group: this.group };
    metrics.eventsMissed.inc(place, kept - this.next);
    const fields = { ...place, partition: this.partition, from: this.next, to: kept };
    log.warn(fields, 'a consumer passes over events that were lost to damage');
    this.next = kept;
  }

  /** Tells of events that were to go out here and that retention has removed. */
  private tellRemoved(from: number | null, to: number): void {
    if (from === null || from >= to) return;
    const { metrics, log } = this.broker;
    const place = { hub: this.hub.name, group: this.group };
    metrics.positionsRemoved.inc(place);
    metrics.eventsMissed.inc(place, to - from);
    const fields = { ...place, partition: this.partition, from, to };
    log.warn(fields, 'a consumer was to go on at events that retention has removed; it goes on at the oldest there is');
  }

  private fail(error: unknown): void {
    if (this.stopped) return;
    const code = error instanceof LogError ? error.code : 'unexpected';
    this.broker.log.error({ hub: this.hub.name, partition: this.partition, code }, 'reading the log failed');
    this.stop();
    this.options.end({ condition: CONDITION.internal, description: 'reading the log failed' });
  }
}
