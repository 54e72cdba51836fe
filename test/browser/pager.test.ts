import type { Browser } from 'playwright-core';
import { axeViolations, builtDashboard, describeInChromium, launch, open, type Opened } from './browser.js';
import { ACCOUNT, FixtureServer } from './fixture-server.js';
import { pagerView } from './fixture-ward.js';

const PHONE = { width: 390, height: 844 };

describeInChromium('the pager page in Chromium', () => {
  let browser: Browser;
  let fixture: FixtureServer;
  let url: string;
  let opened: Opened;

  beforeAll(async () => {
    fixture = new FixtureServer(await builtDashboard());
    url = await fixture.start();
    browser = await launch();
  }, 150_000);

  afterAll(async () => {
    await browser?.close();
    await fixture?.stop();
  });

  beforeEach(() => fixture.reset([]));

  afterEach(async () => {
    const broken = opened.broken;
    await opened.context.close();
    expect(broken).toEqual([]);
  });

  async function phone(view: Parameters<typeof pagerView>[0] = {}) {
    fixture.pages.set('tok', pagerView(view));
    opened = await open(browser, `${url}/p/tok`, PHONE);
    await opened.page.getByRole('heading', { name: 'Bed 12' }).waitFor();
    return opened.page;
  }

  const accepts = () => fixture.seen.filter((s) => s.method === 'POST' && s.path === '/api/v1/pages/tok/accept');

  test('one tap accepts, and the page shows what the server says', async () => {
    const page = await phone();
    expect(await page.getByText(/You have 0:1\d before Reg\. Ito is told/).count()).toBe(1);
    expect(await axeViolations(page)).toEqual([]);
    const button = page.getByRole('button', { name: 'ACCEPT' });
    const box = await button.boundingBox();
    expect(box?.height).toBeGreaterThanOrEqual(72);
    expect(box?.width).toBeGreaterThanOrEqual(340);
    await button.click();
    await page.getByText('Accepted – you are going').waitFor();
    expect(accepts()).toHaveLength(1);
    expect(await axeViolations(page)).toEqual([]);
  });

  test('a tap while offline is NOT SENT, and is not sent when the network is back', async () => {
    const page = await phone();
    await opened.context.setOffline(true);
    await page.getByRole('button', { name: 'ACCEPT' }).click();
    await page.getByText('NOT SENT – call the unit').waitFor();
    await opened.context.setOffline(false);
    const polls = fixture.seen.length;
    await page.waitForResponse((r) => r.url().endsWith('/api/v1/pages/tok'));
    expect(fixture.seen.length).toBeGreaterThan(polls);
    expect(accepts()).toEqual([]);
    expect(await page.getByText('NOT SENT – call the unit').isVisible()).toBe(true);
  });

  test('a server that does not answer is treated as not sent, and asked once', async () => {
    const page = await phone();
    fixture.mode = 'silent';
    await page.getByRole('button', { name: 'ACCEPT' }).click();
    await page.getByRole('button', { name: 'sending…' }).waitFor();
    await page.getByText('NO ANSWER – treat as NOT SENT').waitFor();
    expect(accepts()).toHaveLength(1);
  });

  test('when somebody else accepts, the page says to stand down', async () => {
    const page = await phone();
    const view = pagerView({ state: 'accepted', acceptedByName: 'Sam Reed', acceptedAtMs: Date.now(), nextAtMs: null });
    fixture.pages.set('tok', view);
    await page.getByText(/Sam Reed accepted 0:0\d ago – stand down/).waitFor();
    expect(await page.getByRole('button', { name: 'ACCEPT' }).count()).toBe(0);
  });

  test('an expired link accepts after sign-in, once, in the name of who signed in', async () => {
    const page = await phone({ state: 'expired' });
    await page.getByText('This link has expired').waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByLabel('Username').fill(ACCOUNT.username);
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Sign in and ACCEPT' }).click();
    await page.getByText('NOT SENT – wrong username or password').waitFor();
    expect(accepts()).toEqual([]);
    await page.getByLabel('Password').fill(ACCOUNT.password);
    await page.getByRole('button', { name: 'Sign in and ACCEPT' }).click();
    await page.getByText('Accepted – you are going').waitFor();
    expect(accepts()).toHaveLength(1);
  });

  test.each([
    ['an alarm that has ended', { state: 'ended', nextAtMs: null } as const, 'The alarm has ended'],
    ['a test page', { test: true } as const, 'TEST – NOT A REAL PATIENT'],
  ])('%s says so', async (_, view, text) => {
    const page = await phone(view);
    await page.getByText(text).waitFor();
  });

  test('a link that nobody knows is not valid', async () => {
    opened = await open(browser, `${url}/p/nothing`, PHONE);
    await opened.page.getByText('This link is not valid').waitFor();
    expect(await axeViolations(opened.page)).toEqual([]);
  });

  test('the link goes nowhere else: no referrer, and nothing stored', async () => {
    const page = await phone();
    expect(await page.locator('meta[name=referrer]').getAttribute('content')).toBe('no-referrer');
    expect(await page.evaluate('localStorage.length + sessionStorage.length')).toBe(0);
  });
});
