import type { LimitsOffRow } from '@vigil/contracts';
import { ASK_AFTER_MS, bedsideOff, countLimitsOff } from './limits-off-count.js';

const row = (more: Partial<LimitsOffRow>): LimitsOffRow =>
  ({
    kind: 'paused',
    bedId: 'icu-1',
    bedLabel: 'Bed 1',
    deviceId: 'mon-1',
    sinceMs: 0,
    isWaiting: false,
    ...more,
  }) as LimitsOffRow;

test('what somebody has turned down is counted; what merely is so, or waits for a second person, is not', () => {
  const rows = [
    row({}),
    row({ kind: 'shelved' }),
    row({ kind: 'shelved', isWaiting: true }),
    row({ kind: 'no-device' }),
    row({ kind: 'station-off' }),
  ];
  expect(countLimitsOff(rows)).toEqual([
    { kind: 'shelved', count: 1 },
    { kind: 'paused', count: 1 },
    { kind: 'station-off', count: 1 },
  ]);
});

test('a silenced monitor is asked about after ten minutes, and again ten minutes after somebody has looked', () => {
  const asked = (atMs: number, checked = new Map<string, number>()) => bedsideOff([row({})], atMs, checked);
  expect(asked(ASK_AFTER_MS - 1)).toEqual([]);
  const [first] = asked(ASK_AFTER_MS);
  expect(first?.label).toBe('Bed 1');
  const checked = new Map([[first?.key ?? '', ASK_AFTER_MS]]);
  expect(asked(2 * ASK_AFTER_MS - 1, checked)).toEqual([]);
  expect(asked(2 * ASK_AFTER_MS, checked)).toHaveLength(1);
  expect(bedsideOff([row({ sinceMs: null })], 5, new Map())).toHaveLength(1);
});
