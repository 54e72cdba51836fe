import {
  type ChartRow,
  METRICS,
  type MetricName,
  NEWS2_CHART,
  NEWS2_EMERGENCY,
  NEWS2_URGENT,
  news2Row,
  type News2Section,
  type NewChartItem,
  type ReadingView,
  type ScoreView,
} from '@vigil/contracts';
import { enteredNumber, isConverted } from './format.js';

/** Parts of a set in the order in which they are written down at the bedside. */
export const NUMBERS = [
  ['respirationRate', 'respirationRate', ['respirationRate']],
  ['spo2', 'spo2', ['spo2']],
  ['systolic', 'nibpSystolic', ['nibpSystolic', 'arterialSystolic']],
  ['pulse', 'heartRate', ['heartRate', 'pulseRate']],
  ['temperature', 'temperature', ['temperature']],
] as const satisfies readonly (readonly [string, MetricName, readonly MetricName[]])[];
export type NumberPart = (typeof NUMBERS)[number][0];

/** What stands in the form. Texts, because half of a number is none. */
export interface Draft {
  readonly numbers: Readonly<Record<NumberPart, string>>;
  readonly oxygen: '' | 'air' | 'oxygen';
  /** Litres a minute; may be left out. */
  readonly flow: string;
  readonly consciousness: '' | 'A' | 'C' | 'V' | 'P' | 'U';
}

export const EMPTY_DRAFT: Draft = {
  numbers: { respirationRate: '', spo2: '', systolic: '', pulse: '', temperature: '' },
  oxygen: '',
  flow: '',
  consciousness: '',
};

export type DraftProblem = 'missing' | 'number' | 'range' | 'zero';

/** A number as people write it, with a comma or a point; null for anything else. */
export function numberOf(text: string): number | null {
  const plain = text.trim().replace(',', '.');
  return /^\d{1,3}(\.\d{1,2})?$/.test(plain) ? Number(plain) : null;
}

/** The number in the unit of the score's table, whatever unit the site writes it in; null for what is no number. */
export function ownOf(metric: MetricName, text: string): number | null {
  const typed = numberOf(text);
  return typed === null || !isConverted(metric) ? typed : enteredNumber(metric, typed);
}

const plausible = (metric: MetricName): readonly [number, number] => {
  const row = METRICS[metric];
  return row.kind === 'numeric' ? row.plausible : [0, 0];
};

/** What is wrong with each part; empty for a set that can be sent. */
export function draftProblems({ numbers, oxygen, flow, consciousness }: Draft): Readonly<Record<string, DraftProblem>> {
  const problems: Record<string, DraftProblem> = {};
  for (const [part, metric] of NUMBERS) {
    const problem = numberProblem(numbers[part], metric);
    if (problem !== null) problems[part] = problem;
  }
  if (oxygen === '') problems['oxygen'] = 'missing';
  const flowProblem = oxygen === 'oxygen' && flow !== '' ? numberProblem(flow, 'oxygenFlow') : null;
  if (flowProblem !== null) problems['flow'] = flowProblem;
  if (consciousness === '') problems['consciousness'] = 'missing';
  return problems;
}

function numberProblem(text: string, metric: MetricName): DraftProblem | null {
  if (text.trim() === '') return 'missing';
  const value = ownOf(metric, text);
  if (value === null) return 'number';
  if (value === 0 && (metric === 'heartRate' || metric === 'spo2')) return 'zero';
  const [low, high] = plausible(metric);
  return value < low || value > high ? 'range' : null;
}

/**
 * The set as it is sent; only of a draft without problems.
 *
 * @param isAmending it takes the place of a set of the same moment: what that one said of a flow is said anew, because a flow
 *   would go on saying oxygen
 */
export function itemsOf({ numbers, oxygen, flow, consciousness }: Draft, isAmending = false): NewChartItem[] {
  const items: NewChartItem[] = NUMBERS.map(([part, metric]) => ({
    item: 'number',
    metric,
    value: ownOf(metric, numbers[part]) ?? 0,
  }));
  if (oxygen !== '') items.push({ item: 'supplementalOxygen', value: oxygen });
  const litres = numberOf(flow);
  if (oxygen === 'oxygen' && litres !== null && litres > 0) items.push({ item: 'number', metric: 'oxygenFlow', value: litres });
  if (isAmending && oxygen === 'air') items.push({ item: 'number', metric: 'oxygenFlow', value: 0 });
  if (consciousness !== '') items.push({ item: 'consciousness', value: consciousness });
  return items;
}

/** As the chart shows it: whole, temperatures in tenths, halves go up. */
const shown = (part: string, value: number): number =>
  part === 'temperature' ? Math.floor(value * 10 + 0.5 + 1e-9) / 10 : Math.floor(value + 0.5 + 1e-9);

