import { CareUnitId } from '@vigil/contracts';
import { TOLD_SUBJECTS_MAX } from '../../src/adapters/sql/on-call-trouble.js';
import { OnCallWatch } from '../../src/status/on-call-watch.js';
import { engineOf } from '../support/engine-of.js';
import { type Api, newKey, site, startApi } from './api-fixture.js';

const icu = CareUnitId.parse('icu');
let api: Api;
let engine: ReturnType<typeof engineOf>;
let amy: string;
beforeEach(async () => {
  api = await startApi();
  engine = engineOf(api.stores);
  await engine.relay();
  amy = await api.token('amy');
});
afterEach(() => api.end());

const tell = async (subject: string, active: boolean, trouble: 'undelivered' | 'unreachable' = 'undelivered') => {
  await api.stores.onCallTroubles.tell([{ careUnitId: icu, trouble, subject, active }]);
  return engine.relay();
};
const open = async () => (await api.call('GET', '/api/v1/alarms?presence=on', { as: amy })).body.items;

test('a page that nobody got is an alarm that everybody of the care unit sees, and ends when somebody did', async () => {
  await tell('alarm:a', true);
  const [alarm] = await open();
  expect(alarm).toMatchObject({
    conditionCode: 'onCall.undelivered',
    careUnitId: 'icu',
    bedId: null,
    gatewayId: null,
    active: true,
  });
  expect(alarm.text).toMatch(/^TEST \*\*\* High priority technical alarm, all of ICU: nobody could be told of an alarm/);
  await tell('alarm:a', false);
  expect(await open()).toEqual([]);
});

test('somebody acknowledges it, and the engine takes it under the key of the care unit', async () => {
  await tell('alarm:a', true);
  const [{ alarmId }] = await open();
  const headers = { 'if-match': '"1"', 'idempotency-key': newKey() };
  const { status } = await api.call('POST', `/api/v1/alarms/${alarmId}/acknowledge`, { as: amy, headers, body: {} });
  expect(status).toBe(200);
  const events = await engine.relay();
  expect(events.map(({ kind, key }) => [kind, key])).toContainEqual(['command', 'unit:icu']);
  const { body } = await api.call('GET', `/api/v1/alarms/${alarmId}`, { as: amy });
  expect(body).toMatchObject({ presence: 'ack', acknowledgedBy: 'amy', active: true });
});

test('saying it again tells the log nothing, and of very many subjects it is told of a bounded number at a time', async () => {
  expect(await tell('staff:amy', true, 'unreachable')).toHaveLength(1);
  expect(await tell('staff:amy', true, 'unreachable')).toHaveLength(0);
  const subjects = Array.from({ length: TOLD_SUBJECTS_MAX + 5 }, (_, i) => `staff:s${i}`);
  const news = (active: boolean) =>
    subjects.map((subject) => ({ careUnitId: icu, trouble: 'unreachable' as const, subject, active }));
  await api.stores.onCallTroubles.tell(news(true));
  expect(await engine.relay()).toHaveLength(TOLD_SUBJECTS_MAX - 1);
  // The one that was told first is over, and one that waited takes its place before: the alarm goes on.
  const told = await tell('staff:amy', false, 'unreachable');
  expect(told.map((event) => event.kind === 'onCallTrouble' && event.active)).toEqual([true, false]);
  expect(await open()).toHaveLength(1);
  await api.stores.onCallTroubles.tell(news(false));
  await engine.relay();
  expect(await open()).toEqual([]);
  expect(await api.stores.onCallTroubles.holding()).toEqual([]);
});

describe('nobody on call', () => {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const codes = async () => (await api.stores.alarms.open(icu)).alarms.map((alarm) => `${alarm.conditionCode} ${alarm.priority}`);
  const seed = (staffAssignments: typeof site.staffAssignments) =>
    api.stores.directory.seed({ ...site, staffAssignments }, new Map(), {
      ...{ nowMs: api.clock.nowMs(), wallMs: api.clock.wallMs(), rate: 1 },
    });

  test('a care unit with a patient of whose alarm nobody would be told has an alarm, until somebody is on duty', async () => {
    await api.end();
    api = await startApi({ site: { ...site, staffAssignments: [] } });
    engine = engineOf(api.stores);
    const watch = new OnCallWatch(api.stores.onCallTroubles, api.clock, log);
    await watch.look();
    await engine.relay();
    expect(await codes()).toEqual(['onCall.nobodyOnCall high']);
    // Of the other bed's nurse nobody at this one is told.
    await seed(site.staffAssignments.filter((duty) => duty.staffId === 'ben'));
    await watch.look();
    expect((await engine.relay()).filter((event) => event.kind === 'onCallTrouble')).toEqual([]);
    await seed(site.staffAssignments.filter((duty) => duty.staffId === 'amy'));
    await watch.look();
    await engine.relay();
    expect(await codes()).toEqual([]);
  });

  test('somebody on duty who can be reached in no way is nobody', async () => {
    await api.end();
    api = await startApi({ site: { ...site, staff: site.staff.map(({ email: _, ...person }) => person) } });
    engine = engineOf(api.stores);
    await new OnCallWatch(api.stores.onCallTroubles, api.clock, log).look();
    await engine.relay();
    expect(await codes()).toEqual(['onCall.nobodyOnCall high']);
  });
});
