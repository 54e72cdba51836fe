import { type AlarmTransition, BedId, Explanation, Site, VendorExport } from '@vigil/contracts';
import { alarmIdOf, contentHash } from '@vigil/domain';
import { batch, transition } from '../contract/alarm-fixtures.js';
import { type Api, site, startApi } from './api-fixture.js';

const ward = Site.parse({
  ...site,
  staff: [...site.staff, { staffId: 'bob', username: 'bob', name: 'Bob Engineer', roles: ['biomed'] }],
});
const bedId = BedId.parse('icu-1');
let api: Api;
let alarm: AlarmTransition;
let at: number;

beforeAll(async () => {
  api = await startApi({ site: ward, env: { VIGIL_RUNBOOK_URL: 'https://wiki.example/runbook' } });
  at = api.clock.nowMs() + 60_000;
  const alarmId = alarmIdOf('icu-1', 'heartRate.high', at);
  const trigger = { deviceId: 'sim-icu-1', gatewayId: 'gw-1', bootId: 'boot-x', seq: 61, deviceAtMs: at, gatewayAtMs: at + 10 };
  const ruleSetHash = contentHash(ward.ruleSet);
  alarm = transition({ alarmId, onsetMs: at, atMs: at, trigger, ruleSetHash });
  const samples = Array.from({ length: 60 }, (_, s) => ({
    ...{
      bedId,
      metric: 'heartRate' as const,
      atMs: at - 59_000 + s * 1_000,
      value: 90 + s,
      deviceId: 'sim-icu-1',
      quality: 'valid' as const,
    },
  }));
  const gap = { gapId: 'gap/gw-1/sim-icu-1/abc', bedId, deviceId: 'sim-icu-1', seqs: [3, 5] as const, count: 3 };
  const gaps = [{ ...gap, fromMs: at - 20_000, toMs: at - 18_000, reason: 'neverArrived' as const }];
  await api.observations.write(0, { samples, gaps }, '1');
  const hop = { alarmId, rev: 1, offset: '9', sequence: 9, hubWallMs: at + 20, readWallMs: at + 30, steppedWallMs: at + 31 };
  const technical = transition({
    alarmId: alarmIdOf('icu-1', 'spo2.leadsOff', at - 5_000),
    ...{ conditionCode: 'spo2.leadsOff', kind: 'technical', priority: 'low', metric: 'spo2', ruleId: 'leadsOff' },
    ...{ onsetMs: at - 5_000, atMs: at - 5_000, ruleSetHash },
  });
  await api.stores.alarmState.commit(batch([technical, alarm], { hops: [hop] }));
  // What is asked for is of before now.
  api.clock.advance(120_000);
}, 60_000);
afterAll(() => api.end());

const get = async (path: string, username: string) => api.call('GET', path, { as: await api.token(username) });

test('a nurse reads why an alarm is what it is; it leaves an audit row about the patient', async () => {
  const rows = await api.audited(async () => {
    const { status, body } = await get(`/api/v1/alarms/${alarm.alarmId}/explanation`, 'amy');
    expect(status).toBe(200);
    const told = Explanation.parse(body);
    expect(told.rule).toMatchObject({ ruleId: 'hr-high', ruleSetName: 'test', definition: { limit: 120 } });
    expect(told.readings.state).toBe('known');
    const [heartRate] = told.readings.metrics;
    expect([heartRate!.metric, heartRate!.points.at(-1)!.value]).toEqual(['heartRate', 149]);
    expect(told.missing.gaps).toEqual([{ fromMs: at - 20_000, toMs: at - 18_000, count: 3, reason: 'neverArrived' }]);
    expect(told.missing.technical.map(({ conditionCode }) => conditionCode)).toEqual(['spo2.leadsOff']);
    expect(told.path).toMatchObject({ trigger: { seq: 61 }, log: { partition: 0, sequence: 9 } });
    expect(told.lines).toContain('Heart rate above 120 /min; over when it is at or below 118 /min.');
  });
  expect(rows.filter((row) => row.action === 'alarm.read')).toMatchObject([
    { object: `alarm:${alarm.alarmId}`, patientIds: ['pat-1'], outcome: 'allowed' },
  ]);
});

