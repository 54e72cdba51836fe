import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import type { AlarmId, AlarmLabel, BedId } from '@vigil/contracts';
import { auditEntry } from '../../src/ports/audit-trail.js';
import type { LoadFact } from '../../src/ports/reports.js';
import { alarmIdNo, batch, transition } from '../contract/alarm-fixtures.js';
import { plainLoad } from '../support/plain-load.js';
import { type Api, newKey, startApi } from './api-fixture.js';

const DAY_MS = 86_400_000;
const RANK = { low: 0, medium: 1, high: 2 } as const;
let api: Api;
let fromMs: number;
let amy: string;

beforeAll(async () => {
  api = await startApi();
  amy = await api.token('amy');
  fromMs = Math.floor(api.clock.nowMs() / DAY_MS) * DAY_MS;
});
afterAll(() => api.end());

const follow = async () => {
  const at = { nowMs: api.clock.nowMs(), wallMs: api.clock.wallMs(), rate: 1 };
  while ((await api.stores.alarmSnapshots.follow(at, 100)) > 0);
};
const load = (query: string, as = amy) => api.call('GET', `/api/v1/reports/alarm-load?careUnit=icu&${query}`, { as });
const entry = auditEntry({ actor: 'amy', action: 'x', object: '', outcome: 'allowed' });
const says = (alarmId: AlarmId, n: number) => ({
  ...{ commandId: newKey() as never, alarmId, by: (n % 2 === 0 ? 'amy' : 'carol') as never, audit: entry },
  ...{ nowMs: api.clock.nowMs(), wallMs: api.clock.wallMs() },
});

/** Sixty alarms of two beds, in bursts; some rise, some are labelled, some are accepted after a while. */
async function ward(): Promise<readonly LoadFact[]> {
  const facts: LoadFact[] = [];
  for (let n = 0; n < 60; n++) {
    const onsetMs = fromMs + Math.floor(n / 20) * DAY_MS + (n % 20) * 20_000;
    const [alarmId, priority] = [alarmIdNo(n), (['high', 'medium', 'low'] as const)[n % 3]!];
    const bedId = (n % 4 === 0 ? 'icu-2' : 'icu-1') as BedId;
    const encounterId = bedId === 'icu-1' ? 'enc-1' : null;
    const code = ['heartRate.high', 'spo2.low', 'spo2.leadsOff'][n % 3]!;
    const of = { alarmId, onsetMs, bedId, encounterId, conditionCode: code, kind: n % 5 === 0 ? 'technical' : 'physiological' };
    await api.stores.alarmState.commit(batch([transition({ ...of, atMs: onsetMs, priority })]));
    const rises = n % 7 === 0 && priority !== 'high';
    if (rises)
      await api.stores.alarmState.commit(
        batch([transition({ ...of, rev: 2, cause: 'raised', atMs: onsetMs + 1, priority: 'high' })]),
      );
    const escalation = (await api.stores.alarms.get(alarmId))!.escalation;
    const begun = escalation.state !== 'idle';
    const startedWallMs = api.clock.wallMs();
    const accepts = begun && n % 2 === 0;
    if (accepts) {
      await api.clock.advance(1_000 * n);
      await api.stores.alarms.accept({ ...says(alarmId, n), ifRev: null });
    }
    const label = n % 3 === 0 ? (['actionable', 'nuisance', 'artefact'] as const)[n % 2]! : null;
    if (label !== null) await api.stores.alarmLabels.set({ ...says(alarmId, n), label: label satisfies AlarmLabel });
    if (n % 10 === 0) await follow();
    facts.push({
      ...{
        alarmId,
        onsetMs,
        bedId,
        encounterId,
        conditionCode: code,
        isTechnical: n % 5 === 0,
        isFlapping: false,
        wasShelved: false,
        label,
      },
      priorityRank: rises ? 2 : RANK[priority],
      escalation: begun
        ? {
            ...{
              startedWallMs,
              step: -1,
              isExhausted: false,
              firstPageWallMs: null,
              arrivedWallMs: null,
              declines: 0,
              paged: [],
            },
            acceptedWallMs: accepts ? api.clock.wallMs() : null,
          }
        : null,
    });
  }
  await follow();
  return facts;
}

