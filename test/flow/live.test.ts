import { METRIC_NAMES } from '@vigil/contracts';
import type { AlarmEvent, AlarmSnapshot, CareUnitDelta, CareUnitSnapshot, Hello, LogEvent } from '@vigil/contracts';
import { emptyPartition, step } from '@vigil/domain';
import type { Socket } from 'socket.io-client';
import { LiveVitals } from '../../src/live/live-vitals.js';
import { auditEntry } from '../../src/ports/audit-trail.js';
import { alarmIdNo, batch, ending, transition } from '../contract/alarm-fixtures.js';
import { type Api, PASSWORD, startApi } from './api-fixture.js';
import { openScreen, type Screen } from './live-screen.js';

let api: Api;
const open: Socket[] = [];
beforeEach(async () => void (api = await startApi()));
afterEach(async () => {
  for (const socket of open.splice(0)) socket.disconnect();
  await api.end();
});

function screen(namespace: string, options: Parameters<typeof openScreen>[1]): Screen {
  const opened = openScreen(`${api.url}${namespace}`, options);
  open.push(opened.socket);
  return opened;
}

async function screenOf(username: string, namespace: string): Promise<Screen> {
  return screen(namespace, { auth: { token: await api.token(username) } });
}

const refusal = (s: Screen): Promise<string> =>
  new Promise((resolve) => void s.socket.on('connect_error', (error) => resolve(error.message)));

const message = (seq: number, value: number, more: Record<string, unknown> = {}): LogEvent =>
  ({
    v: 1,
    id: `m/${seq}`,
    key: 'bed:icu-1',
    origin: 'simulated',
    kind: 'deviceMessage',
    bedId: 'icu-1',
    deviceId: 'sim-icu-1',
    gatewayId: 'gw-1',
    bootId: 'b',
    seq,
    atMs: api.clock.nowMs() + seq,
    deviceAtMs: 0,
    gatewayAtMs: 0,
    readings: [{ metric: 'heartRate', value, unit: '/min', quality: 'valid' }],
    ...more,
  }) as LogEvent;

describe('opening a socket', () => {
  test('without a session it is refused', async () => {
    expect(await refusal(screen('/alarms', {}))).toBe('unauthenticated');
    expect(await refusal(screen('/alarms', { auth: { token: 'made-up' } }))).toBe('unauthenticated');
  });

  test('the cookie counts from a page of ours, and from no other', async () => {
    const { headers } = await api.call('POST', '/api/v1/session', { body: { username: 'amy', password: PASSWORD } });
    const cookie = headers.getSetCookie()[0]!.split(';')[0]!;
    const own = screen('/alarms', { extraHeaders: { cookie, origin: api.url } });
    expect((await own.next<Hello>('hello')).staffId).toBe('amy');
    const foreign = screen('/alarms', { extraHeaders: { cookie, origin: 'https://evil.example' } });
    expect(await refusal(foreign)).toMatch(/websocket error/);
    expect(await refusal(screen('/alarms', { extraHeaders: { cookie } }))).toBe('unauthenticated');
  });

  test('it is greeted and hears the clock every second', async () => {
    const amy = await screenOf('amy', '/vitals');
    expect(await amy.next<Hello>('hello')).toMatchObject({ v: 1, staffId: 'amy', name: 'Amy Nurse', demo: true, rate: 1 });
    await api.clock.advance(1_000);
    expect(await amy.next('tick')).toMatchObject({ serverWallMs: api.clock.wallMs(), processing: false, streamLagMs: null });
  });

  test('logout closes it at once, and so does an expired session within a tick', async () => {
    const token = await api.token('amy');
    const amy = screen('/alarms', { auth: { token } });
    await amy.next('hello');
    await api.call('DELETE', '/api/v1/session', { as: token });
    expect(await amy.closed).toBe('io server disconnect');
    const again = await screenOf('amy', '/alarms');
    await again.next('hello');
    await api.clock.advance(15 * 60_000 + 1_000);
    expect(await again.closed).toMatch(/disconnect|close/);
  });
});

