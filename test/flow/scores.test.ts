/** Scores of a stay over the real API and the real engine: what people chart, what comes of it, and who may. */
import { type LogEvent, type ScoreSnapshot, Site } from '@vigil/contracts';
import { emptyPartition, type PartitionState, step } from '@vigil/domain';
import { batch } from '../contract/alarm-fixtures.js';
import { until } from '../support/until.js';
import { type Api, type Call, newKey, type Reply, site as wardSite, startApi } from './api-fixture.js';

const HOUR_MS = 3_600_000;
const person = (staffId: string, role: string) => ({ staffId, username: staffId, name: `Person ${staffId}`, roles: [role] });
const site = Site.parse({
  ...wardSite,
  staff: [...wardSite.staff, person('phil', 'physician')],
  staffAssignments: [...wardSite.staffAssignments, { staffId: 'phil', careUnitId: 'icu', bedId: null, role: 'primary' }],
});
const number = (metric: string, value: number) => ({ item: 'number', metric, value });
const SET = [
  { item: 'consciousness', value: 'A' },
  { item: 'supplementalOxygen', value: 'oxygen' },
  ...[number('respirationRate', 22), number('spo2', 90), number('nibpSystolic', 118), number('heartRate', 96)],
  number('temperature', 38.06),
];

let api: Api;
let engine: PartitionState = emptyPartition();
let read = 0;
const tokens = new Map<string, string>();
beforeAll(async () => {
  api = await startApi({ site, env: { VIGIL_SECOND_FACTOR_ROLES: 'none' } });
  await signIn();
}, 30_000);
afterAll(() => api.end());

async function signIn(): Promise<void> {
  for (const name of ['amy', 'carol', 'phil', 'ida']) tokens.set(name, await api.token(name));
}

/** What waits in the relay goes through the engine, and what it tells into the store, as the processor does it. */
async function engineReads(): Promise<readonly ScoreSnapshot[]> {
  const rows = await api.stores.logRelay.next(1_000);
  const events: LogEvent[] = rows.slice(read).map((row) => row.event);
  read = rows.length;
  const result = step(engine, events);
  engine = result.state;
  await api.stores.alarmState.commit(batch([], { scores: result.scores }));
  return result.scores;
}

const as = (name: string, method: string, path: string, more: Call = {}): Promise<Reply> =>
  api.call(method, `/api/v1/encounters/${path}`, { as: tokens.get(name)!, ...more });
const chart = (name: string, body: object, key = newKey()): Promise<Reply> =>
  as(name, 'POST', 'enc-1/observations', { headers: { 'idempotency-key': key }, body });
const scoresOf = async (basis: string, score = 'news2') =>
  (await as('amy', 'GET', 'enc-1/scores')).body.items.find(
    (item: { score: string; basis: string }) => item.score === score && item.basis === basis,
  );

