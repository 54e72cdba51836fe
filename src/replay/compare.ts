import type { AlarmTransition } from '@vigil/contracts';
import { isCanary } from '@vigil/domain';
import type { StoredTransitions } from '../ports/stored-transitions.js';
import { firstDifference } from './difference.js';
import { ReplayRefused } from './refused.js';
import { alarmLine, type Derived, type Period } from './replay.js';

/** Names that are remembered to find what was stored and not derived; beyond it the period must be shorter. */
export const COMPARED_MAX = 1_000_000;
/** Differences that are told one by one. */
export const DIFFERENCES_MAX = 100;
const LOOK_UP = 500;

export interface Difference {
  /** `alarmId/rev`. */
  readonly name: string;
  readonly conditionCode: string;
  /** Path of the first field that differs; none where one side has no such transition. */
  readonly what: 'differs' | 'not stored' | 'not derived';
  readonly field: string | null;
}

export interface Comparison {
  readonly equal: number;
  /** Equal but for what an older version did not store. */
  readonly older: number;
  /** Derived, and the engine had not come so far yet. */
  readonly notYet: number;
  /** How many differ, and the first of them. */
  readonly different: number;
  readonly differences: readonly Difference[];
}

/** Holds derived transitions of a period against the stored ones, to the byte, in both directions. Memory: one name for each. */
export class Comparer {
  private readonly seen = new Set<string>();
  private waiting: (Derived & { readonly partition: number })[] = [];
  private unstored: {
    readonly name: string;
    readonly conditionCode: string;
    readonly place: number;
    readonly partition: number;
  }[] = [];
  private equal = 0;
  private older = 0;
  private different = 0;
  private readonly differences: Difference[] = [];

  constructor(private readonly stored: StoredTransitions) {}

  /** @throws ReplayRefused when the period holds too many to remember */
  async derived(partition: number, derived: Derived): Promise<void> {
    if (this.seen.size >= COMPARED_MAX) {
      throw new ReplayRefused(`more than ${COMPARED_MAX} transitions to compare at once: choose a shorter period (--from, --to)`);
    }
    this.seen.add(nameOf(derived.transition));
    this.waiting.push({ ...derived, partition });
    if (this.waiting.length >= LOOK_UP) await this.lookUp();
  }

  /**
   * @param firstMs event time of the first event that the replay had: what is older comes from a log that is gone
   */
  async finish(period: Period, firstMs: number): Promise<Comparison> {
    await this.lookUp();
    const notYet = await this.settleUnstored();
    for await (const { transition, place } of this.stored.all()) {
      if (this.seen.has(nameOf(transition)) || transition.atMs < firstMs) continue;
      if (!isStoredWithin(period, transition, place)) continue;
      this.tell(transition, 'not derived', null);
    }
    const { equal, older, different, differences } = this;
    return { equal, older, notYet, different, differences };
  }

  private async lookUp(): Promise<void> {
    const { waiting } = this;
    this.waiting = [];
    const found = await this.stored.find(waiting.map(({ transition }) => nameOf(transition)));
    for (const { transition, sequence, partition } of waiting) {
      const stored = found.get(nameOf(transition));
      if (stored === undefined) {
        // Test alarms are taken out of the store after a while, and their own round trip says whether they come through.
        if (isCanary(transition)) continue;
        const { conditionCode } = transition;
        this.unstored.push({ name: nameOf(transition), conditionCode, place: sequence, partition });
      } else this.compare(transition, stored);
    }
  }

  private compare(derived: AlarmTransition, stored: AlarmTransition): void {
    if (alarmLine(derived) === alarmLine(stored)) {
      this.equal += 1;
      return;
    }
    const { trigger: _, ...rest } = derived;
    if (stored.trigger === undefined && firstDifference(rest, stored) === null) this.older += 1;
    else this.tell(derived, 'differs', firstDifference(derived, stored));
  }

  /** While Vigil runs, the end of the log may not be judged yet. */
  private async settleUnstored(): Promise<number> {
    const through = new Map<number, number>();
    let notYet = 0;
    for (const each of this.unstored) {
      const known = through.get(each.partition) ?? (await this.stored.storedThrough(each.partition));
      through.set(each.partition, known);
      if (each.place > known) notYet += 1;
      else this.note({ name: each.name, conditionCode: each.conditionCode, what: 'not stored', field: null });
    }
    this.unstored = [];
    return notYet;
  }

  private tell(transition: AlarmTransition, what: Difference['what'], field: string | null): void {
    this.note({ name: nameOf(transition), conditionCode: transition.conditionCode, what, field });
  }

  private note(difference: Difference): void {
    this.different += 1;
    if (this.differences.length < DIFFERENCES_MAX) this.differences.push(difference);
  }
}

const nameOf = ({ alarmId, rev }: AlarmTransition): string => `${alarmId}/${rev}`;

function isStoredWithin(
  period: Period,
  transition: AlarmTransition,
  place: { readonly partition: number; readonly sequence: number } | null,
): boolean {
  if ('fromMs' in period) return transition.atMs >= period.fromMs && transition.atMs < period.toMs;
  if (place === null || place.partition !== period.partition) return false;
  return place.sequence >= period.fromSequence && place.sequence < period.toSequence;
}
