import { type Clock, wallElapsedMs } from '@vigil/clock';
import type { LogKey, ScoreSnapshot } from '@vigil/contracts';
import {
  emptyPartition,
  invariant,
  type PartitionState,
  PlatformError,
  readEngineState,
  readKeyState,
  StepGuard,
} from '@vigil/domain';
import type { AlarmBatch, AlarmState } from '../ports/alarm-state.js';
import type { Located, Malformed, PartitionReader } from '../ports/event-log.js';
import { BlindKeys } from './blind-keys.js';
import { Checkpoints, ENGINE, type Position } from './checkpoints.js';
import { letterOfMalformed } from './dead-letter-of.js';
import { type Decided, decideOne, isNews, nothingDecided } from './decide.js';
import { hopsOf, type Read } from './hops.js';
import { RefusedTransitions } from './refused-transitions.js';
import type { StreamMetrics } from './stream-metrics.js';
import { watermarkDelayMs } from './watermark-delay.js';

/** A quiet partition still commits this often: the commit is also the proof of ownership. */
export const COMMIT_EVERY_MS = 1_000;
/**
 * Estimated scores wait so long (wall time) for a commit with real news, so that a house in which some score changes with nearly
 * every batch does not wait for the disk as often. A replay derives again what a crash takes.
 */
export const SCORES_WAIT_MS = 250;
/**
 * And about so many at most: each costs the event loop in the commit that stores it, and an alarm may come with it (1,950 took 0.5 s).
 * Beds that were admitted together tell their scores together, thousands in one second.
 */
export const SCORES_WAITING_MAX = 250;
/** A consumer that is further behind than this is catching up; new alarms then wait as long before they page. */
export const CATCH_UP_LAG_MS = 30_000;
/** From here on a partition that was taken anew counts as caught up. */
const CAUGHT_UP_LAG_MS = 1_000;
const MEASURE_EVERY_MS = 5_000;

export interface AlarmConsumerOptions {
  readonly alarms: AlarmState;
  readonly clock: Clock;
  readonly metrics: StreamMetrics;
  /** A bug met the event at `sequence`; `putAside` once the event itself is left out. Loud, with ids only. */
  readonly onInvariant: (partition: number, sequence: number, claim: string, putAside: boolean) => void;
}

interface Running {
  readonly state: PartitionState;
  readonly guard: StepGuard;
  readonly checkpoints: Checkpoints;
  /** Derived since the last commit, in order. No read position moves past them: it moves with the commit that stores them. */
  scores: ScoreSnapshot[];
  last: Position;
  committedWallMs: number;
  measuredWallMs: number;
  /** Since when it reads what it has missed; null once it has caught up. */
  catchingUpSinceMs: number | null;
}

/**
 * Reads partitions with the engine: decide, then commit, then the next batch. The store tells whoever listens after its commit.
 *
 * The order is the whole design. A crash between two commits replays the events since the oldest checkpoint through the same
 * pure `step` and derives the same transitions and scores, which the store recognises. Events that a bed's own checkpoint includes are
 * passed by. What can't be read, and an event in which the engine fails, goes to the dead letters in the same commit, and the
 * partition goes on at once.
 */
export class AlarmConsumer implements PartitionReader {
  private readonly running = new Map<number, Running>();
  private readonly refused: RefusedTransitions;
  private readonly blind = new BlindKeys();
  private readonly newer = new Set<number>();

  constructor(private readonly options: AlarmConsumerOptions) {
    this.refused = new RefusedTransitions(options);
  }

  /** Beds and gateways in whose every event the engine fails. */
  get blindKeys(): number {
    return this.blind.count;
  }

  /** Partitions whose states are of a newer version: they stand still until that version is started again. */
  get tooNew(): number {
    return this.newer.size;
  }

  async open(partition: number): Promise<void> {
    try {
      await this.load(partition);
      this.newer.delete(partition);
    } catch (error) {
      if (error instanceof PlatformError && error.code === 'state-too-new') this.newer.add(partition);
      throw error;
    }
  }

  private async load(partition: number): Promise<void> {
    const wallMs = this.options.clock.wallMs();
    const { states, replayFrom } = await this.options.alarms.load(partition);
    const state = emptyPartition();
    for (const { key, json } of states) {
      if (key === ENGINE) state.engine.rules = readEngineState(json, partition).rules;
      else state.keys.set(key as LogKey, readKeyState(json, partition));
    }
    this.running.set(partition, {
      state,
      guard: new StepGuard(state),
      checkpoints: new Checkpoints(states, this.options.clock.wallMs()),
      scores: [],
      last: replayFrom ?? { offset: null, sequence: -1 },
      committedWallMs: 0,
      measuredWallMs: 0,
      catchingUpSinceMs: wallMs,
    });
  }

