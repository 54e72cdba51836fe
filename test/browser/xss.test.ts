/** CK-S19: text from outside stays text, on every screen. */
import type { Page } from 'playwright-core';
import { XSS_PAYLOADS } from '../fixtures/xss-payloads.js';
import { type Api, newKey, PASSWORD } from '../flow/api-fixture.js';
import { describeInChromium } from './browser.js';
import { platformInChromium } from './platform.js';

const NAME_MAX = 80;

describeInChromium('text that would be a script, in Chromium with the real platform', () => {
  const at = platformInChromium({ VIGIL_SECOND_FACTOR_ROLES: 'none', VIGIL_REQUESTS_PER_S: '10000' });
  let api: Api;
  const taken = { names: 0, notes: 0, stations: 0, emergencies: 0 };
  const reports: string[] = [];

  beforeAll(async () => {
    api = at.api;
    const [carol, ben] = [await api.token('carol'), await api.token('ben')];
    const post = (path: string, as: string, body: unknown) =>
      api.call('POST', path, { as, body, headers: { 'idempotency-key': newKey() } });
    let admitted = false;
    for (const [n, payload] of XSS_PAYLOADS.entries()) {
      const text = payload.slice(0, NAME_MAX);
      const patient = { mrn: `X${n}`, familyName: text, givenName: text, birthDate: '1970-01-01', sex: 'other' };
      const made = await post('/api/v1/patients', carol, patient);
      taken.names += Number(made.status === 201);
      if (!admitted && made.status === 201) {
        admitted = (await post('/api/v1/encounters', carol, { patientId: made.body.patientId, bedId: 'icu-2' })).status === 201;
      }
      if (n % 6 === 0) {
        const station = await post('/api/v1/stations', carol, { careUnitId: 'icu', label: payload.slice(0, 60) });
        taken.stations += Number(station.status === 201);
      }
      if (n % 20 === 0) {
        const grant = await post('/api/v1/break-glass', ben, {
          patientId: 'pat-1',
          reason: 'emergency',
          text: payload.slice(0, 200),
        });
        taken.emergencies += Number(grant.status < 300);
        if (grant.status < 300) await api.call('DELETE', `/api/v1/break-glass/${grant.body.grantId}`, { as: ben });
      }
    }
    expect(XSS_PAYLOADS.length).toBeGreaterThanOrEqual(200);
    expect(new Set(XSS_PAYLOADS).size).toBe(XSS_PAYLOADS.length);
    // A few carry characters that no name has; the others are there to be shown.
    expect(taken.names).toBeGreaterThanOrEqual(190);
    expect(taken.stations).toBeGreaterThan(20);
    expect(taken.emergencies).toBeGreaterThan(3);
  }, 120_000);

  async function signIn(username: string): Promise<Page> {
    const { page } = await at.open('/', { width: 1280, height: 800 });
    await page.addInitScript('window.pwnedCount = 0; window.pwned = () => { window.pwnedCount += 1; };');
    page.on('dialog', (dialog) => {
      reports.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      const said = request.url().endsWith('/api/v1/csp-reports') ? (request.postData() ?? '') : '';
      // That a library asks whether code may be made of text is content-policy.test.ts's: no payload is in it.
      if (said !== '' && !said.includes('"Function|')) reports.push(said.slice(0, 300));
    });
    await page.reload();
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.locator('.button.user').waitFor();
    return page;
  }

  test.each([
    [
      'carol',
      ['/', '/alarms', '/b/icu-2', '/b/icu-1', '/patients', '/stations', '/on-call', '/reviews', '/system', '/system/downtime'],
    ],
    ['dan', ['/accounts', '/stations', '/devices', '/first-run', '/way-of-alarms']],
    ['eve', ['/privacy', '/privacy/holds', '/reviews', '/accounts']],
  ])(
    '%s walks through every screen: nothing runs',
    async (who, paths) => {
      const page = await signIn(who);
      for (const path of paths) {
        await page.goto(`${at.url}${path}`);
        await page.locator('.button.user').waitFor();
        await page.waitForTimeout(400);
        expect([path, await page.evaluate<number>('window.pwnedCount')]).toEqual([path, 0]);
        const made = await page.evaluate<number>(
          `document.querySelectorAll('script:not([src]), iframe, object, embed, marquee, base, [onerror], [onload], [onfocus], a[href^="javascript:"]').length`,
        );
        expect([path, made]).toEqual([path, 0]);
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
