/** Which device is at which bed and who answers for it, over the real API: conflicts, corrections, and who may. */
import { type LogEvent, Site } from '@vigil/contracts';
import { type Api, type Call, newKey, type Reply, site as wardSite, startApi } from './api-fixture.js';

const person = (staffId: string, role: string) => ({ staffId, username: staffId, name: `Person ${staffId}`, roles: [role] });
const site = Site.parse({
  ...wardSite,
  beds: [...wardSite.beds, { bedId: 'icu-3', careUnitId: 'icu', label: 'ICU 3' }],
  devices: [
    ...wardSite.devices,
    ...['pump-1', 'mon-1', 'mon-2'].map((deviceId) => ({ deviceId, gatewayId: 'gw-1', profile: 'monitor' })),
  ],
  staff: [...wardSite.staff, person('phil', 'physician'), person('bea', 'biomed')],
  staffAssignments: [...wardSite.staffAssignments, { staffId: 'phil', careUnitId: 'icu', bedId: null, role: 'primary' }],
});

let api: Api;
const tokens = new Map<string, string>();
beforeAll(async () => {
  api = await startApi({ site, env: { VIGIL_SECOND_FACTOR_ROLES: 'none' } });
  for (const name of ['amy', 'carol', 'dan', 'phil', 'bea', 'ida']) tokens.set(name, await api.token(name));
}, 30_000);
afterAll(() => api.end());

const as = (name: string, method: string, path: string, more: Call = {}): Promise<Reply> =>
  api.call(method, `/api/v1${path}`, { as: tokens.get(name)!, ...more });
const create = (key = newKey()): Record<string, string> => ({ 'idempotency-key': key });
const change = (rev: number, key = newKey()): Record<string, string> => ({ 'if-match': `"${rev}"`, 'idempotency-key': key });
const events = async (): Promise<readonly LogEvent[]> => (await api.stores.logRelay.next(1_000)).map((row) => row.event);
const nowMs = (): number => api.clock.nowMs();
const assign = (name: string, body: object, key = newKey()) =>
  as(name, 'POST', '/device-assignments', { headers: create(key), body });
const open = async (device: string) =>
  (await as('amy', 'GET', `/device-assignments?device=${device}&at=${nowMs()}`)).body.items[0] as {
    readonly assignmentId: string;
    readonly bedId: string;
    readonly rev: number;
  };

