/** The hospital's FHIR server, the real app and the real store: who the records say lies where is who lies there. */
import { BedId, PatientId } from '@vigil/contracts';
import { readSettings } from '../../src/config.js';
import { ehrInOf } from '../../src/composition/ehr-in.js';
import { FeedModule } from '../../src/feed/feed.module.js';
import { Integrations } from '../../src/health/integrations.js';
import { FeedListening } from '../../src/feed/feed.service.js';
import type { Log } from '../../src/ports/log.js';
import { changeOf } from '../contract/feed-messages.js';
import { BEDS, fhirEncounter, fhirLocation, fhirPatient } from '../support/ehr-reader.js';
import { TestFhirServer } from '../support/fhir-server.js';
import { until } from '../support/until.js';
import { type Api, startApi } from './api-fixture.js';

/** Wall time, for a busy machine. */
const WAIT_MS = 15_000;
const MRN = 'urn:mrn';

let server: TestFhirServer;
let api: Api;
let lines: string[];
let beds: Readonly<Record<'icu-2' | 'imc-1', string>>;

beforeEach(async () => {
  lines = [];
  let nowMs = (): number => 0;
  server = await TestFhirServer.start(() => nowMs());
  const say = (level: string) => (text: string) => void lines.push(`${level} ${text}`);
  const log: Log = { info: say('info'), warn: say('warn'), error: say('error') };
  const env = { FHIR_BASE_URL: server.baseUrl, FHIR_MRN_SYSTEM: MRN, FHIR_VISIT_SYSTEM: 'urn:hospital:visit', FHIR_POLL_S: '30' };
  const { fhir } = readSettings({ ...env, VIGIL_DATA_DIR: '.' });
  api = await startApi({
    env,
    workers: [FeedModule.from(log, new FeedListening(null)), ...ehrInOf(fhir, () => nowMs(), log)],
  });
  nowMs = () => api.clock.wallMs();
  await api.clock.advance(120_000);
  const change = (): ReturnType<typeof changeOf> => changeOf({ nowMs: api.clock.nowMs(), wallMs: api.clock.wallMs() }, 'dan');
  for (const bed of ['icu-2', 'imc-1']) {
    await api.stores.places.setAlias({ system: BEDS, value: `B-${bed}` }, BedId.parse(bed), change());
  }
  beds = { 'icu-2': server.put(fhirLocation('B-icu-2')).id, 'imc-1': server.put(fhirLocation('B-imc-1')).id };
});
afterEach(async () => {
  await api.end();
  await server.stop();
});

/** Half minutes pass until it is so. */
const passUntil = <T>(what: string, look: () => Promise<T | null | undefined | false>): Promise<T> =>
  until(
    what,
    async () => {
      await api.clock.advance(30_000);
      return look();
    },
    WAIT_MS,
  );
const lyingIn = async (bed: string) => (await api.stores.directory.bed(BedId.parse(bed)))?.encounter ?? null;
const integration = async () => (await api.app.get(Integrations).report()).find(({ name }) => name === 'fhir-in');
const ofHospital = (mrn: string) => server.put(fhirPatient(null, { identifier: [{ system: MRN, value: mrn }] }));

