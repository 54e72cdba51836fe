import type { AlarmView, BedId } from '@vigil/contracts';
import type { UnitState } from './unit-state.js';

export interface GatewayLoss {
  readonly gateways: readonly string[];
  /** Labels of the beds of which nothing can arrive: neighbours as a range, `Bed 5–Bed 12`. */
  readonly beds: readonly string[];
  readonly count: number;
  /** The alarms that say so, the most urgent first. */
  readonly alarms: readonly AlarmView[];
}

/** One lost gateway is one cause and one sentence, not an alarm for each of its beds. Null while none is lost. */
export function gatewayLoss(unit: UnitState, alarms: readonly AlarmView[]): GatewayLoss | null {
  const lost = alarms.filter(({ conditionCode, active }) => conditionCode === 'gatewayLost' && active);
  const without = unit.order.filter((bedId) => unit.beds.get(bedId)?.coverageLost);
  if (lost.length === 0) return null;
  const gateways = [...new Set(lost.map(({ gatewayId, bedLabel }) => gatewayId ?? bedLabel))];
  return { gateways, beds: ranges(unit, without), count: without.length, alarms: lost };
}

/** Alarms that say no more than the banner does: silence of a bed whose gateway is lost. */
export function withoutEchoes(unit: UnitState | null, alarms: readonly AlarmView[]): readonly AlarmView[] {
  if (!unit || !alarms.some(({ conditionCode }) => conditionCode === 'gatewayLost')) return alarms;
  return alarms.filter(({ bedId, kind, conditionCode }) => {
    const isSilence = kind === 'technical' && (conditionCode === 'noData' || conditionCode.endsWith('.noData'));
    return !(isSilence && bedId && unit.beds.get(bedId)?.coverageLost);
  });
}

/** Beds that are neighbours in their fixed order, from the third on as first–last. */
export function ranges(unit: UnitState, beds: readonly BedId[]): readonly string[] {
  const wanted = new Set(beds);
  const runs: BedId[][] = [];
  let run: BedId[] = [];
  for (const bedId of unit.order) {
    if (wanted.has(bedId)) {
      if (run.length === 0) runs.push(run);
      run.push(bedId);
    } else run = [];
  }
  const label = (bedId: BedId | undefined): string => (bedId && unit.beds.get(bedId)?.label) ?? '';
  return runs.flatMap((each) => (each.length > 2 ? [`${label(each[0])}–${label(each.at(-1))}`] : each.map(label)));
}
