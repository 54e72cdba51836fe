import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BedId, DeviceId, METRIC_NAMES } from '@vigil/contracts';
import type { HistorySample } from '../../src/ports/observation-store.js';
import { type Api, startApi } from './api-fixture.js';

const HOUR_MS = 3_600_000;
const FROM_MS = 1_790_000_000_000 - (1_790_000_000_000 % HOUR_MS);
const STAY_MS = 600_000;
const device = DeviceId.parse('sim-icu-2');
const [here, there] = [BedId.parse('icu-2'), BedId.parse('icu-1')];

let api: Api;
beforeEach(async () => void (api = await startApi({ startMs: FROM_MS })));
afterEach(() => api.end());

const sample = (bedId: BedId, atMs: number, value: number): HistorySample => ({
  ...{ bedId, metric: 'temperature', atMs, value, deviceId: device, quality: 'valid' },
});

/** Files in which this number stands as a store writes it. */
function filesWith(value: number): readonly string[] {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  const names = readdirSync(api.dataDir).filter((name) => name.startsWith('history.db'));
  return names.filter((name) => readFileSync(join(api.dataDir, name)).includes(bytes));
}

/** What there is of a bed in any class, at any time: samples, means of minutes and hours, gaps. */
async function found(bedId: BedId) {
  const range = { bedId, fromMs: 0, toMs: FROM_MS + 1_000 * HOUR_MS };
  const points = await Promise.all(
    METRIC_NAMES.map((metric) => api.observations.read({ ...range, metric, everyMs: 0, limit: 100_000 })),
  );
  const gaps = await api.observations.gaps({ ...range, limit: 100 });
  const counts = await api.observations.counts({ ...range, devices: [device] });
  return { points: points.flat().length, gaps: gaps.length, counted: counts.reduce((sum, each) => sum + each.count, 0) };
}

const erase = async () => {
  const as = await api.token('eve');
  return api.call('POST', '/api/v1/patients/pat-3/erase', { as, body: { reason: 'patient-request' } });
};
const left = async () => (await api.stores.recordKeys.status()).left.toEraseHistory;

/** A stay of ten minutes in icu-2, with a sample each second in it and for somebody else in icu-1, and a gap. */
async function stay(): Promise<void> {
  const who = { as: await api.token('carol') };
  const patient = { mrn: 'M-3', familyName: 'Canaryname', givenName: 'Ada', birthDate: '1944-04-04', sex: 'female' };
  await api.call('POST', '/api/v1/patients', { ...who, body: { patientId: 'pat-3', ...patient } });
  const body = { encounterId: 'enc-3', patientId: 'pat-3', bedId: here };
  expect((await api.call('POST', '/api/v1/encounters', { ...who, body })).status).toBe(201);
  const samples: HistorySample[] = [];
  for (let n = 0; n < STAY_MS / 1_000; n++) {
    samples.push(sample(here, FROM_MS + n * 1_000 + 500, 38.123), sample(there, FROM_MS + n * 1_000 + 500, 36.321));
  }
  const gap = { gapId: 'gap-1', bedId: here, deviceId: device, seqs: null, count: 3, reason: 'evicted' } as const;
  await api.observations.write(0, { samples, gaps: [{ ...gap, fromMs: FROM_MS + 1, toMs: FROM_MS + 9 }] }, '1');
  await api.clock.advance(STAY_MS);
  const { encounter } = (await api.stores.directory.bed(here))!;
  const path = `/api/v1/encounters/${encounter!.encounterId}/discharge`;
  const headers = { 'if-match': '"1"' };
  const done = await api.call('POST', path, { ...who, headers, body: {} });
  expect(done.status).toBeLessThan(300);
}

/** After how long each class is let go of, and how many points are there then. */
test.each([
  ['samples', null, 600],
  ['packed hours', { rawDays: 0, minuteDays: 0, hourDays: 0 }, 601],
  ['means of minutes', { rawDays: 1 / 24, minuteDays: 0, hourDays: 0 }, 10],
  ['means of hours', { rawDays: 1 / 24, minuteDays: 1 / 24, hourDays: 0 }, 1],
] as const)(
  'who is erased is in no %s of history, and in no page of its files; others keep theirs',
  async (_, retention, points) => {
    await stay();
    if (retention !== null) {
      // The end of what is kept begins at the newest that is stored.
      for (const hours of [6, 16]) {
        await api.observations.compact(retention, { nowMs: FROM_MS + hours * HOUR_MS, stepMs: 10 * HOUR_MS });
      }
      // Late, beside what is packed; where only means are left they stay as they are.
      await api.observations.write(0, { samples: [sample(here, FROM_MS + 100_777, 38.123)] }, '2');
    }
    const before = await found(here);
    expect([before.points, before.gaps, filesWith(38.123).length > 0]).toEqual([points, 1, true]);
    const others = await found(there);
    const rows = await api.audited(async () => {
      expect((await erase()).body).toMatchObject({ state: 'destroyed' });
      for (let tries = 0; tries < 100 && (await left()) > 0; tries++) await api.clock.advance(1_000);
    });
    expect(await left()).toBe(0);
    expect(await found(here)).toEqual({ points: 0, gaps: 0, counted: 0 });
    expect(filesWith(38.123)).toEqual([]);
    expect(await found(there)).toEqual(others);
    if (retention === null) expect(filesWith(36.321)).not.toEqual([]);
    const row = rows.find(({ action }) => action === 'history.erase');
    expect(row).toMatchObject({ actor: 'system:keys', patientIds: ['pat-3'], outcome: 'allowed' });
    expect(row!.detail).toMatch(/^history of 1 places: \d+ samples known$/);
  },
);

test('what comes of it later from a gateway or the log is taken out again, and what others brought is not', async () => {
  await stay();
  await erase();
  for (let tries = 0; tries < 100 && (await left()) > 0; tries++) await api.clock.advance(1_000);
  const late = [sample(here, FROM_MS + 60_000, 38.123), sample(here, FROM_MS + 7 * HOUR_MS, 37.5)];
  await api.observations.write(0, { samples: late }, '9');
  await api.clock.advance(HOUR_MS + 20_000);
  for (let tries = 0; tries < 100 && (await found(here)).points > 1; tries++) await api.clock.advance(10_000);
  expect(await found(here)).toMatchObject({ points: 1 });
});
