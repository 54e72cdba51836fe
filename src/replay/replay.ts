import type { AlarmTransition, LogEvent } from '@vigil/contracts';
import { canonical, emptyPartition, step } from '@vigil/domain';

/**
 * Steps through one partition's events from the start of the log and gives every transition, in order. The same
 * events give the same lines, to the byte (D1, D9).
 */
export async function* replayPartition(batches: AsyncIterable<readonly LogEvent[]>): AsyncIterable<AlarmTransition> {
  let state = emptyPartition();
  for await (const events of batches) {
    const result = step(state, events);
    state = result.state;
    for (const { transition } of result.effects) yield transition;
  }
}

/** One line of the alarm log: canonical JSON, so that equal transitions are equal bytes. */
export function alarmLine(transition: AlarmTransition): string {
  return canonical(transition);
}