test('an admission, a transfer and a discharge there are one here, and both records are linked', async () => {
  const { id } = ofHospital('M900');
  const sinceMs = api.clock.nowMs() - 60_000;
  const encounter = server.put(fhirEncounter(id, [[beds['icu-2'], sinceMs]]));
  const stay = await passUntil('the admission', () => lyingIn('icu-2'));
  expect(stay).toMatchObject({ admittedMs: sinceMs, patient: { mrn: 'M900', familyName: 'SAMPLE', birthDate: '1970-05-06' } });
  const link = await passUntil('the link', () => api.stores.ehrLinks.ofLocal('patient', stay.patientId));
  expect(link.serverId).toBe(id);
  const stayLink = await passUntil('the link of the stay', () => api.stores.ehrLinks.ofLocal('encounter', stay.encounterId));
  expect(stayLink.serverId).toBe(encounter.id);

  const movedMs = api.clock.nowMs() - 1_000;
  server.put({
    ...fhirEncounter(id, [
      [beds['icu-2'], sinceMs],
      [beds['imc-1'], movedMs],
    ]),
    id: encounter.id,
  });
  const moved = await passUntil('the transfer', () => lyingIn('imc-1'));
  expect(moved.encounterId).toBe(stay.encounterId);
  expect(await lyingIn('icu-2')).toBeNull();

  const places: [string, number][] = [
    [beds['icu-2'], sinceMs],
    [beds['imc-1'], movedMs],
  ];
  server.put({ ...fhirEncounter(id, places, { status: 'finished' }), id: encounter.id });
  await passUntil('the discharge', async () => (await lyingIn('imc-1')) === null);
  expect((await api.stores.tasks.list({ limit: 10 })).items).toEqual([]);
  expect(lines.join('\n')).not.toMatch(/SAMPLE|M900/);
});

test('somebody without a record number is a task, and nobody lies there', async () => {
  const { id } = server.put(fhirPatient(null));
  server.put(fhirEncounter(id, [[beds['icu-2'], api.clock.nowMs() - 60_000]]));
  const task = await passUntil('the task', async () => (await api.stores.tasks.list({ limit: 10 })).items[0]);
  expect(task).toMatchObject({ kind: 'feed', reason: 'no-identifier', state: 'open' });
  expect(await lyingIn('icu-2')).toBeNull();
  expect(await integration()).toMatchObject({ state: 'waiting', queue: 0, waiting: { 'no-identifier': 1 }, lastTrouble: null });
});

test('a record of somebody else by name is linked to nobody, and waits for a person', async () => {
  // TESTMAN of the site lies in icu-1 under M1; the record there is of somebody else.
  server.put(fhirPatient(null, { identifier: [{ system: MRN, value: 'M1' }], name: [{ family: 'OTHER', given: ['Olga'] }] }));
  const task = await passUntil('the task', async () => (await api.stores.tasks.list({ limit: 10 })).items[0]);
  expect(task).toMatchObject({ reason: 'person-differs' });
  expect(await api.stores.ehrLinks.ofLocal('patient', 'pat-1')).toBeNull();
  expect((await api.stores.directory.patient(PatientId.parse('pat-1')))?.familyName).toBe('TESTMAN');
});

test('a server that does not answer is a line of the log, and everything else goes on', async () => {
  expect(
    await passUntil('the first look', async () => (await integration())?.state === 'working' && (await integration())),
  ).toMatchObject({ sinceWallMs: null, waiting: {}, lastTrouble: null, missed: 0 });
  server.fault = () => ({ status: 503 });
  await passUntil('the line', () => Promise.resolve(lines.some((line) => line.startsWith('warn the FHIR server'))));
  const token = await api.token('amy');
  expect((await api.call('GET', '/api/v1/beds', { as: token })).status).toBe(200);
  expect((await api.call('GET', '/health/ready')).body).toBeDefined();
  expect(await integration()).toMatchObject({
    ...{ state: 'away', sinceWallMs: expect.any(Number), lastTrouble: 'ehr-unavailable/busy' },
  });
  const awayMs = (await integration())!.lagMs!;
  await api.clock.advance(60_000);
  expect((await integration())!.lagMs).toBe(awayMs + 60_000);
  server.fault = () => null;
  const { id } = ofHospital('M901');
  server.put(fhirEncounter(id, [[beds['imc-1'], api.clock.nowMs() - 60_000]]));
  await passUntil('the admission', () => lyingIn('imc-1'));
  expect(lines).toContain('info the FHIR server is read again');
  expect(await integration()).toMatchObject({ state: 'working', sinceWallMs: null, lastTrouble: 'ehr-unavailable/busy' });
});
