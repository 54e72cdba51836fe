import { EdgeReading, type MetricName, type Reading } from '@vigil/contracts';
import fc from 'fast-check';
import { monitor, type MonitorOptions } from './monitor.js';
import { FIRST_EVENT_MS, SCENARIOS, SLOT_MS } from './script.js';

const options: MonitorOptions = { seed: 1, bedId: 'icu-1', bedIndex: 0, scenario: 'demo', rate: 1, intervalsMs: {} };
const play = (more: Partial<MonitorOptions>, toMs: number, fromMs = 0): (readonly Reading[] | null)[] => {
  const send = monitor({ ...options, ...more });
  return Array.from({ length: (toMs - fromMs) / 1000 }, (_, i) => send(fromMs + i * 1000));
};
const values = (messages: (readonly Reading[] | null)[], metric: MetricName): number[] =>
  messages.flatMap((m) => m?.filter((r) => r.metric === metric && r.value !== null).map((r) => Number(r.value)) ?? []);

test('the same seed and bed give the same readings, another seed gives others', () => {
  expect(play({}, 300_000)).toEqual(play({}, 300_000));
  expect(play({ seed: 2 }, 300_000)).not.toEqual(play({}, 300_000));
  expect(play({ bedId: 'icu-2' }, 300_000)).not.toEqual(play({}, 300_000));
});

test('no reading is ever implausible, whatever seed, bed, time and scenario', () => {
  const any = fc.record({
    seed: fc.integer(),
    bedIndex: fc.nat(100),
    scenario: fc.constantFrom(...SCENARIOS),
    elapsedMs: fc.nat(40_000).map((s) => s * 1000),
  });
  fc.assert(
    fc.property(any, ({ elapsedMs, ...more }) => {
      const readings = monitor({ ...options, ...more, bedId: `icu-${more.bedIndex}` })(elapsedMs) ?? [];
      for (const reading of readings) expect(EdgeReading.safeParse(reading).success).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test('a patient without events stays within what a well patient shows, and still moves', () => {
  const calm = play({ scenario: 'calm' }, 3_600_000);
  const heart = values(calm, 'heartRate');
  expect(Math.min(...heart)).toBeGreaterThanOrEqual(50);
  expect(Math.max(...heart)).toBeLessThanOrEqual(98);
  expect(new Set(heart).size).toBeGreaterThan(5);
  expect(Math.min(...values(calm, 'spo2'))).toBeGreaterThanOrEqual(94);
  expect(Math.min(...values(calm, 'arterialMean'))).toBeGreaterThanOrEqual(68);
});

test.each([
  ['desaturation', 'spo2', 84],
  ['tachycardia', 'heartRate', 150],
] as const)('%s takes %s to about %d', (scenario, metric, target) => {
  const hold = values(play({ scenario }, FIRST_EVENT_MS + 110_000, FIRST_EVENT_MS + 50_000), metric);
  for (const value of hold) expect(Math.abs(value - target)).toBeLessThanOrEqual(7);
});

test('sepsis drifts slowly: fast heart and breath, fever, falling pressure', () => {
  const before = play({ scenario: 'sepsis' }, 40_000);
  const middle = values(play({ scenario: 'sepsis' }, FIRST_EVENT_MS + 240_000, FIRST_EVENT_MS + 200_000), 'heartRate');
  const worst = play({ scenario: 'sepsis' }, FIRST_EVENT_MS + 480_000, FIRST_EVENT_MS + 420_000);
  const mean = (list: number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
  expect(mean(values(worst, 'heartRate'))).toBeGreaterThan(115);
  expect(mean(middle)).toBeLessThan(mean(values(worst, 'heartRate')) - 10);
  expect(mean(values(worst, 'respirationRate'))).toBeGreaterThan(25);
  expect(mean(values(worst, 'temperature'))).toBeGreaterThan(39);
  expect(mean(values(worst, 'arterialSystolic'))).toBeLessThan(mean(values(before, 'arterialSystolic')) - 20);
});

test('probe off says so with null, never with zero', () => {
  const during = monitor({ ...options, scenario: 'probeOff' })(FIRST_EVENT_MS + 10_000);
  expect(during?.find((r) => r.metric === 'spo2')).toEqual({ metric: 'spo2', value: null, unit: '%', quality: 'leadsOff' });
  expect(during?.find((r) => r.metric === 'heartRate')?.quality).toBe('valid');
});

test('a silent device sends nothing for 30 s of wall time, at any speed', () => {
  const silentS = (rate: number): number => play({ scenario: 'silent', rate }, SLOT_MS).filter((m) => m === null).length;
  expect(silentS(1)).toBe(30);
  expect(silentS(10)).toBe(300);
});

test('in a demo of eight beds an alarming value is there within two minutes', () => {
  expect(Math.min(...values(play({}, 120_000), 'spo2'))).toBeLessThanOrEqual(86);
  expect(Math.max(...values(play({ bedId: 'icu-2', bedIndex: 1 }, 120_000), 'heartRate'))).toBeGreaterThanOrEqual(140);
});

test('the cuff inflates every 15 minutes, the arterial line every second', () => {
  const hour = play({ scenario: 'calm' }, 3_600_000);
  expect(values(hour, 'nibpSystolic')).toHaveLength(4);
  expect(values(hour, 'arterialSystolic')).toHaveLength(3600);
  expect(values(play({ scenario: 'calm', bedIndex: 1 }, 60_000), 'arterialSystolic')).toHaveLength(0);
});

test('a profile of the site changes how often a metric is sent', () => {
  expect(values(play({ scenario: 'calm', intervalsMs: { nibpSystolic: 300_000, spo2: 5_000 } }, 900_000), 'spo2')).toHaveLength(
    180,
  );
});
