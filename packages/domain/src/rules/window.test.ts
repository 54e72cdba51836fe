import { metricRow, WindowRule } from '@vigil/contracts';
import type { Answer, RuleContext } from './evaluator.js';
import { windowKind } from './window.js';

const BASE_MS = 1_000_000_020_000;

const rule = (more: Partial<WindowRule>): WindowRule =>
  WindowRule.parse({
    ...{ id: 'hr', priority: 'medium', source: 'test', kind: 'window', metric: 'heartRate', side: 'high', limit: 120 },
    ...{ window: { type: 'tumbling', sizeMs: 10_000 }, aggregate: 'mean', coveragePct: 50, hysteresis: 5 },
    ...more,
  });

/** One reading a second from second `fromS` on; the watermark trails by 2 s. Answers `second:holds:value`. */
function feed(of: WindowRule, values: readonly number[], fromS = 0): string[] {
  const memory = windowKind.empty(of);
  const said: string[] = [];
  values.forEach((value, i) => {
    const atMs = BASE_MS + (fromS + i) * 1_000;
    const context = { bed: { watermarkMs: atMs - 2_000 }, nowMs: atMs, rate: 1 } as RuleContext;
    const reading = { metric: of.metric, value, valueSteps: Math.round(value * 10), atMs, intervalMs: 1_000 };
    const answer = windowKind.onReading!(of, memory, { ...reading, isInOrder: true, isAfterGap: false }, context);
    if (answer !== null) said.push(`${fromS + i}:${text(answer)}`);
  });
  return said;
}
const text = ({ holds, value }: Answer): string => `${holds}:${value === null ? '-' : Math.round(value * 100) / 100}`;
const times = (n: number, value: number): number[] => Array.from({ length: n }, () => value);

describe('a rule over a window', () => {
  test('says yes as soon as half of the window is there, and no only when a closed window is back by the hysteresis', () => {
    const said = feed(rule({}), [...times(10, 130), ...times(10, 118), ...times(14, 100)]);
    expect(said).toEqual([
      ...['4:yes:130', '5:yes:130', '6:yes:130', '7:yes:130', '8:yes:130', '9:yes:130', '12:yes:130'],
      ...['22:between:118', '32:no:100'],
    ]);
  });

  test('a window that holds too little says that it does not know', () => {
    const kind = rule({});
    const memory = windowKind.empty(kind);
    const at = (s: number, watermarkS: number): Answer | null =>
      windowKind.onReading!(
        kind,
        memory,
        {
          metric: 'heartRate',
          value: 150,
          valueSteps: 1_500,
          atMs: BASE_MS + s * 1_000,
          intervalMs: 1_000,
          isInOrder: true,
          isAfterGap: false,
        },
        { bed: { watermarkMs: BASE_MS + watermarkS * 1_000 } } as RuleContext,
      );
    expect([at(0, -2), at(1, -1), at(13, 11)]).toEqual([null, null, { holds: 'unknown', value: null }]);
  });

  test('a sliding window decides both ways at every reading', () => {
    const said = feed(rule({ window: { type: 'sliding', sizeMs: 5_000 }, coveragePct: 60 }), [
      ...times(6, 130),
      ...times(8, 100),
    ]);
    expect(said).toEqual([
      ...['0:unknown:-', '1:unknown:-', '2:yes:130', '3:yes:130', '4:yes:130', '5:yes:130'],
      ...['6:yes:124', '7:between:118', '8:no:112', '9:no:106', '10:no:100', '11:no:100', '12:no:100', '13:no:100'],
    ]);
  });

  test('a sliding window without new readings is no longer known once they have all left it', () => {
    const kind = rule({ window: { type: 'sliding', sizeMs: 5_000 } });
    const memory = windowKind.empty(kind);
    const bed = { watermarkMs: 0 };
    for (let s = 0; s < 5; s++) {
      const reading = {
        metric: 'heartRate' as const,
        value: 130,
        valueSteps: 1_300,
        atMs: BASE_MS + s * 1_000,
        intervalMs: 1_000,
      };
      windowKind.onReading!(kind, memory, { ...reading, isInOrder: true, isAfterGap: false }, { bed } as never);
    }
    const due = windowKind.due!(kind, memory);
    expect(due).toEqual({ clock: 'watermark', atMs: BASE_MS + 9_000 });
    bed.watermarkMs = due!.atMs - 1;
    expect(windowKind.ask!(kind, memory, { bed } as never)).toBeNull();
    bed.watermarkMs = due!.atMs;
    expect(windowKind.ask!(kind, memory, { bed } as never)).toEqual({ holds: 'unknown', value: null });
    expect(windowKind.due!(kind, memory)).toBeNull();
  });

  test('while a younger window is beyond the limit, an older one that closes ends nothing', () => {
    const hopping = rule({ window: { type: 'hopping', sizeMs: 10_000, hopMs: 5_000 }, hysteresis: 0 });
    const said = feed(hopping, [...times(8, 80), ...times(10, 150)]);
    expect(said.find((one) => one.includes('no'))).toBe('7:no:80');
    const after = said.slice(said.findIndex((one) => one.includes('yes')));
    expect(after.every((one) => one.includes('yes'))).toBe(true);
  });

  test('a count below a number is decided by whole windows alone', () => {
    const said = feed(rule({ aggregate: 'count', side: 'low', limit: 5 }), times(3, 100).concat(times(1, 100)), 0);
    expect(said).toEqual([]);
    const later = feed(rule({ aggregate: 'count', side: 'low', limit: 5 }), times(16, 100), 8);
    expect(later).toEqual(['12:yes:2', '22:no:10']);
  });

  test('a mean that is the limit is inside, to the last bit', () => {
    const said = feed(rule({ limit: 100.3, hysteresis: 0 }), times(13, 100.3));
    expect(said).toEqual(['12:no:100.3']);
  });

  test('what an alarm shows is the window, its samples, and the unit of the aggregate', () => {
    const slope = rule({ aggregate: 'slope', limit: 60, window: { type: 'tumbling', sizeMs: 10_000 } });
    const memory = windowKind.empty(slope);
    let answer: Answer | null = null;
    for (let s = 0; s < 6; s++) {
      const reading = {
        metric: 'heartRate' as const,
        value: 80 + 2 * s,
        valueSteps: 800 + 20 * s,
        atMs: BASE_MS + s * 1_000,
        intervalMs: 1_000,
      };
      answer =
        windowKind.onReading!(slope, memory, { ...reading, isInOrder: true, isAfterGap: false }, {
          bed: { watermarkMs: 0 },
        } as never) ?? answer;
    }
    expect(answer).toEqual({ holds: 'yes', value: 120 });
    expect(windowKind.evidence(slope, memory, answer!, {} as never)).toEqual({
      ...{ value: 120, unit: `${metricRow('heartRate').unit}/min`, samples: 6, samplesExpected: 10 },
      window: { fromMs: BASE_MS, toMs: BASE_MS + 10_000, aggregate: 'slope' },
    });
  });
});
