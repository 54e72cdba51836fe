import { type AlarmView, MetricName } from '@vigil/contracts';
import { t } from '../words/words.js';
import { evidenceText, isNamedRule, kindText } from './alarm-text.js';
import { bedsideName, codeWords, isBedside, lastOf, metricLabel, ruleName, wordsFor } from './condition-words.js';

/** What is wrong, in a sentence made of codes: for screens in another language than the record's, and where the record has none. */
export function whatText(alarm: AlarmView): string {
  const { conditionCode, metric, gatewayId } = alarm;
  if (isBedside(alarm)) {
    const what = bedsideName(conditionCode);
    return metric === null
      ? t('conditions:what.device', { what })
      : t('conditions:what.deviceMetric', { metric: metricLabel(metric), what });
  }
  if (metric !== null && conditionCode.endsWith('.noData')) {
    return t('conditions:what.metricNoData', { metric: metricLabel(metric) });
  }
  const values = {
    gateway: gatewayId ?? '',
    metric: metric === null ? '' : metricLabel(metric),
    metrics: metricsOf(alarm),
  };
  const place = wordsFor(`place.${alarm.evidence.because?.[0] ?? ''}`);
  if (conditionCode === 'standby' && place !== null) return t('conditions:what.standbyAt', { place });
  const whole = wordsFor(`what.${lastOf(conditionCode)}`, values);
  if (whole !== null) return whole;
  const measured = evidenceText(alarm);
  if (!isNamedRule(alarm)) return measured === '' ? codeWords(conditionCode) : measured;
  return measured === '' ? ruleName(alarm) : `${ruleName(alarm)} (${measured})`;
}

function metricsOf({ evidence: { because = [] } }: AlarmView): string {
  return because
    .map((name) => {
      const metric = MetricName.safeParse(name);
      return metric.success ? metricLabel(metric.data) : name;
    })
    .join(t('alarms:and'));
}

/** `High priority alarm, Bed 3: Heart rate 148 /min, limit at most 120`. */
export const lineText = (alarm: AlarmView): string =>
  t('alarms:line', { kind: kindText(alarm), bed: alarm.bedLabel, what: whatText(alarm) });
