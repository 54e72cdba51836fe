import { crc32 } from 'node:zlib';
import { type ScannedEvent, scanEvent } from '../wire/event.js';
import { type ProducerMark, sequenceAfter } from '../wire/producer-mark.js';
import { type Batch, eventsOf, producerOf } from './batch.js';
import { LogError } from './log-error.js';

/** What is known of a batch that a producer sent: enough to know it again. */
export interface SentBatch {
  readonly first: number;
  readonly count: number;
  /** CRC-32 over what the producer put behind the annotations of its events. */
  readonly digest: number;
}

/** Where one producer stands in one partition. Plain data, so that it can be kept beside a segment. */
export interface ProducerEntry {
  readonly partition: number;
  readonly id: number;
  readonly epoch: number;
  /** The sequence number that is expected next; null when any will do. */
  readonly next: number | null;
  /** The newest batches, oldest first. */
  readonly recent: readonly SentBatch[];
}

/**
 * What to do with a batch: append it; say that it is stored, because it is; wait with the first copy of it; or refuse
 * it, because a higher epoch has taken over or because it does not follow what is stored.
 */
export type ProducerVerdict =
  { readonly kind: 'append' | 'stored' | 'stolen' | 'out-of-order' } | { readonly kind: 'waiting'; readonly first: PendingBatch };

/** Told once what became of a batch. */
export type Told = (error: LogError | null) => void;

/** A batch that waits for the disk. `waiters` are told when it is there, or why it is not. */
export interface PendingBatch extends SentBatch {
  readonly waiters: Told[];
}

interface Ahead {
  epoch: number;
  next: number;
  readonly pending: PendingBatch[];
}

/** As many as Kafka remembers; the official clients send one at a time. */
const RECENT_BATCHES_MAX = 5;
export const PRODUCERS_MAX = 10_000;

/**
 * Knows the batches of idempotent producers again, so that a send that is repeated because its acknowledgement was
 * lost is stored once: (producer id, partition) to epoch, next sequence number and the newest batches.
 *
 * A repeat has the same first number, count *and content*. A client that gives up on a send reuses its numbers for the
 * next one; were that taken for a repeat, its events would be acknowledged and lost. They are refused instead, and the
 * client says that its producer must be made anew.
 *
 * Bounded: beyond `entriesMax` the producer that sent nothing for longest is forgotten; its next batch is taken as
 * the first one of a producer that nobody knows, whatever its number.
 */
export class ProducerTable {
  /** What is on disk, the producer that was idle for longest first. */
  private readonly entries = new Map<string, ProducerEntry>();
  /** What is on its way to the disk, ahead of `entries`. */
  private readonly ahead = new Map<string, Ahead>();
  private forgottenCount = 0;
  private repeatCount = 0;

  constructor(private readonly entriesMax = PRODUCERS_MAX) {}

  get size(): number {
    return this.entries.size;
  }

  /** Producers that had to make room for others. */
  get forgotten(): number {
    return this.forgottenCount;
  }

  /** Batches that came again and were not stored again. */
  get repeats(): number {
    return this.repeatCount;
  }

  /**
   * Takes a batch that is to be appended. Returns what to call once it is on disk or will not be, or null when it need
   * not or must not be appended: then `done` is told, now or with the first copy of the same batch.
   */
  admit(partition: number, mark: ProducerMark, events: readonly ScannedEvent[], done: Told): Told | null {
    const [count, digest] = [events.length, digestOf(events)];
    const verdict = this.check(partition, mark, count, digest);
    switch (verdict.kind) {
      case 'append':
        return this.expect(partition, mark, { count, digest, waiters: [done] });
      case 'waiting':
        this.repeatCount++;
        verdict.first.waiters.push(done);
        return null;
      case 'stored':
        this.repeatCount++;
        done(null);
        return null;
      case 'stolen':
        done(new LogError('stolen', `a producer with a higher epoch than ${mark.epoch} has taken over`));
        return null;
      case 'out-of-order':
        done(new LogError('out-of-order', `sequence number ${mark.sequence} does not follow; make a new producer`));
        return null;
    }
  }

  /** The epoch and the last sequence number of a producer, -1 before its first; null when it is not known. */
  find(partition: number, id: number): { readonly epoch: number; readonly last: number } | null {
    const entry = this.entries.get(keyOf(partition, id));
    return entry === undefined
      ? null
      : { epoch: entry.epoch, last: entry.recent.length === 0 ? -1 : lastOf(entry.recent.at(-1)!) };
  }

