import type { Clock } from '@vigil/clock';
import type { LogEvent, LogKey } from '@vigil/contracts';
import {
  emptyPartition,
  invariant,
  InvariantError,
  type KeyState,
  type PartitionState,
  step,
  type StepResult,
} from '@vigil/domain';
import type { AlarmBatch, AlarmState, StoredState } from '../ports/alarm-state.js';
import { hopsOf, type Read } from './hops.js';
import type { Located, Malformed, PartitionReader } from '../ports/event-log.js';
import type { StreamMetrics } from './stream-metrics.js';

/** Each bed is checkpointed every 15 to 30 s, staggered, so that recovery replays half a minute at most (D5). */
export const CHECKPOINT_MS_MIN = 15_000;
export const CHECKPOINT_MS_MAX = 30_000;
/** A quiet partition still commits this often: the commit is also the proof of ownership. */
export const COMMIT_EVERY_MS = 1_000;
/** An event at which the engine has failed this often is put aside and the partition goes on (style.md, E3). */
export const FAILURES_MAX = 3;

export interface AlarmConsumerOptions {
  readonly alarms: AlarmState;
  readonly clock: Clock;
  readonly metrics: StreamMetrics;
  /** A bug met the events up to `sequence`; `putAside` once the event itself is left out. Loud, with ids only. */
  readonly onInvariant: (partition: number, sequence: number, claim: string, putAside: boolean) => void;
}

interface Kept {
  /** Sequence up to which the stored state includes everything of its key. */
  savedSequence: number;
  savedWallMs: number;
  /** Offset before the first event that the stored state lacks; undefined while it lacks none. */
  dirtyAfter: { readonly offset: string | null; readonly sequence: number } | undefined;
}

interface Running {
  state: PartitionState;
  readonly kept: Map<string, Kept>;
  last: { readonly offset: string | null; readonly sequence: number };
  committedWallMs: number;
}

/** A consumer that is further behind than this is catching up; new alarms then wait as long before they page. */
export const CATCH_UP_LAG_MS = 30_000;

/** What belongs to the whole partition is stored under this key. */
const ENGINE = 'engine';

/**
 * Reads partitions with the engine: decide, then commit, then the next batch. The store tells
 * whoever listens after its commit.
 *
 * The order is the whole design. A crash between two commits replays the events since the oldest checkpoint through
 * the same pure `step` and derives the same transitions, which the store recognises. Events that a bed's own
 * checkpoint includes are passed by.
 */
export class AlarmConsumer implements PartitionReader {
  private readonly running = new Map<number, Running>();
  private readonly failures = new Map<number, { throughSequence: number; count: number }>();

  /** What the store refused last as a contradiction, and how often. */
  private readonly refusals = new Map<number, { readonly claim: string; readonly count: number }>();

  constructor(private readonly options: AlarmConsumerOptions) {}

  async open(partition: number): Promise<void> {
    const checkpoint = await this.options.alarms.load(partition);
    const state = emptyPartition();
    const kept = new Map<string, Kept>();
    const wallMs = this.options.clock.wallMs();
    for (const stored of checkpoint.states) {
      const value = JSON.parse(stored.json) as KeyState | PartitionState['engine'];
      if (stored.key === ENGINE) state.engine.rules = (value as PartitionState['engine']).rules;
      else state.keys.set(stored.key as LogKey, value as KeyState);
      kept.set(stored.key, { savedSequence: stored.sequence, savedWallMs: wallMs, dirtyAfter: undefined });
    }
    this.running.set(partition, {
      state,
      kept,
      last: checkpoint.replayFrom ?? { offset: null, sequence: -1 },
      committedWallMs: 0,
    });
  }

