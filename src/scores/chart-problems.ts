import { type AgeGroup, type MetricName, metricRow, type NewChartItem, type ScoreName, ZERO_IS_NO_VALUE } from '@vigil/contracts';
import { CHARTABLE, type ChartableScore, EXPIRY, missingParts, SCORES } from '@vigil/domain';

/** Of these a 0 is what people write for "not measured", and it would score as the worst there is. Breathing does stop. */
const NEVER_ZERO: ReadonlySet<MetricName> = new Set([...ZERO_IS_NO_VALUE, 'spo2']);

export interface ChartProblem {
  readonly path: string;
  readonly message: string;
}

/** What somebody wants to chart, with the stay that it is for. */
export interface WantedChart {
  readonly items: readonly NewChartItem[];
  readonly validated: boolean;
  readonly score: ScoreName | undefined;
  /** Absent: an adult. */
  readonly ageGroup: AgeGroup | undefined;
}

/** Why a chart is refused, part by part; empty where it is taken. Messages never repeat a value. */
export function chartProblems(wanted: WantedChart): readonly ChartProblem[] {
  const items = itemProblems(wanted.items);
  return items.length > 0 || !wanted.validated ? items : setProblems(wanted);
}

function itemProblems(items: readonly NewChartItem[]): ChartProblem[] {
  const seen = new Set<string>();
  return items.flatMap((item, i) => {
    const name = item.item === 'number' ? item.metric : item.item;
    const path = `body.items.${i}`;
    if (seen.has(name)) return [{ path, message: `${name} is there twice` }];
    seen.add(name);
    if (item.item !== 'number') return [];
    const row = metricRow(item.metric);
    if (EXPIRY[item.metric] === undefined || row.kind !== 'numeric') {
      return [{ path: `${path}.metric`, message: 'no score is made of it, or it has an item of its own' }];
    }
    if (item.value === 0 && NEVER_ZERO.has(item.metric)) {
      return [{ path: `${path}.value`, message: 'leave out what was not measured; 0 would be scored' }];
    }
    const [low, high] = row.plausible;
    const isPlausible = item.value >= low && item.value <= high;
    return isPlausible ? [] : [{ path: `${path}.value`, message: `${low}..${high} ${row.unit}` }];
  });
}

/** A set that somebody stands for is complete, and for a score that is meant for the patient. */
function setProblems({ items, score = 'news2', ageGroup = 'adult' }: WantedChart): ChartProblem[] {
  if (!(CHARTABLE as readonly ScoreName[]).includes(score)) {
    return [{ path: 'body.score', message: `one of ${CHARTABLE.join(', ')}` }];
  }
  if (!SCORES[score].ageGroups.includes(ageGroup)) return [{ path: 'body.score', message: 'for adults only' }];
  const missing = missingParts(score as ChartableScore, items);
  return missing.length === 0 ? [] : [{ path: 'body.items', message: `missing: ${missing.join(', ')}` }];
}
