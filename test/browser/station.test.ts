import type { Page } from 'playwright-core';
import { type Api, PASSWORD } from '../flow/api-fixture.js';
import { axeViolations, describeInChromium, type Opened, until } from './browser.js';
import { platformInChromium } from './platform.js';

const IDLE_MIN = 5;
/** Where pictures go for a person to look at; none are taken without it. */
const PICTURES = process.env['VIGIL_TEST_PICTURES'];
const PHONE = { width: 390, height: 844 };

describeInChromium('stations, emergency access and privacy, in Chromium with the real platform', () => {
  const at = platformInChromium({ VIGIL_SECOND_FACTOR_ROLES: 'none', VIGIL_IDLE_LOGOFF_MIN: String(IDLE_MIN) });
  let api: Api;
  let url: string;
  let opened: Opened;
  let page: Page;

  beforeAll(() => {
    api = at.api;
    url = at.url;
  });

  async function visit(path = '/', viewport?: { width: number; height: number }): Promise<void> {
    opened = await at.open(path, viewport);
    page = opened.page;
  }

  async function type(username: string): Promise<void> {
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.locator('.button.user').waitFor();
  }

  async function signIn(username: string, path = '/'): Promise<void> {
    await visit(path);
    await type(username);
  }

  const live = () => page.locator('.lamp[data-kind=live]').waitFor();
  const sockets = () =>
    page.evaluate<number>("performance.getEntriesByType('resource').filter((e) => e.name.includes('socket.io')).length");

  /** A charge nurse makes a code, and this screen becomes a station with it. */
  async function station(label: string): Promise<void> {
    await signIn('carol', '/stations');
    await page.getByLabel('Name of the station').fill(label);
    await page.getByRole('button', { name: 'Make a code' }).click();
    await page.getByRole('heading', { name: `Code of ${label}` }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    const code = await page.locator('.big-code').innerText();
    await opened.context.close();
    await visit('/station');
    await page.getByLabel('Code of the station').waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByLabel('Code of the station').fill('wrong-code-wrong');
    await page.getByRole('button', { name: 'Make it a station' }).click();
    await page.getByText('The code is wrong').waitFor();
    await page.getByLabel('Code of the station').fill(code);
    await page.getByRole('button', { name: 'Make it a station' }).click();
    await page.getByText(`Station: ${label}`).waitFor();
    await live();
  }

  test('a station watches with nobody signed in; signing in on it and idling out never interrupt it', async () => {
    await station('Desk 1');
    await page.getByText('surveillance running').waitFor();
    await page.getByText('View only').waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.locator('[data-bed-id=icu-1]').getByText('TESTMAN').click();
    await page.getByText('Sign in to open a record.').waitFor();
    await page.goto(`${url}/alarms`);
    await live();
    await page.evaluate('window.__same = true');
    const before = await sockets();
    const lost: string[] = [];
    await page.exposeFunction('lampSays', (kind: string) => lost.push(kind));
    await page.evaluate(
      "new MutationObserver(([m]) => window.lampSays(m.target.dataset.kind)).observe(document.querySelector('.lamp'), { attributeFilter: ['data-kind'] })",
    );

    await page.getByRole('button', { name: 'Sign in to act', exact: true }).click();
    expect(await axeViolations(page)).toEqual([]);
    await type('amy');
    await page.getByRole('button', { name: 'Amy Nurse' }).waitFor();
    await page.mouse.move(20, 300);
    await page.waitForTimeout(2_500);
    await leaveAlone(IDLE_MIN * 60_000 - 40_000);
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await api.clock.advance(60_000);
    await page.getByText('View only').waitFor({ timeout: 45_000 });

    expect(await page.evaluate('window.__same')).toBe(true);
    expect(await sockets()).toBe(before);
    expect(lost).toEqual([]);
    await page.getByText('surveillance running').waitFor();
  }, 90_000);

  /** Time passes in which nobody touches the screen, in steps that a live channel bears. */
  async function leaveAlone(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1_000) await api.clock.advance(1_000);
  }

  test('the last minute before an idle end is told, and one press stays', async () => {
    await signIn('ben');
    await page.locator('.lamp').waitFor();
    // The page is told of a session that ends soon: what the server would say after minutes without use.
    await page.route('**/api/v1/session', async (route) => {
      if (route.request().method() !== 'GET') return route.fallback();
      const response = await route.fetch();
      const session = (await response.json()) as { serverWallMs: number };
      const soon = route.request().headers()['vigil-background'] !== undefined;
      return route.fulfill({ response, json: { ...session, ...(soon ? { expiresAtMs: session.serverWallMs + 50_000 } : {}) } });
    });
    await page.reload();
    await page.getByText('Nobody has used this screen for a while.').waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Stay signed in' }).press('Enter');
    await page.getByText('Nobody has used this screen for a while.').waitFor({ state: 'detached' });
  }, 30_000);

  test('a charge nurse sees whether a station draws, says that it may be dark, with a reason and an end, and expects it again', async () => {
    await station('Desk 5');
    const wall = opened;
    const { context, page: desk } = await at.open('/stations');
    page = desk;
    await type('carol');
    const row = page.getByRole('row').filter({ hasText: 'Desk 5' });
    await row.getByText('shows the beds').waitFor();
    await row.getByRole('button', { name: 'Switch off' }).click();
    const form = page.getByRole('group', { name: 'Switch off Desk 5' });
    await form.getByLabel('Why').selectOption('being-moved');
    await form.getByLabel('For').selectOption('168');
    expect(await axeViolations(page)).toEqual([]);
    // Nothing answers: it says so, and does not look as if it were off.
    await page.route('**/off', (each) => each.abort());
    await form.getByRole('button', { name: 'Switch off' }).click();
    await form.getByText('Vigil cannot be reached').waitFor();
    expect(await row.getByText(/off until/).count()).toBe(0);
    await page.unroute('**/off');
    await form.getByRole('button', { name: 'Switch off' }).click();
    await row.getByText(/off until/).waitFor();
    const off = (await api.stores.stationWatches.all()).find(({ label }) => label === 'Desk 5')!.off!;
    expect([off.reason, off.by]).toEqual(['being-moved', 'carol']);
    // It is dark, and nobody is told.
    await wall.context.close();
    await api.clock.advance(30_000);
    await row.getByText('DARK').waitFor({ timeout: 20_000 });
    await page.reload();
    await row.getByText(/off until/).waitFor();
    await row.getByRole('button', { name: 'Expect it again' }).click();
    await row.getByRole('button', { name: 'Switch off' }).waitFor();
    const over = (await api.stores.stationWatches.all()).find(({ label }) => label === 'Desk 5')!.off!;
    expect(over.untilMs).toBeLessThanOrEqual(api.clock.wallMs());
    for (const viewport of [PHONE, { width: 1920, height: 1080 }]) {
      await page.setViewportSize(viewport);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      if (PICTURES) await page.screenshot({ path: `${PICTURES}/stations-${viewport.width}.png` });
    }
    await context.close();
  }, 90_000);

  test('one person follows the other on a station by keyboard, and its watch goes on', async () => {
    await station('Desk 6');
    await page.getByRole('button', { name: 'Sign in to act', exact: true }).click();
    await page.getByText('Station Desk 6: its beds and alarms go on').waitFor();
    await type('amy');
    const before = await sockets();
    await page.getByRole('button', { name: 'Amy Nurse' }).focus();
    const startedMs = performance.now();
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Next person' }).waitFor();
    // Keys reach a menu once it has the focus, a moment after it is seen.
    await page.locator('[role=menu]:focus-within, [role=menu]:focus').waitFor();
    await page.keyboard.press('N');
    await page.getByRole('menuitem', { name: 'Next person' }).and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Enter');
    await page.locator('dialog input[name=username]:focus').waitFor();
    await page.keyboard.insertText('ben');
    await page.keyboard.press('Tab');
    await page.keyboard.insertText(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Ben Nurse' }).waitFor();
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    expect(await sockets()).toBe(before);
    expect((await api.stores.auditTrail.list({ actor: 'amy', action: 'session.logout', limit: 5 })).items).toHaveLength(1);
    await live();
  }, 60_000);

  test('a station that starts with the address of its enrolment comes back to its beds by itself, unless somebody is at it', async () => {
    await station('Desk 7');
    const form = page.getByLabel('Code of the station');
    await page.clock.install();
    await page.goto(`${url}/station`);
    await page.getByText('This screen is the station Desk 7 already').waitFor();
    await page.clock.fastForward(15_000);
    await form.pressSequentially('ABCD');
    await page.clock.fastForward(60_000);
    expect(await form.inputValue()).toBe('ABCD');
    await page.goto(`${url}/station`);
    await page.getByText('come back by themselves').waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.clock.fastForward(21_000);
    await page.locator('[data-bed-id=icu-1]').waitFor();
    await live();
    expect(page.url()).toBe(`${url}/`);
    // Where it is no station yet, somebody is to make it one: the form stays.
    await opened.context.clearCookies();
    await page.goto(`${url}/station`);
    await form.waitFor();
    await page.clock.fastForward(60_000);
    await page.waitForTimeout(500);
    expect(await form.isVisible()).toBe(true);
  }, 60_000);

  test('a station that was revoked goes dark', async () => {
    await station('Desk 2');
    const carol = await api.token('carol');
    const { body } = await api.call('GET', '/api/v1/stations', { as: carol });
    const { stationId } = (body.items as { label: string; stationId: string }[]).find((each) => each.label === 'Desk 2')!;
    await api.call('DELETE', `/api/v1/stations/${stationId}`, { as: carol });
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    expect(await page.getByText('TESTMAN').count()).toBe(0);
  }, 30_000);

  test('a nurse who does not treat the patient opens the record in an emergency by keyboard, and ends it', async () => {
    await signIn('ben');
    await live();
    await page.locator('[data-bed-id=icu-1]').focus();
    await page.keyboard.press('r');
    await page.getByRole('heading', { name: 'You are not treating this patient' }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(await page.getByText('M1', { exact: true }).count()).toBe(0);
    const startedMs = performance.now();
    await page.keyboard.press('Space');
    await page.keyboard.press('Enter');
    await page.getByText('M1', { exact: true }).waitFor();
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    const banner = page.getByRole('group', { name: 'Emergency access' });
    await banner.getByText(/^\d+:\d\d/).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.goto(url);
    await banner.waitFor();
    await banner.getByRole('button', { name: 'Open the record' }).click();
    await page.getByText('M1', { exact: true }).waitFor();
    expect(page.url()).toBe(`${url}/b/icu-1`);
    expect(await page.title()).toBe('Vigil');
    await banner.getByRole('button', { name: 'End now' }).click();
    await page.getByRole('heading', { name: 'You are not treating this patient' }).waitFor();
    expect(await banner.count()).toBe(0);
  }, 30_000);

  test('a patient is found by the wristband; of somebody else’s nothing is told before the emergency', async () => {
    await signIn('amy', '/patients');
    await page.getByLabel('Record number').fill('M1');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByText('TESTMAN').waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByLabel('Record number').fill('M2');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByRole('heading', { name: 'You are not treating this patient' }).waitFor();
    expect(await page.getByText('PROBE').count()).toBe(0);
    await page.getByLabel('I cover for a colleague').check();
    await page.getByRole('button', { name: 'Open in an emergency' }).click();
    await page.getByText('PROBE').waitFor();
    expect(page.url()).toBe(`${url}/patients`);
    await page.getByLabel('Record number').fill('nobody');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByText('Nobody was found').waitFor();
  }, 30_000);

  test('a security officer sees who viewed a patient, proves an entry, reviews an emergency, and sets a hold', async () => {
    const ben = await api.token('ben');
    const { body: grant } = await api.call('POST', '/api/v1/break-glass', {
      as: ben,
      body: { bedId: 'icu-1', reason: 'emergency', text: 'sepsis?' },
    });
    await api.call('GET', '/api/v1/patients/pat-1', { as: ben });
    await api.call('DELETE', `/api/v1/break-glass/${grant.grantId}`, { as: ben });

    await signIn('eve');
    await page.getByRole('heading', { name: 'Privacy', exact: true }).waitFor();
    await page.getByLabel('Patient id').fill('pat-1');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('EMERGENCY ACCESS').first().waitFor();
    await page
      .getByRole('cell', { name: /Ben Nurse/ })
      .first()
      .waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.locator('td .button.small').last().click();
    await page.getByText(/under the checkpoint of|not signed yet/).waitFor();
    const report = page.getByRole('link', { name: /Access report/ });
    const [paper] = await Promise.all([opened.context.waitForEvent('page'), report.click()]);
    await paper.getByText('Ben Nurse').first().waitFor();
    await paper.close();
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: /Export/ }).click()]);
    expect(file.suggestedFilename()).toBe('vigil-audit.ndjson');

    await page.getByRole('link', { name: 'Emergency access' }).click();
    await page.getByText('sepsis?').waitFor();
    expect(await axeViolations(page)).toEqual([]);
    const row = page.getByRole('row').filter({ hasText: 'sepsis?' });
    await row.getByRole('button', { name: 'Keep the review' }).click();
    await row.getByText('Say what came of it.').waitFor();
    await row.getByLabel('Outcome').selectOption('justified');
    await row.getByLabel('Note').fill('asked the ward');
    await row.getByRole('button', { name: 'Keep the review' }).click();
    await row.getByText('asked the ward').waitFor();

    await page.getByRole('link', { name: 'Privacy', exact: true }).click();
    await page.getByRole('link', { name: 'Legal holds' }).click();
    await page.getByLabel('Patient id').fill('pat-1');
    await page.getByLabel('Reason').selectOption('complaint');
    await page.getByRole('button', { name: 'Set the hold' }).click();
    await page.getByRole('button', { name: 'Lift' }).click();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Yes, lift' }).click();
    await page.getByText(/lifted .* by eve/).waitFor();
  }, 60_000);

  test.each([
    ['amy', '/accounts', 'Your role does not have this screen'],
    ['dan', '/privacy', 'Your role does not have this screen'],
  ])('%s at %s is told that it is not theirs', async (who, path, words) => {
    await signIn(who, path);
    await page.getByText(words).waitFor();
    expect(await axeViolations(page)).toEqual([]);
  });

  test('on a phone nothing of it is wider than the screen', async () => {
    await visit('/', PHONE);
    await type('carol');
    for (const path of ['/security', '/stations', '/patients', '/reviews']) {
      await page.goto(url + path);
      await page.locator('h1').waitFor();
      expect([path, await page.evaluate('document.documentElement.scrollWidth <= innerWidth')]).toEqual([path, true]);
    }
  }, 30_000);

  test('what cannot be had says so, and trying again helps', async () => {
    await signIn('dan');
    let away = true;
    await page.route('**/api/v1/accounts?*', (route) => (away ? route.abort() : route.fallback()));
    await page.reload();
    await page.getByText('Vigil cannot be reached').waitFor();
    away = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('Carol Charge').waitFor();
    await until(() => opened.broken.length === 0, 'nothing broken');
  }, 30_000);
});
