import type { PageTarget, StaffId } from '@vigil/contracts';
import type { OnDuty } from '../escalation.js';
import { type PagingRoute, targetKey } from '../paging-policy.js';
import type { Recorded, RecordedChange, RecordedDuty } from './recorded.js';

const HOUR_MS = 3_600_000;

type Place = Pick<RecordedChange, 'bedId' | 'careUnitIds'>;

/** Who was there at any time of a recorded span: as the platform itself finds people for an alarm, but for their channels. */
export class PeopleThen {
  private readonly duties = new Map<string, RecordedDuty[]>();
  /** As many as a span of a week has hours, for each care unit. */
  private readonly hours = new Map<string, readonly RecordedDuty[]>();
  /** When anybody comes or goes, sorted. */
  private readonly changesMs: readonly number[];

  constructor(private readonly recorded: Pick<Recorded, 'duties' | 'shifts' | 'staffIds'>) {
    for (const duty of recorded.duties) {
      const known = this.duties.get(duty.careUnitId);
      if (known === undefined) this.duties.set(duty.careUnitId, [duty]);
      else known.push(duty);
    }
    const spans = [...recorded.duties, ...Object.values(recorded.shifts).flat()];
    const times = new Set(spans.flatMap(({ fromMs, toMs }) => (toMs === null ? [fromMs] : [fromMs, toMs])));
    this.changesMs = [...times].sort((a, b) => a - b);
  }

  /** Whom the targets of a route find. */
  at(route: PagingRoute, place: Place, wallMs: number): readonly OnDuty[] {
    const targets = new Map(route.steps.flatMap(({ tell }) => tell.map((target) => [targetKey(target), target] as const)));
    return [...targets].flatMap(([key, target]) => {
      const found = new Map<string, OnDuty>();
      for (const { staffId, forBed } of this.find(target, place, wallMs)) {
        found.set(staffId, { staffId, target: key, forBed: forBed || (found.get(staffId)?.forBed ?? false) });
      }
      return [...found.values()];
    });
  }

  /** When somebody next comes or goes; null: never again. */
  nextChangeMs(wallMs: number): number | null {
    return this.changesMs.find((ms) => ms > wallMs) ?? null;
  }

  /** Duties of a care unit that touch the hour of an instant: the only ones to look through. */
  private inHour(unit: string, wallMs: number): readonly RecordedDuty[] {
    const hour = Math.floor(wallMs / HOUR_MS);
    const key = `${unit} ${hour}`;
    const known = this.hours.get(key);
    if (known !== undefined) return known;
    const [startMs, endMs] = [hour * HOUR_MS, (hour + 1) * HOUR_MS];
    const all = this.duties.get(unit) ?? [];
    const found = all.filter(({ fromMs, toMs }) => fromMs < endMs && (toMs === null || toMs > startMs));
    this.hours.set(key, found);
    return found;
  }

  private find(
    target: PageTarget,
    place: Place,
    wallMs: number,
  ): readonly { readonly staffId: StaffId; readonly forBed: boolean }[] {
    switch (target.kind) {
      case 'person':
        return this.recorded.staffIds.includes(target.staffId) ? [{ staffId: target.staffId, forBed: false }] : [];
      case 'schedule':
        return (this.recorded.shifts[target.scheduleId] ?? [])
          .filter(({ fromMs, toMs }) => fromMs <= wallMs && wallMs < toMs)
          .map(({ staffId }) => ({ staffId, forBed: false }));
      case 'role':
        return place.careUnitIds
          .flatMap((unit) => this.inHour(unit, wallMs))
          .filter(({ role, bedId, fromMs, toMs }) => {
            const isHere = place.bedId === null || bedId === null || bedId === place.bedId;
            return role === target.role && isHere && fromMs <= wallMs && (toMs === null || wallMs < toMs);
          })
          .map(({ staffId, bedId }) => ({ staffId, forBed: place.bedId !== null && bedId === place.bedId }));
    }
  }
}
