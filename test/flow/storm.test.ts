import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { type AlarmEvent, type AlarmTransition, BedId, Site } from '@vigil/contracts';
import { alarmIdOf } from '@vigil/domain';
import { Escalator } from '../../src/escalation/escalator.js';
import { batch, transition } from '../contract/alarm-fixtures.js';
import { site as wardSite } from '../contract/sql-fixture.js';
import { type Api, startApi } from './api-fixture.js';
import { openScreen, type Screen } from './live-screen.js';

const BEDS = 500;
/** What the log hands on at once. */
const BATCH = 50;
const PRIORITIES = ['low', 'medium', 'high'] as const;
/** Generous: what it takes on a quiet machine is a figure of the bench. */
const TIME_MAX_MS = 20_000;

const numbers = Array.from({ length: BEDS }, (_, n) => n + 1);
const nurses = Array.from({ length: 10 }, (_, n) => `nurse-${n}`);
/** A care unit of 500 beds, 50 for each of ten nurses; amy watches. */
const site = Site.parse({
  ...wardSite,
  ...{ patients: [], encounters: [], devices: [], deviceAssignments: [] },
  beds: numbers.map((n) => ({ bedId: `bed-${n}`, careUnitId: 'icu', label: `Bed ${n}` })),
  staff: [
    ...wardSite.staff,
    ...nurses.map((staffId) => ({
      ...{ staffId, username: staffId, name: staffId, roles: ['nurse'] },
      email: `${staffId}@hospital.test`,
    })),
  ],
  staffAssignments: [
    { staffId: 'amy', careUnitId: 'icu', bedId: null, role: 'charge' },
    ...numbers.map((n) => ({ ...{ careUnitId: 'icu', bedId: `bed-${n}`, role: 'primary' }, staffId: nurses[n % 10]! })),
  ],
});

let api: Api;
let amy: Screen;
beforeAll(async () => {
  api = await startApi({ site });
  amy = openScreen(`${api.url}/alarms`, { auth: { token: await api.token('amy') } });
  await amy.join('icu');
  await amy.next('alarm.snapshot');
});
afterAll(async () => {
  amy.socket.disconnect();
  await api.end();
});

/** One alarm of each bed, with every priority in each batch. */
const storm = numbers.map((n): AlarmTransition => {
  const [bedId, onsetMs] = [BedId.parse(`bed-${n}`), 1_000 + n];
  const alarmId = alarmIdOf(`bed:${bedId}`, 'heartRate.high', onsetMs);
  return transition({ alarmId, bedId, encounterId: null, onsetMs, atMs: onsetMs, priority: PRIORITIES[n % 3]! });
});

test('500 beds alarm at once: all are on the screen, none is lost, and of what came together the urgent is first', async () => {
  const startedMs = performance.now();
  for (let at = 0; at < BEDS; at += BATCH) await api.stores.alarmState.commit(batch(storm.slice(at, at + BATCH)));
  await amy.next('alarm.event', BEDS);
  expect(performance.now() - startedMs).toBeLessThan(TIME_MAX_MS);
  const shown = amy.got<AlarmEvent>('alarm.event').map(({ cursor, alarm }) => ({ cursor, alarm }));
  expect(new Set(shown.map(({ alarm }) => alarm.alarmId))).toEqual(new Set(storm.map(({ alarmId }) => alarmId)));
  expect(shown.map(({ cursor }) => cursor)).toEqual(shown.map(({ cursor }) => cursor).sort((a, b) => a - b));
  const rank = (priority: string): number => PRIORITIES.indexOf(priority as never);
  for (let at = 0; at < BEDS; at += BATCH) {
    const together = storm.slice(at, at + BATCH).map(({ alarmId }) => alarmId as string);
    const ranks = shown.filter(({ alarm }) => together.includes(alarm.alarmId)).map(({ alarm }) => rank(alarm.priority));
    expect(ranks).toEqual([...ranks].sort((a, b) => b - a));
  }
});

test('everybody who is to be told of one of them is: one page for each, the urgent ones first', async () => {
  const { stores, clock } = api;
  const log = { error: (facts: object) => expect(facts).toEqual({}), warn: () => undefined };
  const escalator = new Escalator({
    ...{ escalations: stores.escalations, directory: stores.directory, feed: stores.alarmFeed, clock },
    ...{ publicUrl: 'https://vigil.test', log },
  });
  while (await escalator.runOnce());
  const db = new DatabaseSync(join(api.dataDir, 'vigil.db'));
  const rows = db.prepare("select alarm_id, priority_rank from page where kind = 'alarm' order by rowid").all();
  db.close();
  const escalates = storm.filter(({ priority }) => priority !== 'low').map(({ alarmId }) => alarmId as string);
  expect([...new Set(rows.map((row) => String(row['alarm_id'])))].sort()).toEqual([...escalates].sort());
  const ranks = rows.map((row) => Number(row['priority_rank']));
  expect(ranks).toEqual([...ranks].sort((a, b) => b - a));
});
