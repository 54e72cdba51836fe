import { EdgeReading } from '@vigil/contracts';
import { readRecords } from './read.js';
import { durationMs, type PatientRecord, RECORDING_SETS } from './record.js';

/** Real patients are not part of the repository: these run where somebody has put the sets. */
const dir = process.env['VIGIL_TEST_RECORDINGS'] ?? '';
const real = dir === '' ? describe.skip : describe;
if (dir === '') process.stdout.write('skipped: real recordings (VIGIL_TEST_RECORDINGS names no folder)\n');

const first = async (set: PatientRecord['set'], count: number): Promise<PatientRecord[]> => {
  const records: PatientRecord[] = [];
  for await (const record of readRecords(set, dir)) if (records.push(record) === count) break;
  return records;
};

real('real recordings', () => {
  test.each(RECORDING_SETS)('%s: nearly all readings are plausible, and each record starts at 0 in order', async (set) => {
    const records = await first(set, set === 'mimic2' ? 2 : 40);
    const readings = records.flatMap((record) => record.samples.flatMap((sample) => sample.readings));
    const bad = readings.filter((reading) => !EdgeReading.safeParse(reading).success);
    expect(readings.length).toBeGreaterThan(1_000);
    // The rest is real bad input: lines at -0.5 mmHg, a temperature of -17.8.
    expect(bad.length / readings.length).toBeLessThan(0.06);
    for (const record of records) {
      const offsets = record.samples.map((sample) => sample.offsetMs);
      expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
      expect(offsets[0] ?? 0).toBe(0);
    }
  });

  test('cinc2015 has all its 204 records at 1 Hz, 300 or 330 s long', async () => {
    const records = await first('cinc2015', Infinity);
    expect(records).toHaveLength(204);
    expect(new Set(records.map(durationMs))).toEqual(new Set([299_000, 329_000]));
  });

  test('mimic2: no zero is left, and the first minute says "not measured"', async () => {
    const [record] = await first('mimic2', 1);
    expect(record?.samples[0]?.readings.find((r) => r.metric === 'heartRate')).toMatchObject({
      value: null,
      quality: 'notMeasured',
    });
    expect(record?.samples.flatMap((s) => s.readings).some((r) => r.value === 0)).toBe(false);
  });
});
