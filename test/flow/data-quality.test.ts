/** How much of what was to be measured is there: for those who treat, by stay; for those who look after devices, by device. */
import { type Api, startApi } from './api-fixture.js';

const MINUTE_MS = 60_000;

let api: Api;
let startMs: number;
beforeAll(async () => {
  api = await startApi();
  startMs = Math.ceil(api.clock.nowMs() / 1_000) * 1_000;
  const of = { bedId: 'icu-1', metric: 'heartRate', deviceId: 'sim-icu-1', value: 80 };
  const samples = Array.from({ length: 540 }, (_, s) => ({
    ...{ ...of, atMs: startMs + s * 1_000, quality: s < 20 ? 'questionable' : 'valid' },
  }));
  const gap = { gapId: 'g', bedId: 'icu-1', deviceId: 'sim-icu-1', seqs: [1, 4], count: 4, reason: 'evicted' };
  const gaps = [{ ...gap, fromMs: startMs + 541_000, toMs: startMs + 544_000 }];
  await api.observations.write(0, { samples, gaps } as never, '1');
  await api.clock.advance(10 * MINUTE_MS);
}, 60_000);
afterAll(() => api.end());

const range = (): string => `from=${startMs}&to=${startMs + 10 * MINUTE_MS}`;
const expected = () => ({
  ...{ deviceId: 'sim-icu-1', bedId: 'icu-1', awayMs: 0 },
  metrics: [{ metric: 'heartRate', expected: expect.any(Number), received: 540, questionable: 20 }],
  missing: [{ reason: 'evicted', messages: 4 }],
});

test('of a stay, for those who treat', async () => {
  const path = `/api/v1/encounters/enc-1/data-quality?${range()}`;
  const [row, ...more] = await api.audited(async () => {
    const { body } = await api.call('GET', path, { as: await api.token('amy') });
    expect(body.items).toMatchObject([expected()]);
    expect(body.items[0].metrics[0].expected).toBe(600);
    expect(body.cut).toBe(false);
  });
  expect([row!.action, row!.patientIds, more.map(({ action }) => action)]).toEqual(
    row!.action === 'history.read' ? ['history.read', ['pat-1'], []] : [row!.action, row!.patientIds, ['history.read']],
  );
  expect((await api.call('GET', path, { as: await api.token('ida') })).status).toBe(404);
});

test('of a device, for those who look after devices, with nothing of a patient', async () => {
  const path = `/api/v1/devices/sim-icu-1/data-quality?${range()}`;
  const answer = await api.call('GET', path, { as: await api.token('dan') });
  expect(answer.body.items).toMatchObject([expected()]);
  expect(JSON.stringify(answer.body)).not.toMatch(/pat-|enc-/);
  expect((await api.call('GET', path, { as: await api.token('amy') })).status).toBe(403);
  const long = `/api/v1/devices/sim-icu-1/data-quality?from=0&to=${32 * 86_400_000}`;
  expect((await api.call('GET', long, { as: await api.token('dan') })).status).toBe(400);
});