describe('observations', () => {
  test('that a nurse charts make a partial estimate that says what is missing', async () => {
    expect((await chart('amy', { items: SET.slice(0, 1) })).status).toBe(201);
    await engineReads();
    const estimate = await scoresOf('estimate');
    expect(estimate).toMatchObject({ total: null, min: 0, max: 17, isValid: true, by: null });
    expect(estimate.missing).toEqual(['respirationRate', 'spo2', 'supplementalOxygen', 'systolic', 'pulse', 'temperature']);
    expect(await scoresOf('charted')).toBeUndefined();
  });

  test('as a complete, validated set make a charted score with its author, once, and are audited', async () => {
    await api.clock.advance(1_000);
    const key = newKey();
    const rows = await api.audited(async () => {
      const answer = await chart('amy', { items: SET, validated: true }, key);
      expect([answer.status, answer.body]).toMatchObject([201, { chartId: key, validated: true, score: 'news2', by: 'amy' }]);
    });
    expect(rows.map((row) => [row.actor, row.action, row.object, row.detail])).toEqual([
      ['amy', 'observation.chart', 'encounter:enc-1', `a complete set, command:${key}`],
    ]);
    const first = (await chart('amy', { items: SET, validated: true }, key)).body;
    await api.clock.advance(1_000);
    expect((await chart('amy', { items: SET, validated: true }, key)).body).toEqual(first);
    expect((await chart('amy', { items: SET.slice(1) }, key)).body.code).toBe('conflict');
    const told = await engineReads();
    expect(told.filter((s) => s.basis === 'charted' && s.score === 'news2')).toHaveLength(1);
    // 2 for breathing, 3 for the saturation on scale 1, 2 for oxygen, 1 for the pulse, 1 for 38.06 that shows as 38.1.
    expect(await scoresOf('charted')).toMatchObject({ total: 9, by: 'amy', singleParameter: true, missing: [], spo2Scale: 1 });
  });

  test.each<[string, object, string]>([
    ['a set without a part', { items: SET.slice(1), validated: true }, 'body.items'],
    ['a score that nobody can chart whole', { items: SET, validated: true, score: 'sirs' }, 'body.score'],
    ['a value that no patient has', { items: [number('spo2', 190)] }, 'body.items.0.value'],
    ['a pulse of 0, which nobody measured', { items: [number('heartRate', 0)] }, 'body.items.0.value'],
    ['a metric that no score is made of', { items: [number('etco2', 35)] }, 'body.items.0.metric'],
    ['the same thing twice', { items: [SET[0], SET[0]] }, 'body.items.1'],
    ['a time to come', { items: SET, atMs: 9_999_999_999_999 }, 'body.atMs'],
    ['a time before the stay', { items: SET, atMs: 1 }, 'body.atMs'],
    ['nothing', { items: [] }, 'body.items'],
  ])('are refused for %s', async (_name, body, path) => {
    const answer = await chart('amy', body);
    expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([400, path]);
  });

  test('that are not complete are refused with what is missing, in words', async () => {
    const answer = await chart('amy', { items: SET.slice(2), validated: true });
    expect(answer.body.errors[0].message).toBe('missing: supplementalOxygen, consciousness');
  });

  test('need a key, and somebody who works there', async () => {
    expect((await as('amy', 'POST', 'enc-1/observations', { body: { items: SET } })).status).toBe(400);
    expect((await chart('ida', { items: SET })).status).toBe(404);
  });
});

describe('the SpO2 scale', () => {
  const set = (name: string, rev: number, spo2Scale: number, key = newKey()): Promise<Reply> =>
    as(name, 'PUT', 'enc-1/score-settings', {
      headers: { 'if-match': `"${rev}"`, 'idempotency-key': key },
      body: { spo2Scale, reason: 'hypercapnic failure, target 88-92' },
    });

  test('is set by a physician, with a reason, and the estimate follows', async () => {
    expect((await set('amy', 0, 2)).status).toBe(403);
    const key = newKey();
    expect((await set('phil', 0, 2, key)).body).toMatchObject({ spo2Scale: 2, setBy: 'phil', rev: 1 });
    expect((await set('phil', 0, 2, key)).body.rev).toBe(1);
    expect((await set('phil', 0, 1)).body.code).toBe('revision-moved');
    await engineReads();
    const { settings } = (await as('amy', 'GET', 'enc-1/scores')).body;
    expect(settings).toMatchObject({ spo2Scale: 2, reason: 'hypercapnic failure, target 88-92', setBy: 'phil' });
    // 90 % on oxygen is where it should be on scale 2; what was charted on scale 1 stays as it was.
    expect(await scoresOf('estimate')).toMatchObject({ total: 6, spo2Scale: 2 });
    expect(await scoresOf('charted')).toMatchObject({ total: 9, spo2Scale: 1 });
  });

  test('keeps the reason off the log and sealed in the store', async () => {
    const rows = await api.stores.logRelay.next(1_000);
    expect(JSON.stringify(rows)).not.toContain('hypercapnic');
    const { readFileSync } = await import('node:fs');
    const bytes = ['vigil.db', 'vigil.db-wal'].map((name) => readFileSync(`${api.dataDir}/${name}`, 'latin1')).join('');
    expect(bytes).not.toContain('hypercapnic');
  });
});

