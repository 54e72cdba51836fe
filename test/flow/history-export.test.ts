/** What a bed has measured, taken out as a file: the same as on the screen, for a reason, and told to the audit trail. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { type Api, newKey, startApi } from './api-fixture.js';

const MINUTE_MS = 60_000;

let api: Api;
let amy: string;
let startMs: number;
beforeAll(async () => {
  api = await startApi();
  amy = await api.token('amy');
  startMs = Math.ceil(api.clock.nowMs() / MINUTE_MS) * MINUTE_MS;
  const of = (metric: string, values: readonly number[]) =>
    values.map((value, i) => ({
      bedId: 'icu-1',
      metric,
      atMs: startMs + i * 1_000,
      value,
      deviceId: 'sim-icu-1',
      quality: i === 7 ? 'questionable' : 'valid',
    }));
  const gap = { gapId: 'g', bedId: 'icu-1', deviceId: '=HYPERLINK("x")', seqs: [1, 4], count: 4, reason: 'evicted' };
  const gaps = [{ ...gap, fromMs: startMs + 130_000, toMs: startMs + 140_000 }];
  const samples = [...of('heartRate', [...new Array(59).fill(80), 191, ...new Array(60).fill(70)]), ...of('temperature', [36.6])];
  await api.observations.write(0, { samples, gaps } as never, '1');
  await api.clock.advance(10 * MINUTE_MS);
}, 30_000);
afterAll(() => api.end());

const get = (path: string, as = amy) => api.call('GET', `/api/v1/beds/icu-1/history${path}`, { as });
const range = (minutes: number) => `from=${startMs}&to=${startMs + minutes * MINUTE_MS}`;
const allOf = (text: string) =>
  text
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split(','));
/** Without what stands in the head and at the end. */
const linesOf = (text: string) => allOf(text).filter(([first]) => !first!.startsWith('#'));
const saidOf = (text: string) =>
  Object.fromEntries(allOf(text).flatMap(([first, ...rest]) => (first!.startsWith('#') ? [[first!, rest]] : [])));

