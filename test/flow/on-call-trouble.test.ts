import { CareUnitId } from '@vigil/contracts';
import { TOLD_SUBJECTS_MAX } from '../../src/adapters/sql/on-call-trouble.js';
import { Escalator } from '../../src/escalation/escalator.js';
import { OnCallWatch } from '../../src/status/on-call-watch.js';
import { batch, ending, transition } from '../contract/alarm-fixtures.js';
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
/** Whoever is to be told now has a page that waits. */
const escalate = async () => {
  const { escalations, directory, alarmFeed } = api.stores;
  const log = { error: () => undefined, warn: () => undefined };
  const escalator = new Escalator({
    escalations,
    directory,
    feed: alarmFeed,
    clock: api.clock,
    publicUrl: 'https://vigil.test',
    log,
  });
  while (await escalator.runOnce());
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

test('the text says whom it began with, and a page of it names the care unit as people do', async () => {
  await tell('staff:ben', true, 'unreachable');
  await tell('staff:carol', true, 'unreachable');
  const texts = (await open()).map((alarm: { text: string }) => alarm.text).join('\n');
  expect(texts).toMatch(/somebody on duty here \(Ben Nurse when it began\) cannot be reached/);
  const { stores, clock } = api;
  await escalate();
  const pages = await stores.escalations.claimPages(clock.wallMs(), 1_000, new Map([['smtp' as const, 9]]));
  const subjects = pages.map((page) => page.subject);
  expect(subjects.join()).toMatch(/care unit ICU/);
});

test('that a page did not leave is over with its alarm, also where the patient was moved to another care unit meanwhile', async () => {
  const { stores, clock } = api;
  const onsetMs = Math.round(clock.nowMs());
  await stores.alarmState.commit(batch([transition({ onsetMs, atMs: onsetMs })]));
  await escalate();
  const pages = await stores.escalations.claimPages(clock.wallMs(), 1_000, new Map([['smtp' as const, 9]]));
  for (const { covers } of pages) await stores.escalations.pageFailed(covers, clock.wallMs(), { reason: 'x', retryAtMs: null });
  const held = async () => (await stores.onCallTroubles.holding()).map(({ careUnitId, trouble }) => `${careUnitId} ${trouble}`);
  expect(await held()).toEqual(['icu undelivered']);
  const moved = { bedId: 'imc-1', onsetMs };
  await stores.alarmState.commit(batch([transition({ ...moved, rev: 2, cause: 'carried', atMs: onsetMs + 1 })]));
  await stores.alarmState.commit(batch([ending({ ...moved, rev: 3, atMs: onsetMs + 2 })]));
  expect(await held()).toEqual([]);
});

test('who is not on duty in an hour is no matter where an alarm finds nobody now', async () => {
  await api.stores.onCallTroubles.tell([
    { careUnitId: icu, trouble: 'nobodyOnCall', subject: 'in-1h', active: true },
    { careUnitId: icu, trouble: 'nobodyOnCall', subject: 'alarm:a', active: true },
  ]);
  await engine.relay();
  expect((await open())[0]).toMatchObject({ priority: 'high', text: expect.stringContaining('nobody is on duty who would') });
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
