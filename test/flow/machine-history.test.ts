import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BedId, DeviceId, MachineHistory } from '@vigil/contracts';
import {
  addHistoryReader,
  HISTORY_READERS_FILE,
  HistoryReaders,
  readHistoryReaders,
  revokeHistoryReader,
} from '../../src/access/history-readers.js';
import { tokenHash } from '../../src/access/tokens.js';
import { apiRoutes } from '../support/api-routes.js';
import { type Api, startApi } from './api-fixture.js';

const MINUTE_MS = 60_000;
let api: Api;
let nowMs: number;
beforeAll(async () => {
  api = await startApi({ env: { VIGIL_REQUESTS_PER_S: '5' } });
  await api.clock.advance(10 * MINUTE_MS);
  nowMs = Math.floor(api.clock.nowMs() / MINUTE_MS) * MINUTE_MS;
  const samples = ['icu-1', 'imc-1'].flatMap((bed) =>
    [1, 2, 3, 4].map((n) => ({
      ...{ bedId: BedId.parse(bed), metric: 'heartRate', atMs: nowMs - 3 * MINUTE_MS + n * 1_000, value: 70 + n },
      ...{ deviceId: DeviceId.parse(`sim-${bed}`), quality: 'valid' },
    })),
  );
  await api.observations.write(0, { samples: samples as never }, '1');
});
afterAll(() => api.end());

let made = 0;
const add = (careUnitIds = ['icu'], days = 90) =>
  addHistoryReader(api.dataDir, { name: `grafana-${(made += 1)}`, careUnitIds, days, wallMs: api.clock.wallMs() });
const path = (bed: string, more = '') =>
  `/api/v1/machine/beds/${bed}/history?metric=heartRate&from=${nowMs - 5 * MINUTE_MS}&to=${nowMs}&every=${MINUTE_MS}${more}`;
/** What has changed in the file is noticed with the next look. */
const later = () => api.clock.advance(1_000);

test('a program reads the means of its care unit: no name, no id of a patient; each request is on record with whose time it was', async () => {
  const token = add();
  await later();
  const rows = await api.audited(async () => {
    const { status, body } = await api.call('GET', path('icu-1'), { as: token });
    expect(status).toBe(200);
    expect(MachineHistory.strict().parse(body).items).toMatchObject([
      { atMs: nowMs - 3 * MINUTE_MS, value: 72.5, min: 71, max: 74, count: 4 },
    ]);
    expect(JSON.stringify(body)).not.toMatch(/pat-|enc-|TESTMAN|sim-/);
  });
  expect(rows).toMatchObject([
    {
      actor: `system:reader-grafana-${made}`,
      action: 'history.machine-read',
      object: 'bed:icu-1',
      patientIds: ['pat-1'],
      outcome: 'allowed',
    },
  ]);
});

test('it reads no other care unit, no single samples, and not the history of a year', async () => {
  const token = add();
  await later();
  expect((await api.call('GET', path('imc-1'), { as: token })).status).toBe(404);
  expect((await api.call('GET', path('nowhere'), { as: token })).status).toBe(404);
  expect((await api.call('GET', path('icu-1').replace('every=60000', 'every=0'), { as: token })).status).toBe(400);
  const year = path('icu-1').replace(/from=\d+/, `from=${nowMs - 366 * 86_400_000}`);
  expect((await api.call('GET', year, { as: token })).status).toBe(400);
});

test('its token opens nothing else: every other route refuses it as one that nobody has let in', async () => {
  const token = add(['icu', 'imc']);
  await later();
  const open: string[] = [];
  let asked = 0;
  for (const { method, path: template, filled, hasBody } of await apiRoutes(api)) {
    if (template.includes('/machine/')) continue;
    const ask = async (as?: string): Promise<number> =>
      (await api.call(method, filled, { ...(as === undefined ? {} : { as }), ...(hasBody ? { body: {} } : {}) })).status;
    await api.clock.advance(1_000);
    // What nobody needs to be let in for.
    if (![401, 403].includes(await ask())) continue;
    asked += 1;
    const status = await ask(token);
    if (![401, 403].includes(status)) open.push(`${method} ${template}: ${status}`);
  }
  expect(asked).toBeGreaterThan(100);
  expect(open).toEqual([]);
}, 120_000);

test('it ends by itself, and at once when it is taken away; who asks too often is told to wait', async () => {
  const [token, short] = [add(), add(['icu'], 1)];
  await later();
  const status = async (as: string) => (await api.call('GET', path('icu-1'), { as })).status;
  expect([await status(token), await status(short)]).toEqual([200, 200]);
  const readers = new HistoryReaders(api.dataDir);
  const inADay = api.clock.wallMs() + 86_400_000;
  expect([readers.caller(tokenHash(short), inADay), readers.caller(tokenHash(token), inADay) === null]).toEqual([null, false]);
  const statuses: number[] = [];
  for (let n = 0; n < 150 && statuses.at(-1) !== 429; n++) statuses.push(await status(token));
  expect(statuses.at(-1)).toBe(429);
  revokeHistoryReader(api.dataDir, `grafana-${made - 1}`);
  await later();
  expect([await status(token), await status(short)]).toEqual([401, 200]);
}, 60_000);

test('the token is in no file, and what is asked for wrongly is refused in one line', () => {
  const token = add();
  expect(readFileSync(join(api.dataDir, HISTORY_READERS_FILE), 'utf8')).not.toContain(token);
  expect(readHistoryReaders(api.dataDir).at(-1)).toMatchObject({ careUnitIds: ['icu'] });
  const reader = { careUnitIds: ['icu'], days: 90, wallMs: 0 };
  const refuse = (more: object) => () => addHistoryReader(api.dataDir, { ...reader, name: 'x', ...more });
  expect(refuse({ name: `grafana-${made}` })).toThrow(/revoke it first/);
  expect(refuse({ name: 'Not So' })).toThrow(/^name: small letters/);
  expect(refuse({ days: 366 })).toThrow(/1 to 365/);
  expect(refuse({ careUnitIds: [] })).toThrow(/careUnitIds/);
  expect(() => revokeHistoryReader(api.dataDir, 'nobody')).toThrow(/no reader nobody/);
});