test('a file has the points of the history, with unit, quality and the peak that the mean hides', async () => {
  const { body: shown } = await get(`?metric=heartRate&${range(3)}&every=60000`);
  expect(shown.items.map((each: { max: number }) => each.max)).toEqual([191, 70]);
  const { status, headers, body } = await get(`/export?metric=heartRate,temperature&${range(3)}&every=60000&reason=transfer`);
  expect([status, headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
  const [head, gap, ...rows] = linesOf(body);
  expect(head).toEqual([
    'time',
    'until',
    'bed',
    'metric',
    'unit',
    'value',
    'min',
    'max',
    'samples',
    'quality',
    'device',
    'stay',
    'questionable',
  ]);
  expect(gap!.slice(0, 10)).toEqual([
    ...[new Date(startMs + 130_000).toISOString(), new Date(startMs + 140_000).toISOString()],
    ...['icu-1', '', '', '', '', '', '4', 'missing: evicted'],
  ]);
  expect(rows.filter((row) => row[3] === 'heartRate').map((row) => [row[0], Number(row[5]), Number(row[7])])).toEqual(
    shown.items.map((each: { atMs: number; value: number; max: number }) => [
      new Date(each.atMs).toISOString(),
      each.value,
      each.max,
    ]),
  );
  expect(rows.at(-1)!.slice(3, 6)).toEqual(['temperature', 'Cel', '36.6']);
  expect(rows.map((row) => [row[9], row[12]])).toEqual([
    ['mixed', '1'],
    ['valid', '0'],
    ['valid', '0'],
  ]);
  expect(shown.items.map((each: { questionable: number }) => each.questionable)).toEqual([1, 0]);
});

test('what a device calls itself is no formula of a spreadsheet', async () => {
  const { body } = await get(`/export?metric=heartRate&${range(3)}&reason=transfer`);
  expect(body).toContain(`"'=HYPERLINK(""x"")"`);
});

test('a file says whose it is by two identifiers and no name, who took it out, when, why, in which time zone and units', async () => {
  const answer = await get(`/export?metric=heartRate&${range(3)}&every=60000&reason=transfer`);
  const said = saidOf(answer.body);
  const patient = (await api.call('GET', '/api/v1/patients/pat-1', { as: amy })).body;
  expect(said['# stay 1']!.slice(0, 6)).toEqual(['encounter', 'enc-1', 'record number', patient.mrn, 'born', patient.birthDate]);
  expect(said).toMatchObject({
    '# bed': ['icu-1'],
    '# taken out by': [expect.stringMatching(/\(amy\)$/)],
    '# taken out at': [new Date(api.clock.wallMs()).toISOString()],
    '# reason': ['transfer'],
    '# time zone': [expect.stringContaining('UTC')],
    '# units': [expect.stringContaining('as measured and stored')],
    '# end': ['3'],
  });
  expect(answer.body).not.toContain(patient.familyName);
  expect(answer.body).not.toContain(patient.givenName);
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename="vigil-history.csv"');
  // Who looks for a fault of the device needs to know nobody.
  const { body } = await get(`/export?metric=heartRate&${range(3)}&every=60000&reason=equipment-check`);
  expect(body).toContain('enc-1');
  expect(body).not.toContain(patient.mrn);
  expect(body).not.toContain(patient.birthDate);
});

test('each file is one entry of the audit trail, with its reason and its metrics', async () => {
  const [row, ...more] = await api.audited(() => get(`/export?metric=heartRate,spo2&${range(3)}&reason=case-review`));
  expect(more).toEqual([]);
  expect(row).toMatchObject({ action: 'history.read', object: 'bed:icu-1', patientIds: ['pat-1'], outcome: 'allowed' });
  expect(row!.detail).toContain(`export for case-review: heartRate spo2 ${startMs}..${startMs + 3 * MINUTE_MS}`);
});

test.each([
  ['without a reason', `?metric=heartRate&from=1&to=2`],
  ['with a reason of one’s own', `?metric=heartRate&from=1&to=2&reason=curious`],
  ['of something that is no metric', `?metric=heartRate,shoeSize&from=1&to=2&reason=transfer`],
  ['of nothing', `?metric=&from=1&to=2&reason=transfer`],
  ['of a time that ends before it begins', `?metric=heartRate&from=2&to=1&reason=transfer`],
])('a file %s is refused', async (_what, query) => {
  expect((await get(`/export${query}`)).status).toBe(400);
});

test('nobody takes out what they may not see', async () => {
  expect((await get(`/export?metric=heartRate&${range(3)}&reason=transfer`, await api.token('ida'))).status).toBe(404);
});

test('a file of many pages has every sample once', async () => {
  const fromMs = startMs + 3_600_000;
  await api.clock.advance(3 * 3_600_000);
  amy = await api.token('amy');
  // Two devices, so that the end of a page falls between two samples of one ms.
  const samples = Array.from({ length: 5_000 }, (_, i) => ({
    ...{ bedId: 'icu-1', metric: 'spo2', deviceId: `sim-icu-${(i % 2) + 1}`, quality: 'valid' },
    ...{ atMs: fromMs + Math.floor((i + 1) / 2) * 1_000, value: 90 + (i % 9) },
  }));
  await api.observations.write(0, { samples } as never, '2');
  const { body } = await get(`/export?metric=spo2&from=${fromMs}&to=${fromMs + 3_600_000}&reason=transfer`);
  const times = linesOf(body)
    .slice(1)
    .map((line) => line[0]);
  expect(times).toEqual(samples.map((each) => new Date(each.atMs).toISOString()));
  // Three hours of everybody's timers are long where others work on the machine.
}, 120_000);

test('what is measured after a file was asked for is not in it: somebody else may lie there by then', async () => {
  const nowMs = Math.floor(api.clock.nowMs());
  const of = (atMs: number) => ({
    bedId: 'icu-1',
    metric: 'pulseRate',
    deviceId: 'sim-icu-1',
    quality: 'valid',
    atMs,
    value: 60,
  });
  await api.observations.write(0, { samples: [of(nowMs - 1), of(nowMs + 5)] } as never, '3');
  const { body } = await get(`/export?metric=pulseRate&from=${nowMs - 1_000}&to=${nowMs + 3_600_000}&reason=transfer`);
  expect(
    linesOf(body)
      .slice(1)
      .map((line) => line[0]),
  ).toEqual([new Date(nowMs - 1).toISOString()]);
});

test('history says which times are shown, and when the patient was away', async () => {
  const command = { as: amy, headers: { 'idempotency-key': newKey() }, body: { place: 'imaging' } };
  const { status, body } = await api.call('POST', '/api/v1/encounters/enc-1/standby', command);
  expect(status).toBe(201);
  await api.clock.advance(5 * MINUTE_MS);
  await api.call('DELETE', '/api/v1/encounters/enc-1/standby', { as: amy, headers: { 'idempotency-key': newKey() } });
  const nowMs = Math.round(api.clock.nowMs());
  const { body: shown } = await get(`?metric=heartRate&from=${startMs}&to=${nowMs + MINUTE_MS}`);
  expect(shown.shown).toEqual([{ fromMs: startMs, toMs: nowMs + MINUTE_MS }]);
  expect(shown.standby).toEqual([{ fromMs: body.fromMs, toMs: nowMs, place: 'imaging' }]);
});

test('of a time in which two lay in the bed, each row says whose stay it is of, and no mean is of both', async () => {
  await api.clock.advance(60 * MINUTE_MS);
  amy = await api.token('amy');
  const changeMs = Math.floor(api.clock.nowMs() / MINUTE_MS) * MINUTE_MS + 30_000;
  await api.clock.advance(5 * MINUTE_MS);
  const as = amy;
  const gone = await api.call('POST', '/api/v1/encounters/enc-1/discharge', {
    as,
    headers: { 'idempotency-key': newKey() },
    body: { atMs: changeMs },
  });
  expect(gone.status).toBe(200);
  const come = await api.call('POST', '/api/v1/encounters', {
    as,
    headers: { 'idempotency-key': newKey() },
    body: { encounterId: 'enc-9', patientId: 'pat-2', bedId: 'icu-1', atMs: changeMs },
  });
  expect([come.status, come.body]).toMatchObject([201, { admittedMs: changeMs }]);
  const of = (atMs: number, value: number) => ({ ...{ bedId: 'icu-1', metric: 'etco2', deviceId: 'sim-icu-1' }, atMs, value });
  await api.observations.write(
    0,
    { samples: [of(changeMs - 2_000, 30), of(changeMs, 50), of(changeMs + 1_000, 52)] } as never,
    '4',
  );
  const query = `metric=etco2&from=${changeMs - 30_000}&to=${changeMs + 30_000}&every=60000`;
  const { body } = await get(`/export?${query}&reason=case-review`);
  const rows = linesOf(body).slice(1);
  expect(rows.map((row) => [Number(row[5]), row[11]])).toEqual([
    [30, '1'],
    [51, '2'],
  ]);
  const said = saidOf(body);
  const day = (ms: number) => new Date(ms).toISOString();
  expect([said['# stay 1'], said['# stay 2']]).toEqual([
    ['encounter', 'enc-1', 'record number', 'M1', 'born', '1960-01-02', day(changeMs - 30_000), day(changeMs)],
    ['encounter', 'enc-9', 'record number', 'M2', 'born', '1950-03-04', day(changeMs), day(changeMs + 30_000)],
  ]);
  // The screen neither draws a mean of two patients.
  expect((await get(`?${query}`)).body.items.map((each: { value: number }) => each.value)).toEqual([30, 51]);
});

test('a stay that left the bed and came back stands once in the head, with both its times', async () => {
  const nowMs = Math.floor(api.clock.nowMs());
  const as = await api.token('carol');
  for (const bedId of ['icu-2', 'icu-1']) {
    expect((await api.call('POST', '/api/v1/encounters/enc-9/transfer', { as, body: { bedId } })).status).toBe(200);
    await api.clock.advance(MINUTE_MS);
  }
  const { body } = await get(`/export?metric=etco2&from=${nowMs - MINUTE_MS}&to=${nowMs + 5 * MINUTE_MS}&reason=transfer`);
  const stays = allOf(body).filter(([first]) => /^# stay \d/.test(first!));
  const day = (ms: number) => new Date(ms).toISOString();
  expect(stays.map(([, ...said]) => said)).toEqual([
    [
      ...['encounter', 'enc-9', 'record number', 'M2', 'born', '1950-03-04'],
      ...[nowMs - MINUTE_MS, nowMs, nowMs + MINUTE_MS, nowMs + 2 * MINUTE_MS + 1].map(day),
    ],
  ]);
});

test('whose record was tampered with is not named, and what was measured can be taken out all the same', async () => {
  const db = new DatabaseSync(join(api.dataDir, 'vigil.db'));
  const kept = db.prepare("select birth_date from patient where patient_id = 'pat-2'").get() as { birth_date: string };
  db.exec("update patient set birth_date = given_name where patient_id = 'pat-2'");
  const nowMs = Math.floor(api.clock.nowMs());
  const { status, body } = await get(`/export?metric=etco2&from=${nowMs - 1_000}&to=${nowMs}&reason=transfer`);
  db.prepare("update patient set birth_date = ? where patient_id = 'pat-2'").run(kept.birth_date);
  db.close();
  expect(status).toBe(200);
  expect(saidOf(body)['# stay 1']!.slice(2, 6)).toEqual(['record number', 'not readable', 'born', 'not readable']);
});

describe('a stay in all its beds, and files that a program reads', () => {
  let fromMs: number;
  let encounterId: string;
  const DAY_MS = 86_400_000;
  const stayPath = (path: string, as = amy) => api.call('GET', `/api/v1/encounters/${encounterId}/history${path}`, { as });
  const bytesOf = async (path: string): Promise<ArrayBuffer> => {
    const answer = await fetch(`${api.url}${path}`, { headers: { authorization: `Bearer ${amy}` } });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/vnd.apache.parquet']);
    return answer.arrayBuffer();
  };
  const words = (metadata: { key_value_metadata?: { key: string; value?: string }[] }, key: string) =>
    JSON.parse(metadata.key_value_metadata!.find((each) => each.key === key)!.value!);

  beforeAll(async () => {
    encounterId = 'enc-1';
    fromMs = startMs;
    amy = await api.token('amy');
  });

  test('the history of a stay is that of the beds where it lay, and nobody else’s', async () => {
    const { body } = await stayPath(`?metric=heartRate&${range(3)}&every=60000`);
    const { body: bed } = await get(`?metric=heartRate&${range(3)}&every=60000`);
    expect(body).toMatchObject({ encounterId, metric: 'heartRate', places: [{ bedId: 'icu-1', fromMs }], suggestedEveryMs: 0 });
    expect(body.items).toEqual(bed.items);
    expect(body.gaps).toEqual(bed.gaps);
    const month = await stayPath(`?metric=heartRate&from=${fromMs - 30 * DAY_MS}&to=${fromMs}`);
    expect(month.body.suggestedEveryMs).toBe(3_600_000);
    expect((await stayPath(`?metric=heartRate&${range(3)}`, await api.token('ida'))).status).toBe(404);
    expect((await stayPath(`?metric=heartRate&from=2&to=1`)).status).toBe(400);
  });

  test('Parquet has the rows of the CSV, with times as times, and says in itself what it is', async () => {
    const query = `/history/export?metric=heartRate,temperature&${range(3)}&every=60000&reason=transfer`;
    const file = await bytesOf(`/api/v1/encounters/${encounterId}${query}&format=parquet`);
    const rows = await parquetReadObjects({ file });
    const csv = await stayPath(query.slice('/history'.length));
    const [head, ...lines] = linesOf(csv.body);
    expect(Object.keys(rows[0]!)).toEqual(head);
    const plain = (cell: unknown): string => (cell instanceof Date ? cell.toISOString() : cell === null ? '' : String(cell));
    const guarded = (cells: string[]): string[] => cells.map((cell) => cell.replaceAll('"', '').replace(/^'=/, '='));
    expect(rows.map((row) => guarded(Object.values(row).map(plain)))).toEqual(lines.map(guarded));
    const metadata = parquetMetadata(file);
    expect(words(metadata, 'vigil.about')).toContainEqual(['# encounter', 'enc-1']);
    const dictionary = words(metadata, 'vigil.dictionary');
    expect(dictionary).toEqual((await api.call('GET', '/api/v1/history/dictionary', { as: amy })).body);
    expect(dictionary.metrics[0]).toMatchObject({ metric: 'heartRate', loinc: '8867-4', unit: '/min' });
    expect(dictionary.columns.map(({ name }: { name: string }) => name)).toEqual(expect.arrayContaining(head!));
  });

  test.each(['csv', 'parquet'])('a de-identified file (%s) has nothing by which somebody is recognised', async (format) => {
    const query = `metric=heartRate,temperature&${range(3)}&reason=research&deidentified=true&format=${format}`;
    const patient = (await api.call('GET', '/api/v1/patients/pat-1', { as: amy })).body;
    for (const place of [`/api/v1/beds/icu-1`, `/api/v1/encounters/${encounterId}`]) {
      const answer = await fetch(`${api.url}${place}/history/export?${query}`, { headers: { authorization: `Bearer ${amy}` } });
      const bytes = Buffer.from(await answer.arrayBuffer());
      const text =
        format === 'csv'
          ? bytes.toString()
          : JSON.stringify(
              [
                await parquetReadObjects({ file: new Uint8Array(bytes).buffer }),
                words(parquetMetadata(new Uint8Array(bytes).buffer), 'vigil.about'),
              ],
              (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value),
            );
      const year = new Date(startMs).getUTCFullYear();
      const told = ['icu-1', 'enc-1', 'pat-1', 'sim-icu', 'amy', 'HYPERLINK', String(year), String(startMs).slice(0, 6)];
      for (const word of [...told, patient.mrn, patient.birthDate, patient.familyName, patient.givenName])
        expect(text).not.toContain(word);
      expect(text).toContain('age in years at its beginning here');
      expect(text).toContain('191');
      expect(text).toContain('130000');
    }
    const [row] = await api.audited(() => stayPath(`/export?${query}`));
    expect(row!.detail).toContain('de-identified export for research: heartRate temperature');
  });

  test('research without de-identification is refused', async () => {
    expect((await stayPath(`/export?metric=heartRate&${range(3)}&reason=research`)).status).toBe(400);
    expect((await get(`/export?metric=heartRate&${range(3)}&reason=teaching&deidentified=false`)).status).toBe(400);
  });
});
