import { type Clock, wallElapsedMs } from '@vigil/clock';
import type { Gap, LogEvent, LogEventOf } from '@vigil/contracts';
import { invariant } from '@vigil/domain';
import type { Located, Malformed, PartitionReader } from '../ports/event-log.js';
import type { HeldMessage } from '../ports/held-messages.js';
import type { HistoryGap, HistoryGapFilled, ObservationStore } from '../ports/observation-store.js';
import type { ShelfStore } from '../ports/shelves.js';
import type { StandbyStore } from '../ports/standby.js';
import type { Attributed, Attribution } from './attribution.js';
import type { GapAudit } from './gap-audit.js';
import type { StreamMetrics } from './stream-metrics.js';

/** Samples wait in memory this long (wall time) or until there are this many; then they are stored with their offset. */
export const FLUSH_EVERY_MS = 1_000;
export const FLUSH_AT_SAMPLES = 30_000;
/**
 * A store writes a page for each series, however few samples it has got: with thousands of beds the same samples cost a fifth when
 * they come every five seconds. So one partition waits this many times as long as it took last, up to the most.
 */
const REST_TIMES = 30;
export const FLUSH_EVERY_MS_MAX = 5_000;
/** Assignments that are put right this often within one write: what is left then is for the jobs of those corrections. */
const SETTLE_ROUNDS_MAX = 5;

interface Pending {
  /** Whose they are is looked up when they are stored, and not before. */
  messages: HeldMessage[];
  /** Readings of those. */
  readings: number;
  gaps: HistoryGap[];
  filled: HistoryGapFilled[];
  /** Gaps of this batch, those without a bed too. */
  declared: Gap[];
  ended: LogEventOf<'standbyEnded'>[];
  unshelved: LogEventOf<'conditionUnshelved'>[];
  readThrough: string | null;
  sinceWallMs: number;
}

export interface HistoryParts {
  readonly store: ObservationStore;
  readonly attribution: Pick<Attribution, 'sort' | 'pass' | 'again'>;
  readonly standby: Pick<StandbyStore, 'note'>;
  readonly shelves: Pick<ShelfStore, 'note'>;
  readonly audit: Pick<GapAudit, 'note'>;
  readonly clock: Clock;
  readonly metrics: StreamMetrics;
}

/**
 * Writes readings to history: its own consumer group, so that a slow store delays no alarm. Samples and the offset up
 * to which they are stored are written together, so a crash repeats reads and loses nothing. A store that is down
 * holds the reader back; the log keeps what has not been read. Gaps are written like readings, each with an audit entry.
 *
 * A reading is stored at the bed where its device was at that time; what came under another bed is passed on before the offset
 * moves; what somebody puts right while a write goes on is put right before its position moves, so that a process that stood still
 * between the two leaves nothing at the wrong bed. The store hears here of standbys and shelves that the engine ended, likewise.
 */
export class HistoryConsumer implements PartitionReader {
  private readonly pending = new Map<number, Pending>();
  /** The last write of each partition. */
  private readonly flushing = new Map<number, Promise<void>>();
  private flushEveryMs = FLUSH_EVERY_MS;
  /** Since when what was read of a partition is not stored: its write goes on, or failed. Wall time. */
  private readonly heldSince = new Map<number, { readonly wallMs: number; isFailing: boolean }>();

  constructor(private readonly parts: HistoryParts) {}

  position(partition: number): Promise<string | null> {
    return this.parts.store.readThrough(partition);
  }

  open(partition: number): Promise<void> {
    this.pending.set(partition, this.nothing());
    return Promise.resolve();
  }

  async read(partition: number, batch: readonly Located[], malformed: readonly Malformed[]): Promise<void> {
    const pending = this.pending.get(partition);
    invariant(pending !== undefined, 'a partition is opened before it is read');
    for (const { event } of batch) collect(event, pending);
    const last = batch[batch.length - 1] ?? malformed[malformed.length - 1];
    if (last !== undefined) pending.readThrough = last.offset;
    if (pending.readings >= FLUSH_AT_SAMPLES || this.isDue(pending)) await this.flush(partition);
  }

  async close(partition: number): Promise<void> {
    try {
      await this.flush(partition);
    } finally {
      // Whoever reads it next says how it is.
      this.heldSince.delete(partition);
    }
    this.pending.delete(partition);
    this.flushing.delete(partition);
  }

  /** For how long what was read has waited to be stored, of the partition that waits longest, and whether a write of it failed. */
  held(): { readonly ms: number; readonly isFailing: boolean } {
    const wallMs = this.parts.clock.wallMs();
    const all = [...this.heldSince.values()];
    const ms = Math.max(0, ...all.map((held) => wallElapsedMs(held.wallMs, wallMs)));
    return { ms, isFailing: all.some(({ isFailing }) => isFailing) };
  }

  /** Stores what has waited for long enough, for partitions on which nothing more arrives. Called by a timer. */
  async flushDue(): Promise<void> {
    for (const [partition, pending] of this.pending) {
      if (this.isDue(pending)) await this.flush(partition);
    }
  }

  private isDue({ sinceWallMs }: Pending): boolean {
    return wallElapsedMs(sinceWallMs, this.parts.clock.wallMs()) >= this.flushEveryMs;
  }

