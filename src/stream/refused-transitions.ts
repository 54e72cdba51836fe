import type { Clock } from '@vigil/clock';
import { InvariantError } from '@vigil/domain';
import type { AlarmBatch, AlarmState } from '../ports/alarm-state.js';
import type { DeadLetter } from '../ports/dead-letters.js';
import type { Position } from './checkpoints.js';
import { letterOfRefusal } from './dead-letter-of.js';

/**
 * So often the partition is taken again from its checkpoint, in case what is in memory was wrong; that takes two seconds each. Then
 * the transition is put aside and the rest goes on.
 */
export const REFUSALS_MAX = 1;

interface Parts {
  readonly alarms: AlarmState;
  readonly clock: Clock;
  readonly onInvariant: (partition: number, sequence: number, claim: string, putAside: boolean) => void;
}

/**
 * Commits, and stops the partition where the store knows a transition with other content, which is a bug (D5). Replays would
 * meet it for ever, so in the end that transition goes to the dead letters: the stored one stays, the rest goes on.
 */
export class RefusedTransitions {
  /** What the store refused last as a contradiction, and how often. */
  private readonly refusals = new Map<number, { readonly claim: string; readonly count: number }>();

  constructor(private readonly parts: Parts) {}

  /** @throws InvariantError for a contradiction, `REFUSALS_MAX` times; what `AlarmState.commit` throws */
  async commit(batch: AlarmBatch, last: Position): Promise<void> {
    try {
      await this.parts.alarms.commit(batch);
      return;
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error;
      this.count(batch.partition, last.sequence, error);
    }
    const letters = await this.commitOneByOne(batch, last);
    await this.parts.alarms.commit({ ...batch, transitions: [], deadLetters: [...(batch.deadLetters ?? []), ...letters] });
  }

  private count(partition: number, sequence: number, error: InvariantError): void {
    const before = this.refusals.get(partition);
    const count = before?.claim === error.message ? before.count + 1 : 1;
    this.refusals.set(partition, { claim: error.message, count });
    if (count > REFUSALS_MAX) return;
    this.parts.onInvariant(partition, sequence, error.message, false);
    throw error;
  }

  private async commitOneByOne(batch: AlarmBatch, { offset, sequence }: Position): Promise<readonly DeadLetter[]> {
    const { alarms, clock, onInvariant } = this.parts;
    const { partition, hops = [], holdPagesMs = 0 } = batch;
    const letters: DeadLetter[] = [];
    for (const transition of batch.transitions) {
      try {
        const alone = { transitions: [transition], hops, rejects: [], states: [], replayFrom: null };
        await alarms.commit({ partition, ...alone, holdPagesMs });
      } catch (error) {
        if (!(error instanceof InvariantError)) throw error;
        const at = { partition, sequence, offset: offset ?? '', hubAtMs: Math.round(clock.wallMs()) };
        letters.push(letterOfRefusal(at, { bedId: transition.bedId, claim: error.message, content: transition }));
        onInvariant(partition, sequence, error.message, true);
      }
    }
    return letters;
  }
}
