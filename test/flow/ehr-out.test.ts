/** The app with a FHIR server beside it: from the log to the server, with the real stores, and again after a restart. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { LogEvent } from '@vigil/contracts';
import { ServiceTokens } from '../../src/access/service-tokens.js';
import { MemoryEventLog } from '../../src/adapters/memory/memory-event-log.js';
import { SqliteObservationStore } from '../../src/adapters/history-sqlite/history-sqlite.js';
import { openPagers } from '../../src/composition/open-pagers.js';
import { createApp } from '../../src/composition/create-app.js';
import { ehrOutOf } from '../../src/composition/ehr-out.js';
import type { Ports } from '../../src/composition/ports.module.js';
import { readSettings } from '../../src/config.js';
import { AuditSpool } from '../../src/audit/audit-spool.js';
import { EhrOutModule } from '../../src/ehr-out/ehr-out.module.js';
import { EhrOutOptions } from '../../src/ehr-out/ehr-out.service.js';
import { Integrations } from '../../src/health/integrations.js';
import { Pagers } from '../../src/ports/pager.js';
import { ServerConfig } from '../../src/server-config.js';
import { CONSUMER, openTestStores, OWNER, type TestStores } from '../contract/sql-fixture.js';
import { WrittenTo } from '../support/written-to.js';

class NoPagers extends Pagers {
  override all = (): readonly never[] => [];
}

let stores: TestStores;
let ehr: WrittenTo;
let baseUrl: string;
let dataDir: string;
beforeEach(async () => {
  stores = await openTestStores();
  ehr = new WrittenTo();
  baseUrl = await ehr.start();
  dataDir = mkdtempSync(join(tmpdir(), 'vigil-ehr-out-'));
});
afterEach(async () => {
  ehr.stop();
  await stores.end();
  rmSync(dataDir, { recursive: true, force: true });
});

const lines = { info: () => undefined, warn: () => undefined, error: () => undefined };

async function started(log: MemoryEventLog): Promise<NestFastifyApplication> {
  const settings = readSettings({
    ...{ VIGIL_DATA_DIR: dataDir, VIGIL_PORT: '0', VIGIL_SOURCE: 'none' },
    ...{ FHIR_BASE_URL: baseUrl, FHIR_MRN_SYSTEM: 'urn:mrn' },
  });
  const ports: Ports = {
    ...stores,
    ...openPagers(settings, stores.clock, stores),
    ...{ auditAnchors: { all: () => [] }, auditSpool: new AuditSpool(dataDir), pagers: new NoPagers(), eventLog: log },
    privacyMail: { isConfigured: false, send: () => Promise.resolve() },
    observations: new SqliteObservationStore(join(dataDir, 'history.db')),
    close: () => Promise.resolve(),
  };
  const config = new ServerConfig(settings, 'test', null);
  const workers = [EhrOutModule.from(lines, new EhrOutOptions(ehrOutOf(settings.fhir, ports)!))];
  return createApp({ ports, config, services: new ServiceTokens([]), workers }, false);
}

function message(atMs: number, seq: number, origin = 'live'): LogEvent {
  return LogEvent.parse({
    ...{
      v: 1,
      id: `sim-icu-1/b/${seq}`,
      key: 'bed:icu-1',
      origin,
      atMs,
      kind: 'deviceMessage',
      bedId: 'icu-1',
      deviceId: 'sim-icu-1',
    },
    ...{ gatewayId: 'gw-1', bootId: 'b', seq, deviceAtMs: atMs, gatewayAtMs: atMs },
    readings: [{ metric: 'heartRate', value: 72, unit: '/min', quality: 'valid' }],
  });
}

async function pass(wallMs: number): Promise<void> {
  for (let left = wallMs; left > 0; left -= 10_000) {
    await stores.clock.advance(Math.min(left, 10_000));
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

test('readings of a patient whom the server knows are there once, also after a restart, and of nobody else', async () => {
  const owners = { store: stores.partitionOwners.storeFor(OWNER), ownerId: OWNER, ...CONSUMER };
  const log = new MemoryEventLog({ clock: stores.clock, partitions: 1, owners });
  const startMs = Math.ceil(stores.clock.nowMs() / 60_000) * 60_000;
  await stores.clock.advance(startMs - stores.clock.nowMs());
  await log.append(Array.from({ length: 180 }, (_, s) => message(startMs + s * 1_000, s)));
  await log.append([message(startMs + 1_000, 500, 'simulated')]);
  const first = await started(log);
  await pass(400_000);
  expect(ehr.of('Observation')).toEqual([]);
  expect(await stores.ehrOut.counts()).toMatchObject({ 'no-identifier': 3 });
  const { items: tasks } = await stores.tasks.list({ unplaced: false, limit: 10 });
  expect(tasks).toMatchObject([{ kind: 'fhir-out', reason: 'no-identifier', careUnitId: 'icu', bedId: 'icu-1' }]);
  expect((await first.get(Integrations).report())[0]).toMatchObject({ name: 'fhir-out', state: 'waiting' });

  await stores.ehrLinks.link({ kind: 'patient', localId: 'pat-1', resourceType: 'Patient', serverId: '17', version: null });
  await pass(60_000);
  expect(ehr.of('Observation')).toHaveLength(3);
  expect(ehr.of('Observation')[0]).toMatchObject({ subject: { reference: 'Patient/17' } });
  expect(ehr.of('Device')).toHaveLength(1);
  await first.close();

  const after = await stores.partitionOwners.storeFor(OWNER).listCheckpoints(CONSUMER.namespace, CONSUMER.hub, 'fhir');
  expect(after).toMatchObject([{ sequenceNumber: 180 }]);
  const second = await started(log);
  await log.append([message(startMs + 600_000, 600)]);
  await pass(350_000);
  expect(ehr.of('Observation')).toHaveLength(4);
  expect((await second.get(Integrations).report())[0]).toMatchObject({ state: 'working', missed: 0 });
  await second.close();
});