  /** One after another: the position of what came later must not be stored while what came before it is not. */
  private flush(partition: number): Promise<void> {
    const before = this.flushing.get(partition) ?? Promise.resolve();
    const flushing = before.catch(() => undefined).then(() => this.flushNow(partition));
    this.flushing.set(partition, flushing);
    return flushing;
  }

  private async flushNow(partition: number): Promise<void> {
    const pending = this.pending.get(partition);
    if (pending === undefined || pending.readThrough === null) return;
    this.pending.set(partition, this.nothing());
    const held = this.heldSince.get(partition) ?? { wallMs: this.parts.clock.wallMs(), isFailing: false };
    this.heldSince.set(partition, held);
    const { standby, shelves, audit, attribution, clock, metrics } = this.parts;
    try {
      if (pending.ended.length > 0) await standby.note(pending.ended);
      if (pending.unshelved.length > 0) await shelves.note(pending.unshelved);
      // First: an entry that is written twice is there once, and a gap that is stored is never without its entry.
      await audit.note(pending.declared);
      // Right before the write: what somebody changes after it is put right by a job of its own.
      const attributed = await attribution.sort(pending.messages);
      const fromWallMs = clock.wallMs();
      await this.store(partition, pending, attributed);
      const restMs = (clock.wallMs() - fromWallMs) * REST_TIMES;
      this.flushEveryMs = Math.min(FLUSH_EVERY_MS_MAX, Math.max(FLUSH_EVERY_MS, restMs));
      metrics.historySamples(attributed.samples.length, attributed.late);
      this.heldSince.delete(partition);
    } catch (error) {
      held.isFailing = true;
      // What was read meanwhile goes behind what could not be stored, so the order and the offset stay right.
      this.pending.set(partition, joined(pending, this.pending.get(partition) ?? this.nothing()));
      throw error;
    }
    for (const { reason, count } of pending.declared) metrics.historyGap(reason, count);
  }

  /**
   * What is not for here is passed on after the rest is stored, so that a store that is away brings nothing to the log again and
   * again; and before the position moves, so that a crash in between loses nothing.
   */
  private async store(
    partition: number,
    { messages, gaps, filled, readThrough }: Pending,
    attributed: Attributed,
  ): Promise<void> {
    const { store } = this.parts;
    const { samples, elsewhere, nobodys } = attributed;
    const isAllForHere = elsewhere.length + nobodys.length === 0;
    // Where a move can take away what a write brings, the position waits until it is known that none did.
    const isOnce = isAllForHere && store.isTransactional;
    await store.write(partition, { samples, gaps, filled }, isOnce ? readThrough : null);
    const isSettled = await this.settle(partition, messages, attributed);
    if (isOnce && isSettled) return;
    await store.write(partition, { samples: [] }, readThrough);
  }

  /** Goes on until no assignment was put right while this was written. @returns false when something was passed on or written anew */
  private async settle(partition: number, messages: readonly HeldMessage[], written: Attributed): Promise<boolean> {
    const { store, attribution } = this.parts;
    let now = written;
    for (let rounds = 0; rounds < SETTLE_ROUNDS_MAX; rounds++) {
      const next = await attribution.again(messages, now, store);
      if (next === null) break;
      now = next;
      await store.write(partition, { samples: now.samples }, null);
    }
    if (now.elsewhere.length + now.nobodys.length > 0) await attribution.pass(now);
    else if (now === written) return true;
    return false;
  }

  private nothing(): Pending {
    const lists = { messages: [], gaps: [], filled: [], declared: [], ended: [], unshelved: [] };
    return { ...lists, readings: 0, readThrough: null, sinceWallMs: this.parts.clock.wallMs() };
  }
}

function joined(before: Pending, since: Pending): Pending {
  return {
    messages: [...before.messages, ...since.messages],
    readings: before.readings + since.readings,
    gaps: [...before.gaps, ...since.gaps],
    filled: [...before.filled, ...since.filled],
    declared: [...before.declared, ...since.declared],
    ended: [...before.ended, ...since.ended],
    unshelved: [...before.unshelved, ...since.unshelved],
    readThrough: since.readThrough ?? before.readThrough,
    sinceWallMs: before.sinceWallMs,
  };
}

function collect(event: LogEvent, into: Pending): void {
  switch (event.kind) {
    case 'deviceMessage':
      into.messages.push(event);
      into.readings += event.readings.length;
      return;
    case 'deviceAlarm':
      // History keeps none of it; it goes to its bed like what the device measured.
      into.messages.push(event);
      return;
    case 'standbyEnded':
      into.ended.push(event);
      return;
    case 'conditionUnshelved':
      into.unshelved.push(event);
      return;
    case 'gap':
      into.declared.push(event);
      if (event.bedId !== null) into.gaps.push(gapOf(event, event.bedId));
      return;
    case 'gapFilled':
      into.filled.push({ gapId: event.gapId, seqs: [event.fromSeq, event.toSeq] });
      return;
    default:
      return;
  }
}

function gapOf({ id, deviceId, fromSeq, toSeq, fromMs, toMs, count, reason }: Gap, bedId: HistoryGap['bedId']): HistoryGap {
  const seqs = fromSeq === null || toSeq === null ? null : ([fromSeq, toSeq] as const);
  return { gapId: id, bedId, deviceId, seqs, fromMs, toMs, count, reason };
}
