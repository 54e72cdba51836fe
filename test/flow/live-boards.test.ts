/** What all screens of a care unit show beside beds and alarms: the board of what alarms less, devices, small curves, configuration. */
import {
  type AssignmentEvent,
  type CareUnitTrends,
  type ConfigChanged,
  DeviceState,
  type DeviceStatus,
  type LimitsOffBoard,
  type LogEvent,
} from '@vigil/contracts';
import { LiveVitals } from '../../src/live/live-vitals.js';
import { type Api, newKey, startApi } from './api-fixture.js';
import { openScreen, type Screen } from './live-screen.js';

let api: Api;
const open: Screen[] = [];
beforeEach(async () => void (api = await startApi()));
afterEach(async () => {
  for (const screen of open.splice(0)) screen.socket.disconnect();
  await api.end();
});

async function screen(namespace: string, username: string, since?: number): Promise<Screen> {
  const opened = openScreen(`${api.url}${namespace}`, { auth: { token: await api.token(username) } });
  open.push(opened);
  expect(await opened.join('icu', since)).toEqual({ ok: true });
  return opened;
}
/** Wall time passes in small steps, and what was begun meanwhile gets on. */
async function passes(ms: number): Promise<void> {
  for (let at = 0; at < ms; at += 50) {
    await api.clock.advance(50);
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
  }
}
const write = async (who: string, method: string, path: string, body?: object, headers: object = {}): Promise<number> =>
  (
    await api.call(method, `/api/v1${path}`, {
      as: await api.token(who),
      headers: { 'idempotency-key': newKey(), ...headers },
      ...(body === undefined ? {} : { body }),
    })
  ).status;
const kinds = (one: Screen): string[] =>
  (one.got<LimitsOffBoard>('limitsOff.board').at(-1)?.rows ?? [])
    .map(({ kind }) => kind)
    // Standby is why nothing comes.
    .filter((kind) => kind !== 'no-data')
    .sort();

const bedside = (seq: number, pauses: object[]): LogEvent =>
  ({
    ...{ v: 1, id: `p/${seq}`, key: 'bed:icu-1', origin: 'simulated', kind: 'deviceAlarm', bedId: 'icu-1' },
    ...{ deviceId: 'sim-icu-1', gatewayId: 'gw-1', bootId: 'b', seq, atMs: api.clock.nowMs(), deviceAtMs: 0, gatewayAtMs: 0 },
    ...{ alarms: [], pauses },
  }) as unknown as LogEvent;