  async read(partition: number, batch: readonly Located[], malformed: readonly Malformed[]): Promise<void> {
    const running = this.running.get(partition);
    invariant(running !== undefined, 'a partition is opened before it is read');
    const { metrics, clock } = this.options;
    const started = clock.wallMs();
    metrics.malformed(malformed.length);
    const result = this.decide(partition, running, batch);
    const last = batch[batch.length - 1] ?? malformed[malformed.length - 1];
    if (last !== undefined && last.sequence > running.last.sequence)
      running.last = { offset: last.offset, sequence: last.sequence };
    const lagMs = batch.length === 0 ? 0 : started - batch[batch.length - 1]!.hubAtMs;
    const read: Read = { batch, readWallMs: started, steppedWallMs: clock.wallMs() };
    await this.commit(partition, running, { result, read, holdPagesMs: lagMs > CATCH_UP_LAG_MS ? CATCH_UP_LAG_MS : 0 });
    if (batch.length > 0)
      metrics.batch(batch.length, result, clock.wallMs() - started, clock.wallMs() - batch[batch.length - 1]!.hubAtMs);
  }

  async close(partition: number): Promise<void> {
    this.running.delete(partition);
    return Promise.resolve();
  }

  /** Steps through the events that the states do not include yet, and notes which keys have changed since when. */
  private decide(partition: number, running: Running, batch: readonly Located[]): StepResult {
    const events: LogEvent[] = [];
    let before = running.last;
    for (const located of batch) {
      const key = located.event.kind === 'ruleSetActivated' ? ENGINE : located.event.key;
      const kept = running.kept.get(key);
      if (kept === undefined || located.sequence > kept.savedSequence) {
        events.push(located.event);
        this.markDirty(running, key, before);
        if (key === ENGINE) for (const other of running.state.keys.keys()) this.markDirty(running, other, before);
      }
      before = { offset: located.offset, sequence: located.sequence };
    }
    const failed = this.failures.get(partition);
    const last = batch[batch.length - 1]?.sequence ?? -1;
    if (failed !== undefined && failed.count >= FAILURES_MAX) return this.decideOneByOne(partition, running, events, last);
    try {
      const result = step(running.state, events);
      if (failed !== undefined && last >= failed.throughSequence) this.failures.delete(partition);
      return result;
    } catch (error) {
      this.fail(partition, batch[0]?.sequence ?? -1, last, error);
      throw error;
    }
  }

  /** Each event on a copy of the state: the one that breaks the engine is left out, the others count. */
  private decideOneByOne(partition: number, running: Running, events: readonly LogEvent[], last: number): StepResult {
    let total = step(running.state, []);
    for (const event of events) {
      const copy = structuredClone(running.state);
      try {
        const result = step(running.state, [event]);
        total = {
          ...result,
          effects: [...total.effects, ...result.effects],
          scores: [...total.scores, ...result.scores],
          appends: [...total.appends, ...result.appends],
          rejects: [...total.rejects, ...result.rejects],
          activated: total.activated || result.activated,
        };
      } catch (error) {
        running.state = copy;
        this.options.onInvariant(partition, last, claimOf(error), true);
      }
    }
    if (last >= (this.failures.get(partition)?.throughSequence ?? -1)) this.failures.delete(partition);
    return total;
  }

  /** The state is used up: the partition is taken again from its checkpoint. */
  private fail(partition: number, first: number, last: number, error: unknown): void {
    const before = this.failures.get(partition);
    const again = before !== undefined && before.throughSequence >= first;
    this.failures.set(partition, {
      throughSequence: Math.max(last, again ? before.throughSequence : -1),
      count: again ? before.count + 1 : 1,
    });
    this.running.delete(partition);
    this.options.onInvariant(partition, last, claimOf(error), false);
  }

  private markDirty(running: Running, key: string, before: Running['last']): void {
    const kept = running.kept.get(key) ?? { savedSequence: -1, savedWallMs: this.options.clock.wallMs(), dirtyAfter: undefined };
    kept.dirtyAfter ??= before;
    running.kept.set(key, kept);
  }