/** The section and row of the chart that a part of a set is in. */
export function rowOf(
  part: string,
  value: number | string,
  scale: 1 | 2,
  oxygen: 'air' | 'oxygen' | undefined,
): { readonly section: News2Section; readonly row: number; readonly points: ChartRow['points'] | null } | null {
  const section = part === 'spo2' ? (scale === 1 ? 'spo2Scale1' : 'spo2Scale2') : part;
  if (!Object.hasOwn(NEWS2_CHART, section)) return null;
  const known = section as News2Section;
  const row = news2Row(known, typeof value === 'number' ? shown(part, value) : value, oxygen);
  return { section: known, row, points: NEWS2_CHART[known][row]?.points ?? null };
}

/** What the set would score, for the eye of whoever enters it; the engine's score is the one that counts. */
export function previewOf(draft: Draft, scale: 1 | 2): { readonly total: number; readonly single: boolean } | null {
  if (Object.keys(draftProblems(draft)).length > 0 || draft.oxygen === '') return null;
  const { oxygen } = draft;
  const parts: readonly (readonly [string, number | string])[] = [
    ...NUMBERS.map(([part, metric]) => [part, ownOf(metric, draft.numbers[part]) ?? 0] as const),
    ['supplementalOxygen', oxygen],
    ['consciousness', draft.consciousness],
  ];
  const points = parts.map(([part, value]) => rowOf(part, value, scale, oxygen)?.points ?? null);
  if (points.includes(null)) return null;
  return { total: points.reduce<number>((sum, each) => sum + (each ?? 0), 0), single: points.includes(3) };
}

export type Response = 'emergency' | 'urgent' | 'single' | 'low' | 'routine';

/** What the RCP asks for. Source: RCP 2017, charts 2 and 4 [V]. */
export function responseOf(total: number, single: boolean): Response {
  if (total >= NEWS2_EMERGENCY) return 'emergency';
  if (total >= NEWS2_URGENT) return 'urgent';
  if (single) return 'single';
  return total === 0 ? 'routine' : 'low';
}

/** Readings of devices that a form may offer: of now, and valid. */
export interface Offer {
  readonly value: number;
  readonly atMs: number;
  readonly metric: MetricName;
}

/** A device's value may be taken over for so long; older ones are measured again. */
const OFFER_MS_MAX = 5 * 60_000;
/** A cuff measures every quarter of an hour. */
const CUFF_OFFER_MS_MAX = 20 * 60_000;

export function offersOf(readings: readonly ReadingView[], nowMs: number): Readonly<Partial<Record<NumberPart, Offer>>> {
  const offers: Partial<Record<NumberPart, Offer>> = {};
  for (const [part, , metrics] of NUMBERS) {
    const fresh = metrics.flatMap((metric) => {
      const reading = readings.find((each) => each.metric === metric);
      const mostMs = metric === 'nibpSystolic' ? CUFF_OFFER_MS_MAX : OFFER_MS_MAX;
      const isFresh = reading !== undefined && reading.quality === 'valid' && nowMs - reading.atMs <= mostMs;
      if (!isFresh || typeof reading.value !== 'number') return [];
      return [{ value: shown(part, reading.value), atMs: reading.atMs, metric }];
    });
    const newest = fresh.sort((a, b) => b.atMs - a.atMs)[0];
    if (newest !== undefined) offers[part] = newest;
  }
  return offers;
}

/** Charted sets, oldest first; the newest `most`. What was charted anew stands before what took its place. */
export function chartedSets(scores: readonly ScoreView[], most: number): readonly ScoreView[] {
  return scores
    .filter(({ basis, score }) => basis === 'charted' && score === 'news2')
    .sort((a, b) => a.atMs - b.atMs || Number(b.replaced ?? false) - Number(a.replaced ?? false))
    .slice(-most);
}

/** The total that counted before the set at `index`; null without any. A set that was charted anew counts no more. */
export function totalBefore(sets: readonly ScoreView[], index: number): number | null {
  return sets.slice(0, index).findLast(({ replaced }) => replaced !== true)?.total ?? null;
}

/** What counts for a moment, as far as a chart shows it: it changes when the set is charted anew. */
export function chartedAs(sets: readonly ScoreView[], atMs: number): string {
  const set = sets.find((each) => each.atMs === atMs && each.replaced !== true);
  return set === undefined ? '' : JSON.stringify([set.by, set.total, set.parts.map(({ value }) => value)]);
}

export const oxygenOf = ({ parts }: ScoreView): 'air' | 'oxygen' | undefined => {
  const value = parts.find(({ part }) => part === 'supplementalOxygen')?.value;
  return value === 'air' || value === 'oxygen' ? value : undefined;
};
