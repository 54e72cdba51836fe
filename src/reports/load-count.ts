import type { AlarmLoad, BedId } from '@vigil/contracts';
import type { LoadFact } from '../ports/reports.js';
import { FloodCount } from './flood-count.js';
import { LabelCount } from './label-count.js';
import { WaitingTimes } from './waiting-times.js';

/** The same condition at the same bed again within this (event time) of its last onset is told as a duplicate. */
export const DUPLICATE_MS = 300_000;
const DAY_MS = 86_400_000;
const TOP = 10;
/** Rows of beds and days in one report: 92 days of 217 beds. */
const BED_DAYS_MAX = 20_000;
/** Different conditions, stays and members of staff that one report tells apart; a hospital has a fraction of that. */
const CONDITIONS_MAX = 10_000;
const STAYS_MAX = 200_000;
const STAFF_MAX = 20_000;
/** Fewer people than this could tell each other apart. */
const PEOPLE_MIN = 5;
/** Pages of one person, from and to, both ends in. */
const BANDS: readonly (readonly [from: number, to: number])[] = [
  [1, 10],
  [11, 50],
  [51, 100],
  [101, 500],
  [501, Infinity],
];

type BedDay = AlarmLoad['beds'][number];
type ByPriority = AlarmLoad['byPriority'];
const PRIORITIES = ['low', 'medium', 'high'] as const satisfies readonly (keyof ByPriority)[];
const noneByPriority = (): ByPriority => ({ high: 0, medium: 0, low: 0 });
const shareOf = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

/** What is known of one bed: its days by number, and what of its alarms came last. */
interface BedCount {
  readonly days: Map<number, BedDay>;
  readonly flood: FloodCount;
  readonly lastOnsets: Map<string, number>;
}

/** Counts alarms one after the other, by onset, in bounded memory. Pure: facts in, a report out. */
export class LoadCount {
  private alarms = 0;
  private technical = 0;
  private readonly byPriority = noneByPriority();
  private readonly beds = new Map<BedId, BedCount>();
  private readonly conditions = new Map<string, { alarms: number; labels: LabelCount }>();
  private readonly stays = new Map<string, number>();
  private readonly labels = new LabelCount();
  private readonly times = { page: new WaitingTimes(), accept: new WaitingTimes(), arrive: new WaitingTimes() };
  private readonly escalations = { begun: 0, unaccepted: 0, exhausted: 0 };
  private readonly lastSteps = new Map<number, number>();
  private readonly pagesOf = new Map<string, number>();
  private readonly unitFlood = new FloodCount();
  private declines = 0;
  private flapping = 0;
  private shelved = 0;
  private duplicates = 0;

  /** @param facts in the order of their onsets, also from call to call */
  add(facts: readonly LoadFact[]): void {
    for (const fact of facts) this.addOne(fact);
  }

  /** @param bedIds beds of the care unit, also those without alarms */
  result(range: { readonly fromMs: number; readonly toMs: number }, bedIds: readonly BedId[]): LoadSums {
    this.unitFlood.end(range.toMs);
    for (const { flood } of this.beds.values()) flood.end(range.toMs);
    const beds = new Set([...bedIds, ...this.beds.keys()]).size;
    const days = (range.toMs - range.fromMs) / DAY_MS;
    const rows = [...this.beds.values()].flatMap(({ days }) => [...days.values()]);
    const bedAlarms = rows.reduce((sum, each) => sum + each.alarms, 0);
    return {
      alarms: this.alarms,
      byPriority: this.byPriority,
      physiological: this.alarms - this.technical,
      technical: this.technical,
      perBedAndDay: beds === 0 || days <= 0 ? null : bedAlarms / beds / days,
      beds: busiest(rows),
      conditions: this.topConditions(),
      stays: this.stayShares(),
      ...{ toFirstPage: this.times.page.sum(), toAccept: this.times.accept.sum(), toArrive: this.times.arrive.sum() },
      escalations: { ...this.escalations, pastStep: this.pastSteps() },
      floods: this.floods(),
      ...{ declines: this.declines, flapping: this.flapping, shelved: this.shelved, duplicates: this.duplicates },
      labels: this.labels.sum(),
      pagesPerPerson: this.bands(),
    };
  }

  private addOne(fact: LoadFact): void {
    const priority = PRIORITIES[fact.priorityRank] ?? 'high';
    this.alarms += 1;
    this.byPriority[priority] += 1;
    if (fact.isTechnical) this.technical += 1;
    if (fact.isFlapping) this.flapping += 1;
    if (fact.wasShelved) this.shelved += 1;
    this.labels.add(fact.label);
    this.unitFlood.add(fact.onsetMs);
    this.addCondition(fact);
    if (fact.bedId !== null) this.addBed(fact, fact.bedId, priority);
    const { encounterId } = fact;
    if (encounterId !== null && (this.stays.has(encounterId) || this.stays.size < STAYS_MAX)) {
      this.stays.set(encounterId, (this.stays.get(encounterId) ?? 0) + 1);
    }
    if (fact.escalation !== null) this.addEscalation(fact.escalation);
  }

