/** A page never starts anew under somebody's hands because there is a new version of it. */
import { describeInChromium } from './browser.js';
import { bed } from './fixture-ward.js';
import { wardInChromium } from './ward-in-chromium.js';

/** The page loads itself anew after so long without a touch. */
const QUIET_MS = 20_000;
const DESK = { width: 1280, height: 800 };

describeInChromium('a new version of the program while somebody writes', () => {
  const ward = wardInChromium();

  test('waits while a dialog or a form is open, whatever is typed there stands, and is loaded once nothing is open', async () => {
    const first = bed(1);
    ward.fixture.reset([first]);
    const line = { metric: 'heartRate', low: 50, high: 120, unit: { low: 50, high: 120 }, own: null, rev: 0 };
    const who = {
      patientId: 'pat-1',
      mrn: 'M-22',
      familyName: 'Novakova',
      givenName: 'Jana',
      birthDate: '1958-03-04',
      sex: 'female',
    };
    ward.fixture.rest.set('GET /api/v1/beds/icu-1', [200, first]);
    ward.fixture.rest.set('GET /api/v1/patients/pat-1', [200, who]);
    ward.fixture.rest.set('GET /api/v1/encounters/enc-1/limits', [200, { items: [line], next: null }]);
    const course = { bedId: 'icu-1', metric: 'heartRate', unit: '/min', items: [], gaps: [], nextMs: null, next: null };
    ward.fixture.rest.set('GET /api/v1/beds/icu-1/history', [200, course]);
    const page = await ward.station('/b/icu-1', { viewport: DESK });
    await page.getByRole('button', { name: 'Change the limits of Heart rate' }).click();
    const reason = page.getByRole('dialog').getByLabel('Why (for colleagues)');
    await reason.fill('half a reas');
    const form = await ward.station('/patients', { viewport: DESK });
    await form.getByLabel('Family name').fill('Novak');
    for (const each of [page, form]) await each.evaluate('window.__same = true');
    ward.fixture.buildId = 'y';
    ward.fixture.cut();
    ward.fixture.connect();
    for (const each of [page, form]) await each.getByText('A new version waits').waitFor({ timeout: 30_000 });
    await page.waitForTimeout(2 * QUIET_MS + 4_000);
    expect(await page.evaluate('window.__same')).toBe(true);
    expect(await reason.inputValue()).toBe('half a reas');
    expect(await form.evaluate('window.__same')).toBe(true);
    expect(await form.getByLabel('Family name').inputValue()).toBe('Novak');
    // Nothing is open any more, and nobody touches the screen.
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    const endMs = performance.now() + 2 * QUIET_MS + 20_000;
    const isSame = async (): Promise<boolean> => (await page.evaluate('window.__same').catch(() => true)) === true;
    while ((await isSame()) && performance.now() < endMs) await page.waitForTimeout(500);
    expect(await isSame()).toBe(false);
    await page.getByText('A new version waits').waitFor({ state: 'detached' });
  }, 150_000);
});
