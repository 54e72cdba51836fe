import type { CheckpointStore } from '@azure/event-hubs';

/**
 * A checkpoint store whose `updateCheckpoint` throws, with an error that is not retryable, once the partition has
 * another owner.
 *
 * Without that two consumers steal a partition from each other without end: the news of a steal reaches the client only
 * while it waits for events; while its handler is busy the news is dropped, and the next wait attaches again under the
 * same epoch. Only a handler that fails stops the pump first. So the handler checkpoints after each batch (or at least
 * every second) and lets the error escape. `fenced` is the author's word for it, and keeps stores without a fence, the
 * blob store among them, from being passed by accident.
 */
export interface FencedCheckpointStore extends CheckpointStore {
  readonly fenced: true;
}

/** @throws TypeError for callers that the compiler does not check */
export function requireFence(store: FencedCheckpointStore): void {
  if ((store as { fenced?: unknown }).fenced === true) return;
  throw new TypeError('this checkpoint store has no fence: its updateCheckpoint must refuse whoever lost the partition');
}