describe('a device', () => {
  test('is put to a bed once, told to the engine, with one audit row that names whom it concerns', async () => {
    const key = newKey();
    const rows = await api.audited(async () => {
      const first = await assign('amy', { deviceId: 'pump-1', bedId: 'icu-1', channels: ['spo2'], note: 'CANARY' }, key);
      expect([first.status, first.headers.get('etag')]).toEqual([201, '"1"']);
      expect(first.body).toMatchObject({
        deviceId: 'pump-1',
        bedId: 'icu-1',
        toMs: null,
        channels: ['spo2'],
        by: 'amy',
        note: 'CANARY',
      });
      await api.clock.advance(1_000);
      expect((await assign('amy', { deviceId: 'pump-1', bedId: 'icu-1', channels: ['spo2'], note: 'CANARY' }, key)).body).toEqual(
        first.body,
      );
    });
    const [row] = rows.filter(({ object }) => object === 'bed:icu-1');
    expect(row).toMatchObject({ action: 'device.assign', outcome: 'allowed', patientIds: ['pat-1'] });
    expect(JSON.stringify(rows)).not.toContain('CANARY');
    const told = (await events()).filter((event) => event.kind === 'deviceAssigned' && event.deviceId === 'pump-1');
    expect(told).toEqual([expect.objectContaining({ bedId: 'icu-1', channels: ['spo2'], by: 'amy', source: 'person' })]);
    expect(JSON.stringify(told)).not.toContain('CANARY');
  });

  test('two beds for one device at one time are refused, and the answer says which and when', async () => {
    const { status, body } = await assign('amy', { deviceId: 'pump-1', bedId: 'icu-3' });
    expect([status, body.code]).toEqual([409, 'assignment-conflict']);
    expect(body.conflicts).toEqual([
      expect.objectContaining({ kind: 'device-elsewhere', deviceId: 'pump-1', bedId: 'icu-1', toMs: null }),
    ]);
  });

  test('two devices for one metric of a bed are refused, unless one takes the place of the other', async () => {
    const wanted = { deviceId: 'mon-1', bedId: 'icu-1', channels: ['spo2'] };
    const { body } = await assign('amy', wanted);
    expect(body.conflicts).toEqual([expect.objectContaining({ kind: 'channel-claimed', deviceId: 'pump-1', metric: 'spo2' })]);
    await api.clock.advance(1_000);
    const { status } = await assign('amy', { ...wanted, replaces: 'pump-1', reason: 'device-exchange' });
    expect(status).toBe(201);
    expect(await open('pump-1')).toBeUndefined();
  });

  test('goes to another bed where that is asked for', async () => {
    await api.clock.advance(1_000);
    expect((await assign('amy', { deviceId: 'mon-1', bedId: 'icu-3', endOther: true })).status).toBe(201);
    expect((await open('mon-1')).bedId).toBe('icu-3');
  });

  test('is not taken from a bed of another care unit', async () => {
    const { status } = await assign('amy', { deviceId: 'sim-imc-1', bedId: 'icu-3', endOther: true });
    expect(status).toBe(404);
    expect((await open('sim-imc-1')).bedId).toBe('imc-1');
  });

  test('is taken away by whoever saw it as it is', async () => {
    const { assignmentId, rev } = await open('mon-1');
    const end = (ifRev: number) =>
      as('amy', 'POST', `/device-assignments/${assignmentId}/end`, { headers: change(ifRev), body: {} });
    expect((await end(rev + 5)).status).toBe(412);
    await api.clock.advance(1_000);
    const ended = await end(rev);
    expect([ended.status, ended.body.toMs]).toEqual([200, Math.round(nowMs())]);
  });

  test.each([
    ['in the future', { fromMs: 9e12 }, 400, 'invalid-request'],
    ['long ago without a reason', { fromMs: 1_000 }, 400, 'reason-required'],
    ['at a bed that is not there', { bedId: 'er-1' }, 404, 'not-found'],
    ['that the site does not have', { deviceId: 'mon-9' }, 404, 'not-found'],
  ] as const)('%s is refused', async (_title, more, status, code) => {
    const reply = await assign('carol', { deviceId: 'mon-2', bedId: 'icu-3', ...more });
    expect([reply.status, reply.body.code]).toEqual([status, code]);
  });

  test('is put by biomed to empty beds, and to none where somebody lay in that time', async () => {
    expect((await assign('bea', { deviceId: 'mon-2', bedId: 'icu-1' })).status).toBe(403);
    const sinceMs = Math.round(nowMs());
    await as('carol', 'POST', '/encounters', { body: { encounterId: 'enc-past', patientId: 'pat-2', bedId: 'icu-2' } });
    await api.clock.advance(5_000);
    await as('carol', 'POST', '/encounters/enc-past/discharge', { body: {} });
    await api.clock.advance(5_000);
    expect((await assign('bea', { deviceId: 'mon-2', bedId: 'icu-2', fromMs: sinceMs + 1_000 })).status).toBe(403);
    expect((await assign('bea', { deviceId: 'mon-2', bedId: 'icu-2' })).status).toBe(201);
    const { assignmentId, rev } = await open('mon-2');
    expect((await as('bea', 'POST', `/device-assignments/${assignmentId}/end`, { headers: change(rev), body: {} })).status).toBe(
      200,
    );
  });
});

