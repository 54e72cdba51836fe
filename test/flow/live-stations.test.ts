/** Shared screens are missed when they go dark (HZ-D2, FR-V9): whole platform over SQL, a clock that stands still, real sockets. */
import { randomUUID } from 'node:crypto';
import { type ClientHealth, SCREEN_HEALTH_EVERY_MS, type UnitPresence } from '@vigil/contracts';
import { LiveService } from '../../src/live/live.service.js';
import { Screens } from '../../src/live/screens.js';
import { StationWatcher } from '../../src/live/station-watcher.js';
import { engineOf } from '../support/engine-of.js';
import { type Api, startApi } from './api-fixture.js';
import { openScreen, type Screen } from './live-screen.js';

let api: Api;
let engine: ReturnType<typeof engineOf>;
let amy: string;
const open: Screen[] = [];
beforeEach(async () => {
  api = await startApi();
  engine = engineOf(api.stores);
  await engine.relay();
  amy = await api.token('amy');
});
afterEach(async () => {
  for (const screen of open.splice(0)) screen.socket.disconnect();
  await api.end();
});

interface Station {
  readonly stationId: string;
  readonly cookie: string;
}

/** A screen that carol has made a station of the ICU. */
async function enrol(label = 'Desk'): Promise<Station> {
  const carol = await api.token('carol');
  const made = await api.call('POST', '/api/v1/stations', { as: carol, body: { careUnitId: 'icu', label } });
  expect(made.status).toBe(201);
  const { headers } = await api.call('POST', '/api/v1/station-session', { body: { code: made.body.enrolmentCode } });
  return { stationId: made.body.station.stationId, cookie: headers.getSetCookie()[0]!.split(';')[0]! };
}

const well = (more: Partial<ClientHealth> = {}): ClientHealth => ({
  ...{ v: 1, screenId: randomUUID(), tickAgeMs: 500, live: true, visible: true, frameP95Ms: 17, sound: 'on', waiting: 0 },
  ...more,
});

/** The page of the station, as it joins its care unit. */
async function page({ cookie }: Station): Promise<Screen> {
  const screen = openScreen(`${api.url}/alarms`, { auth: { as: 'station' }, extraHeaders: { cookie, origin: api.url } });
  open.push(screen);
  expect(await screen.join('icu')).toEqual({ ok: true });
  return screen;
}

/** What was sent before has arrived: its answer comes after it. */
const arrived = async (screen: Screen): Promise<void> => void (await screen.join('icu'));

/** Seconds pass, and a word comes every five; the loop of the server has its turns. */
async function draws(screens: readonly Screen[], seconds: number, more: Partial<ClientHealth> = {}): Promise<void> {
  for (let s = 0; s < seconds; s++) {
    if (s % (SCREEN_HEALTH_EVERY_MS / 1_000) === 0) {
      for (const screen of screens) {
        screen.socket.emit('client.health', well(more));
        if (screen.socket.connected) await arrived(screen);
      }
    }
    await api.clock.advance(1_000);
    await settled();
  }
}
const passes = (seconds: number): Promise<void> => draws([], seconds);
const settled = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
};

const alarms = async (): Promise<string[]> => {
  await engine.relay();
  const { items } = (await api.call('GET', '/api/v1/alarms?presence=on', { as: amy })).body;
  return (items as { conditionCode: string; priority: string }[]).map((a) => `${a.conditionCode} ${a.priority}`).sort();
};
const SILENT = 'onCall.stationSilent medium';
const UNWATCHED = 'onCall.unitUnwatched high';

test('a station whose page was killed is an alarm of its care unit within 15 s, and no longer once it draws again', async () => {
  const [desk, wall] = [await enrol('Desk'), await enrol('Wall')];
  const [a, b] = [await page(desk), await page(wall)];
  await draws([a, b], 30);
  expect(await alarms()).toEqual([]);
  a.socket.disconnect();
  // Its last word was five seconds before.
  await draws([b], 6);
  expect(await alarms()).toEqual([]);
  await draws([b], 8);
  expect(await alarms()).toEqual([SILENT]);
  await draws([b, await page(desk)], 12);
  expect(await alarms()).toEqual([]);
});

