/** UCUM codes as people write them; a code that is not here is shown as it is. */
const UNIT_WORDS: Readonly<Record<string, string>> = {
  'mm[Hg]': 'mmHg',
  Cel: '°C',
  '{score}': '',
  'mm[Hg]/min': 'mmHg/min',
  'Cel/min': '°C/min',
  '/min/min': '/min per minute',
};

export function withUnit(value: number, unit: string | null): string {
  return `${value} ${unit === null ? '' : (UNIT_WORDS[unit] ?? unit)}`.trim();
}

/** Means have many digits; no metric is measured finer than a tenth. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

export function lowerFirst(text: string): string {
  return `${text[0]!.toLowerCase()}${text.slice(1)}`;
}

/** `45 s`, `5 min`, `2 h`: to the largest unit that says it in whole numbers, or in tenths. */
export function timeText(ms: number): string {
  if (ms < 120_000) return `${round(ms / 1_000)} s`;
  return ms < 7_200_000 ? `${round(ms / 60_000)} min` : `${round(ms / 3_600_000)} h`;
}
