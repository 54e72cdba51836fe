import type { AlarmReadings } from '@vigil/contracts';

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

interface Point {
  readonly atMs: number;
  readonly value: number;
}

/** Without a reading for this many usual intervals a line is broken: nothing is drawn over what nobody measured. */
const BREAK_INTERVALS = 3;
const BREAK_MS_MIN = 3_000;

/**
 * Runs of readings that belong together, oldest first. A run ends where longer than three usual intervals nothing came, and where
 * messages were lost on the way.
 */
export function runsOf(points: readonly Point[], gaps: readonly Span[]): readonly (readonly Point[])[] {
  const sorted = [...points].sort((a, b) => a.atMs - b.atMs);
  const breakMs = Math.max(BREAK_MS_MIN, BREAK_INTERVALS * usualIntervalMs(sorted));
  const runs: Point[][] = [];
  for (const point of sorted) {
    const last = runs.at(-1)?.at(-1);
    const lost = last && gaps.some(({ fromMs, toMs }) => fromMs < point.atMs && toMs > last.atMs);
    if (last && !lost && point.atMs - last.atMs <= breakMs) runs.at(-1)!.push(point);
    else runs.push([point]);
  }
  return runs;
}

function usualIntervalMs(sorted: readonly Point[]): number {
  const steps = sorted.slice(1).map(({ atMs }, i) => atMs - sorted[i]!.atMs);
  return steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
}

export interface Scale {
  readonly x: (atMs: number) => number;
  readonly y: (value: number) => number;
  readonly lowest: number;
  readonly highest: number;
}

/** All values and the limit have room, with a tenth above and below; a flat line stands in the middle. */
export function scaleOf(
  { fromMs, toMs }: Span,
  values: readonly number[],
  limit: number | null,
  { width, height }: { readonly width: number; readonly height: number },
): Scale {
  const all = limit === null ? values : [...values, limit];
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const room = Math.max((most - least) * 0.1, Math.abs(most) * 0.01, 0.5);
  const [bottom, top] = [least - room, most + room];
  return {
    x: (atMs) => ((Math.min(Math.max(atMs, fromMs), toMs) - fromMs) / Math.max(1, toMs - fromMs)) * width,
    y: (value) => height - ((value - bottom) / (top - bottom)) * height,
    lowest: Math.min(...values),
    highest: Math.max(...values),
  };
}

export const pathOf = (run: readonly Point[], { x, y }: Pick<Scale, 'x' | 'y'>): string =>
  run.map(({ atMs, value }, i) => `${i === 0 ? 'M' : 'L'}${x(atMs).toFixed(1)} ${y(value).toFixed(1)}`).join('');

/** The metric of the alarm first, then those that have readings. */
export function stripOrder(readings: AlarmReadings, metric: string | null): AlarmReadings['metrics'] {
  return [...readings.metrics].sort(
    (a, b) =>
      Number(b.metric === metric) - Number(a.metric === metric) || Number(b.readings.length > 0) - Number(a.readings.length > 0),
  );
}