describe('scores', () => {
  test('stand beside the readings of a bed, with their basis', async () => {
    await api.clock.advance(1_000);
    const shown = await until(
      'scores of the bed',
      async () => {
        const { body } = await api.call('GET', '/api/v1/beds/icu-1', { as: tokens.get('amy')! });
        return body.scores?.length === 2 ? (body.scores as ScoreSnapshot[]) : null;
      },
      10_000,
    );
    expect(shown.map(({ score, basis, total }) => [score, basis, total])).toEqual([
      ['news2', 'charted', 9],
      ['news2', 'estimate', 6],
    ]);
  });

  test('say when they are over', async () => {
    await api.clock.advance(1.1 * HOUR_MS);
    // Nobody's session lives so long.
    await signIn();
    // 9 points stand for an hour; of the estimate the first part ends after an hour.
    expect(await scoresOf('charted')).toMatchObject({ total: 9, isValid: false });
    expect(await scoresOf('estimate')).toMatchObject({ isValid: false });
  });

  test('have a history, newest first, in pages, with a line for each change', async () => {
    const nowMs = api.clock.nowMs();
    const path = `enc-1/scores/news2/history?from=0&to=${nowMs + 1}`;
    const all = (await as('amy', 'GET', path)).body.items;
    expect(all.map((item: { basis: string; total: number | null }) => [item.basis, item.total])).toEqual([
      ['estimate', 6],
      ['estimate', 9],
      ['charted', 9],
      ['estimate', null],
    ]);
    const first = (await as('amy', 'GET', `${path}&limit=3`)).body;
    const rest = (await as('amy', 'GET', `${path}&limit=3&cursor=${first.next}`)).body;
    expect([...first.items, ...rest.items]).toEqual(all);
    expect(rest.next).toBeNull();
    expect((await as('amy', 'GET', 'enc-1/scores/news2/history?from=5&to=5')).status).toBe(400);
    const charted = (await as('amy', 'GET', `${path}&basis=charted`)).body.items;
    expect(charted).toEqual(all.filter(({ basis }: { basis: string }) => basis === 'charted'));
    expect((await as('amy', 'GET', `${path}&basis=guessed`)).status).toBe(400);
  });

  test('keep a set that was charted anew, marked; it counts no more', async () => {
    const atMs = Math.round(api.clock.nowMs());
    const body = { validated: true, atMs };
    expect((await chart('amy', { ...body, items: SET })).status).toBe(201);
    await engineReads();
    const calm = [...SET.slice(0, 1), { item: 'supplementalOxygen', value: 'air' }, ...SET.slice(2)];
    expect((await chart('carol', { ...body, items: [...calm, number('oxygenFlow', 0)] })).status).toBe(201);
    await engineReads();
    const path = `enc-1/scores/news2/history?from=${atMs}&to=${atMs + 1}&basis=charted`;
    const said = async (query = '') =>
      (await as('amy', 'GET', `${path}${query}`)).body.items.map(
        ({ by, total, replaced, isValid }: { by: string; total: number; replaced?: true; isValid: boolean }) => [
          ...[by, total, replaced, isValid],
        ],
      );
    expect(await said()).toEqual([['carol', 4, undefined, true]]);
    expect(await said('&replaced=true')).toEqual([
      ['amy', 6, true, false],
      ['carol', 4, undefined, true],
    ]);
    expect(await scoresOf('charted')).toMatchObject({ total: 4, by: 'carol' });
  });

  test('of a stay that somebody looked at leave a row in the audit trail', async () => {
    const rows = await api.audited(() => as('amy', 'GET', 'enc-1/scores'));
    expect(rows.map((row) => [row.action, row.object])).toEqual([['encounter.scores.read', 'encounter:enc-1']]);
  });

  test('that a replay derives again are stored once', async () => {
    const stored = async () => (await as('amy', 'GET', `enc-1/scores/news2/history?from=0&to=${api.clock.nowMs()}`)).body.items;
    const before = await stored();
    const rows = await api.stores.logRelay.next(1_000);
    const again = step(
      emptyPartition(),
      rows.map((row) => row.event),
    );
    await api.stores.alarmState.commit(batch([], { scores: again.scores }));
    expect(await stored()).toEqual(before);
  });

  test('of one moment that are charted again replace what was wrong, also where they are shown', async () => {
    const { items } = (await as('amy', 'GET', 'enc-1/scores')).body;
    const atMs = items.find((item: { basis: string }) => item.basis === 'charted').atMs;
    const right = SET.map((item) => (item.item === 'supplementalOxygen' ? { ...item, value: 'air' } : item));
    expect((await chart('amy', { items: right, validated: true, atMs })).status).toBe(201);
    await engineReads();
    expect(await scoresOf('charted')).toMatchObject({ total: 4, atMs });
    expect((await chart('amy', { items: SET, validated: true, atMs })).status).toBe(201);
    await engineReads();
    expect(await scoresOf('charted')).toMatchObject({ total: 6, atMs });
  });

  test('of a stay that is over can be looked at by nobody who does not treat the patient, and charted no more', async () => {
    expect((await as('carol', 'POST', 'enc-1/discharge', { body: {} })).status).toBe(200);
    expect([404, 409]).toContain((await chart('amy', { items: SET })).status);
  });
});