test('one person takes up so many lines and no more, so that the screens of others find room', async () => {
  const token = await api.token('amy');
  for (let n = 0; n < 20; n++) await screen('/alarms', { auth: { token } }).next('hello');
  const more = screen('/alarms', { auth: { token } });
  expect(await more.closed).toBe('io server disconnect');
  expect(more.got('hello')).toEqual([]);
  await (await screenOf('ben', '/alarms')).next('hello');
  open[0]!.disconnect();
  await screen('/vitals', { auth: { token } }).next('hello');
});

describe('joining a care unit', () => {
  test('is for those who work there, and each join leaves one row', async () => {
    const amy = await screenOf('amy', '/alarms');
    const rows = await api.audited(async () => {
      expect(await amy.join('icu')).toEqual({ ok: true });
      expect(await amy.join('imc')).toEqual({ ok: false, reason: 'forbidden' });
      expect(await amy.join('icu')).toEqual({ ok: true });
    });
    expect(rows.map((r) => [r.actor, r.action, r.object, r.outcome])).toEqual([
      ['amy', 'alarm.read', 'careUnit:icu', 'allowed'],
      ['amy', 'alarm.read', 'careUnit:imc', 'refused'],
    ]);
    expect(await amy.socket.timeout(4_000).emitWithAck('join', { careUnitId: 7 })).toEqual({ ok: false, reason: 'invalid' });
    expect(await (await screenOf('dan', '/vitals')).join('icu')).toEqual({ ok: false, reason: 'forbidden' });
  });

  test('is renewed in the audit trail while somebody looks', async () => {
    const amy = await screenOf('amy', '/alarms');
    await amy.join('icu');
    const rows = await api.audited(() => api.clock.advance(5 * 60_000 + 1_000));
    expect(rows.map((r) => [r.actor, r.detail])).toEqual([['amy', 'live, still looking']]);
  });

  test('leaves rows that name everybody who was shown, also those who came and went in between', async () => {
    const who = () => ({
      audit: auditEntry({ actor: 'carol', action: 'encounter.admit', object: 'encounter:enc-2', outcome: 'allowed' }),
      nowMs: api.clock.nowMs(),
      wallMs: api.clock.wallMs(),
    });
    const shownIn = (rows: Awaited<ReturnType<Api['audited']>>) =>
      rows.filter((r) => r.actor === 'amy').map((r) => [r.detail, [...r.patientIds].sort()]);
    const amy = await screenOf('amy', '/vitals');
    const joined = await api.audited(async () => void (await amy.join('icu')));
    expect(shownIn(joined)).toEqual([['live, joined', ['pat-1']]]);
    expect(joined[0]).toMatchObject({ ip: expect.stringMatching(/127\.0\.0\.1/), purpose: 'treatment' });
    const place = { encounterId: 'enc-2' as never, patientId: 'pat-2' as never, bedId: 'icu-2' as never };
    await api.stores.directory.admit({ ...place, atMs: api.clock.nowMs() }, who());
    await amy.next('careUnit.snapshot', 2);
    await api.stores.directory.discharge(place.encounterId, api.clock.nowMs() + 1_000, who());
    await amy.next('careUnit.snapshot', 3);
    const renewed = await api.audited(() => api.clock.advance(5 * 60_000 + 1_000));
    expect(shownIn(renewed)).toEqual([['live, still looking', ['pat-1', 'pat-2']]]);
  });

  test('leaves a last row when somebody came into the picture since the one before', async () => {
    const amy = await screenOf('amy', '/vitals');
    await amy.join('icu');
    const audit = auditEntry({ actor: 'carol', action: 'encounter.admit', object: 'encounter:enc-2', outcome: 'allowed' });
    const place = { encounterId: 'enc-2' as never, patientId: 'pat-2' as never, bedId: 'icu-2' as never };
    const times = { nowMs: api.clock.nowMs(), wallMs: api.clock.wallMs() };
    await api.stores.directory.admit({ ...place, atMs: times.nowMs }, { audit, ...times });
    await amy.next('careUnit.snapshot', 2);
    amy.socket.disconnect();
    const details: (readonly unknown[])[] = [];
    for (let round = 0; round < 300 && details.length === 0; round++) {
      const rows = await api.audited(() => api.clock.advance(100));
      details.push(...rows.filter((r) => r.actor === 'amy').map((r) => [r.detail, r.patientIds]));
    }
    expect(details).toEqual([['live, also shown', ['pat-2']]]);
  });

  test('is not possible without its audit row, but what runs goes on and is told afterwards', async () => {
    const looking = await screenOf('amy', '/alarms');
    await looking.join('icu');
    const late = await screenOf('ben', '/alarms');
    await late.next('hello');
    api.breakAudit(true);
    const join = late.join('icu').catch(() => 'no answer');
    await late.closed;
    expect(await join).toBe('no answer');
    expect(late.got('alarm.snapshot')).toEqual([]);
    await api.clock.advance(5 * 60_000 + 1_000);
    expect(looking.socket.connected).toBe(true);
    api.breakAudit(false);
    // What was kept aside comes from a file, at the pace of the disk: so many rounds as that takes.
    const details: string[] = [];
    for (let round = 0; round < 300 && !details.includes('live, still looking'); round++) {
      const rows = await api.audited(() => api.clock.advance(1_000));
      details.push(...rows.map((r) => r.detail));
    }
    expect(details).toContain('live, still looking');
  });
});