  async read(partition: number, batch: readonly Located[], malformed: readonly Malformed[]): Promise<void> {
    const running = this.running.get(partition);
    invariant(running !== undefined, 'a partition is opened before it is read');
    const { metrics, clock } = this.options;
    const readWallMs = clock.wallMs();
    const decided = this.decide(partition, running, batch);
    for (const each of malformed) decided.dead.push(letterOfMalformed(partition, each));
    const newest = newestOf(batch, malformed);
    if (newest !== null && newest.sequence > running.last.sequence)
      running.last = { offset: newest.offset, sequence: newest.sequence };
    const lagMs = newest === null ? 0 : readWallMs - newest.hubAtMs;
    const read: Read = { batch, readWallMs, steppedWallMs: clock.wallMs() };
    await this.commit(partition, running, { decided, read, holdPagesMs: lagMs > CATCH_UP_LAG_MS ? CATCH_UP_LAG_MS : 0 });
    const doneMs = clock.wallMs();
    metrics.deadLetters(decided.dead.map((letter) => letter.reason));
    if (newest !== null) metrics.batch(batch.length, decided, { ...read, doneMs, lagMs: doneMs - newest.hubAtMs });
    this.measure(partition, running, lagMs);
  }

  async close(partition: number): Promise<void> {
    this.running.delete(partition);
    this.options.metrics.closed(partition);
    return Promise.resolve();
  }

  /** Steps through the events that the states do not include yet, and notes which keys have changed since when. */
  private decide(partition: number, running: Running, batch: readonly Located[]): Decided {
    const decided = nothingDecided();
    const wallMs = this.options.clock.wallMs();
    let before = running.last;
    for (const located of batch) {
      const { event, offset, sequence } = located;
      const key = event.kind === 'ruleSetActivated' ? ENGINE : event.key;
      if (!running.checkpoints.includes(key, sequence)) {
        running.checkpoints.change(key, before, wallMs);
        if (key === ENGINE) for (const other of running.state.keys.keys()) running.checkpoints.change(other, before, wallMs);
        this.decideLocated(partition, running, located, decided);
      }
      before = { offset, sequence };
    }
    return decided;
  }

  private decideLocated(partition: number, running: Running, located: Located, decided: Decided): void {
    const { key, kind } = located.event;
    const claim = decideOne(running.guard, located, decided);
    if (claim !== null) this.options.onInvariant(partition, located.sequence, claim, true);
    // An activation is no matter of the bed under whose key it stands.
    if (kind === 'ruleSetActivated') return;
    if (claim === null) this.blind.worked(key);
    else this.blind.failed(key);
  }

  private async commit(
    partition: number,
    running: Running,
    { decided, read, holdPagesMs }: { readonly decided: Decided; readonly read: Read; readonly holdPagesMs: number },
  ): Promise<void> {
    const wallMs = this.options.clock.wallMs();
    for (const score of decided.scores) running.scores.push(score);
    // Checkpoints that are due wait for the next commit: each one costs an fsync on the event loop.
    if (!isNews(decided) && !isDue(running, wallMs)) return;
    const { state, checkpoints, last, scores } = running;
    const states = checkpoints.due(state, last, { all: decided.activated, wallMs });
    const after = checkpoints.replayFrom(last, states);
    const batch: AlarmBatch = {
      partition,
      transitions: decided.effects.map((e) => e.transition),
      hops: hopsOf(decided.effects, read),
      scores,
      appends: decided.appends,
      rejects: decided.rejects,
      deadLetters: decided.dead,
      states,
      throughSequence: last.sequence,
      replayFrom: after.offset === null ? null : { offset: after.offset, sequence: after.sequence },
      holdPagesMs,
    };
    await this.refused.commit(batch, last);
    running.scores = [];
    running.committedWallMs = wallMs;
    checkpoints.saved(states, wallMs);
    this.options.metrics.checkpoint(states.map((s) => s.json.length));
  }

  private measure(partition: number, running: Running, lagMs: number): void {
    const { clock, metrics } = this.options;
    const wallMs = clock.wallMs();
    if (running.catchingUpSinceMs !== null && lagMs <= CAUGHT_UP_LAG_MS) {
      metrics.caughtUp(wallMs - running.catchingUpSinceMs);
      running.catchingUpSinceMs = null;
    }
    if (wallMs - running.measuredWallMs < MEASURE_EVERY_MS) return;
    running.measuredWallMs = wallMs;
    metrics.partition(partition, {
      keys: running.state.keys.size,
      watermarkDelayMs: watermarkDelayMs(running.state, clock.nowMs()),
    });
  }
}

/** True when a commit without urgent news has waited for long enough. */
function isDue({ scores, committedWallMs }: Running, wallMs: number): boolean {
  const sinceMs = wallElapsedMs(committedWallMs, wallMs);
  if (sinceMs >= COMMIT_EVERY_MS || scores.length >= SCORES_WAITING_MAX) return true;
  return scores.length > 0 && sinceMs >= SCORES_WAIT_MS;
}

function newestOf(batch: readonly Located[], malformed: readonly Malformed[]): Located | Malformed | null {
  const event = batch[batch.length - 1];
  const other = malformed[malformed.length - 1];
  if (event === undefined || other === undefined) return event ?? other ?? null;
  return event.sequence > other.sequence ? event : other;
}
