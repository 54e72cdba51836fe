import { DeviceState, GatewayStatus, LogEvent } from '@vigil/contracts';
import type { FaultEvent, Fleet, FleetNews } from '../../src/ports/fleet.js';
import { STRANGERS_MAX } from '../../src/ports/fleet.js';

const NOW_MS = 10_000_000;
const query = { limit: 100, nowMs: NOW_MS, rate: 1 };
const envelope = (id: string, atMs: number) => ({ v: 1, id, key: 'gateway:gw-1', origin: 'live', atMs, gatewayId: 'gw-1' });

const device = (deviceId: string, atMs: number, more: object = {}): DeviceState =>
  DeviceState.parse({
    ...envelope(`${deviceId}/${atMs}`, atMs),
    ...{ kind: 'deviceState', deviceId, connected: true, lastSeenMs: atMs, skewMs: 40, clockSuspect: false },
    ...{ certificateNotAfterMs: null, said: { batteryPercent: 80 }, accepted: 5, rejected: 1, duplicates: 2 },
    ...more,
  });
const gateway = (gatewayId: string, atMs: number, more: object = {}): GatewayStatus =>
  GatewayStatus.parse({
    ...envelope(`status/${atMs}`, atMs),
    ...{ kind: 'gatewayStatus', gatewayId, bedIds: ['icu-1'], pending: 3, oldestPendingMs: 9, accepted: 5, rejected: 0 },
    ...more,
  });
const fault = (kind: 'deviceFault' | 'gatewayFault', code: string, atMs: number, active = true): FaultEvent =>
  LogEvent.parse({
    ...envelope(`${code}/${atMs}`, atMs),
    ...{ kind, fault: code, active, ...(kind === 'deviceFault' ? { deviceId: 'sim-icu-1', bedId: 'icu-1' } : {}) },
  }) as FaultEvent;
const news = (more: Partial<FleetNews>): FleetNews => ({ devices: [], gateways: [], faults: [], ...more });