test('a page that hangs is open and says nothing: missed all the same; the text says which screen and what to do', async () => {
  const [a, b] = [await page(await enrol('Desk 2')), await page(await enrol('Wall'))];
  await draws([a, b], 10);
  await draws([b], 15);
  expect(await alarms()).toEqual([SILENT]);
  const { items } = (await api.call('GET', '/api/v1/alarms?presence=on', { as: amy })).body;
  expect(items[0].text).toMatch(/a shared screen of this care unit \(Desk 2 when it began\) has gone dark or stands still/);
});

test.each([
  ['is not live', { live: false }],
  ['shows an old tick', { tickAgeMs: 9_000 }],
  ['has never had a tick', { tickAgeMs: null }],
])('a page that says it %s is missed', async (_what, more) => {
  const a = await page(await enrol());
  const b = await page(await enrol('Wall'));
  await draws([a, b], 10);
  for (let n = 0; n < 3; n++) {
    await draws([b], 5);
    a.socket.emit('client.health', well(more));
    await arrived(a);
  }
  expect(await alarms()).toEqual([SILENT]);
});

test('when none of the screens of a care unit draws, that is a high alarm; one that comes back ends it', async () => {
  const [desk, wall] = [await enrol('Desk'), await enrol('Wall')];
  const [a, b] = [await page(desk), await page(wall)];
  await draws([a, b], 10);
  a.socket.disconnect();
  b.socket.disconnect();
  await passes(14);
  expect(await alarms()).toEqual([SILENT, UNWATCHED]);
  await draws([await page(wall)], 12);
  expect(await alarms()).toEqual([SILENT]);
});

test('a station that nobody has opened yet is missed by nobody', async () => {
  await enrol();
  await passes(300);
  expect(await alarms()).toEqual([]);
});

test('a screen can be switched off with a reason and an end: no alarm, a line on the board, and a minute after it', async () => {
  const desk = await enrol();
  const a = await page(desk);
  await draws([a], 10);
  a.socket.disconnect();
  await passes(14);
  expect(await alarms()).toEqual([SILENT, UNWATCHED]);
  const carol = await api.token('carol');
  const path = `/api/v1/stations/${desk.stationId}/off`;
  const untilMs = api.clock.wallMs() + 600_000;
  const body = { reason: 'not-used-now', untilMs };
  const rows = await api.audited(async () => {
    const off = await api.call('POST', path, { as: carol, body });
    expect([off.status, off.body]).toEqual([201, { reason: 'not-used-now', by: 'carol', fromMs: api.clock.wallMs(), untilMs }]);
  });
  expect(rows.map((r) => [r.actor, r.action, r.object, r.detail])).toEqual([
    ['carol', 'station.off', `station:${desk.stationId}`, `not-used-now, until ${untilMs}`],
  ]);
  await passes(2);
  expect(await alarms()).toEqual([]);
  const board = (await api.call('GET', '/api/v1/care-units/icu/limits-off', { as: amy })).body.items;
  expect(board).toContainEqual(expect.objectContaining({ kind: 'station-off', stationId: desk.stationId, untilMs, by: 'carol' }));
  const listed = async () =>
    (await api.call('GET', '/api/v1/stations', { as: carol })).body.items.find(
      (each: { readonly stationId: string }) => each.stationId === desk.stationId,
    );
  expect(await listed()).toMatchObject({ offUntilMs: untilMs });
  await passes(590);
  expect(await alarms()).toEqual([]);
  await passes(10);
  expect(await listed()).not.toHaveProperty('offUntilMs');
  await passes(65);
  expect(await alarms()).toEqual([SILENT, UNWATCHED]);
  // Taken back before its end, it has its minute as well.
  await api.call('POST', path, { as: carol, body: { ...body, untilMs: api.clock.wallMs() + 600_000 } });
  await passes(2);
  expect((await api.call('DELETE', path, { as: carol })).status).toBe(204);
  expect((await api.call('DELETE', path, { as: carol })).status).toBe(204);
  await passes(55);
  expect(await alarms()).toEqual([]);
  await passes(15);
  expect(await alarms()).toEqual([SILENT, UNWATCHED]);
});

