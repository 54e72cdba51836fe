import type { Aggregate, WindowSpec } from '@vigil/contracts';
import { Aggregate as Aggregates } from '@vigil/contracts';
import fc from 'fast-check';
import { addToWindows, closeWindowsUpTo, eachOpenWindow, emptyWindows, planWindow, type WindowPlan } from './index.js';

const BASE_MS = 1_000_000_020_000;
const LATENESS_MS = 20_000;
const specs: WindowSpec[] = [
  { type: 'tumbling', sizeMs: 60_000 },
  { type: 'hopping', sizeMs: 60_000, hopMs: 20_000 },
  { type: 'hopping', sizeMs: 50_000, hopMs: 20_000 },
  { type: 'sliding', sizeMs: 60_000 },
  { type: 'sliding', sizeMs: 90_000 },
  { type: 'session', sizeMs: 120_000, gapMs: 7_000 },
];
const aggregates = Aggregates.options;

interface Said {
  readonly atMs: number;
  readonly value: number;
}
interface Closed {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
  readonly value: number | null;
}

const readings = fc
  .array(fc.record({ afterMs: fc.nat(9_000), value: fc.integer({ min: 0, max: 3_500 }) }), { minLength: 1, maxLength: 120 })
  .map((steps) => {
    let atMs = BASE_MS;
    return steps.map(({ afterMs, value }): Said => ({ atMs: (atMs += afterMs), value }));
  });
const question = fc.record({ window: fc.constantFrom(...specs), aggregate: fc.constantFrom(...aggregates) });

const plan = (window: WindowSpec, aggregate: Aggregate, quantile = 0.9): WindowPlan =>
  planWindow({ metric: 'heartRate', window, aggregate, quantile });

/** Feeds readings as an engine does: the watermark trails the newest one. */
function feed(windows: WindowPlan, said: readonly Said[], latenessMs = LATENESS_MS): Closed[] {
  const state = emptyWindows(windows);
  const closed: Closed[] = [];
  let newestMs = 0;
  for (const { atMs, value } of said) {
    newestMs = Math.max(newestMs, atMs);
    closeWindowsUpTo(windows, state, newestMs - latenessMs, (view) => closed.push({ ...view }));
    addToWindows(windows, state, atMs, value, newestMs - latenessMs);
  }
  // What a checkpoint brings back is the state itself.
  expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  closeWindowsUpTo(windows, state, newestMs + 1_000_000, (view) => closed.push({ ...view }));
  return closed;
}

/** Shuffles within the lateness: each reading is taken at its time plus a delay below it. */
function late(said: readonly Said[], seed: readonly number[]): Said[] {
  return said
    .map((reading, i) => ({ reading, takenMs: reading.atMs + (seed[i % seed.length]! % LATENESS_MS) }))
    .sort((a, b) => a.takenMs - b.takenMs)
    .map(({ reading }) => reading);
}

/** The same by the definition: all windows there are, all readings in each, the textbook's sum. */
function plainly(window: WindowSpec, aggregate: Aggregate, said: readonly Said[], quantile = 0.9): Closed[] {
  return extents(window, said, aggregate === 'median' || aggregate === 'quantile' ? 30 : 60)
    .map(([fromMs, toMs]) => {
      const inside = said.filter((s) => s.atMs >= fromMs && s.atMs < toMs);
      return { fromMs, toMs, count: inside.length, value: plainAggregate(aggregate, inside, quantile) };
    })
    .filter(({ count }) => count > 0);
}

function extents(window: WindowSpec, said: readonly Said[], panesMax: number): [number, number][] {
  const times = [...new Set(said.map((s) => s.atMs))].sort((a, b) => a - b);
  const found: [number, number][] = [];
  if (window.type === 'session') {
    for (const atMs of times) {
      const last = found[found.length - 1];
      const isCut = last !== undefined && Math.floor(last[0] / window.sizeMs) !== Math.floor(atMs / window.sizeMs);
      if (last !== undefined && !isCut && atMs - (last[1] - 1) < window.gapMs) last[1] = atMs + 1;
      else found.push([atMs, atMs + 1]);
    }
    return found;
  }
  const paneMs = window.type === 'sliding' ? Math.ceil(window.sizeMs / panesMax / 1_000) * 1_000 : 0;
  const hopMs = window.type === 'tumbling' ? window.sizeMs : window.type === 'hopping' ? window.hopMs : paneMs;
  const sizeMs = window.type === 'sliding' ? Math.ceil(window.sizeMs / paneMs) * paneMs : window.sizeMs;
  const oldestMs = times[0]! - sizeMs;
  for (let at = Math.floor(oldestMs / hopMs) * hopMs; at <= times[times.length - 1]!; at += hopMs) found.push([at, at + sizeMs]);
  return found;
}

function plainAggregate(aggregate: Aggregate, inside: readonly Said[], quantile: number): number | null {
  const n = inside.length;
  const values = inside.map((s) => s.value).sort((a, b) => a - b);
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const variance = n < 2 ? null : values.reduce((a, b) => a + (b - mean) ** 2, 0) / (n - 1);
  const inTime = [...inside].sort((a, b) => a.atMs - b.atMs || a.value - b.value);
  if (aggregate === 'count') return n;
  if (n === 0) return null;
  switch (aggregate) {
    case 'sum':
      return mean * n;
    case 'min':
      return values[0]!;
    case 'max':
      return values[n - 1]!;
    case 'range':
      return values[n - 1]! - values[0]!;
    case 'mean':
      return mean;
    case 'variance':
      return variance;
    case 'standardDeviation':
      return variance === null ? null : Math.sqrt(variance);
    case 'median':
      return n % 2 === 1 ? values[(n - 1) / 2]! : (values[n / 2]! + values[n / 2 - 1]!) / 2;
    case 'quantile':
      return values[Math.max(1, Math.ceil(quantile * n)) - 1]!;
    case 'first':
      return inTime[0]!.value;
    case 'last':
      return inTime[n - 1]!.value;
    case 'slope': {
      const meanMs = inside.reduce((a, s) => a + (s.atMs - BASE_MS), 0) / n;
      const below = inside.reduce((a, s) => a + (s.atMs - BASE_MS - meanMs) ** 2, 0);
      const above = inside.reduce((a, s) => a + (s.atMs - BASE_MS - meanMs) * (s.value - mean), 0);
      return below === 0 ? null : (above / below) * 60_000;
    }
  }
}

