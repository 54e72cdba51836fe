import { type AlarmView, type MetricName, metricRow } from '@vigil/contracts';
import { language, t } from '../words/words.js';
import { isActive, needOf } from './alarm-order.js';
import {
  briefName,
  briefScore,
  capitals,
  codeWords,
  isBedside,
  isWhole,
  metricLabel,
  metricShort,
  ruleName,
} from './condition-words.js';
import { comparedTexts, durationText, limitNumberText, metricUnitText, numberText, unitText, valueText } from './format.js';
import type { Now } from './server-clock.js';

/** A few words for a tile or a chip: `SpO₂ 84 < 90`, `HR mean 108 > 100`, `SpO₂ LEADS OFF`. */
export function shortText(alarm: AlarmView): string {
  const { metric, evidence, conditionCode } = alarm;
  if (!isWhole(conditionCode) && isNamedRule(alarm)) return scoredText(alarm, capitals(ruleName(alarm)));
  const name = metric ? metricShort(metric) : '';
  if (metric && evidence.value !== null && evidence.limit !== null && evidence.side !== null) {
    const isMean = /mean/i.test(conditionCode.split('.').slice(1).join('.'));
    const sign = evidence.side === 'high' ? '>' : '<';
    const said = { name, sign, ...measured(alarm, evidence.value, evidence.limit) };
    return isMean ? t('conditions:meanBeyond', said) : t('conditions:beyond', said);
  }
  const what = codeWords(conditionCode);
  return name ? t('conditions:named', { name, what }) : what;
}

/** How much it scores stands before the name of the rule, which a tile cuts off; with a part missing it is what it scores at least. */
function scoredText(alarm: AlarmView, what: string): string {
  const { parts, value } = alarm.evidence;
  if (parts === undefined) return briefName(alarm) ?? what;
  if (value === null) return what;
  const isRange = parts.some(({ points }) => points === null) && parts.some(({ points }) => points !== null);
  const points = numberText(value, 0, 2);
  const brief = briefScore(alarm, isRange ? t('conditions:atLeast', { points }) : points);
  if (brief !== null) return capitals(brief);
  return isRange ? t('conditions:pointsAtLeast', { points, what }) : t('conditions:points', { points, what });
}

const NOT_OWN: ReadonlySet<string> = new Set(['rise', 'fall', 'deviation', 'count']);

/** A rule whose value is not the metric's own: a change, a deviation, a count, a score, or other rules. Its name says more. */
export function isNamedRule({ evidence, metric, conditionCode }: AlarmView): boolean {
  if (isBedside({ conditionCode })) return false;
  const { window, because, parts } = evidence;
  const ownValue = window !== undefined && metric !== null && !NOT_OWN.has(window.aggregate);
  return parts !== undefined || (window !== undefined && !ownValue) || (because !== undefined && metric === null);
}

/** Value and limit in the site's unit where they are in the metric's own; a number of the rule's own kind as it is. */
function measured(
  { metric, evidence }: AlarmView,
  value: number,
  limit: number,
): { readonly value: string; readonly limit: string } {
  if (metric && isOwnUnit(metric, evidence)) {
    return comparedTexts(metric, value, limit, NOT_OWN.has(evidence.window?.aggregate ?? ''));
  }
  return { value: numberText(value, 0, 2), limit: numberText(limit, 0, 2) };
}

const isOwnUnit = (metric: MetricName, { unit, window }: AlarmView['evidence']): boolean =>
  (unit === null || unit === metricRow(metric).unit) && window?.aggregate !== 'deviation';

/** How a change is said, so that nobody takes it for the value itself. */
const MEASURED: Readonly<Record<string, 'alarms:measuredRise' | 'alarms:measuredFall' | 'alarms:measuredDeviation'>> = {
  rise: 'alarms:measuredRise',
  fall: 'alarms:measuredFall',
  deviation: 'alarms:measuredDeviation',
};

/** Measured against its limit, in full, so that a person can check the alarm; empty when nothing was measured. */
export function evidenceText(alarm: AlarmView): string {
  const { metric, evidence } = alarm;
  if (!metric || evidence.value === null || evidence.window?.aggregate === 'count') return '';
  const own = isOwnUnit(metric, evidence);
  const unit = own ? metricUnitText(metric) : unitText(evidence.unit ?? '');
  const alone = own ? valueText(metric, evidence.value) : numberText(evidence.value, 0, 2);
  const { value, limit } =
    evidence.limit === null ? { value: alone, limit: '' } : measured(alarm, evidence.value, evidence.limit);
  const change = evidence.window?.aggregate ?? '';
  const said = { metric: metricLabel(metric), value, unit };
  const parts = [t(MEASURED[change] ?? 'alarms:measured', said).trim()];
  if (evidence.limit !== null) {
    const isMost = evidence.side === 'high' || NOT_OWN.has(change);
    parts.push(isMost ? t('alarms:limitAtMost', { limit }) : t('alarms:limitAtLeast', { limit }));
  }
  const { samples, samplesExpected } = evidence;
  if (samples !== null && samplesExpected !== null) parts.push(t('alarms:fromSamples', { samples, samplesExpected }));
  return parts.join(t('alarms:and'));
}

/** A limit of a metric with its unit, for dialogs and boards. */
export const limitText = (metric: MetricName, limit: number): string =>
  `${limitNumberText(metric, limit)} ${metricUnitText(metric)}`.trim();

/** How long the condition has held or held, in event time: during a replay it runs at the replay's rate. */
export function alarmDurationText(alarm: AlarmView, now: Now | null): string {
  const untilMs = alarm.endedAtMs ?? now?.eventMs;
  return untilMs === undefined ? '' : durationText(untilMs - alarm.onsetMs);
}

/** Who comes, or who is told next and when. Counts down by the server's clock and decides nothing. */
export function responseText(alarm: AlarmView, now: Now | null, brief = false): string {
  const { escalation } = alarm;
  const name = escalation.acceptedByName;
  if (name && !isActive(alarm)) return t('alarms:wasAccepted', { name });
  if (name) return brief ? t('alarms:goesBrief', { name }) : t('alarms:goes', { name });
  const need = needOf(alarm);
  if (need === 'unanswered' && escalation.nextAtMs !== null) return nextText(escalation.nextName, escalation.nextAtMs, now);
  if (need === 'unanswered' && escalation.state === 'ended') return t('alarms:nobodyAccepted');
  if (need === 'unanswered' && escalation.state === 'running') return t('alarms:lastTold');
  if (need === 'latched') return t('alarms:overNotSeen');
  if (need === 'seen' && alarm.acknowledgedByName) return t('alarms:seenBy', { name: alarm.acknowledgedByName });
  return '';
}

function nextText(name: string | null, atMs: number, now: Now | null): string {
  if (name === null) return t('alarms:nobodyOnDuty');
  if (!now) return t('alarms:toldNext', { name });
  const leftMs = atMs - now.wallMs;
  return leftMs > 0 ? t('alarms:toldIn', { name, time: durationText(leftMs + 999) }) : t('alarms:tellingNow', { name });
}

/** `High priority alarm`, `Medium priority technical alarm`. */
export function kindText({ priority, kind }: Pick<AlarmView, 'priority' | 'kind'>): string {
  return kind === 'technical' ? t(`alarms:kindTechnical.${priority}`) : t(`alarms:kind.${priority}`);
}

/** The server's line is English and part of the record; screens in another language make their own. */
export const isRecordsLanguage = (): boolean => language().startsWith('en');
