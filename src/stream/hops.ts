import type { TransitionEffect } from '@vigil/domain';
import type { TransitionHop } from '../ports/alarm-state.js';
import type { Located } from '../ports/event-log.js';

/** A batch and when it was read and decided on, wall time. */
export interface Read {
  readonly batch: readonly Located[];
  readonly readWallMs: number;
  readonly steppedWallMs: number;
}

/** The way of each transition of a batch so far. One whose event is not of the batch has none. */
export function hopsOf(
  effects: readonly TransitionEffect[],
  { batch, readWallMs, steppedWallMs }: Read,
): readonly TransitionHop[] {
  if (effects.length === 0) return [];
  const byId = new Map<string, Located>();
  // Of two copies of one event the first is the one that counts.
  for (const located of batch) if (!byId.has(located.event.id)) byId.set(located.event.id, located);
  return effects.flatMap(({ transition: { alarmId, rev }, eventId }) => {
    const located = eventId === null ? undefined : byId.get(eventId);
    if (located === undefined) return [];
    const { offset, sequence, hubAtMs: hubWallMs } = located;
    return [{ alarmId, rev, offset, sequence, hubWallMs, readWallMs, steppedWallMs }];
  });
}