  private async commit(
    partition: number,
    running: Running,
    { result, read, holdPagesMs }: { readonly result: StepResult; readonly read: Read; readonly holdPagesMs: number },
  ): Promise<void> {
    const wallMs = this.options.clock.wallMs();
    // Checkpoints that are due wait for the next commit: each one costs an fsync on the event loop.
    const isNews =
      result.effects.length > 0 ||
      result.scores.length > 0 ||
      result.appends.length > 0 ||
      result.rejects.length > 0 ||
      result.activated;
    if (!isNews && wallMs - running.committedWallMs < COMMIT_EVERY_MS) return;
    const due = this.dueStates(running, result.activated, wallMs);
    const after = replayFrom(running, new Set(due.map((s) => s.key)));
    const batch: AlarmBatch = {
      partition,
      transitions: result.effects.map((e) => e.transition),
      hops: hopsOf(result.effects, read),
      scores: result.scores,
      appends: result.appends,
      rejects: result.rejects,
      states: due,
      throughSequence: running.last.sequence,
      replayFrom: after.offset === null ? null : { offset: after.offset, sequence: after.sequence },
      holdPagesMs,
    };
    await this.store(batch, running.last.sequence);
    running.committedWallMs = wallMs;
    for (const stored of due) {
      running.kept.set(stored.key, { savedSequence: stored.sequence, savedWallMs: wallMs, dirtyAfter: undefined });
    }
  }

  /**
   * Commits, and stops the partition where the store knows a transition with other content, which is a bug (D5). Replays
   * would meet it for ever, so in the end that transition is put aside: the stored one stays, the rest goes on.
   */
  private async store(batch: AlarmBatch, sequence: number): Promise<void> {
    const { alarms, onInvariant } = this.options;
    const { partition } = batch;
    try {
      await alarms.commit(batch);
      return;
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error;
      const before = this.refusals.get(partition);
      const count = before?.claim === error.message ? before.count + 1 : 1;
      this.refusals.set(partition, { claim: error.message, count });
      if (count <= FAILURES_MAX) {
        onInvariant(partition, sequence, error.message, false);
        throw error;
      }
    }
    for (const transition of batch.transitions) {
      try {
        await alarms.commit({
          partition,
          transitions: [transition],
          hops: batch.hops ?? [],
          rejects: [],
          states: [],
          replayFrom: null,
          holdPagesMs: batch.holdPagesMs ?? 0,
        });
      } catch (error) {
        if (!(error instanceof InvariantError)) throw error;
        onInvariant(partition, sequence, error.message, true);
      }
    }
    await alarms.commit({ ...batch, transitions: [] });
  }

  /** Changed states whose turn has come; all of them after an activation, which no replay may cross. */
  private dueStates(running: Running, all: boolean, wallMs: number): StoredState[] {
    const { offset, sequence } = running.last;
    if (offset === null) return [];
    const due: StoredState[] = [];
    for (const [key, kept] of running.kept) {
      if (kept.dirtyAfter === undefined) continue;
      const value = key === ENGINE ? running.state.engine : running.state.keys.get(key as LogKey);
      if (value === undefined) {
        // Rejects, gateway status: nothing to save, so nothing for which the replay must start before them.
        kept.dirtyAfter = undefined;
        continue;
      }
      if (!all && wallMs - kept.savedWallMs < checkpointEveryMs(key)) continue;
      due.push({ key, json: JSON.stringify(value), offset, sequence });
    }
    return due;
  }
}

function claimOf(error: unknown): string {
  return error instanceof InvariantError ? error.message : 'an unexpected error in step';
}

/** Spreads the keys between the least and the longest interval, always the same for one key. */
function checkpointEveryMs(key: string): number {
  let hash = 7;
  for (let i = 0; i < key.length; i++) hash = (hash * 31 + key.charCodeAt(i)) >>> 0;
  return CHECKPOINT_MS_MIN + (hash % 1_000) * ((CHECKPOINT_MS_MAX - CHECKPOINT_MS_MIN) / 1_000);
}

/** After this offset everything that some state lacks can be read again. */
function replayFrom(running: Running, saved: ReadonlySet<string>): Running['last'] {
  let oldest = running.last;
  for (const [key, kept] of running.kept) {
    if (kept.dirtyAfter === undefined || saved.has(key)) continue;
    if (kept.dirtyAfter.sequence < oldest.sequence) oldest = kept.dirtyAfter;
  }
  return oldest;
}
