import type { CareUnitId, Encounter, MetricName, PatientId, StayLimits, UnitLimitsRow } from '@vigil/contracts';
import { METRIC_NAMES } from '@vigil/contracts';
import { bandNow, type UnitBand, unitBands, type WhoIsWatched } from '@vigil/domain';
import type { CareRelations } from '../ports/care-relations.js';
import type { Directory } from '../ports/directory.js';
import type { RuleSets } from '../ports/rule-sets.js';
import type { StayLimitRow, StayLimitStore } from '../ports/stay-limits.js';

const NO_LIMITS: UnitBand = { low: null, high: null, urgentLow: null, urgentHigh: null };

export interface LimitPictureParts {
  readonly store: StayLimitStore;
  readonly ruleSets: RuleSets;
  readonly directory: Directory;
  readonly relations: CareRelations;
}

/** Limits as they hold for stays now: the rule set in force, and what people have set. Throws what the stores throw. */
export class LimitPicture {
  constructor(private readonly parts: LimitPictureParts) {}

  /** One line for each metric that has limits for this patient, or own ones. */
  async of(stay: Encounter, nowMs: number): Promise<StayLimits[]> {
    const bands = await this.bands(stay, nowMs);
    const own = new Map((await this.parts.store.of(stay.encounterId)).map((row) => [row.metric, row]));
    return METRIC_NAMES.flatMap((metric) => {
      const unit = bands.get(metric);
      const row = own.get(metric);
      return unit === undefined && row === undefined ? [] : [this.line(metric, unit, row, nowMs)];
    });
  }

  /** The unit's limits of one metric for this patient; undefined where there are none. */
  async unit(stay: Encounter, metric: MetricName, nowMs: number): Promise<UnitBand | undefined> {
    return (await this.bands(stay, nowMs)).get(metric);
  }

  line(metric: MetricName, unit: UnitBand = NO_LIMITS, row: StayLimitRow | undefined, nowMs: number): StayLimits {
    const { low, high, isOwn } = bandNow(unit, row, nowMs);
    const shown = { metric, low, high, unit: { low: unit.low, high: unit.high }, rev: row?.rev ?? 0 };
    if (!isOwn || row === undefined) return { ...shown, own: null };
    const { reason, setBy, setByName, fromMs, toMs } = row;
    return { ...shown, own: { low: row.low, high: row.high, reason, setBy, setByName, fromMs, toMs } };
  }

  /** What is not the unit's now, in the order of the beds, and whom that shows. */
  async inUnit(
    careUnitId: CareUnitId,
    nowMs: number,
  ): Promise<{ readonly rows: UnitLimitsRow[]; readonly patients: readonly PatientId[] }> {
    const { store, directory, ruleSets } = this.parts;
    const [own, beds, active] = await Promise.all([
      store.inForce({ careUnitId, nowMs, withReasons: true }),
      directory.beds(careUnitId),
      ruleSets.active(),
    ]);
    const patients = new Set<PatientId>();
    const rows = own.flatMap((row): UnitLimitsRow[] => {
      const bed = beds.find(({ encounter }) => encounter?.encounterId === row.encounterId);
      if (bed === undefined || bed.encounter === null) return [];
      const { ageGroup, encounterId, patientId } = bed.encounter;
      const unit = unitBands(active?.ruleSet ?? null, { ageGroup, careUnitId }, nowMs).get(row.metric);
      const line = this.line(row.metric, unit, row, nowMs);
      if (line.own === null) return [];
      patients.add(patientId);
      const place = { bedId: bed.bedId, bedLabel: bed.label, encounterId };
      return [{ ...place, ...(ageGroup === undefined ? {} : { ageGroup }), ...line, own: line.own }];
    });
    return { rows, patients: [...patients] };
  }

  private async bands({ bedId, ageGroup }: Encounter, nowMs: number): Promise<ReadonlyMap<MetricName, UnitBand>> {
    const [active, careUnitId] = await Promise.all([this.parts.ruleSets.active(), this.parts.relations.careUnitOf(bedId)]);
    const who: WhoIsWatched = { ageGroup, careUnitId: careUnitId ?? undefined };
    return unitBands(active?.ruleSet ?? null, who, nowMs);
  }
}
