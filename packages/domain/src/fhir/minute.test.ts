import { BedId, DeviceId, EncounterId, PatientId } from '@vigil/contracts';
import fc from 'fast-check';
import type { DraftStay, OutSample } from './draft.js';
import { isDense, type Minute, MINUTE_MS, minuteDrafts, type OutMode } from './minute.js';

const stay = (name: string): DraftStay => ({ encounterId: EncounterId.parse(`enc-${name}`), patientId: PatientId.parse(name) });
const [ann, bob] = [stay('ann'), stay('bob')];
const sample = (atMs: number, value: number, more: Partial<OutSample> = {}): OutSample => ({
  ...{ metric: 'heartRate', value, quality: 'valid', atMs, ...more },
});
const minute = (samples: readonly OutSample[], name: Minute['name'] = 'heartRate'): Minute => ({
  ...{ bedId: BedId.parse('icu-1'), deviceId: DeviceId.parse('mon-1'), name, slotMs: 0, samples },
});
const out = (of: Minute, mode: OutMode, stayAt: (atMs: number) => DraftStay | null = () => ann) =>
  minuteDrafts(of, mode, stayAt).map(({ draft, stay: whose }) => ({
    whose: whose?.patientId ?? null,
    slotMs: draft.slotMs,
    atMs: draft.atMs,
    values: draft.is === 'reading' ? draft.values.map(({ value }) => value) : draft.is === 'series' ? draft.values : [],
  }));

test('a minute is its first valid value, whatever order it came in', () => {
  const samples = [sample(3_000, 73), sample(1_000, 71, { quality: 'questionable' }), sample(2_000, 72)];
  expect(out(minute(samples), 'minute')).toEqual([{ whose: 'ann', slotMs: 0, atMs: 2_000, values: [72] }]);
});

test('a minute without a valid value is its first questionable one', () => {
  const samples = [sample(3_000, 73, { quality: 'questionable' }), sample(1_000, 71, { quality: 'questionable' })];
  expect(out(minute(samples), 'minute')).toMatchObject([{ atMs: 1_000, values: [71] }]);
});

test('of a cuff the first whole measurement counts', () => {
  const cuff = (atMs: number, metric: OutSample['metric'], value: number) => sample(atMs, value, { metric });
  const half = cuff(1_000, 'nibpSystolic', 119);
  const whole = [cuff(2_000, 'nibpSystolic', 120), cuff(2_000, 'nibpDiastolic', 80), cuff(2_000, 'nibpMean', 93)];
  expect(out(minute([half, ...whole], 'cuffPressure'), 'minute')).toMatchObject([{ atMs: 2_000, values: [120, 80, 93] }]);
  expect(out(minute([half], 'cuffPressure'), 'minute')).toMatchObject([{ atMs: 1_000, values: [119] }]);
});

test('where the patient changes in mid-minute each has a value of their own, and none of the other', () => {
  const samples = [sample(1_000, 71), sample(31_000, 90), sample(40_000, 91)];
  const stayAt = (atMs: number) => (atMs < 30_000 ? ann : bob);
  expect(out(minute(samples), 'minute', stayAt)).toMatchObject([
    { whose: 'ann', values: [71] },
    { whose: 'bob', values: [90] },
  ]);
});

test('what was measured while nobody lay there is nobody’s', () => {
  expect(out(minute([sample(1_000, 71)]), 'minute', () => null)).toMatchObject([{ whose: null }]);
});

test('every value goes out alone, under its moment, and the same moment once', () => {
  const samples = [sample(2_000, 72), sample(1_000, 71), sample(2_000, 72)];
  expect(out(minute(samples), 'every')).toEqual([
    { whose: 'ann', slotMs: 1_000, atMs: 1_000, values: [71] },
    { whose: 'ann', slotMs: 2_000, atMs: 2_000, values: [72] },
  ]);
});

test('a series has a place for each second of its minute', () => {
  const [series] = out(minute([sample(1_500, 71), sample(1_900, 99), sample(59_999, 73)]), 'sampled');
  expect(series!.values).toHaveLength(60);
  expect(series).toMatchObject({ slotMs: 0, atMs: 1_500 });
  expect([series!.values[0], series!.values[1], series!.values[59]]).toEqual([null, 71, 73]);
});

test('what comes seldom is no series', () => {
  expect(isDense('temperature')).toBe(false);
  expect(out(minute([sample(1_000, 36.6, { metric: 'temperature' })], 'temperature'), 'sampled')).toMatchObject([
    { values: [36.6] },
  ]);
});

test('no value goes to a patient who did not lie there at its time, and every stay has one', () => {
  const anySamples = fc.array(
    fc.record({ atMs: fc.integer({ min: 0, max: MINUTE_MS - 1 }), value: fc.integer({ min: 1, max: 300 }) }),
    {
      minLength: 1,
    },
  );
  fc.assert(
    fc.property(
      anySamples,
      fc.integer({ min: 0, max: MINUTE_MS }),
      fc.constantFrom<OutMode>('minute', 'every', 'sampled'),
      (found, atMs, mode) => {
        const stayAt = (ms: number) => (ms < atMs ? ann : bob);
        const drafts = minuteDrafts(minute(found.map((each) => sample(each.atMs, each.value))), mode, stayAt);
        for (const { draft, stay: whose } of drafts) expect(stayAt(draft.atMs)).toBe(whose);
        expect(new Set(drafts.map(({ stay: whose }) => whose))).toEqual(new Set(found.map((each) => stayAt(each.atMs))));
      },
    ),
  );
});