describe('the board of what alarms less', () => {
  test('every screen of the unit has it within a second of each change, and no other unit hears of it', async () => {
    const [amy, ben] = [await screen('/alarms', 'amy'), await screen('/alarms', 'ben')];
    const ida = openScreen(`${api.url}/alarms`, { auth: { token: await api.token('ida') } });
    open.push(ida);
    await ida.join('imc');
    await Promise.all([amy, ben, ida].map((each) => each.next('limitsOff.board')));
    const base = kinds(amy);
    const both = async (also: readonly string[]): Promise<void> => {
      await passes(1_000);
      const expected = [...base, ...also].sort();
      expect([kinds(amy), kinds(ben)]).toEqual([expected, expected]);
    };
    const ofIda = ida.got('limitsOff.board').length;

    expect(await write('amy', 'POST', '/care-units/icu/audio-pauses', { seconds: 60 })).toBe(201);
    await both(['audio-paused']);
    expect(await write('amy', 'POST', '/encounters/enc-1/standby', { place: 'imaging', toMs: api.clock.nowMs() + 600_000 })).toBe(
      201,
    );
    await both(['audio-paused', 'standby']);
    const shelf = { conditionCode: 'heartRate.high', reason: 'treatment-known', toMs: api.clock.nowMs() + 3_600_000 };
    expect(await write('amy', 'POST', '/encounters/enc-1/shelves', shelf)).toBe(201);
    await both(['audio-paused', 'shelved', 'standby']);
    expect(await write('amy', 'DELETE', '/encounters/enc-1/standby')).toBe(200);
    await both(['audio-paused', 'shelved']);
    const vitals = api.app.get(LiveVitals);
    vitals.apply(bedside(1, [{ kind: 'alarmOff' }]), api.clock.wallMs());
    await both(['audio-paused', 'shelved', 'paused']);
    vitals.apply(bedside(2, []), api.clock.wallMs());
    await both(['audio-paused', 'shelved']);
    expect(ida.got('limitsOff.board').slice(ofIda)).toEqual([]);
    // The pause of sound ends by itself, and nobody tells of that.
    await passes(60_000);
    expect(kinds(ben)).toEqual([...base, 'shelved'].sort());
  }, 60_000);

  test('is on a screen that joins later, and a slow store keeps no join waiting', async () => {
    const { shelves } = api.stores;
    const inForce = shelves.inForce.bind(shelves);
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    shelves.inForce = (query) => held.then(() => inForce(query));
    const amy = await screen('/alarms', 'amy');
    await amy.next('alarm.snapshot');
    expect(amy.got('limitsOff.board')).toEqual([]);
    letGo();
    expect(await amy.next<LimitsOffBoard>('limitsOff.board')).toMatchObject({ careUnitId: 'icu', cut: false });
    expect(await (await screen('/alarms', 'ben')).next('limitsOff.board')).toEqual(amy.got('limitsOff.board').at(-1));
  });

  test('the bed says at once what its device has paused; the same said again is no news', async () => {
    const amy = await screen('/alarms', 'amy');
    const vitals = api.app.get(LiveVitals);
    vitals.apply(bedside(1, [{ kind: 'audioPaused' }]), api.clock.wallMs());
    await passes(100);
    const { bed } = await amy.next<AssignmentEvent>('assignment.event');
    expect(bed).toMatchObject({ bedId: 'icu-1', pauses: [{ deviceId: 'sim-icu-1', kind: 'audioPaused' }] });
    vitals.apply(bedside(2, [{ kind: 'audioPaused' }]), api.clock.wallMs());
    await passes(1_000);
    expect(amy.got('assignment.event')).toHaveLength(1);
    vitals.apply(bedside(3, []), api.clock.wallMs());
    await passes(100);
    expect((await amy.next<AssignmentEvent>('assignment.event', 2)).bed.pauses).toBeUndefined();
  });
});

describe('small curves', () => {
  const MINUTE_MS = 60_000;
  const sample = (atMs: number, value: number, metric = 'heartRate') => ({
    ...{ bedId: 'icu-1', metric, atMs, value, deviceId: 'sim-icu-1', quality: 'valid' },
  });

  test('come after a join: means of the minutes of the last hour, gaps as gaps, nothing of who lay there before', async () => {
    await api.clock.advance(90 * MINUTE_MS);
    const toMs = Math.floor(api.clock.nowMs() / MINUTE_MS) * MINUTE_MS;
    const beds = await api.stores.directory.beds();
    const { encounter } = beds.find(({ bedId }) => bedId === 'icu-1')!;
    const before = encounter!.inBedSinceMs - 1_000;
    const samples = [
      ...[sample(toMs - 5 * MINUTE_MS, 80), sample(toMs - 5 * MINUTE_MS + 1_000, 90), sample(toMs - 3 * MINUTE_MS, 70.04)],
      ...[sample(toMs - 61 * MINUTE_MS, 200), sample(before, 210), sample(toMs - MINUTE_MS, 97, 'spo2'), sample(toMs + 1, 55)],
    ];
    await api.observations.write(0, { samples: samples as never }, null);
    const amy = await screen('/vitals', 'amy');
    const trends = await amy.next<CareUnitTrends>('careUnit.trends');
    expect(trends).toMatchObject({ careUnitId: 'icu', fromMs: toMs - 60 * MINUTE_MS, everyMs: MINUTE_MS });
    const heart = trends.beds.find(({ bedId, metric }) => bedId === 'icu-1' && metric === 'heartRate')!.means;
    expect(trends.beds.map(({ encounterId }) => encounterId)).toEqual([encounter!.encounterId, encounter!.encounterId]);
    expect(heart).toHaveLength(60);
    expect(heart.flatMap((mean, i) => (mean === null ? [] : [[60 - i, mean]]))).toEqual([
      [5, 85],
      [3, 70],
    ]);
    expect(trends.beds.find(({ metric }) => metric === 'spo2')!.means.at(-1)).toBe(97);
  });

  test('are the pulse where there is no heart rate, and a late reading is in them for two minutes', async () => {
    await api.clock.advance(90 * MINUTE_MS);
    const toMs = Math.floor(api.clock.nowMs() / MINUTE_MS) * MINUTE_MS;
    await api.observations.write(0, { samples: [sample(toMs - MINUTE_MS, 60, 'pulseRate')] as never }, null);
    const first = await (await screen('/vitals', 'amy')).next<CareUnitTrends>('careUnit.trends');
    expect(first.beds).toMatchObject([{ metric: 'pulseRate' }]);
    await api.clock.advance(MINUTE_MS);
    await api.observations.write(0, { samples: [sample(toMs - MINUTE_MS + 5, 70, 'pulseRate')] as never }, null);
    const second = await (await screen('/vitals', 'ben')).next<CareUnitTrends>('careUnit.trends');
    expect(second.beds[0]!.means.at(-2)).toBe(65);
  });

  test('of a store that is away keep nobody from the values', async () => {
    await api.clock.advance(3 * MINUTE_MS);
    api.observations.read = () => Promise.reject(new Error('away'));
    const amy = await screen('/vitals', 'amy');
    await amy.next('careUnit.snapshot');
    await passes(500);
    expect(amy.got('careUnit.trends')).toEqual([]);
    expect(amy.socket.connected).toBe(true);
  });
});

