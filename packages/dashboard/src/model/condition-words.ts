import { type AlarmView, MetricName } from '@vigil/contracts';
import { plainText } from '../words/plain-text.js';
import { language, t, wordsOf } from '../words/words.js';

/** Words by a key that is made of a code; null where there are none, as for a code of a later version. */
export function wordsFor(
  key: string,
  values: Readonly<Record<string, string>> = {},
  area: 'conditions' | 'alarms' | 'alarm' = 'conditions',
): string | null {
  return wordsOf(`${area}:${key}`, values);
}

export const metricLabel = (metric: MetricName): string => t(`conditions:metric.${metric}`);
export const metricShort = (metric: MetricName): string => t(`conditions:short.${metric}`);

/** A code in capitals, with spaces: what can be said of one that nobody has words for. */
function spelled(code: string): string {
  const spaced = code.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/[.-]+/g, ' ');
  return plainText(spaced).toUpperCase();
}

const BEDSIDE = 'device.';

export const isBedside = ({ conditionCode }: Pick<AlarmView, 'conditionCode'>): boolean => conditionCode.startsWith(BEDSIDE);

/** What a bedside device calls its alarm, in capitals: its own word where we have none. */
export function bedsideName(conditionCode: string): string {
  const name = conditionCode.slice(BEDSIDE.length);
  return wordsFor(`device.${name}`) ?? (/^mdc-\d+$/.test(name) ? name.toUpperCase() : spelled(name));
}

/** The last part of a code says what is wrong; what stands before says of what. */
export const lastOf = (conditionCode: string): string => conditionCode.slice(conditionCode.lastIndexOf('.') + 1);

/** The condition without what was measured, in capitals: `LEADS OFF`, `DEVICE: CUFF LEAK`. */
export function codeWords(conditionCode: string): string {
  if (conditionCode.startsWith(BEDSIDE)) return t('conditions:device', { what: bedsideName(conditionCode) });
  return wordsFor(`code.${lastOf(conditionCode)}`) ?? spelled(lastOf(conditionCode));
}

/** True for conditions that are said by their code alone, whatever was measured. */
export const isWhole = (conditionCode: string): boolean =>
  wordsFor(`what.${lastOf(conditionCode)}`) !== null && !conditionCode.startsWith(BEDSIDE);

/** The name of a rule as a person wrote it: in the language of the screen where it is one of the default rule set. */
export function ruleName({ evidence: { label }, conditionCode }: Pick<AlarmView, 'evidence' | 'conditionCode'>): string {
  if (label === undefined) return wordsFor(`code.${lastOf(conditionCode)}`) ?? spelled(conditionCode);
  return wordsFor(`rule.${slugOf(label)}`) ?? plainText(label);
}

/** The name of a rule of a score with what it scores, in few words: `NEWS2 est ≥ 10`; null where the site has named it anew. */
export const briefScore = ({ evidence: { label } }: Pick<AlarmView, 'evidence'>, points: string): string | null =>
  label === undefined ? null : wordsFor(`brief.${slugOf(label)}`, { points });

/** The name of a rule in as few words as a tile has room for: `SpO₂ FALLS FAST`; null where there is none. */
export const briefName = ({ evidence: { label } }: Pick<AlarmView, 'evidence'>): string | null =>
  label === undefined ? null : wordsFor(`tile.${slugOf(label)}`);

const slugOf = (label: string): string =>
  label
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

/** In capitals by the rules of the language: `i` is another letter in Turkish. */
export const capitals = (text: string): string => text.toLocaleUpperCase(language());

/** The metric that a code begins with; null where it begins with none. */
export function metricOf(conditionCode: string): MetricName | null {
  const metric = MetricName.safeParse(conditionCode.slice(0, Math.max(0, conditionCode.indexOf('.'))));
  return metric.success ? metric.data : null;
}

/** `SpO₂ LOW`, `DEVICE: CUFF LEAK`: the condition without a value. */
export function conditionName(conditionCode: string): string {
  const metric = metricOf(conditionCode);
  const what = codeWords(conditionCode);
  return metric === null ? what : t('conditions:named', { name: metricShort(metric), what });
}
