/** CK-S19: text from outside stays text, on every screen. */
import { BedId } from '@vigil/contracts';
import type { Page } from 'playwright-core';
import { hl7Listening } from '../../src/composition/hl7-listening.js';
import { ehrInOf } from '../../src/composition/ehr-in.js';
import { readSettings } from '../../src/config.js';
import { FeedModule } from '../../src/feed/feed.module.js';
import { FeedService } from '../../src/feed/feed.service.js';
import type { Log } from '../../src/ports/log.js';
import { batch, transition } from '../contract/alarm-fixtures.js';
import { changeOf } from '../contract/feed-messages.js';
import { XSS_PAYLOADS } from '../fixtures/xss-payloads.js';
import { type Api, newKey, PASSWORD, site } from '../flow/api-fixture.js';
import { BEDS, fhirEncounter, fhirLocation, fhirPatient } from '../support/ehr-reader.js';
import { TestFhirServer } from '../support/fhir-server.js';
import { RawSender } from '../support/hl7-clients.js';
import { until } from '../support/until.js';
import { describeInChromium } from './browser.js';
import { platformInChromium } from './platform.js';

const NAME_MAX = 80;
/** Runs in twenty characters, which is all that a bed is called by. */
const SHORT = '<svg onload=pwned()>';
/** Of each kind that takes little: every so manieth, so that the run is short. */
const SOME = XSS_PAYLOADS.filter((_, n) => n % 12 === 0);
const HL7 = { VIGIL_HL7_PORT: '0', VIGIL_HL7_MRN_AUTHORITY: 'HOSP', VIGIL_TIME_ZONE: 'UTC', VIGIL_SOURCE: 'simulator' };
const FHIR = { FHIR_MRN_SYSTEM: 'urn:mrn', FHIR_VISIT_SYSTEM: 'urn:hospital:visit', FHIR_POLL_S: '5' };
const none = (): void => undefined;
const log: Log = { info: none, warn: none, error: none };

/** What is also looked at as it is printed. */
const PRINTED: ReadonlySet<string> = new Set(['/b/icu-2', '/b/icu-2/review', '/b/icu-2/news2', '/system/downtime']);