describe('a correction', () => {
  const correct = (name: string, id: string, rev: number, body: object) =>
    as(name, 'POST', `/device-assignments/${id}/correct`, { headers: change(rev), body });

  test('needs a reason and a note, and comes from whoever answers for the patient', async () => {
    const { assignmentId, rev } = await open('sim-icu-1');
    const wanted = { bedId: 'icu-2', reason: 'wrong-bed', note: 'swapped at the door' };
    expect((await correct('amy', assignmentId, rev, wanted)).status).toBe(403);
    expect((await correct('carol', assignmentId, rev, { ...wanted, note: undefined })).status).toBe(400);
    const routine = await correct('carol', assignmentId, rev, { bedId: 'icu-3', reason: 'routine', note: 'x' });
    expect([routine.status, routine.body.code]).toEqual([400, 'reason-required']);
    expect((await correct('carol', assignmentId, rev, { voided: true, toMs: 5, reason: 'other', note: 'x' })).status).toBe(400);
    expect((await correct('ida', assignmentId, rev, wanted)).status).toBe(403);
  });

  test('is refused where it touches a bed of another care unit', async () => {
    const { assignmentId, rev } = await open('sim-icu-1');
    const { status } = await correct('carol', assignmentId, rev, { bedId: 'imc-1', reason: 'wrong-bed', note: 'x' });
    expect([status, (await open('sim-icu-1')).bedId]).toEqual([404, 'icu-1']);
  });

  test('says what follows, keeps what was, and names all whom it concerns', async () => {
    await api.clock.advance(60_000);
    const { assignmentId, rev } = await open('sim-icu-1');
    const rows = await api.audited(async () => {
      const body = { bedId: 'icu-3', reason: 'wrong-bed', note: 'CANARY' };
      const { status, body: answer } = await correct('carol', assignmentId, rev, body);
      expect(status).toBe(200);
      expect(answer.assignment).toMatchObject({ assignmentId, bedId: 'icu-3', reason: 'wrong-bed', by: 'carol', rev: rev + 1 });
      expect(answer.correction).toMatchObject({ reattribution: { state: 'waiting', moved: 0 }, questioned: [] });
      expect((await correct('carol', assignmentId, rev, { ...body, bedId: 'icu-1' })).status).toBe(412);
    });
    const [row] = rows.filter(({ outcome }) => outcome === 'allowed');
    expect(row).toMatchObject({ action: 'assignment.correct', patientIds: ['pat-1'] });
    expect(JSON.stringify(rows)).not.toContain('CANARY');
    expect((await as('amy', 'GET', `/device-assignments/${assignmentId}`)).headers.get('etag')).toBe(`"${rev + 1}"`);
  });
});