test('a technical alarm says where the runbook has it, with a link only where the site has said where that is', async () => {
  const of = async (alarmId: string) =>
    Explanation.parse((await get(`/api/v1/alarms/${alarmId}/explanation`, 'amy')).body).runbook;
  expect(await of(alarmIdOf('icu-1', 'spo2.leadsOff', at - 5_000))).toEqual({
    entry: 'leadsoff',
    url: 'https://wiki.example/runbook#leadsoff',
  });
  expect(await of(alarm.alarmId)).toBeNull();
});

test('the way of the reading alone, and the messages that are missing with the place that they did not come to', async () => {
  const { body: path } = await get(`/api/v1/alarms/${alarm.alarmId}/path`, 'amy');
  expect(path.hops.map((hop: { place: string; state: string }) => hop.state).slice(0, 5)).toEqual(Array(5).fill('passed'));
  const { body: gaps } = await get(`/api/v1/beds/icu-1/gaps?from=${at - 60_000}&to=${at}`, 'amy');
  expect(gaps.items).toMatchObject([{ fromSeq: 3, toSeq: 5, count: 3, firstBroken: 'gateway' }]);
  expect((await get(`/api/v1/beds/icu-1/gaps?from=${at}&to=${at}`, 'amy')).status).toBe(400);
  // As with the history of the bed: whoever works there also sees what was missing while nobody lay in it.
  const empty = `/api/v1/beds/icu-1/gaps?from=${at - 172_800_000}&to=${at - 172_700_000}`;
  expect(await get(empty, 'amy')).toMatchObject({ status: 200, body: { items: [] } });
  expect((await get(empty, 'bob')).status).toBe(403);
});

test('an engineer takes both out for the maker of the device: nothing of the ward is in it, and each leaves an audit row', async () => {
  const rows = await api.audited(async () => {
    for (const path of [`alarms/${alarm.alarmId}/path/export`, `beds/icu-1/gaps/export?from=${at - 60_000}&to=${at}`]) {
      const { status, body } = await get(`/api/v1/${path}`, 'bob');
      expect(status).toBe(200);
      expect(VendorExport.parse(body)).toEqual(body);
      expect(JSON.stringify(body)).not.toMatch(/icu|sim-|pat-|enc-|amy|gw-1|boot-x|149|heartRate/);
      expect(JSON.stringify(body)).not.toContain(String(at).slice(0, 7));
      expect(body.paths).toHaveLength(1);
    }
  });
  expect(rows.filter(({ action }) => action === 'path.export').map(({ object, outcome }) => [object, outcome])).toEqual([
    [`alarm:${alarm.alarmId}`, 'allowed'],
    ['bed:icu-1', 'allowed'],
  ]);
  expect((await get(`/api/v1/alarms/${alarm.alarmId}/explanation`, 'bob')).status).toBe(403);
  expect((await get(`/api/v1/alarms/${alarm.alarmId}/path/export`, 'amy')).status).toBe(403);
});

test('of messages that were missing over the end of a stay in the bed, who treats the patient elsewhere is told that part', async () => {
  const gap = { gapId: 'gap/gw-1/sim-icu-1/over', bedId, deviceId: 'sim-icu-1', seqs: [7, 9] as const, count: 3 };
  const leftMs = at + 60_000;
  const gaps = [{ ...gap, fromMs: leftMs - 30_000, toMs: leftMs + 30_000, reason: 'neverArrived' as const }];
  await api.observations.write(0, { samples: [], gaps }, '2');
  const path = `/api/v1/beds/icu-1/gaps?from=${leftMs - 40_000}&to=${leftMs + 40_000}`;
  const times = async (username: string) =>
    (await get(path, username)).body.items.map((each: Record<string, unknown>) => [each['gapId'], each['fromMs'], each['toMs']]);
  expect((await get(path, 'ida')).status).toBe(404);
  const moved = { as: await api.token('carol'), body: { bedId: 'imc-1', atMs: leftMs } };
  expect((await api.call('POST', '/api/v1/encounters/enc-1/transfer', moved)).status).toBe(200);
  expect(await times('ida')).toEqual([[gap.gapId, leftMs - 30_000, leftMs - 1]]);
});

test('with history away the rest is explained all the same, and it is said', async () => {
  api.observations.close();
  const { status, body } = await get(`/api/v1/alarms/${alarm.alarmId}/explanation`, 'amy');
  expect([status, body.readings.state]).toEqual([200, 'away']);
  expect(body.lines).toContain('The readings that led to it are not known now: history cannot be read.');
});
