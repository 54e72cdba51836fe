import type { MetricName, Reading } from '@vigil/contracts';
import type { Fault } from '../decode/reject.js';

/** Boots of a device of which the habits are known: the one that runs, and those it still has messages of. */
const BOOTS_MAX = 4;

interface Habits {
  readonly bootId: string;
  readonly units: Map<MetricName, string>;
  readonly noValueTold: Set<MetricName>;
}

export interface SavedUnits {
  readonly bootId: string;
  readonly units: readonly (readonly [metric: MetricName, unit: string])[];
}

export interface Kept {
  readonly readings: readonly Reading[];
  /** What becomes a dead letter. */
  readonly faults: readonly Fault[];
  /** A reading was refused because its unit is another than before in this boot. */
  readonly unitChanged: boolean;
}

/**
 * What one device did before in a boot: the unit of each metric, and the metrics for which it sent codes for "no value".
 *
 * A unit that changes while a device runs is refused, not converted: a monitor that says kPa after mmHg may just as well have
 * changed only the label (FR-D11). After a restart it may use another unit. A code for "no value" is a dead letter once for
 * each metric and boot, because a device that sends one sends it every second. Bounded: four boots, the metrics there are.
 */
export class BootHabits {
  private boots: Habits[] = [];

  /** The units, for the next start: a device goes on through a restart of its gateway. */
  save(): SavedUnits[] {
    return this.boots.map(({ bootId, units }) => ({ bootId, units: [...units] }));
  }

  restore(saved: readonly SavedUnits[]): void {
    this.boots = saved.map(({ bootId, units }) => ({ bootId, units: new Map(units), noValueTold: new Set() }));
  }

  /** @param unitOf what the device said */
  keep(bootId: string, readings: readonly Reading[], faults: readonly Fault[]): Kept {
    const habits = this.of(bootId);
    // A reading without a value says nothing in any unit.
    const measured = readings.filter((r) => r.value !== null);
    const changed = measured.filter((r) => differs(habits, r.metric, saidUnit(r)));
    const refused = faults.map((fault) => asUnitChange(habits, fault)).filter((fault) => isToTell(habits, fault));
    for (const reading of measured) {
      if (!habits.units.has(reading.metric)) habits.units.set(reading.metric, saidUnit(reading));
    }
    if (changed.length === 0) {
      return { readings, faults: refused, unitChanged: refused.some((f) => f.reason === 'unit-changed') };
    }
    const named = changed.map(({ metric }) => unitFault('observations', metric, habits.units.get(metric)!));
    return { readings: readings.filter((r) => !changed.includes(r)), faults: [...refused, ...named], unitChanged: true };
  }

  private of(bootId: string): Habits {
    const first = this.boots[0];
    if (first?.bootId === bootId) return first;
    const known = this.boots.find((b) => b.bootId === bootId);
    const habits = known ?? { bootId, units: new Map(), noValueTold: new Set() };
    this.boots = [habits, ...this.boots.filter((b) => b !== habits)].slice(0, BOOTS_MAX);
    return habits;
  }
}

function saidUnit(reading: Reading): string {
  return reading.said?.unit ?? reading.unit;
}

function differs({ units }: Habits, metric: MetricName, unit: string): boolean {
  return (units.get(metric) ?? unit) !== unit;
}

function unitFault(path: string, metric: MetricName, unit: string): Fault {
  return { reason: 'unit-changed', path, expected: `${metric} in ${unit} until the device restarts`, metric };
}

/** A unit that nobody knows is a change too when there was another before. */
function asUnitChange({ units }: Habits, fault: Fault): Fault {
  const unit = fault.reason === 'wrong-unit' && fault.metric !== undefined ? units.get(fault.metric) : undefined;
  return unit === undefined ? fault : unitFault(fault.path, fault.metric!, unit);
}

function isToTell({ noValueTold }: Habits, { reason, metric }: Fault): boolean {
  if (reason !== 'no-value-code' || metric === undefined) return true;
  if (noValueTold.has(metric)) return false;
  noValueTold.add(metric);
  return true;
}
