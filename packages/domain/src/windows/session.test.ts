import { addToWindows, closeWindowsUpTo, emptyWindows, planWindow } from './index.js';

const plan = planWindow({
  metric: 'heartRate',
  window: { type: 'session', sizeMs: 60_000, gapMs: 10_000 },
  aggregate: 'count',
});

/** Sessions that readings at these times make, as [from, to, count]. */
function sessionsOf(timesMs: readonly number[]): number[][] {
  const state = emptyWindows(plan);
  for (const atMs of timesMs) addToWindows(plan, state, atMs, 700, 0);
  const closed: number[][] = [];
  closeWindowsUpTo(plan, state, 1_000_000, ({ fromMs, toMs, count }) => void closed.push([fromMs, toMs, count]));
  return closed;
}

describe('a session', () => {
  test('goes on over a pause that is shorter than its gap, and ends with one that is as long', () => {
    expect(sessionsOf([1_000, 10_999])).toEqual([[1_000, 11_000, 2]]);
    expect(sessionsOf([1_000, 11_000])).toEqual([
      [1_000, 1_001, 1],
      [11_000, 11_001, 1],
    ]);
  });

  test('is the same whichever reading comes first, also where a late one bridges two', () => {
    const times = [1_000, 9_000, 17_000, 25_000];
    expect(sessionsOf(times)).toEqual([[1_000, 25_001, 4]]);
    expect(sessionsOf([times[3]!, times[0]!, times[2]!, times[1]!])).toEqual([[1_000, 25_001, 4]]);
  });
});