describe('/alarms', () => {
  test('a snapshot comes first, then each committed change', async () => {
    await api.stores.alarmState.commit(batch([transition()]));
    const amy = await screenOf('amy', '/alarms');
    await amy.join('icu');
    const snapshot = await amy.next<AlarmSnapshot>('alarm.snapshot');
    expect(snapshot.alarms.map((a) => a.alarmId)).toEqual([alarmIdNo(1)]);
    await api.stores.alarmState.commit(batch([ending()]));
    const event = await amy.next<AlarmEvent>('alarm.event');
    expect(event).toMatchObject({ careUnitId: 'icu', cursor: snapshot.cursor + 1, alarm: { active: false, rev: 2 } });
  });

  test('a screen that was away gets what it missed, and a snapshot where its cursor is unknown', async () => {
    await api.stores.alarmState.commit(batch([transition()]));
    await api.stores.alarmState.commit(batch([transition({ alarmId: alarmIdNo(2), onsetMs: 2_000, atMs: 2_000 })]));
    const back = await screenOf('amy', '/alarms');
    await back.join('icu', 1);
    expect((await back.next<AlarmEvent>('alarm.event')).alarm.alarmId).toBe(alarmIdNo(2));
    expect(back.got('alarm.snapshot')).toEqual([]);
    const lost = await screenOf('amy', '/alarms');
    await lost.join('icu', 99);
    expect((await lost.next<AlarmSnapshot>('alarm.snapshot')).alarms).toHaveLength(2);
  });

  test('accepting shows on the screens of the care unit', async () => {
    await api.stores.alarmState.commit(batch([transition()]));
    const carol = await screenOf('carol', '/alarms');
    await carol.join('icu');
    await carol.next('alarm.snapshot');
    const headers = { 'if-match': '"1"', 'idempotency-key': '00000000-0000-4000-8000-000000000001' };
    const as = await api.token('amy');
    await api.call('POST', `/api/v1/alarms/${alarmIdNo(1)}/accept`, { as, headers, body: {} });
    const { alarm } = await carol.next<AlarmEvent>('alarm.event');
    expect(alarm.escalation).toMatchObject({ state: 'accepted', acceptedByName: 'Amy Nurse' });
  });

  test('a patient who is moved takes an alarm along: the new care unit sees it there, the old one no longer, and nobody is paged anew', async () => {
    const nowMs = api.clock.nowMs();
    const sent = {
      kind: 'deviceMessage',
      bedId: 'icu-1',
      deviceId: 'sim-icu-1',
      atMs: nowMs,
      deviceAtMs: nowMs,
      gatewayAtMs: nowMs,
    };
    let engine = emptyPartition();
    let taken = 0;
    /** What waits in the relay goes through the engine, and what it tells into the store, as the processor does it. */
    const engineReads = async (more: readonly LogEvent[] = []): Promise<void> => {
      const rows = await api.stores.logRelay.next(1_000);
      const { state, effects, appends } = step(engine, [...rows.slice(taken).map((row) => row.event), ...more]);
      [engine, taken] = [state, rows.length];
      await api.stores.alarmState.commit(
        batch(
          effects.map((effect) => effect.transition),
          { appends },
        ),
      );
    };
    await engineReads([message(1, 150, sent)]);
    const [icu, imc] = [await screenOf('amy', '/alarms'), await screenOf('ida', '/alarms')];
    await icu.join('icu');
    await imc.join('imc');
    const { alarms } = await icu.next<AlarmSnapshot>('alarm.snapshot');
    expect(alarms).toMatchObject([{ bedId: 'icu-1', conditionCode: 'heartRate.high', presence: 'on', rev: 1 }]);
    const { escalation } = alarms[0]!;

    const moved = { as: await api.token('amy'), body: { bedId: 'imc-1' } };
    await api.clock.advance(1_000);
    expect(await api.call('POST', '/api/v1/encounters/enc-1/transfer', moved)).toMatchObject({
      status: 200,
      body: { bedId: 'imc-1' },
    });
    await engineReads();
    await engineReads();
    const { alarm } = await imc.next<AlarmEvent>('alarm.event');
    expect(alarm).toMatchObject({ alarmId: alarms[0]!.alarmId, bedId: 'imc-1', active: true, presence: 'on', rev: 2 });
    expect(alarm.escalation).toMatchObject({ state: escalation.state, step: -1, rev: escalation.rev + 1 });
    expect((await icu.next<AlarmSnapshot>('alarm.snapshot', 2)).alarms).toEqual([]);
  });
});

