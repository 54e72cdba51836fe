import { EdgeReading, type MetricName, type Reading } from '@vigil/contracts';
import { type CourseOptions, conditionAt, courseMonitor } from './course.js';

const usual = { heartRate: 75, respirationRate: 14, spo2: 97, temperature: 36.8, systolic: 122, diastolic: 70 };
const options: CourseOptions = {
  ...{ seed: 7, bedId: 'icu-1', usual },
  vitals: ['heartRate', 'pulseRate', 'spo2', 'respirationRate', 'etco2', 'arterialMean', 'temperature', 'nibpSystolic'],
  course: [
    { atMs: 60_000, heartRate: 75, spo2: 97 },
    { atMs: 120_000, heartRate: 150, respirationRate: 0 },
    { atMs: 180_000, spo2: 80, etco2: 60 },
  ],
};
const at = (elapsedMs: number, more: Partial<CourseOptions> = {}): Map<MetricName, Reading> =>
  new Map((courseMonitor({ ...options, ...more })(elapsedMs) ?? []).map((reading) => [reading.metric, reading]));

test('a value goes from the point that names it to the next one, and stays where the last has left it', () => {
  expect(conditionAt(options.course, usual, 60_000)).toMatchObject({ heartRate: 75, spo2: 97, systolic: 122 });
  expect(conditionAt(options.course, usual, 90_000)).toMatchObject({ heartRate: 112.5, respirationRate: expect.closeTo(2.19) });
  expect(conditionAt(options.course, usual, 120_000)).toMatchObject({ heartRate: 150, spo2: 88.5, respirationRate: 0 });
  expect(conditionAt(options.course, usual, 9e6)).toMatchObject({ heartRate: 150, spo2: 80, etco2: 60, diastolic: 70 });
});

test('what is measured is near the course, plausible, and the same from the same seed', () => {
  for (let ms = 0; ms <= 600_000; ms += 1_000) {
    const now = at(ms);
    const goal = conditionAt(options.course, usual, ms);
    for (const reading of now.values()) expect(EdgeReading.safeParse(reading).success).toBe(true);
    expect(Math.abs(Number(now.get('heartRate')!.value) - goal.heartRate)).toBeLessThan(7);
    expect(Math.abs(Number(now.get('spo2')!.value) - goal.spo2)).toBeLessThan(2);
    expect(at(ms)).toEqual(now);
  }
  expect([...at(90_000, { seed: 8 }).values()]).not.toEqual([...at(90_000).values()]);
});

test('somebody who does not breathe is measured with a rate of 0', () => {
  for (let ms = 120_000; ms < 300_000; ms += 1_000) expect(at(ms).get('respirationRate')!.value).toBe(0);
});

test('spot measurements come at their interval', () => {
  const cuffs = Array.from({ length: 1_200 }, (_, s) => s).filter((s) =>
    at(s * 1_000, { intervalsMs: { nibpSystolic: 300_000 } }).has('nibpSystolic'),
  );
  expect(cuffs).toEqual([0, 300, 600, 900]);
  expect(courseMonitor({ ...options, vitals: ['nibpSystolic'] })(1_000)).toBeNull();
});

test('a sensor that fails takes its own values with it, for its time alone', () => {
  const during = (kind: 'probeOff' | 'leadsOff' | 'motion' | 'zero'): Map<MetricName, Reading> =>
    at(10_000, { faults: [{ kind, fromMs: 10_000, toMs: 11_000 }] });
  expect(during('probeOff').get('spo2')).toMatchObject({ value: null, quality: 'leadsOff' });
  expect(during('probeOff').get('heartRate')).toEqual(at(10_000).get('heartRate'));
  expect(during('leadsOff').get('respirationRate')).toMatchObject({ value: null, quality: 'leadsOff' });
  expect(during('motion').get('spo2')).toMatchObject({ quality: 'artefact', value: Number(at(10_000).get('spo2')!.value) - 22 });
  expect(during('zero').get('pulseRate')).toMatchObject({ value: 0, quality: 'valid' });
  const missing = at(10_000, { faults: [{ kind: 'missing', vitals: ['spo2'], fromMs: 0, toMs: 11_000 }] });
  expect(missing.has('spo2')).toBe(false);
  expect(at(11_000, { faults: [{ kind: 'probeOff', fromMs: 0, toMs: 11_000 }] })).toEqual(at(11_000));
});