  private addBed({ onsetMs, conditionCode, isTechnical }: LoadFact, bedId: BedId, priority: keyof ByPriority): void {
    let bed = this.beds.get(bedId);
    if (bed === undefined) this.beds.set(bedId, (bed = { days: new Map(), flood: new FloodCount(), lastOnsets: new Map() }));
    const day = Math.floor(onsetMs / DAY_MS);
    let row = bed.days.get(day);
    if (row === undefined) {
      const name = new Date(onsetMs).toISOString().slice(0, 10);
      row = { bedId, day: name, alarms: 0, byPriority: noneByPriority(), physiological: 0, technical: 0 };
      bed.days.set(day, row);
    }
    row.alarms += 1;
    row.byPriority[priority] += 1;
    row[isTechnical ? 'technical' : 'physiological'] += 1;
    bed.flood.add(onsetMs);
    const lastMs = bed.lastOnsets.get(conditionCode);
    if (lastMs !== undefined && onsetMs - lastMs < DUPLICATE_MS) this.duplicates += 1;
    bed.lastOnsets.set(conditionCode, onsetMs);
  }

  private addCondition({ conditionCode, label }: LoadFact): void {
    let known = this.conditions.get(conditionCode);
    if (known === undefined) {
      if (this.conditions.size >= CONDITIONS_MAX) return;
      this.conditions.set(conditionCode, (known = { alarms: 0, labels: new LabelCount() }));
    }
    known.alarms += 1;
    known.labels.add(label);
  }

  private addEscalation(escalation: NonNullable<LoadFact['escalation']>): void {
    const { startedWallMs, step, isExhausted, firstPageWallMs, acceptedWallMs, arrivedWallMs, declines, paged } = escalation;
    this.escalations.begun += 1;
    if (acceptedWallMs === null) this.escalations.unaccepted += 1;
    if (isExhausted && acceptedWallMs === null) this.escalations.exhausted += 1;
    if (step > 0) this.lastSteps.set(step, (this.lastSteps.get(step) ?? 0) + 1);
    this.times.page.add(startedWallMs, firstPageWallMs);
    this.times.accept.add(startedWallMs, acceptedWallMs);
    this.times.arrive.add(startedWallMs, arrivedWallMs);
    this.declines += declines;
    for (const staffId of paged) {
      if (!this.pagesOf.has(staffId) && this.pagesOf.size >= STAFF_MAX) continue;
      this.pagesOf.set(staffId, (this.pagesOf.get(staffId) ?? 0) + 1);
    }
  }

  private topConditions(): AlarmLoad['conditions'] {
    return [...this.conditions]
      .sort(([a, x], [b, y]) => y.alarms - x.alarms || compare(a, b))
      .slice(0, TOP)
      .map(([conditionCode, { alarms, labels }]) => ({
        ...{ conditionCode, alarms, share: shareOf(alarms, this.alarms), labels: labels.sum() },
      }));
  }

  private stayShares(): AlarmLoad['stays'] {
    const counts = [...this.stays.values()].sort((a, b) => b - a);
    const top = counts.slice(0, TOP).map((alarms, i) => ({ number: i + 1, alarms, share: shareOf(alarms, this.alarms) }));
    const tenth = counts.slice(0, Math.ceil(counts.length / 10)).reduce((sum, alarms) => sum + alarms, 0);
    return { counted: counts.length, top, topTenthShare: counts.length === 0 ? null : shareOf(tenth, this.alarms) };
  }

  /** Each alarm counts for every step that it came past. */
  private pastSteps(): AlarmLoad['escalations']['pastStep'] {
    const last = Math.max(0, ...this.lastSteps.keys());
    return Array.from({ length: last }, (_, i) => {
      const beyond = [...this.lastSteps].filter(([step]) => step > i);
      return { step: i + 1, alarms: beyond.reduce((sum, [, alarms]) => sum + alarms, 0) };
    });
  }

  private floods(): AlarmLoad['floods'] {
    const ofBeds = [...this.beds.values()].map(({ flood }) => flood);
    const minutes = (ms: number): number => Math.round(ms / 60_000);
    return {
      ...{ unit: this.unitFlood.floods, unitMinutes: minutes(this.unitFlood.ms) },
      beds: ofBeds.reduce((sum, { floods }) => sum + floods, 0),
      bedMinutes: minutes(ofBeds.reduce((sum, { ms }) => sum + ms, 0)),
    };
  }

  private bands(): AlarmLoad['pagesPerPerson'] {
    const counts = [...this.pagesOf.values()];
    if (counts.length < PEOPLE_MIN) return null;
    return BANDS.map(([from, to]) => ({
      band: to === Infinity ? `${from} and more` : `${from} to ${to}`,
      people: counts.filter((count) => count >= from && count <= to).length,
    }));
  }
}

/** A report without what was asked for. */
export type LoadSums = Omit<AlarmLoad, 'careUnitId' | 'fromMs' | 'toMs' | 'origin' | 'countedToMs'>;

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function busiest(rows: readonly BedDay[]): BedDay[] {
  const some = rows.length <= BED_DAYS_MAX ? [...rows] : [...rows].sort((a, b) => b.alarms - a.alarms).slice(0, BED_DAYS_MAX);
  return some.sort((a, b) => compare(a.day, b.day) || compare(a.bedId, b.bedId));
}