describe('/vitals', () => {
  const vitals = (): LiveVitals => api.app.get(LiveVitals, { strict: false });

  test('a snapshot has who lies where, limits and the newest readings', async () => {
    vitals().apply(message(1, 72), api.clock.wallMs());
    const amy = await screenOf('amy', '/vitals');
    await amy.join('icu');
    const { beds, seq } = await amy.next<CareUnitSnapshot>('careUnit.snapshot');
    expect(seq).toBe(0);
    expect(beds.map((bed) => bed.bedId)).toEqual(['icu-1', 'icu-2']);
    expect(beds[0]).toMatchObject({
      encounter: { displayName: 'TESTMAN, Tim', patientId: 'pat-1' },
      limits: [{ metric: 'heartRate', low: null, high: 120 }],
      readings: [{ metric: 'heartRate', value: 72, intervalMs: 1_000, receivedWallMs: api.clock.wallMs() }],
    });
  });

  test('changes come in numbered deltas, only the newest value of each metric', async () => {
    const amy = await screenOf('amy', '/vitals');
    await amy.join('icu');
    vitals().apply(message(1, 72), api.clock.wallMs());
    vitals().apply(message(2, 73), api.clock.wallMs());
    await api.clock.advance(50);
    vitals().apply(message(3, 74), api.clock.wallMs());
    await api.clock.advance(50);
    const second = await amy.next<CareUnitDelta>('careUnit.delta', 2);
    const values = amy.got<CareUnitDelta>('careUnit.delta').map((d) => [d.seq, d.beds[0]?.readings.map((r) => r.value)]);
    expect(second.seq).toBe(2);
    expect(values).toEqual([
      [1, [73]],
      [2, [74]],
    ]);
  });

  test('readings of one care unit reach nobody in another', async () => {
    const ida = await screenOf('ida', '/vitals');
    await ida.join('imc');
    vitals().apply(message(1, 72), api.clock.wallMs());
    await api.clock.advance(1_000);
    await ida.next('tick');
    expect(ida.got('careUnit.delta')).toEqual([]);
  });

  test('after a discharge the readings of that patient are gone from every screen', async () => {
    vitals().apply(message(1, 72), api.clock.wallMs());
    const [amy, alarms] = [await screenOf('amy', '/vitals'), await screenOf('amy', '/alarms')];
    await amy.join('icu');
    await alarms.join('icu');
    await amy.next('careUnit.snapshot');
    await api.clock.advance(10_000);
    const as = await api.token('carol');
    expect((await api.call('POST', '/api/v1/encounters/enc-1/discharge', { as, body: {} })).status).toBe(200);
    const { beds } = await amy.next<CareUnitSnapshot>('careUnit.snapshot', 2);
    expect(beds[0]).toMatchObject({ encounter: null, readings: [] });
    expect(await alarms.next('assignment.event')).toMatchObject({ careUnitId: 'icu', bed: { bedId: 'icu-1', encounter: null } });
  });

  test('a bed whose data cannot arrive says so', async () => {
    const amy = await screenOf('amy', '/vitals');
    await amy.join('icu');
    const lost = { kind: 'coverageLost', bedId: 'icu-1', causeId: 'gw' } as unknown as LogEvent;
    vitals().apply(lost, api.clock.wallMs());
    await api.clock.advance(50);
    expect((await amy.next<CareUnitDelta>('careUnit.delta')).beds[0]).toMatchObject({ bedId: 'icu-1', coverageLost: true });
  });

  test('a screen that takes nothing in is sent away, and the others go on', async () => {
    const [slow, amy] = [await screenOf('ben', '/vitals'), await screenOf('amy', '/vitals')];
    await slow.join('icu');
    await amy.join('icu');
    const transport = slow.socket.io.engine.transport as unknown as { ws: { _socket: { pause(): void } } };
    transport.ws._socket.pause();
    const isThere = async () =>
      /vigil_live_sockets_closed_total\{reason="too-slow"\} 1/.test((await api.call('GET', '/metrics')).body);
    const many = METRIC_NAMES.map((metric) => ({ metric, value: 72, unit: 'x'.repeat(4_000), quality: 'valid' }));
    for (let seq = 1; seq < 4_000 && !(seq % 100 === 0 && (await isThere())); seq++) {
      vitals().apply(message(seq, 72, { readings: many }), api.clock.wallMs());
      await api.clock.advance(50);
    }
    expect(await isThere()).toBe(true);
    expect(amy.socket.connected).toBe(true);
  }, 30_000);
});

