import { BedId, type MetricName } from '@vigil/contracts';
import fc from 'fast-check';
import { attribute, bringsMetric, type DeviceSpan } from './attribution.js';

const span = (bed: string, fromMs: number, toMs: number | null, channels: readonly MetricName[] | null = null): DeviceSpan => ({
  ...{ assignmentId: `${bed}/${fromMs}`, bedId: BedId.parse(bed), fromMs, toMs, channels },
});

describe('a message of a device is of the bed at which the device stood at its event time', () => {
  const moved = [span('icu-2', 200, null), span('icu-1', 100, 200)];
  test.each<[string, number, string | null]>([
    ['before it stood anywhere', 99, null],
    ['the first moment', 100, 'icu-1'],
    ['the last moment', 199, 'icu-1'],
    ['the moment of the move', 200, 'icu-2'],
    ['long after', 9_000_000, 'icu-2'],
  ])('%s', (_when, atMs, bedId) => {
    expect(attribute(moved, atMs)?.bedId ?? null).toBe(bedId);
  });

  test('between two beds it is of nobody', () => {
    expect(attribute([span('icu-1', 0, 10), span('icu-2', 20, null)], 15)).toBeNull();
  });

  test('a span without length holds nothing', () => {
    expect(attribute([span('icu-1', 10, 10)], 10)).toBeNull();
  });

  test('two spans that name different beds name none', () => {
    expect(attribute([span('icu-1', 0, 20), span('icu-2', 10, null)], 15)).toBeNull();
  });

  test('of two at one bed the newer says what it brings', () => {
    const both = [span('icu-1', 10, null, ['spo2']), span('icu-1', 0, null)];
    expect(attribute(both, 15)?.channels).toEqual(['spo2']);
  });

  test('so it is for any spans one after another, in any order', () => {
    const steps = fc.array(fc.record({ forMs: fc.nat(5), bed: fc.nat(3), away: fc.boolean() }), { maxLength: 12 });
    fc.assert(
      fc.property(steps, fc.nat(60), fc.boolean(), (moves, atMs, isReversed) => {
        const where: (string | null)[] = [];
        const spans = moves.flatMap(({ forMs, bed, away }) => {
          const fromMs = where.length;
          for (let i = 0; i < forMs; i++) where.push(away ? null : `icu-${bed}`);
          return away ? [] : [span(`icu-${bed}`, fromMs, where.length)];
        });
        expect(attribute(isReversed ? spans.reverse() : spans, atMs)?.bedId ?? null).toBe(where[atMs] ?? null);
      }),
    );
  });
});

test.each<[string, readonly MetricName[] | null, (readonly MetricName[] | null)[], boolean]>([
  ['alone, naming nothing', null, [], true],
  ['naming it', ['spo2', 'pulseRate'], [null], true],
  ['naming another', ['heartRate'], [null], false],
  ['naming nothing, where another names it', null, [['spo2']], false],
  ['naming nothing, where another names another', null, [['heartRate'], null], true],
])('a device %s brings spo2 or not', (_how, channels, others, brings) => {
  const among = others.map((each) => ({ channels: each }));
  expect(bringsMetric('spo2', { channels }, among)).toBe(brings);
});