test('a report over the store says what a plain recount of the same alarms says, and the canary is in none', async () => {
  const facts = await ward();
  const canary = { alarmId: alarmIdNo(900), origin: 'canary', onsetMs: fromMs + 5, atMs: fromMs + 5 };
  await api.stores.alarmState.commit(batch([transition(canary)]));
  await follow();
  const range = { fromMs, toMs: fromMs + 3 * DAY_MS };
  const { status, body } = await load(`from=${range.fromMs}&to=${range.toMs}`);
  expect(status).toBe(200);
  const { careUnitId, countedToMs, origin, fromMs: _, toMs: __, ...sums } = body;
  expect([careUnitId, countedToMs, origin]).toEqual(['icu', range.toMs, null]);
  expect(sums).toEqual(plainLoad(facts, range, ['icu-1', 'icu-2'] as BedId[]));
  expect(sums.toAccept.count).toBeGreaterThan(10);
  // A day of it, and an origin that no alarm here has.
  const day = { fromMs, toMs: fromMs + DAY_MS };
  const part = (await load(`from=${day.fromMs}&to=${day.toMs}&origin=simulated`)).body;
  expect(part.alarms).toBe(20);
  expect((await load(`from=${day.fromMs}&to=${day.toMs}&origin=live`)).body.alarms).toBe(0);
  expect(JSON.stringify(body)).not.toMatch(/enc-|pat-|amy|carol/);
});

test('the same as a table, for whoever works with one', async () => {
  const { status, headers, body } = await load(`from=${fromMs}&to=${fromMs + DAY_MS}&format=csv`);
  expect([status, headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
  const lines = String(body).split('\r\n');
  expect(lines[0]).toBe('measure,subject,day,value');
  expect(lines).toContain('alarms,,,20');
  expect(lines).toContain(`alarms by bed and day,icu-1,${new Date(fromMs).toISOString().slice(0, 10)},15`);
});

test('who works elsewhere, too long a time and an order that is none are refused; who runs the house may ask of any care unit', async () => {
  expect((await load('from=0&to=10', await api.token('ida'))).status).toBe(404);
  expect((await load('from=10&to=10')).status).toBe(400);
  expect((await load(`from=0&to=${93 * DAY_MS}`)).body.errors).toEqual([
    { path: 'query.to', message: 'at most 92 days after from' },
  ]);
  expect((await load(`from=0&to=${92 * DAY_MS}`)).status).toBe(200);
  expect((await load('from=0&to=1&format=xls')).status).toBe(400);
  const dan = await api.token('dan');
  expect((await load('from=0&to=1', dan)).status).toBe(200);
  expect((await api.call('GET', '/api/v1/reports/alarm-load?careUnit=none&from=0&to=1', { as: dan })).status).toBe(404);
});

test('pages of facts leave none out and tell none twice, also where alarms begin in the same instant', async () => {
  const atMs = fromMs + 50 * DAY_MS;
  const of = Array.from({ length: 30 }, (_, n) => transition({ alarmId: alarmIdNo(2_000 + n), onsetMs: atMs + (n % 2), atMs }));
  await api.stores.alarmState.commit(batch(of));
  await follow();
  const range = { careUnitId: 'icu' as never, fromMs: atMs, toMs: atMs + 2 };
  for (const limit of [1, 7, 30]) {
    const seen: string[] = [];
    for (let after = null as { onsetMs: number; alarmId: string } | null; ;) {
      const facts = await api.stores.reports.facts(range, after, limit);
      seen.push(...facts.map((fact) => fact.alarmId));
      if (facts.length < limit) break;
      after = facts.at(-1)!;
    }
    expect([seen.length, new Set(seen).size]).toEqual([30, 30]);
  }
  const db = new DatabaseSync(join(api.dataDir, 'vigil.db'));
  const rows = db.prepare('select alarm_id, count(*) as n from alarm_fact group by alarm_id, care_unit_id having n > 1').all();
  db.close();
  expect(rows).toEqual([]);
});
