import type { AlarmView } from '@vigil/contracts';
import { type Cell, csvOf } from '../http/csv.js';

const HEAD = [
  ...['alarm_id', 'care_unit_id', 'bed_id', 'bed', 'encounter_id', 'condition_code', 'rule', 'kind', 'priority', 'origin'],
  ...['metric', 'value', 'unit', 'limit', 'side', 'quality', 'samples', 'samples_expected'],
  ...['began_event_time', 'ended_event_time', 'seconds', 'first_page_wall_time', 'accepted_wall_time', 'arrived_wall_time'],
  ...['declines', 'presence', 'escalation', 'label', 'flapping', 'shelved_until_event_time'],
];

const iso = (ms: number | null | undefined): string | null =>
  ms === null || ms === undefined ? null : new Date(ms).toISOString();

/** Alarms as a table: no name of a patient or of staff. Times are ISO 8601 in UTC; units are UCUM. */
export function alarmCsv(alarms: readonly AlarmView[]): string {
  return csvOf([HEAD, ...alarms.map(rowOf)]);
}

function rowOf(alarm: AlarmView): Cell[] {
  const { evidence, escalation, onsetMs, endedAtMs } = alarm;
  const paged = escalation.pages.flatMap(({ kind, sentAtMs }) => (kind === 'alarm' && sentAtMs !== null ? [sentAtMs] : []));
  const arrived = escalation.accepts.flatMap(({ arrivedAtMs }) => arrivedAtMs ?? []);
  return [
    ...[alarm.alarmId, alarm.careUnitId, alarm.bedId, alarm.bedLabel, alarm.encounterId, alarm.conditionCode],
    ...[evidence.label ?? alarm.ruleId, alarm.kind, alarm.priority, alarm.origin],
    ...[alarm.metric, evidence.value, evidence.unit, evidence.limit, evidence.side, qualityOf(alarm)],
    ...[evidence.samples, evidence.samplesExpected],
    ...[iso(onsetMs), iso(endedAtMs), endedAtMs === null ? null : Math.round((endedAtMs - onsetMs) / 1_000)],
    ...[paged.length === 0 ? null : iso(Math.min(...paged)), iso(escalation.acceptedAtMs)],
    ...[arrived.length === 0 ? null : iso(Math.min(...arrived)), escalation.declines.length],
    ...[alarm.presence, escalation.state, alarm.label?.label ?? null],
    ...[alarm.flapping === true ? 'yes' : null, iso(alarm.shelvedUntilMs)],
  ];
}

/** How far what was measured can be relied on: another bed's, made of less than was expected, or as measured. */
function qualityOf({ evidence, questioned }: AlarmView): string | null {
  if (questioned !== undefined) return 'questioned';
  const { samples, samplesExpected, parts = [], value } = evidence;
  const isShort = samples !== null && samplesExpected !== null && samples < samplesExpected;
  if (isShort || parts.some((part) => part.value === null)) return 'incomplete';
  return value === null ? null : 'as measured';
}
