/** What the platform signs is what a gateway takes: the real API, and the gateway's own poller. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import { BedTable, ConfigPoller, GatewayMetrics } from '@vigil/edge-gateway';
import { CONFIG_PUBLIC_FILE } from '../../src/site/config-key.js';
import { until } from '../support/until.js';
import { type Api, GATEWAY_TOKEN, startApi } from './api-fixture.js';

let api: Api;
beforeAll(async () => void (api = await startApi()));
afterAll(() => api.end());

test('a gateway follows admissions by what the platform signs, with the key that lies in the data folder', async () => {
  const clock = new FakeClock();
  const beds = new BedTable();
  const source = {
    url: `${api.url}/api/v1/gateways/gw-1/config`,
    token: GATEWAY_TOKEN,
    gatewayId: 'gw-1',
    dataDir: mkdtempSync(join(tmpdir(), 'vigil-config-')),
    keyFile: join(api.dataDir, CONFIG_PUBLIC_FILE),
  };
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const poller = new ConfigPoller(source, beds, clock, new GatewayMetrics(), silent);
  const faults: string[] = [];
  poller.tell((fault) => faults.push(fault));
  await poller.start();
  await until('the first configuration', () => beds.config !== null, 5_000);
  const stayOf = (bedId: string) => beds.config!.watch!.beds.find((bed) => bed.bedId === bedId)!.encounter;
  const patient = { mrn: 'MRN-77', familyName: 'Later', givenName: 'Lee', birthDate: '1970-01-01', sex: 'other' };
  expect(stayOf('icu-2')).toBeNull();
  const as = await api.token('carol');
  const { patientId } = (await api.call('POST', '/api/v1/patients', { as, body: patient })).body;
  const admitted = await api.call('POST', '/api/v1/encounters', { as, body: { patientId, bedId: 'icu-2' } });
  expect(admitted.status).toBe(201);
  await clock.advance(5_000);
  await until('the stay', () => stayOf('icu-2') !== null, 5_000);
  expect(stayOf('icu-2')).toMatchObject({ encounterId: admitted.body.encounterId, patientId });
  expect(JSON.stringify(beds.config)).not.toMatch(/MRN-77|Later/);
  expect(faults).toEqual([]);
  await poller.stop();
});