/** On the seeded site of `sql-fixture.ts`: three devices in beds, one gateway. */
export function fleetContract(open: () => Promise<{ readonly fleet: Fleet; end(): Promise<void> }>): void {
  let t: Awaited<ReturnType<typeof open>>;
  beforeEach(async () => void (t = await open()));
  afterEach(() => t.end());
  const deviceNo = async (id: string) => (await t.fleet.devices(query)).items.find((item) => item.deviceId === id);

  test('what the site has is there before anybody told of it', async () => {
    expect(await deviceNo('sim-icu-1')).toEqual({
      deviceId: 'sim-icu-1',
      gatewayId: 'gw-1',
      inSite: true,
      record: expect.objectContaining({ deviceId: 'sim-icu-1', profile: 'monitor', state: 'in-use', rev: 1 }),
      bed: { bedId: 'icu-1', label: expect.any(String), careUnitId: 'icu' },
      state: null,
      faults: [],
    });
    expect((await t.fleet.gateways(query)).items).toContainEqual({ gatewayId: 'gw-1', inSite: true, state: null, faults: [] });
  });

  test('what was told last is shown, and what is older changes nothing', async () => {
    await t.fleet.note(news({ devices: [device('sim-icu-1', NOW_MS)], gateways: [gateway('gw-1', NOW_MS)] }), NOW_MS);
    const older = { devices: [device('sim-icu-1', NOW_MS - 1, { connected: false })], gateways: [gateway('gw-1', NOW_MS - 1)] };
    await t.fleet.note(news(older), NOW_MS);
    expect((await deviceNo('sim-icu-1'))?.state).toMatchObject({
      ...{ atMs: NOW_MS, isCurrent: true, connected: true, said: { batteryPercent: 80 }, accepted: 5 },
    });
    const [told] = (await t.fleet.gateways(query)).items;
    expect(told?.state).toMatchObject({ atMs: NOW_MS, isCurrent: true, beds: 1, pending: 3, version: null, spoolBytes: null });
  });

  test('what is new since half an hour to an hour ago is told, and a gateway that starts anew counts from nothing', async () => {
    const MINUTE_MS = 60_000;
    const tell = (atMs: number, accepted: number, rejected: number, reconnects?: number) => {
      const counts = { accepted, rejected, ...(reconnects === undefined ? {} : { reconnects }) };
      return t.fleet.note(news({ devices: [device('sim-icu-1', atMs, counts)] }), atMs);
    };
    const recent = async () => (await deviceNo('sim-icu-1'))?.state?.recent;
    const startMs = NOW_MS;
    await tell(startMs, 1_000, 500, 3);
    expect(await recent()).toBeNull();
    for (let minute = 1; minute <= 95; minute++) await tell(startMs + minute * MINUTE_MS, 1_000 + minute, 500, 3 + minute);
    // Marks at 30, 60 and 90 minutes: what counts is what came after the last but one.
    const base = { sinceMs: startMs + 60 * MINUTE_MS };
    expect(await recent()).toEqual({ ...base, accepted: 35, rejected: 0, reconnects: 35 });
    await tell(startMs + 96 * MINUTE_MS, 2, 1, 0);
    expect(await recent()).toEqual({ sinceMs: startMs + 95 * MINUTE_MS, accepted: 2, rejected: 1, reconnects: 0 });
    await tell(startMs + 97 * MINUTE_MS, 4, 1);
    expect(await recent()).toMatchObject({ accepted: 4, reconnects: null });
    expect((await deviceNo('sim-icu-1'))?.state?.reconnects).toBeNull();
  });

  test('devices are found by bed, by use and by words, strangers by their id alone', async () => {
    await t.fleet.note(news({ devices: [device('stray-icu', NOW_MS)] }), NOW_MS);
    const ids = async (search: object) => (await t.fleet.devices({ ...query, search })).items.map((item) => item.deviceId);
    expect(await ids({ bedId: 'icu-2' })).toEqual(['sim-icu-2']);
    expect(await ids({ deviceId: 'sim-imc-1' })).toEqual(['sim-imc-1']);
    expect(await ids({ state: 'quarantined' })).toEqual([]);
    expect(await ids({ text: 'ICU' })).toEqual(['sim-icu-1', 'sim-icu-2', 'stray-icu']);
    expect(await ids({ text: '%' })).toEqual([]);
  });

  test('what nobody has told for long is not current', async () => {
    const old = { devices: [device('sim-icu-1', NOW_MS - 181_000)], gateways: [gateway('gw-1', NOW_MS - 11_000)] };
    await t.fleet.note(news(old), NOW_MS);
    expect((await deviceNo('sim-icu-1'))?.state?.isCurrent).toBe(false);
    expect((await t.fleet.gateways(query)).items[0]?.state?.isCurrent).toBe(false);
    const scaled = (await t.fleet.devices({ ...query, rate: 10 })).items[0];
    expect(scaled?.state).toMatchObject({ isCurrent: true, lastSeenAgeMs: 18_100 });
  });

  test('a gateway whose clock was a century ahead is heard again', async () => {
    await t.fleet.note(news({ devices: [device('sim-icu-1', 4_000_000_000_000)] }), NOW_MS);
    await t.fleet.note(news({ devices: [device('sim-icu-1', NOW_MS + 5, { connected: false })] }), NOW_MS + 10);
    expect((await deviceNo('sim-icu-1'))?.state).toMatchObject({ atMs: NOW_MS + 5, connected: false });
  });

  test('a fault stands until its end, in whatever order both are told, or until nobody repeats it', async () => {
    const faults = [fault('deviceFault', 'flooding', NOW_MS - 10), fault('gatewayFault', 'diskLow', NOW_MS - 200_000)];
    await t.fleet.note(news({ faults }), NOW_MS);
    expect((await deviceNo('sim-icu-1'))?.faults).toEqual([{ fault: 'flooding', atMs: NOW_MS - 10 }]);
    expect((await t.fleet.gateways(query)).items[0]?.faults).toEqual([]);
    await t.fleet.note(news({ faults: [fault('deviceFault', 'flooding', NOW_MS, false), ...faults] }), NOW_MS);
    expect((await deviceNo('sim-icu-1'))?.faults).toEqual([]);
  });

  test('devices that the site does not have are shown as such, and only so many', async () => {
    const strangers = Array.from({ length: STRANGERS_MAX + 2 }, (_, n) => device(`stranger-${n}`, NOW_MS));
    expect(await t.fleet.note(news({ devices: [...strangers, device('sim-icu-1', NOW_MS)] }), NOW_MS)).toBe(2);
    const first = await t.fleet.devices({ ...query, limit: 500 });
    const stranger = first.items.find((item) => item.deviceId === 'stranger-1');
    expect(stranger).toMatchObject({ inSite: false, bed: null, gatewayId: 'gw-1' });
    expect((await deviceNo('sim-icu-1'))?.state).not.toBeNull();
  });

  test('the list comes in pages, each device once', async () => {
    await t.fleet.note(news({ devices: [device('sim-icu-1', NOW_MS), device('a-stranger', NOW_MS)] }), NOW_MS);
    const all = (await t.fleet.devices(query)).items.map((item) => item.deviceId);
    const paged: string[] = [];
    for (let cursor: string | undefined, more = true; more;) {
      const page = await t.fleet.devices({ ...query, limit: 2, cursor });
      expect(page.items.length).toBeLessThanOrEqual(2);
      paged.push(...page.items.map((item) => item.deviceId));
      more = page.next !== null;
      cursor = page.next ?? undefined;
    }
    expect(paged).toEqual(all);
    expect(all).toEqual(['a-stranger', 'sim-icu-1', 'sim-icu-2', 'sim-imc-1']);
  });
}