test('the devices of the unit come on joining, then those alone that are otherwise', async () => {
  const amy = await screen('/alarms', 'amy');
  const first = await amy.next<DeviceStatus>('device.status');
  expect(first.devices.map(({ deviceId, online }) => [deviceId, online])).toEqual([
    ['sim-icu-1', null],
    ['sim-icu-2', null],
  ]);
  const atMs = api.clock.nowMs();
  const state = DeviceState.parse({
    ...{ v: 1, id: 'd/1', key: 'gateway:gw-1', origin: 'live', atMs, gatewayId: 'gw-1', kind: 'deviceState' },
    ...{ deviceId: 'sim-icu-2', connected: true, lastSeenMs: atMs, skewMs: 0, clockSuspect: false, certificateNotAfterMs: null },
    ...{ said: { batteryPercent: 12, model: 'M8' }, accepted: 1, rejected: 0, duplicates: 0 },
  });
  await api.stores.fleet.note({ devices: [state], gateways: [], faults: [] }, atMs);
  await passes(6_000);
  expect((await amy.next<DeviceStatus>('device.status', 2)).devices).toEqual([
    { deviceId: 'sim-icu-2', bedId: 'icu-2', online: true, batteryPct: 12, lastAtMs: atMs, model: 'M8' },
  ]);
  await passes(6_000);
  expect(amy.got('device.status')).toHaveLength(2);
});

test('screens are told what to ask for anew, once for each change; one that was away is told of everything', async () => {
  const amy = await screen('/alarms', 'amy');
  await passes(6_000);
  expect(amy.got('config.changed')).toEqual([]);
  expect(await write('dan', 'POST', '/beds', { bedId: 'icu-9', label: 'ICU 9', careUnitId: 'icu' })).toBe(201);
  await passes(6_000);
  expect(amy.got<ConfigChanged>('config.changed')).toEqual([{ what: 'places' }]);
  const back = await screen('/alarms', 'ben', 0);
  expect(back.got<ConfigChanged>('config.changed').map(({ what }) => what)).toEqual([
    'display',
    'rules',
    'policy',
    'on-call',
    'places',
  ]);
});

test('what is said on the live channel is described in one document, for everybody', async () => {
  const { status, body } = await api.call('GET', '/asyncapi.json');
  expect([status, body.asyncapi, Object.keys(body.channels)]).toEqual([200, '3.0.0', ['alarms', 'vitals']]);
  expect(body.components.messages.presence.payload.properties.stations.maxItems).toBe(64);
});
