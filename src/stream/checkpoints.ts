import { wallElapsedMs } from '@vigil/clock';
import { invariant, type KeyState, type PartitionState } from '@vigil/domain';
import type { LogKey } from '@vigil/contracts';
import type { PartitionCheckpoint, StoredState } from '../ports/alarm-state.js';

/** Each bed is checkpointed every 15 to 30 s, staggered, so that recovery replays half a minute at most (D5). */
export const CHECKPOINT_MS_MIN = 15_000;
export const CHECKPOINT_MS_MAX = 30_000;
/**
 * States of one commit, at least; more only where the partition has so many beds that the half minute would not hold. Writing
 * one takes about 0.1 ms on the event loop, and all that alarms do waits for it.
 */
export const STATES_PER_COMMIT_MIN = 24;

/** What belongs to the whole partition is stored under this key. */
export const ENGINE = 'engine';

/** A place on the log. */
export interface Position {
  readonly offset: string | null;
  readonly sequence: number;
}

interface Kept {
  /** Sequence up to which the stored state includes everything of its key. */
  savedSequence: number;
  savedWallMs: number;
  everyMs: number;
  /** Position before the first event that the stored state lacks; undefined while it lacks none. */
  dirtyAfter: Position | undefined;
}

/**
 * Which keys of one partition have changed since they were stored, and whose turn it is. A crash between two commits
 * replays from the oldest position that some stored state lacks; what a state includes already is passed by.
 */
export class Checkpoints {
  private readonly kept = new Map<string, Kept>();
  private dueWallMs: number;

  constructor(stored: PartitionCheckpoint['states'], wallMs: number) {
    this.dueWallMs = wallMs;
    for (const { key, sequence } of stored) {
      this.kept.set(key, {
        savedSequence: sequence,
        savedWallMs: wallMs,
        everyMs: checkpointEveryMs(key),
        dirtyAfter: undefined,
      });
    }
  }

  /** True when the stored state of the key has the event at this sequence in it. */
  includes(key: string, sequence: number): boolean {
    const kept = this.kept.get(key);
    return kept !== undefined && sequence <= kept.savedSequence;
  }

  /** The key is about to change by the event that follows `before`. */
  change(key: string, before: Position, wallMs: number): void {
    const kept = this.kept.get(key);
    if (kept !== undefined) kept.dirtyAfter ??= before;
    else this.kept.set(key, { savedSequence: -1, savedWallMs: wallMs, everyMs: checkpointEveryMs(key), dirtyAfter: before });
  }

  /**
   * Changed states whose turn has come, the longest unsaved first, no more of them than the half minute asks for. `all`: every
   * changed one, after an activation, which no replay may cross.
   */
  due(state: PartitionState, last: Position, { all, wallMs }: { readonly all: boolean; readonly wallMs: number }): StoredState[] {
    const { offset, sequence } = last;
    if (offset === null) return [];
    const due: { readonly key: string; readonly kept: Kept; readonly value: KeyState | PartitionState['engine'] }[] = [];
    for (const [key, kept] of this.kept) {
      if (kept.dirtyAfter === undefined) continue;
      const value = key === ENGINE ? state.engine : state.keys.get(key as LogKey);
      // Rejects, gateway status: nothing to save, so nothing for which the replay must start before them.
      if (value === undefined) this.kept.delete(key);
      else if (all || wallElapsedMs(kept.savedWallMs, wallMs) >= kept.everyMs) due.push({ key, kept, value });
    }
    const share = Math.ceil((this.kept.size * (wallMs - this.dueWallMs)) / CHECKPOINT_MS_MIN);
    const most = Math.max(STATES_PER_COMMIT_MIN, share);
    this.dueWallMs = wallMs;
    if (!all && due.length > most) due.sort((a, b) => a.kept.savedWallMs - b.kept.savedWallMs);
    const taken = all ? due : due.slice(0, most);
    return taken.map(({ key, value }) => ({ key, json: JSON.stringify(value), offset, sequence }));
  }

  /** After this position everything that some state lacks can be read again, once `saved` is stored. */
  replayFrom(last: Position, saved: readonly StoredState[]): Position {
    const keys = new Set(saved.map((s) => s.key));
    let oldest = last;
    for (const [key, { dirtyAfter }] of this.kept) {
      if (dirtyAfter !== undefined && dirtyAfter.sequence < oldest.sequence && !keys.has(key)) oldest = dirtyAfter;
    }
    return oldest;
  }

  /** The commit that stores these has ended; nothing was read meanwhile. */
  saved(states: readonly StoredState[], wallMs: number): void {
    for (const { key, sequence } of states) {
      const kept = this.kept.get(key);
      invariant(kept !== undefined, 'a state that is stored is known');
      Object.assign(kept, { savedSequence: sequence, savedWallMs: wallMs, dirtyAfter: undefined });
    }
  }
}

/** Spreads the keys between the least and the longest interval, always the same for one key. */
function checkpointEveryMs(key: string): number {
  let hash = 7;
  for (let i = 0; i < key.length; i++) hash = (hash * 31 + key.charCodeAt(i)) >>> 0;
  return CHECKPOINT_MS_MIN + (hash % 1_000) * ((CHECKPOINT_MS_MAX - CHECKPOINT_MS_MIN) / 1_000);
}