test('what can be no time off is refused: an end that is past, a month, no reason, a station that is gone', async () => {
  const { stationId } = await enrol();
  const carol = await api.token('carol');
  const off = async (body: object, id = stationId) =>
    (await api.call('POST', `/api/v1/stations/${id}/off`, { as: carol, body })).status;
  const nowMs = api.clock.wallMs();
  expect(await off({ reason: 'other', untilMs: nowMs })).toBe(400);
  expect(await off({ reason: 'other', untilMs: nowMs + 30 * 86_400_000 })).toBe(400);
  expect(await off({ untilMs: nowMs + 1_000 })).toBe(400);
  expect(await off({ reason: 'other', untilMs: nowMs + 1_000 }, 'st-000000000000')).toBe(404);
  await api.call('DELETE', `/api/v1/stations/${stationId}`, { as: carol });
  expect(await off({ reason: 'other', untilMs: nowMs + 1_000 })).toBe(404);
});

test('a station that is revoked has no alarm any more', async () => {
  const desk = await enrol();
  const a = await page(desk);
  await draws([a], 10);
  a.socket.disconnect();
  await passes(14);
  expect(await alarms()).toEqual([SILENT, UNWATCHED]);
  await api.call('DELETE', `/api/v1/stations/${desk.stationId}`, { as: await api.token('carol') });
  await passes(12);
  expect(await alarms()).toEqual([]);
});

test('whoever watches is on every screen of the care unit: stations by name and state, and how many others', async () => {
  const desk = await enrol();
  const a = await page(desk);
  const ben = openScreen(`${api.url}/alarms`, { auth: { token: await api.token('ben') } });
  open.push(ben);
  await ben.join('icu');
  const last = (screen: Screen): UnitPresence => screen.got<UnitPresence>('presence').at(-1)!;
  await ben.next('presence');
  await draws([a, ben], 3);
  const drawing = { stationId: desk.stationId, label: 'Desk', state: 'drawing', sound: 'on' };
  expect(last(ben)).toMatchObject({ careUnitId: 'icu', stations: [drawing], others: 1, unwatched: false });
  const before = last(a);
  await draws([a, ben], 10);
  expect(last(a)).toEqual(before);
  a.socket.disconnect();
  await draws([ben], 3);
  expect(last(ben).stations).toMatchObject([{ state: 'silent', sound: null }]);
  await draws([ben], 15);
  expect(last(ben)).toMatchObject({ others: 1, unwatched: true });
  expect(await alarms()).toEqual([SILENT, UNWATCHED]);
});

test('a page is believed of itself alone: words of a person are of no station, and nonsense is counted and passed over', async () => {
  const desk = await enrol();
  const a = await page(desk);
  const ben = openScreen(`${api.url}/alarms`, { auth: { token: await api.token('ben') } });
  open.push(ben);
  await ben.join('icu');
  await draws([a], 10);
  a.socket.disconnect();
  for (const raw of [
    null,
    7,
    'x'.repeat(5_000),
    { ...well(), stationId: desk.stationId },
    { ...well(), sound: 'loud' },
    [well()],
  ]) {
    ben.socket.emit('client.health', raw);
    await passes(1);
  }
  await passes(2);
  // Twenty at once: one is read, so that whoever says too much costs alarms no time.
  for (let i = 0; i < 20; i++) ben.socket.emit('client.health', { nonsense: 'x'.repeat(5_000) });
  await draws([ben], 15);
  expect(await alarms()).toEqual([SILENT, UNWATCHED]);
  const metrics = (await api.call('GET', '/metrics')).body as string;
  expect(metrics).toMatch(/vigil_screen_words_total\{outcome="invalid"\} 7/);
  expect(metrics).toMatch(/vigil_screen_words_total\{outcome="passed-over"\} (19|2\d)/);
  expect(metrics).toMatch(/vigil_stations_missed 1/);
  expect(metrics).toMatch(/vigil_screens\{kind="person",state="drawing",sound="on"\} 1/);
  expect(metrics).not.toContain(desk.stationId);
});