function expectSame(found: readonly Closed[], wanted: readonly Closed[]): void {
  expect(found.map(({ fromMs, toMs, count }) => [fromMs, toMs, count])).toEqual(
    wanted.map(({ fromMs, toMs, count }) => [fromMs, toMs, count]),
  );
  found.forEach(({ value }, i) => {
    const want = wanted[i]!.value;
    if (want === null || value === null) expect(value).toBe(want);
    else expect(Math.abs(value - want)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(want)));
  });
}

describe('windows', () => {
  test('each aggregate of each kind of window is what the definition says', () => {
    fc.assert(
      fc.property(question, readings, ({ window, aggregate }, said) => {
        expectSame(feed(plan(window, aggregate), said), plainly(window, aggregate, said));
      }),
      { numRuns: 300 },
    );
  });

  test('a closed window says the same to the last bit, in whatever order readings come within the lateness', () => {
    fc.assert(
      fc.property(
        question,
        readings,
        fc.array(fc.nat(), { minLength: 1, maxLength: 40 }),
        ({ window, aggregate }, said, seed) => {
          expect(feed(plan(window, aggregate), late(said, seed))).toEqual(feed(plan(window, aggregate), said));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('the early view of the last reading is what its window says when it closes', () => {
    fc.assert(
      fc.property(question, readings, ({ window, aggregate }, said) => {
        const windows = plan(window, aggregate);
        const state = emptyWindows(windows);
        for (const { atMs, value } of said) addToWindows(windows, state, atMs, value, 0);
        const early: Closed[] = [];
        eachOpenWindow(windows, state, said[said.length - 1]!.atMs, (view) => (early.push({ ...view }), false));
        const closed: Closed[] = [];
        closeWindowsUpTo(windows, state, said[said.length - 1]!.atMs + 1_000_000, (view) => closed.push({ ...view }));
        expect(early.length).toBeGreaterThan(0);
        for (const view of early) expect(closed).toContainEqual(view);
      }),
      { numRuns: 200 },
    );
  });

  test.each(specs)('a window that is closed takes no reading, not even at the instant at which it closed: $type', (window) => {
    const windows = plan(window, 'count');
    const state = emptyWindows(windows);
    const endMs = Math.floor(BASE_MS / windows.sizeMs) * windows.sizeMs + windows.sizeMs;
    const lastMs = Math.floor((endMs - 1) / windows.hopMs) * windows.hopMs;
    expect(addToWindows(windows, state, endMs - windows.sizeMs, 800, lastMs + windows.sizeMs)).toBe(false);
    closeWindowsUpTo(windows, state, lastMs + windows.sizeMs, null);
    expect(addToWindows(windows, state, endMs - windows.sizeMs, 800, 0)).toBe(false);
    expect(addToWindows(windows, state, lastMs + windows.sizeMs, 800, 0)).toBe(true);
  });

  test('a day of readings at 5 a second is summed without a lost bit', () => {
    const windows = plan({ type: 'tumbling', sizeMs: 86_400_000 }, 'slope');
    const spread = plan({ type: 'tumbling', sizeMs: 86_400_000 }, 'variance');
    const [slope, variance] = [emptyWindows(windows), emptyWindows(spread)];
    const dayMs = Math.floor(BASE_MS / 86_400_000) * 86_400_000;
    let squares = 0n;
    for (let i = 0; i < 432_000; i++) {
      addToWindows(windows, slope, dayMs + i * 200, 3_000 + (i % 2), 0);
      addToWindows(spread, variance, dayMs + i * 200, 3_000 + (i % 2), 0);
      squares += BigInt(i * 200) * BigInt(i * 200);
    }
    expect((BigInt(slope.cells[4]!) << 32n) + BigInt(slope.cells[5]!)).toBe(squares);
    let value: number | null = null;
    closeWindowsUpTo(spread, variance, dayMs + 86_400_000, (view) => (value = view.value));
    expect(value).toBeCloseTo(0.25, 5);
  });

  test('a window takes no value that is no whole number of steps, and none beyond its bounds', () => {
    const windows = plan(specs[0]!, 'mean');
    const state = emptyWindows(windows);
    for (const value of [NaN, Infinity, 1.5, 1e300, -1e9]) expect(addToWindows(windows, state, BASE_MS, value, 0)).toBe(false);
    expect(addToWindows(windows, state, NaN, 800, 0)).toBe(false);
    expect(state.cells).toEqual([]);
  });

  test.each(specs)('the state stays within 4 kB: $type $sizeMs', (window) => {
    for (const aggregate of aggregates) {
      const windows = plan(window, aggregate);
      const state = emptyWindows(windows);
      let bytes = 0;
      for (let s = 0; s < 1_500; s++) {
        const atMs = BASE_MS + s * 1_000;
        closeWindowsUpTo(windows, state, atMs - 5_000, null);
        addToWindows(windows, state, atMs, 600 + ((s * 7919) % 900), atMs - 5_000);
        if (s % 97 === 0) bytes = Math.max(bytes, JSON.stringify(state).length);
      }
      expect(bytes).toBeLessThan(4_096);
    }
  });
});