  /** What to do with this batch. Nothing changes. */
  check(partition: number, { id, epoch, sequence }: ProducerMark, count: number, digest: number): ProducerVerdict {
    const key = keyOf(partition, id);
    const entry = this.entries.get(key);
    const ahead = this.ahead.get(key);
    const current = ahead ?? entry;
    if (current === undefined || epoch > current.epoch) return { kind: 'append' };
    if (epoch < current.epoch) return { kind: 'stolen' };
    const isSame = (sent: SentBatch): boolean => sent.first === sequence && sent.count === count && sent.digest === digest;
    const first = ahead?.pending.find(isSame);
    if (first !== undefined) return { kind: 'waiting', first };
    if (entry?.epoch === epoch && entry.recent.some(isSame)) return { kind: 'stored' };
    return { kind: current.next === null || current.next === sequence ? 'append' : 'out-of-order' };
  }

  /** Notes a batch that is appended now. The caller calls `settle` once, when the batch is on disk or will not be. */
  expect(partition: number, { id, epoch, sequence }: ProducerMark, sent: Omit<PendingBatch, 'first'>): Told {
    const key = keyOf(partition, id);
    const batch: PendingBatch = { ...sent, first: sequence };
    const known = this.ahead.get(key);
    const ahead = known?.epoch === epoch ? known : { epoch, next: 0, pending: [] };
    ahead.next = sequenceAfter(sequence, batch.count);
    ahead.pending.push(batch);
    this.ahead.set(key, ahead);
    return (error) => {
      if (error === null) this.store({ partition, id, epoch }, batch);
      ahead.pending.splice(ahead.pending.indexOf(batch), 1);
      // What was sent behind a batch that is not stored is not stored either, so the numbers are expected again.
      if (this.ahead.get(key) === ahead && (error !== null || ahead.pending.length === 0)) this.ahead.delete(key);
      for (const tell of batch.waiters) tell(error);
    };
  }

  /**
   * Notes a batch that is in the log; ordinary ones are passed over. For recovery, in the order of the log.
   *
   * @throws WireError when the batch holds no messages, which means that the log is damaged
   */
  observe(batch: Batch): void {
    const mark = producerOf(batch);
    if (mark === null) return;
    const digest = digestOf(eventsOf(batch).map(scanEvent));
    this.store(
      { partition: batch.partition, id: mark.id, epoch: mark.epoch },
      { first: mark.sequence, count: batch.count, digest },
    );
  }

  /**
   * A producer attaches with this epoch. A higher one than before takes over at once: what comes with a lower one is
   * refused from now on, and the sequence numbers start where the new one says.
   */
  enter(partition: number, id: number, epoch: number): void {
    const key = keyOf(partition, id);
    const entry = this.entries.get(key);
    if (entry === undefined || entry.epoch >= epoch) return;
    this.entries.set(key, { partition, id, epoch, next: null, recent: [] });
    this.ahead.delete(key);
  }

  /** Everything that is on disk, the producer that was idle for longest first. */
  snapshot(): ProducerEntry[] {
    return [...this.entries.values()];
  }

  /** Takes what `snapshot` gave in an earlier life, in the place of what is known. */
  restore(entries: readonly ProducerEntry[]): void {
    this.entries.clear();
    this.ahead.clear();
    for (const entry of entries) this.put(entry);
  }

  private store({ partition, id, epoch }: { partition: number; id: number; epoch: number }, batch: SentBatch): void {
    const known = this.entries.get(keyOf(partition, id));
    // A higher epoch has entered while this batch was on its way; the batch came before it, and does not count any more.
    if (known !== undefined && known.epoch > epoch) return;
    const recent = known?.epoch === epoch ? known.recent.slice(1 - RECENT_BATCHES_MAX) : [];
    const { first, count, digest } = batch;
    this.put({ partition, id, epoch, next: sequenceAfter(first, count), recent: [...recent, { first, count, digest }] });
  }

  private put(entry: ProducerEntry): void {
    const key = keyOf(entry.partition, entry.id);
    this.entries.delete(key);
    this.entries.set(key, entry);
    for (const [oldest] of this.entries) {
      if (this.entries.size <= this.entriesMax) break;
      this.entries.delete(oldest);
      this.forgottenCount++;
    }
  }
}

const lastOf = ({ first, count }: SentBatch): number => sequenceAfter(first, count - 1);

const keyOf = (partition: number, id: number): string => `${partition}/${id}`;

/** Over the parts that go into the log untouched, so that it can be found again from there. */
export function digestOf(events: readonly ScannedEvent[]): number {
  return events.reduce((crc, { bytes, restAt }) => crc32(bytes.subarray(restAt), crc), 0);
}