test('a network that flaps is one alarm and not one each minute', async () => {
  const desk = await enrol();
  await draws([await page(desk)], 10);
  const seen: string[] = [];
  for (let turn = 0; turn < 20; turn++) {
    for (const screen of open.splice(0)) screen.socket.disconnect();
    await passes(14);
    seen.push((await alarms()).join());
    await draws([await page(desk)], 20);
    seen.push((await alarms()).join());
  }
  const begun = seen.filter((each, i) => each !== '' && (i === 0 || seen[i - 1] === '')).length;
  expect(begun).toBeLessThanOrEqual(3);
  expect(seen.at(-1)).not.toBe('');
});

test('while the store is away stations are watched on, and what changed is told when it is back', async () => {
  const a = await page(await enrol());
  await draws([a], 10);
  const { onCallTroubles } = api.stores;
  const tell = onCallTroubles.tell.bind(onCallTroubles);
  let isAway = true;
  onCallTroubles.tell = (news) => (isAway ? Promise.reject(new Error('away')) : tell(news));
  a.socket.disconnect();
  await passes(30);
  expect(await alarms()).toEqual([]);
  isAway = false;
  await passes(2);
  expect(await alarms()).toEqual([SILENT, UNWATCHED]);
});

describe('a start of the platform', () => {
  /** The live channel of the process stops, as it does when the process ends. */
  const ended = (): Promise<void> => api.app.get(LiveService).beforeApplicationShutdown();

  /** The watch of a process that has just started, over the same store; the one of before has stopped with its process. */
  function started() {
    const screens = new Screens();
    const watcher = new StationWatcher(screens, api.stores.stationWatches, api.stores.onCallTroubles, api.clock);
    const seconds = async (n: number, drawing: readonly string[] = []): Promise<void> => {
      for (let s = 0; s < n; s++) {
        for (const id of drawing)
          screens.said(`line-${id}`, { stationId: id, careUnitIds: new Set() }, well(), api.clock.steady().atMs);
        await watcher.look();
        await api.clock.advance(1_000);
      }
    };
    return { watcher, seconds };
  }

  test('finds who drew before: back within a minute nothing is said, else it is missed', async () => {
    const [desk, wall] = [await enrol('Desk'), await enrol('Wall')];
    await draws([await page(desk), await page(wall)], 10);
    await ended();
    const { seconds } = started();
    await seconds(50, [wall.stationId]);
    await engine.relay();
    expect((await api.stores.onCallTroubles.holding()).map(({ subject }) => subject)).not.toContain(`station:${wall.stationId}`);
    await seconds(15, [wall.stationId]);
    const held = (await api.stores.onCallTroubles.holding()).map(({ trouble, subject }) => `${trouble} ${subject}`);
    expect(held).toContain(`stationSilent station:${desk.stationId}`);
  });

  test('neither forgets an alarm nor tells it twice: one that was missed is until it draws', async () => {
    const desk = await enrol();
    await draws([await page(desk)], 10);
    open[0]!.socket.disconnect();
    await passes(14);
    expect(await alarms()).toEqual([SILENT, UNWATCHED]);
    await ended();
    const { seconds } = started();
    await seconds(5);
    expect(await engine.relay()).toEqual([]);
    await seconds(12, [desk.stationId]);
    expect((await engine.relay()).map((event) => 'trouble' in event && [event.trouble, event.active])).toEqual([
      ['stationSilent', false],
      ['unitUnwatched', false],
    ]);
  });
});
