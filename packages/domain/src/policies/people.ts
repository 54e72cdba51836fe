import type { CareUnitId, PageTarget, StaffRole } from '@vigil/contracts';

/** Who is there to be told, so that a policy can be checked before it holds. Plain data. */
export interface PolicySite {
  /** Where it is to hold. */
  readonly careUnitIds: readonly CareUnitId[];
  readonly staffIds: readonly string[];
  /** Participants of each schedule that is in use. */
  readonly schedules: Readonly<Record<string, readonly string[]>>;
  /** Who has which role in a care unit, for a bed or for all of it, at any time from a week ago until in a week. */
  readonly roles: Readonly<Record<string, Readonly<Partial<Record<StaffRole, readonly string[]>>>>>;
}

/** Whom a target may find in a care unit; null where it names a person or a schedule that is not there. */
export function peopleOf(site: PolicySite, target: PageTarget, careUnitId: string): readonly string[] | null {
  switch (target.kind) {
    case 'role':
      return site.roles[careUnitId]?.[target.role] ?? [];
    case 'schedule':
      return site.schedules[target.scheduleId] ?? null;
    case 'person':
      return site.staffIds.includes(target.staffId) ? [target.staffId] : null;
  }
}

/** A target in the words of findings. */
export function targetWord(target: PageTarget): string {
  switch (target.kind) {
    case 'role':
      return `role ${target.role}`;
    case 'schedule':
      return `schedule ${target.scheduleId}`;
    case 'person':
      return `person ${target.staffId}`;
  }
}
