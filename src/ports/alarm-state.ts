import type { AlarmId, AlarmTransition, CareUnitId, LogEvent, LogEventOf, ScoreSnapshot } from '@vigil/contracts';
import type { DeadLetter } from './dead-letters.js';

/** Engine state of one log key, as JSON: plain data, so a checkpoint is a row. */
export interface StoredState {
  /** A log key, or `engine` for what belongs to the whole partition. */
  readonly key: string;
  readonly json: string;
  readonly offset: string;
  readonly sequence: number;
}

export interface PartitionCheckpoint {
  readonly states: readonly StoredState[];
  /** Read on after this offset: the oldest that any state still needs. Null: from the earliest. */
  readonly replayFrom: { readonly offset: string; readonly sequence: number } | null;
}

/** Where a transition comes from, and the wall times on its way; never in its content, which is the same in every replay (D4). */
export interface TransitionHop {
  readonly alarmId: AlarmId;
  readonly rev: number;
  /** The event on the log that made it. */
  readonly offset: string;
  readonly sequence: number;
  /** When the hub had it on disk, by the hub's clock. */
  readonly hubWallMs: number;
  readonly readWallMs: number;
  readonly steppedWallMs: number;
}

export interface AlarmBatch {
  readonly partition: number;
  /** Transitions in the order in which they were derived. */
  readonly transitions: readonly AlarmTransition[];
  /** Stored with a transition that is new; a transition that is there keeps what was stored with it first. */
  readonly hops?: readonly TransitionHop[];
  /** Scores that have changed, in order; one that is stored with the same content is not stored again. */
  readonly scores?: readonly ScoreSnapshot[];
  /** Events that go to the log after the commit, once each by their id, however often a replay derives them (D6). */
  readonly appends?: readonly LogEvent[];
  /** Sequence of the last event that this commit includes. Left out, `appends` are remembered until the next log. */
  readonly throughSequence?: number;
  readonly rejects: readonly LogEventOf<'reject'>[];
  /** What of the log does not count; one that is stored is not stored again. */
  readonly deadLetters?: readonly DeadLetter[];
  /** States that are due for a checkpoint; not every batch has some. */
  readonly states: readonly StoredState[];
  readonly replayFrom: { readonly offset: string; readonly sequence: number } | null;
  /**
   * New escalations wait so long (wall time) before the first page. More than 0 while the consumer catches up, so that an
   * alarm whose end is further on in the log pages nobody as if it were now.
   */
  readonly holdPagesMs?: number;
}

/** An alarm changed and is committed: what live screens and the escalator are told. */
export interface AlarmChange {
  readonly alarmId: string;
  readonly careUnitId: CareUnitId;
  readonly cursor: number;
}

/**
 * State of the alarm consumer: transitions at once, checkpoints seldom (D5).
 *
 * `commit` is one transaction: ownership fence, transitions with their escalations and live cursor, rejects, dead letters, events
 * for the log, states, replay offset. A transition whose (alarmId, rev) exists must have equal content, else InvariantError; it is then
 * not applied again. Publishes what changed to `AlarmFeed` after the commit. @throws PlatformError('ownership-lost') when another owner has the partition;
 * PlatformError('store-unavailable', retryable) on an outage.
 */
export abstract class AlarmState {
  /**
   * True for the log whose positions are kept here, and for the first one ever or since `vigil adopt-log` but the one that
   * was left then; false for another. Positions in one log
   * mean nothing in another: reading on would leave events out without a word.
   */
  abstract isOwnLog(identity: string): Promise<boolean>;
  abstract load(partition: number): Promise<PartitionCheckpoint>;
  abstract commit(batch: AlarmBatch): Promise<readonly AlarmChange[]>;
  /** All transitions in the order of their commit, for `vigil replay` to compare with. */
  abstract transitions(): AsyncIterable<AlarmTransition>;
}

/**
 * Told after each commit that changed an alarm, so that screens need not poll and people are told at once: of this process, and of others
 * where a line carries it. No changes: of an alarm that is on no screen. A hint: whoever misses it reads the store.
 */
export abstract class AlarmFeed {
  abstract publish(changes: readonly AlarmChange[]): void;
  abstract subscribe(listener: (changes: readonly AlarmChange[]) => void): () => void;
  /** Commits of this process alone, for what is done once for each. */
  abstract subscribeHere(listener: (changes: readonly AlarmChange[]) => void): () => void;
}
