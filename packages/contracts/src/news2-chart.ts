/**
 * The rows of the NEWS2 observation chart, top to bottom, as they stand on paper, with the points of each.
 *
 * Source: Royal College of Physicians. National Early Warning Score (NEWS) 2. London: RCP, 2017: points by chart 1 [V], how the
 * ranges of 0 points and of pressures are divided into rows by chart 3 [M]. Reproduced unmodified, with acknowledgement. A test holds
 * the points to those by which `packages/domain/src/scores/news2.ts` scores.
 */
export interface ChartRow {
  /** As the chart prints it. */
  readonly text: string;
  readonly points: 0 | 1 | 2 | 3;
  /** Both ends inclusive, in the unit of the metric; for numbers that the chart shows in whole steps. */
  readonly from?: number;
  readonly to?: number;
  /** Of a part that is no number. */
  readonly value?: string;
  /** A row of scale 2 that holds on air or on oxygen alone. */
  readonly on?: 'air' | 'oxygen';
}

const row = (text: string, points: ChartRow['points'], from: number, to: number, on?: 'air' | 'oxygen'): ChartRow =>
  on === undefined ? { text, points, from, to } : { text, points, from, to, on };
const said = (text: string, points: ChartRow['points'], value: string): ChartRow => ({ text, points, value });

export const NEWS2_CHART = {
  respirationRate: [
    ...[row('≥ 25', 3, 25, Infinity), row('21–24', 2, 21, 24), row('18–20', 0, 18, 20), row('15–17', 0, 15, 17)],
    ...[row('12–14', 0, 12, 14), row('9–11', 1, 9, 11), row('≤ 8', 3, -Infinity, 8)],
  ],
  spo2Scale1: [row('≥ 96', 0, 96, Infinity), row('94–95', 1, 94, 95), row('92–93', 2, 92, 93), row('≤ 91', 3, -Infinity, 91)],
  spo2Scale2: [
    ...[row('≥ 97 O₂', 3, 97, Infinity, 'oxygen'), row('95–96 O₂', 2, 95, 96, 'oxygen'), row('93–94 O₂', 1, 93, 94, 'oxygen')],
    ...[row('≥ 93 air', 0, 93, Infinity, 'air'), row('88–92', 0, 88, 92), row('86–87', 1, 86, 87)],
    ...[row('84–85', 2, 84, 85), row('≤ 83', 3, -Infinity, 83)],
  ],
  supplementalOxygen: [said('Air', 0, 'air'), said('O₂', 2, 'oxygen')],
  systolic: [
    ...[row('≥ 220', 3, 220, Infinity), row('201–219', 0, 201, 219), row('181–200', 0, 181, 200), row('161–180', 0, 161, 180)],
    ...[row('141–160', 0, 141, 160), row('121–140', 0, 121, 140), row('111–120', 0, 111, 120), row('101–110', 1, 101, 110)],
    ...[row('91–100', 2, 91, 100), row('81–90', 3, 81, 90), row('71–80', 3, 71, 80), row('61–70', 3, 61, 70)],
    ...[row('51–60', 3, 51, 60), row('≤ 50', 3, -Infinity, 50)],
  ],
  pulse: [
    ...[row('≥ 131', 3, 131, Infinity), row('121–130', 2, 121, 130), row('111–120', 2, 111, 120), row('101–110', 1, 101, 110)],
    ...[row('91–100', 1, 91, 100), row('81–90', 0, 81, 90), row('71–80', 0, 71, 80), row('61–70', 0, 61, 70)],
    ...[row('51–60', 0, 51, 60), row('41–50', 1, 41, 50), row('31–40', 3, 31, 40), row('≤ 30', 3, -Infinity, 30)],
  ],
  consciousness: [...[said('A', 0, 'A'), said('C', 3, 'C'), said('V', 3, 'V'), said('P', 3, 'P'), said('U', 3, 'U')]],
  temperature: [
    ...[row('≥ 39.1', 2, 39.1, Infinity), row('38.1–39.0', 1, 38.1, 39), row('37.1–38.0', 0, 37.1, 38)],
    ...[row('36.1–37.0', 0, 36.1, 37), row('35.1–36.0', 1, 35.1, 36), row('≤ 35.0', 3, -Infinity, 35)],
  ],
} as const satisfies Record<string, readonly ChartRow[]>;

/** Parts of the chart; SpO2 has two scales, of which a stay uses one. */
export type News2Section = keyof typeof NEWS2_CHART;

/** Thresholds of the clinical response. Source: RCP 2017, chart 2 [V]. */
export const NEWS2_URGENT = 5;
export const NEWS2_EMERGENCY = 7;

/** The row that a value is in; -1 where there is none. A number is as the chart shows it: rounded before. */
export function news2Row(section: News2Section, value: number | string, on?: 'air' | 'oxygen'): number {
  const rows: readonly ChartRow[] = NEWS2_CHART[section];
  return rows.findIndex((each) => {
    if (each.on !== undefined && each.on !== on) return false;
    if (typeof value === 'string') return each.value === value;
    return each.from !== undefined && each.to !== undefined && value >= each.from && value <= each.to;
  });
}
