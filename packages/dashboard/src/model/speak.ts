import type { AlarmView, BedId } from '@vigil/contracts';
import { metricRow } from '@vigil/contracts';
import { t } from '../words/words.js';
import { isActive } from './alarm-order.js';
import { shortText } from './alarm-text.js';
import { metricUnitText, valueText } from './format.js';
import { ageMs, freshness, isCurrent } from './freshness.js';
import type { Now } from './server-clock.js';
import type { UnitState } from './unit-state.js';

/** One bed in words, for whoever listens: its alarms, then its values; what is not current is said to be so. No name. */
export function bedSpoken(unit: UnitState, bedId: BedId, alarms: readonly AlarmView[], now: Now | null): string {
  const bed = unit.beds.get(bedId);
  if (!bed) return t('shell:speakNone');
  if (!bed.encounter) return t('shell:speakNobody', { bed: bed.label });
  const active = alarms.filter((alarm) => alarm.bedId === bedId && isActive(alarm));
  const readings = [...(unit.readings.get(bedId)?.values() ?? [])];
  const values = readings.map((reading) => {
    const { label } = metricRow(reading.metric);
    const isNow = now !== null && isCurrent(freshness(ageMs(reading, now), reading.intervalMs, now.rate));
    if (!isNow || reading.value === null || reading.quality !== 'valid') return t('shell:speakNoValue', { metric: label });
    return `${label} ${valueText(reading.metric, reading.value)} ${metricUnitText(reading.metric)}`.trim();
  });
  const told = active.length > 0 ? t('shell:speakAlarms', { count: active.length }) : t('shell:speakNoAlarms');
  return [bed.label, [told, ...active.slice(0, 3).map((alarm) => shortText(alarm))].join(': '), ...values].join('. ');
}