describeInChromium('text that would be a script, in Chromium with the real platform', () => {
  const env: Record<string, string> = { VIGIL_SECOND_FACTOR_ROLES: 'none', VIGIL_REQUESTS_PER_S: '10000', ...HL7, ...FHIR };
  const gil = { staffId: 'gil', username: 'gil', name: 'Gil Biomed', roles: ['biomed'] };
  const workers: Parameters<typeof platformInChromium>[1] = {
    workers: [],
    site: { ...site, staff: [...site.staff, gil] } as typeof site,
  };
  const reports: string[] = [];
  let fhir: TestFhirServer;
  let wallMs = (): number => 0;
  beforeAll(async () => {
    fhir = await TestFhirServer.start(() => wallMs());
    env['FHIR_BASE_URL'] = fhir.baseUrl;
    const settings = readSettings({ ...env, VIGIL_DATA_DIR: '.' });
    const reading = ehrInOf(settings.fhir, () => wallMs(), log);
    (workers.workers as unknown[]).push(FeedModule.from(log, await hl7Listening(settings)), ...reading);
  });
  afterAll(() => fhir.stop());
  const at = platformInChromium(env, workers);
  let api: Api;
  let alarmId: string;

  const post = async (path: string, as: string, body: unknown) =>
    api.call('POST', `/api/v1${path}`, { as: await api.token(as), body, headers: { 'idempotency-key': newKey() } });
  const change = () => changeOf({ nowMs: api.clock.nowMs(), wallMs: api.clock.wallMs() }, 'dan');
  const lyingIn = async (bedId: string) => (await api.stores.directory.bed(BedId.parse(bedId)))?.encounter?.patient ?? null;

  beforeAll(async () => {
    api = at.api;
    wallMs = () => api.clock.wallMs();
    await api.clock.advance(10_000);
    expect(XSS_PAYLOADS.length).toBeGreaterThanOrEqual(200);
    expect(new Set(XSS_PAYLOADS).size).toBe(XSS_PAYLOADS.length);
    for (const bedId of ['x-1', 'x-2', 'x-3']) {
      expect((await post('/beds', 'dan', { bedId, careUnitId: 'icu', label: SHORT })).status).toBe(201);
    }
    await names();
    await stationsAndEmergencies();
    await onCall();
    await deviceTexts();
    await alarmAndShelf();
    await fromHl7();
    await fromFhir();
  }, 120_000);

  /** As patients; one of them is admitted. */
  async function names(): Promise<void> {
    const carol = await api.token('carol');
    let [taken, patientId] = [0, ''];
    for (const [n, payload] of XSS_PAYLOADS.entries()) {
      const text = payload.slice(0, NAME_MAX);
      const body = { mrn: `X${n}`, familyName: text, givenName: text, birthDate: '1970-01-01', sex: 'other' };
      const made = await api.call('POST', '/api/v1/patients', { as: carol, body, headers: { 'idempotency-key': newKey() } });
      if (made.status !== 201) continue;
      taken += 1;
      patientId ||= made.body.patientId;
    }
    // A few carry characters that no name has; the others are there to be shown.
    expect(taken).toBeGreaterThanOrEqual(190);
    expect((await post('/encounters', 'carol', { patientId, bedId: 'icu-2' })).status).toBe(201);
  }

  async function stationsAndEmergencies(): Promise<void> {
    for (const payload of SOME) {
      expect((await post('/stations', 'carol', { careUnitId: 'icu', label: payload.slice(0, 60) })).status).toBe(201);
    }
    for (const payload of SOME.slice(0, 8)) {
      const grant = await post('/break-glass', 'ben', { patientId: 'pat-1', reason: 'emergency', text: payload.slice(0, 200) });
      expect(grant.status).toBeLessThan(300);
      await api.call('DELETE', `/api/v1/break-glass/${grant.body.grantId}`, { as: await api.token('ben') });
    }
  }

  /** Names of schedules, turns and policies, and what one shift writes for the next. */
  async function onCall(): Promise<void> {
    for (const [n, payload] of SOME.slice(0, 6).entries()) {
      const label = payload.slice(0, 60);
      const turn = { rotationId: 'first', label, unit: 'day', every: 1, startDate: '2026-01-01', handoverTime: '07:00' };
      const rotations = [{ ...turn, participants: ['amy', 'ben'] }];
      const content = { v: 1, label, careUnitId: 'icu', timeZone: 'Europe/Vienna', rotations };
      expect((await post('/on-call/schedules', 'carol', { scheduleId: `x-${n}`, content })).status).toBe(201);
      const noted = await post(`/on-call/schedules/x-${n}/handover-notes`, 'carol', { text: payload });
      expect(noted.status).toBe(201);
      const tell = [{ kind: 'role', role: 'charge' }];
      const policy = { v: 1, name: label, routes: [{ priorities: ['high'], steps: [{ tell, waitS: 60 }] }] };
      expect((await post('/policies', 'carol', { content: policy, careUnitIds: ['icu'] })).status).toBe(201);
    }
  }

  /** Who owns a device, and what it is: as it was registered, and as it says itself. */
  async function deviceTexts(): Promise<void> {
    for (const [n, payload] of SOME.slice(0, 6).entries()) {
      const body = { deviceId: `x-${n}`, gatewayId: 'gw-1', profile: 'monitor', owner: payload.slice(0, 60) };
      expect((await post('/devices', 'gil', body)).status).toBe(201);
    }
  }

  async function alarmAndShelf(): Promise<void> {
    const atMs = Math.round(api.clock.nowMs());
    await api.stores.alarmState.commit(batch([transition({ atMs, onsetMs: atMs })]));
    const { body } = await api.call('GET', '/api/v1/alarms?careUnit=icu', { as: await api.token('carol') });
    alarmId = body.items[0].alarmId;
    const { body: stays } = await api.call('GET', '/api/v1/beds/icu-2', { as: await api.token('carol') });
    const shelf = { conditionCode: 'heartRate.high', reason: 'other', toMs: atMs + 3_600_000, note: XSS_PAYLOADS[0] };
    expect((await post(`/encounters/${stays.encounter.encounterId}/shelves`, 'carol', shelf)).status).toBe(201);
  }

  /** The hospital names a patient so. */
  async function fromHl7(): Promise<void> {
    await api.stores.places.setAlias({ system: 'hl7:H', value: 'ICU^X1' }, BedId.parse('x-1'), change());
    const hospital = await RawSender.to(api.app.get(FeedService, { strict: false }).port!);
    const escaped = (text: string): string =>
      text
        .replace(/[\\|^~&]/g, (c) => `\\${{ '\\': 'E', '|': 'F', '^': 'S', '~': 'R', '&': 'T' }[c]}\\`)
        .replaceAll(/[\r\n]/g, ' ');
    const atText = new Date(api.clock.nowMs())
      .toISOString()
      .replace(/[-:TZ]/g, '')
      .slice(0, 14);
    for (const [n, payload] of SOME.entries()) {
      const name = escaped(payload.slice(0, NAME_MAX));
      const place = n === 0 ? 'ICU^X1' : `ELSEWHERE^${n}`;
      const lines = [
        `MSH|^~\\&|HIS|H|V|H|${atText}||ADT^A01|x${n}|P|2.5`,
        `EVN||${atText}`,
        `PID|1||H${n}^^^HOSP||${name}^${name}||19800101|F`,
        `PV1|1|I|${place}||||||||||||||||V${n}`,
      ];
      hospital.send(lines.join('\r'));
      expect(await hospital.answer()).toMatch(/MSA\|A[AE]\|/);
    }
    await until('an admission by HL7', async () => (await lyingIn('x-1')) !== null, 20_000);
    expect((await lyingIn('x-1'))?.familyName).toBe(SOME[0]!.slice(0, NAME_MAX).trim());
    hospital.end();
  }

  /** The records of the hospital name a patient so. */
  async function fromFhir(): Promise<void> {
    await api.stores.places.setAlias({ system: BEDS, value: 'B-x-2' }, BedId.parse('x-2'), change());
    const { id: locationId } = fhir.put(fhirLocation('B-x-2'));
    for (const [n, payload] of SOME.entries()) {
      const text = payload.slice(0, NAME_MAX);
      const identifier = [{ system: 'urn:mrn', value: `F${n}` }];
      const { id } = fhir.put(fhirPatient(null, { identifier, name: [{ use: 'official', family: text, given: [text] }] }));
      if (n === 1) fhir.put(fhirEncounter(id, [[locationId, api.clock.nowMs() - 1_000]]));
    }
    await until(
      'an admission by FHIR',
      async () => {
        await api.clock.advance(5_000);
        return (await lyingIn('x-2')) !== null;
      },
      20_000,
    );
  }

  async function signIn(username: string): Promise<Page> {
    const { page } = await at.open('/', { width: 1280, height: 800 });
    await page.addInitScript('window.pwnedCount = 0; window.pwned = () => { window.pwnedCount += 1; };');
    page.on('dialog', (dialog) => {
      reports.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      const said = request.url().endsWith('/api/v1/csp-reports') ? (request.postData() ?? '') : '';
      if (said !== '') reports.push(said.slice(0, 300));
    });
    await page.reload();
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.locator('.button.user').waitFor();
    return page;
  }

  const BED = ['', '/review', '/news2', '/stay'];
  test.each([
    [
      'carol',
      [
        ...['/', '/alarms', '/alarms/recent', '/alarms/limits-off', '/a/ALARM', ...BED.map((of) => `/b/icu-2${of}`), '/b/x-1'],
        ...['/b/x-2', '/patients', '/admit', '/tray', '/tasks', '/stations', '/on-call', '/on-call/rota', '/on-call/policies'],
        ...['/on-call/test', '/reviews', '/alarm-load', '/system', '/system/downtime', '/screen', '/security'],
      ],
    ],
    ['dan', ['/accounts', '/stations', '/devices', '/first-run', '/way-of-alarms']],
    ['gil', ['/devices']],
    ['eve', ['/privacy', '/privacy/holds', '/reviews', '/accounts']],
  ])(
    '%s walks through every screen: nothing runs',
    async (who, paths) => {
      const page = await signIn(who);
      for (const path of paths) {
        await page.goto(at.url + path.replace('ALARM', alarmId));
        await page.locator('.button.user').waitFor();
        await page.locator('main :is(h1, h2, [data-bed-id], .state-note)').first().waitFor();
        await page.waitForTimeout(250);
        if (PRINTED.has(path)) await page.emulateMedia({ media: 'print' });
        expect([path, await page.evaluate<number>('window.pwnedCount')]).toEqual([path, 0]);
        const made = await page.evaluate<number>(
          `document.querySelectorAll('script:not([src]), iframe, object, embed, marquee, base, [onerror], [onload], [onfocus], a[href^="javascript:"]').length`,
        );
        expect([path, made]).toEqual([path, 0]);
        await page.emulateMedia({ media: 'screen' });
      }
      expect(reports).toEqual([]);
    },
    60_000,
  );

  test('each of them, one after the other, as the answer of a search', async () => {
    const page = await signIn('carol');
    await page.goto(`${at.url}/patients`);
    await page.getByLabel('Record number').waitFor();
    const items = XSS_PAYLOADS.map((text, n) => ({
      ...{ patientId: `pat-x${n}`, mrn: `X${n}`, familyName: text, givenName: text, birthDate: '1970-01-01', sex: 'other' },
    }));
    await page.route('**/api/v1/patients/search', (route) => route.fulfill({ json: { items, elsewhere: [], next: null } }));
    await page.getByLabel('Record number').fill('X');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByText('<script>').first().waitFor();
    await page.waitForTimeout(500);
    expect(await page.evaluate<number>('window.pwnedCount')).toBe(0);
    expect(reports).toEqual([]);
  }, 30_000);
});
