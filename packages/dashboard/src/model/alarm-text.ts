import { type AlarmView, type MetricName, metricRow, type Priority, type ReadingValue } from '@vigil/contracts';
import { isActive, needOf } from './alarm-order.js';
import { durationText, unitText, valueText } from './format.js';
import type { Now } from './server-clock.js';

/** Words for conditions that are not "a value beyond a limit". */
const CONDITION_WORDS: Readonly<Record<string, string>> = {
  noData: 'NO DATA',
  gatewayLost: 'GATEWAY LOST',
  platformSilent: 'PLATFORM SILENT',
  coverageLost: 'NO COVERAGE',
  leadsOff: 'LEADS OFF',
  deviceAlarmsTooMany: 'TOO MANY DEVICE ALARMS',
  sessionConflict: 'TWO SENDERS, ONE DEVICE',
  spoolWithheld: 'GATEWAY STORES NOTHING',
  channelConflict: 'TWO DEVICES',
  bedsideOff: 'MONITOR ALARMS OFF',
  standby: 'STANDBY',
  stayCorrected: 'OTHER PATIENT',
  limitsChanged: 'LIMITS CHANGED',
  nobodyOnCall: 'NOBODY ON CALL',
  unreachable: 'SOMEBODY UNREACHABLE',
  undelivered: 'PAGE NOT DELIVERED',
  escalatorStopped: 'PAGING STOPPED',
  canaryLate: 'TEST ALARM LATE',
};

/** A few words for a tile or a chip: `SpO₂ 84 < 90`, `HR mean 108 > 100`, `SpO₂ LEADS OFF`. */
export function shortText(alarm: AlarmView): string {
  const { metric, evidence, conditionCode } = alarm;
  const name = metric ? metricRow(metric).short : '';
  const isOnCall = conditionCode.startsWith('onCall.');
  if (!isOnCall && CONDITION_WORDS[conditionCode] === undefined && isNamedRule(alarm))
    return scoredText(alarm) + (evidence.label ?? conditionCode.replace(/[.-]/g, ' ')).toUpperCase();
  if (metric && evidence.value !== null && evidence.limit !== null && evidence.side !== null) {
    const mean = /mean/i.test(conditionCode.split('.').slice(1).join('.')) ? ' mean' : '';
    const sign = evidence.side === 'high' ? '>' : '<';
    return `${name}${mean} ${measuredText(metric, evidence.value, evidence.limit)} ${sign} ${evidence.limit}`;
  }
  const code = conditionCode.split('.').at(-1) ?? conditionCode;
  const bedside = conditionCode.startsWith('device.') ? 'DEVICE: ' : '';
  const words =
    bedside +
    (CONDITION_WORDS[code] ??
      code
        .replace(/([a-z])([A-Z])/g, '$1 $2')
        .replace(/-/g, ' ')
        .toUpperCase());
  return name ? `${name} ${words}` : words;
}

/** How much it scores stands before the name of the rule, which a tile cuts off; with a part missing it is what it scores at least. */
function scoredText({ evidence: { parts, value } }: AlarmView): string {
  if (parts === undefined || value === null) return '';
  const isRange = parts.some(({ points }) => points === null) && parts.some(({ points }) => points !== null);
  return `${isRange ? '≥ ' : ''}${value}: `;
}

/** A rule whose value is not the metric's own: a change, a deviation, a count, a score, or other rules. Its name says more. */
function isNamedRule({ evidence, metric }: AlarmView): boolean {
  const { window, because, parts } = evidence;
  const ownValue = window !== undefined && metric !== null && !['rise', 'fall', 'deviation', 'count'].includes(window.aggregate);
  return parts !== undefined || (window !== undefined && !ownValue) || (because !== undefined && metric === null);
}

/** The digits staff expect, and one more where rounding would lay the value on its limit: `RR 7.6 < 8`, never `8 < 8`. */
function measuredText(metric: MetricName, value: ReadingValue, limit: number | null): string {
  const text = valueText(metric, value);
  if (typeof value !== 'number' || limit === null || value === limit || Number(text) !== limit) return text;
  return String(Number(value.toPrecision(6)));
}

/** Measured against its limit, in full, so that a person can check the alarm; empty when nothing was measured. */
export function evidenceText({ metric, evidence }: AlarmView): string {
  if (!metric || evidence.value === null) return '';
  const unit = unitText(evidence.unit ?? '');
  const value = `${metricRow(metric).label} ${measuredText(metric, evidence.value, evidence.limit)} ${unit}`.trim();
  const limit = evidence.limit === null ? '' : `, limit ${evidence.side === 'high' ? 'at most' : 'at least'} ${evidence.limit}`;
  const samples =
    evidence.samples === null || evidence.samplesExpected === null
      ? ''
      : `, from ${evidence.samples} of ${evidence.samplesExpected} samples`;
  return value + limit + samples;
}

/** How long the condition has held or held, in event time: during a replay it runs at the replay's rate. */
export function alarmDurationText(alarm: AlarmView, now: Now | null): string {
  const untilMs = alarm.endedAtMs ?? now?.eventMs;
  return untilMs === undefined ? '' : durationText(untilMs - alarm.onsetMs);
}

/** Who comes, or who is told next and when. Counts down by the server's clock and decides nothing. */
export function responseText(alarm: AlarmView, now: Now | null, brief = false): string {
  const { escalation } = alarm;
  if (escalation.acceptedByName && !isActive(alarm)) return `accepted by ${escalation.acceptedByName}`;
  if (escalation.acceptedByName) return `✓ ${escalation.acceptedByName}${brief ? '' : ' is going'}`;
  const need = needOf(alarm);
  if (need === 'unanswered' && escalation.nextAtMs !== null) {
    const next = escalation.nextName;
    if (next === null) return 'NOBODY ON DUTY';
    if (!now) return `${next} is told next`;
    const leftMs = escalation.nextAtMs - now.wallMs;
    return leftMs > 0 ? `${next} in ${durationText(leftMs + 999)}` : `telling ${next} now`;
  }
  if (need === 'unanswered' && escalation.state === 'ended') return 'NOBODY ACCEPTED';
  if (need === 'unanswered' && escalation.state === 'running') return 'last person told';
  if (need === 'latched') return 'over, not seen';
  if (need === 'seen' && alarm.acknowledgedByName) return `seen by ${alarm.acknowledgedByName}`;
  return '';
}

const PRIORITY_WORD: Record<Priority, string> = { high: 'High', medium: 'Medium', low: 'Low' };

/** `High priority alarm`, `Medium priority technical alarm`. */
export function kindText({ priority, kind }: Pick<AlarmView, 'priority' | 'kind'>): string {
  return `${PRIORITY_WORD[priority]} priority ${kind === 'technical' ? 'technical alarm' : 'alarm'}`;
}