describe('who looks may do so today', () => {
  /** A shift for the whole of `icu`. */
  const duty = (staffId: string, fromMs: number, toMs: number) =>
    api.stores.directory.assign({ staffId, careUnitId: 'icu', bedId: null, role: 'primary', fromMs, toMs } as never, {
      audit: auditEntry({ actor: 'carol', action: 'assignment.create', object: `staff:${staffId}`, outcome: 'allowed' }),
      nowMs: fromMs,
      wallMs: fromMs,
    });

  test('a shift that ends sends the screen away within 30 s, and says why', async () => {
    const now = api.clock.wallMs();
    await duty('ida', now, now + 60_000);
    const ida = await screenOf('ida', '/alarms');
    expect(await ida.join('icu')).toEqual({ ok: true });
    await api.clock.advance(59_000);
    expect(ida.socket.connected).toBe(true);
    const rows = await api.audited(async () => {
      await api.clock.advance(31_000);
      await ida.closed;
    });
    expect(ida.got('session.ended')).toEqual([{ reason: 'not-allowed-any-more' }]);
    expect(rows.filter((r) => r.outcome === 'refused').map((r) => [r.actor, r.object])).toEqual([['ida', 'careUnit:icu']]);
  });

  test('a socket from before the shift joins once the shift has begun, and not after it', async () => {
    const ida = await screenOf('ida', '/vitals');
    expect(await ida.join('icu')).toEqual({ ok: false, reason: 'forbidden' });
    const now = api.clock.wallMs();
    await duty('ida', now, now + 5_000);
    expect(await ida.join('icu')).toEqual({ ok: true });
    await api.clock.advance(5_000);
    expect(await ida.join('icu')).toEqual({ ok: false, reason: 'forbidden' });
  });
});
