import { type AlarmEvidence, type AlarmView, type MetricName, metricRow, scorePartWord } from '@vigil/contracts';
import { lowerFirst, round, timeText, withUnit } from './units.js';

type Condition = Pick<AlarmView, 'conditionCode' | 'metric' | 'evidence'>;

/**
 * What a rule of its own kind has measured, from its evidence: a window, a change, a deviation, a count, a score, or the rules that
 * held. Null for evidence of none of these.
 */
export function ruleText({ metric, evidence }: Condition): string | null {
  const { window, parts } = evidence;
  if (parts !== undefined) return scoreText(evidence);
  if (window !== undefined) return windowText(metric, evidence);
  const held = rulesIn(evidence);
  return held.length === 0 ? null : `because of ${held.join(', ')}`;
}

const SUPPRESSION = 'suppression:';

/** What closed an alarm although nobody knows that it is over; null where nothing did. */
export function hiddenBy({ because = [] }: AlarmEvidence): string | null {
  return because.find((each) => each.startsWith(SUPPRESSION))?.slice(SUPPRESSION.length) ?? null;
}

function rulesIn({ because = [] }: AlarmEvidence): readonly string[] {
  return because.filter((each) => !each.startsWith(SUPPRESSION));
}

/** The least that the score can be stands against its limit; a part that nobody knows is said to be missing. */
function scoreText({ value, limit, parts = [] }: AlarmEvidence): string {
  const open = parts.filter((part) => part.points === null);
  // A part that is known, and whose points wait for something else, is not missing.
  const missing = open.filter((part) => part.value === null).map((part) => scorePartWord(part.part));
  const counted = parts.filter((part) => (part.points ?? 0) > 0).map((part) => `${scorePartWord(part.part)} ${part.points}`);
  const total = value === null ? 'total not known' : `${open.length > 0 ? 'at least ' : ''}${round(value)} points`;
  const against = limit === null ? '' : `, limit ${round(limit)}`;
  const from = counted.length === 0 ? '' : `: ${counted.join(', ')}`;
  return `${total}${against}${from}${missing.length === 0 ? '' : `; missing: ${missing.join(', ')}`}`;
}

function windowText(metric: MetricName | null, evidence: AlarmEvidence): string {
  const { window, value, unit, limit, side, samples, samplesExpected } = evidence;
  const { fromMs, toMs, aggregate } = window!;
  const time = timeText(toMs - fromMs);
  const label = metric === null ? '' : lowerFirst(metricRow(metric).label);
  const said = (number: number | null): string => (number === null ? 'not known' : withUnit(round(number), unit));
  if (metric === null) return `${said(value)} times within ${time}: ${rulesIn(evidence).join(', ')}`;
  switch (aggregate) {
    case 'rise':
    case 'fall':
      return `${label} has ${aggregate === 'rise' ? 'risen' : 'fallen'} by ${said(value)} within ${time}, more than ${said(limit)}`;
    case 'deviation':
      return `${label} is ${said(value)} deviations away from what is usual for this patient, more than ${said(limit)}`;
    default: {
      const word = side === 'low' ? 'below' : 'above';
      const seen = samples === null || samplesExpected === null ? '' : ` (${samples} of ${samplesExpected} readings)`;
      return `${AGGREGATE_WORDS[aggregate] ?? aggregate} of ${label} over ${time} ${said(value)}, ${word} ${said(limit)}${seen}`;
    }
  }
}

const AGGREGATE_WORDS: Readonly<Record<string, string>> = {
  standardDeviation: 'standard deviation',
  slope: 'trend',
  count: 'number of readings',
  min: 'lowest',
  max: 'highest',
  first: 'first reading',
  last: 'last reading',
};
