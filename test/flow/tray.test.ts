import { LogEvent, type LogKey } from '@vigil/contracts';
import type { FakeClock } from '@vigil/clock';
import { Registry } from 'prom-client';
import type { HeldMessage } from '../../src/ports/held-messages.js';
import { AttributionIndex } from '../../src/stream/attribution-index.js';
import { AttributionMetrics } from '../../src/stream/attribution-metrics.js';
import { TrayKeeper } from '../../src/stream/tray-keeper.js';
import { type Api, newKey, startApi } from './api-fixture.js';

let api: Api;
beforeAll(async () => {
  api = await startApi({ env: { VIGIL_REQUESTS_PER_S: '1000' } });
});
afterAll(() => api.end());

const message = (seq: number, atMs: number): HeldMessage =>
  LogEvent.parse({
    ...{ v: 1, id: `spare-1/b/${seq}`, key: 'device:spare-1', origin: 'live', atMs, kind: 'deviceMessage', bedId: null },
    ...{ deviceId: 'sim-imc-1', gatewayId: 'gw-1', bootId: 'b', seq, deviceAtMs: atMs, gatewayAtMs: atMs },
    readings: [{ metric: 'heartRate', value: 123.25, unit: '/min', quality: 'valid' }],
  }) as HeldMessage;

test('a device that was at no bed is in the tray without a reading, until somebody says where it was; then its messages follow', async () => {
  const { stores, clock } = api;
  const as = await api.token('ben');
  const get = async (path: string) => (await api.call('GET', `/api/v1${path}`, { as })).body;
  const nowMs = Math.round(clock.nowMs());
  const [open] = (await get('/device-assignments?device=sim-imc-1')).items as { assignmentId: string; rev: number }[];
  const byImc = await api.token('ida');
  const ended = await api.call('POST', `/api/v1/device-assignments/${open!.assignmentId}/end`, {
    ...{ as: byImc, headers: { 'if-match': `"${open!.rev}"`, 'idempotency-key': newKey() }, body: {} },
  });
  expect(ended.status).toBe(200);
  await stores.heldMessages.hold([message(1, nowMs + 1_000), message(2, nowMs + 2_000)], nowMs);
  await (clock as FakeClock).advance(10_000);
  const tray = await get('/tray');
  expect(tray.items).toEqual([
    {
      deviceId: 'sim-imc-1',
      model: null,
      bedId: null,
      messages: 2,
      oldestMs: nowMs + 1_000,
      newestMs: nowMs + 2_000,
      sinceWallMs: nowMs,
    },
  ]);
  expect(JSON.stringify(tray)).not.toContain('123.25');

  const body = { deviceId: 'sim-imc-1', bedId: 'icu-2', fromMs: nowMs + 1_500 };
  const assigned = await api.call('POST', '/api/v1/device-assignments', { as, headers: { 'idempotency-key': newKey() }, body });
  expect(assigned.status).toBe(201);
  const appended: LogEvent[] = [];
  const index = new AttributionIndex(stores.deviceAssignments, clock);
  const keeper = new TrayKeeper({
    ...{ index, held: stores.heldMessages, log: { append: (events) => Promise.resolve(void appended.push(...events)) } },
    ...{ observations: { reassign: () => Promise.resolve(0), detached: () => Promise.resolve([]) } },
    metrics: new AttributionMetrics(new Registry()),
  });
  expect(await keeper.turn()).toBe(1);
  const bed: LogKey = 'bed:icu-2';
  expect(appended).toEqual([
    { ...message(2, nowMs + 2_000), key: bed, bedId: 'icu-2', readdressed: { fromKey: 'device:sim-imc-1', hops: 1 } },
  ]);
  expect([await keeper.turn(), (await get('/tray')).items.map((each: { messages: number }) => each.messages)]).toEqual([0, [1]]);
});