describe('a transfer and a discharge', () => {
  test('take devices along in one step, and a discharge reminds of what stays', async () => {
    await api.clock.advance(60_000);
    await assign('amy', { deviceId: 'mon-1', bedId: 'icu-1' });
    await api.clock.advance(1_000);
    const moved = await as('amy', 'POST', '/encounters/enc-1/transfer', { body: { bedId: 'icu-2', deviceIds: ['mon-1'] } });
    expect(moved.body).toMatchObject({ bedId: 'icu-2' });
    expect((await open('mon-1')).bedId).toBe('icu-2');
    await api.clock.advance(1_000);
    const left = await as('carol', 'POST', '/encounters/enc-1/discharge', { body: {} });
    expect(left.body.devices.map((device: { deviceId: string }) => device.deviceId).sort()).toEqual(['mon-1', 'sim-icu-2']);
    const again = await as('carol', 'POST', '/encounters', { body: { patientId: 'pat-1', bedId: 'icu-2' } });
    await api.clock.advance(1_000);
    const ended = await as('carol', 'POST', `/encounters/${again.body.encounterId}/discharge`, { body: { devices: 'end' } });
    expect(ended.body.devices).toEqual([]);
    expect(await open('mon-1')).toBeUndefined();
  });

  test('a bed that is taken is refused, and the answer says by whom', async () => {
    await as('carol', 'POST', '/encounters', { body: { encounterId: 'enc-a', patientId: 'pat-1', bedId: 'icu-1' } });
    await as('carol', 'POST', '/encounters', { body: { encounterId: 'enc-b', patientId: 'pat-2', bedId: 'icu-2' } });
    await api.clock.advance(1_000);
    const { status, body } = await as('carol', 'POST', '/encounters/enc-a/transfer', { body: { bedId: 'icu-2' } });
    expect([status, body.code]).toEqual([409, 'assignment-conflict']);
    expect(body.conflicts).toEqual([expect.objectContaining({ kind: 'bed-taken', bedId: 'icu-2', encounterId: 'enc-b' })]);
  });

  test('where a patient of another care unit lies is told to nobody who may not read it', async () => {
    const wanted = { patientId: 'pat-2', bedId: 'imc-1' };
    const { status, body } = await as('ida', 'POST', '/encounters', { body: wanted });
    expect([status, body.conflicts]).toEqual([409, [{ kind: 'patient-elsewhere', fromMs: expect.any(Number), toMs: null }]]);
    await as('carol', 'POST', '/encounters/enc-a/discharge', { body: {} });
    await api.clock.advance(1_000);
    const own = { body: { encounterId: 'enc-i', patientId: 'pat-1', bedId: 'imc-1' } };
    expect((await as('ida', 'POST', '/encounters', own)).status).toBe(201);
    await api.clock.advance(1_000);
    const moved = await as('ida', 'POST', '/encounters/enc-i/transfer', { body: { bedId: 'icu-2' } });
    expect(moved.body.conflicts).toEqual([{ kind: 'bed-taken', bedId: 'icu-2', fromMs: expect.any(Number), toMs: null }]);
    await as('ida', 'POST', '/encounters/enc-i/discharge', { body: {} });
  });
});

describe('a duty', () => {
  const at = (path: string) => as('carol', 'GET', `/assignments${path}`);

  test('is found by person, bed and time, ends, and is taken over in one step', async () => {
    const made = await as('carol', 'POST', '/assignments', {
      body: { staffId: 'amy', careUnitId: 'icu', bedId: 'icu-3', role: 'primary' },
    });
    const wallMs = made.body.fromMs as number;
    const path = `/assignments/${made.body.assignmentId}`;
    const taken = await as('carol', 'PATCH', path, { headers: change(1), body: { staffId: 'ben', toMs: wallMs + 1_000 } });
    expect([taken.status, taken.body]).toEqual([
      200,
      expect.objectContaining({ staffId: 'ben', bedId: 'icu-3', fromMs: wallMs + 1_000 }),
    ]);
    expect((await at(`/${made.body.assignmentId}`)).body).toMatchObject({ toMs: wallMs + 1_000, rev: 2 });
    const who = async (time: number): Promise<string[]> =>
      (await at(`?bed=icu-3&at=${time}`)).body.items.map((duty: { staffId: string }) => duty.staffId);
    expect([await who(wallMs), await who(wallMs + 1_000)]).toEqual([['amy'], ['ben']]);
    expect((await at('?staff=ben&bed=icu-3')).body.items).toHaveLength(1);
    await api.clock.advance(2_000);
    const ended = await as('carol', 'DELETE', `/assignments/${taken.body.assignmentId}`, { headers: change(1) });
    expect([ended.status, await who(wallMs + 5_000)]).toEqual([200, []]);
  });

  test.each([
    ['with nothing to change', { reason: 'routine' }, 400],
    ['in the past', { toMs: 1 }, 400],
    ['by somebody who is not there', { staffId: 'zoe' }, 404],
  ])('%s is refused', async (_title, body, status) => {
    const made = await as('carol', 'POST', '/assignments', { body: { staffId: 'amy', careUnitId: 'icu', role: 'primary' } });
    expect((await as('carol', 'PATCH', `/assignments/${made.body.assignmentId}`, { headers: change(1), body })).status).toBe(
      status,
    );
  });
});
