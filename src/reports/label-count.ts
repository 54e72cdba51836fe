import type { AlarmLabel, AlarmLoad } from '@vigil/contracts';

/** What alarms were worth, as far as somebody said it. */
export class LabelCount {
  private readonly counts: Record<AlarmLabel, number> = { actionable: 0, nuisance: 0, artefact: 0 };

  add(label: AlarmLabel | null): void {
    if (label !== null) this.counts[label] += 1;
  }

  /** `falseShare`: of those that were labelled, those that needed nobody. */
  sum(): AlarmLoad['labels'] {
    const { actionable, nuisance, artefact } = this.counts;
    const all = actionable + nuisance + artefact;
    return { ...this.counts, falseShare: all === 0 ? null : (nuisance + artefact) / all };
  }
}
