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
    await page.getByText('NOT SENT – call 2222').waitFor();
    await opened.context.setOffline(false);
    const polls = fixture.seen.length;
    await page.waitForResponse((r) => r.url().endsWith('/api/v1/pages/tok'));
    expect(fixture.seen.length).toBeGreaterThan(polls);
    expect(accepts()).toEqual([]);
    expect(await page.getByText('NOT SENT – call 2222').isVisible()).toBe(true);
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
    expect(await page.locator('#password').inputValue()).toBe('');
  });

  test('who can’t go says why, in two taps, and may accept after all', async () => {
    const page = await phone();
    await page.getByRole('button', { name: 'Can’t go' }).click();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Too far away' }).click();
    await page.getByText('You said that you can’t go').waitFor();
    const sent = fixture.seen.filter((s) => s.path === '/api/v1/pages/tok/decline');
    expect(sent).toHaveLength(1);
    expect(await page.getByRole('button', { name: 'Can’t go' }).isVisible()).toBe(false);
    await page.getByRole('button', { name: 'ACCEPT' }).click();
    await page.getByText('Accepted – you are going').waitFor();
  });

  test('who is going says to be there, and can still ask for help', async () => {
    const page = await phone({ arriveByMs: Date.now() + 60_000 });
    await page.getByRole('button', { name: 'ACCEPT' }).click();
    await page.getByText(/Say that you are there within/).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole('button', { name: 'I AM THERE' }).click();
    await page.getByText('You are there').waitFor();
    await page.getByRole('button', { name: 'Need help' }).click();
    await page.getByText('This link has been used').waitFor();
    const said = fixture.seen.filter((s) => s.method === 'POST').map((s) => s.path.split('/').at(-1));
    expect(said).toEqual(['opened', 'accept', 'arrived', 'help']);
  });

  test('several alarms are listed, each with a tap of its own', async () => {
    const other = { priority: 'medium', kind: 'physiological', queuedWallMs: Date.now() - 40_000, together: false } as const;
    const page = await phone({
      others: [
        { ...other, pageId: 'p-1', bedLabel: 'Bed 7' },
        { ...other, pageId: 'p-2', bedLabel: 'Bed 9' },
      ],
    });
    await page.getByText('Nobody has taken these yet').waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole('listitem').filter({ hasText: 'Bed 9' }).getByRole('button').click();
    await page.getByText('Bed 9').waitFor({ state: 'detached' });
    expect(await page.getByText('Bed 7').isVisible()).toBe(true);
    expect(accepts()).toHaveLength(1);
    expect(await page.getByRole('button', { name: 'ACCEPT', exact: false }).first().isVisible()).toBe(true);
  });

  test.each([
    ['an alarm that has ended', { state: 'ended', active: false, nextAtMs: null } as const, 'The alarm has ended'],
    ['one that somebody put away', { state: 'ended', active: true, nextAtMs: null } as const, 'The alarm is shelved for now'],
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

  test('whose sign-in needs another step is not told that the password is wrong', async () => {
    const page = await phone({ state: 'expired' });
    const problem = { type: 'about:blank', title: 'x', status: 401, code: 'second-factor-required', ticket: 't'.repeat(43) };
    await page.route('**/api/v1/session', (route) => route.fulfill({ status: 401, json: problem }));
    await page.getByLabel('Username').fill(ACCOUNT.username);
    await page.getByLabel('Password').fill(ACCOUNT.password);
    await page.getByRole('button', { name: 'Sign in and ACCEPT' }).click();
    await page.getByText(/NOT SENT – your sign-in needs another step: open .* or call 2222/).waitFor();
    expect(accepts()).toEqual([]);
  });

  test('an answer to an older question that comes last does not take an accept back', async () => {
    const page = await phone();
    const before = JSON.stringify(fixture.pages.get('tok'));
    let held = 0;
    await page.route('**/api/v1/pages/tok', async (route) => {
      held += 1;
      if (held > 1) return route.continue();
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      return route.fulfill({ status: 200, contentType: 'application/json', body: before });
    });
    const late = page.waitForResponse((response) => response.url().endsWith('/pages/tok'), { timeout: 15_000 });
    while (held === 0) await page.waitForTimeout(20);
    await page.getByRole('button', { name: 'ACCEPT' }).click();
    await page.getByText('Accepted – you are going').waitFor();
    await page.evaluate(`window.words = []; new MutationObserver(() => words.push(document.querySelector('.state').textContent))
      .observe(document.querySelector('.state'), { childList: true, characterData: true, subtree: true });`);
    await late;
    await page.waitForTimeout(2_000);
    expect(await page.evaluate('window.words.filter((each) => !each.startsWith("Accepted"))')).toEqual([]);
    expect(accepts()).toHaveLength(1);
  });

  test('a view that can’t be read says so, whom to call, and goes on when one can be read again', async () => {
    const page = await phone();
    const good = fixture.pages.get('tok')!;
    fixture.pages.set('tok', { ...good, bedLabel: null, others: 'none' } as never);
    await page.getByText('CAN’T BE READ any more – this may have changed, call 2222').waitFor();
    expect(await page.getByRole('heading', { name: 'Bed 12' }).isVisible()).toBe(true);
    expect(await axeViolations(page)).toEqual([]);
    await page.reload();
    await page.getByText('This page can’t be read').waitFor();
    await page.getByRole('link', { name: 'Call 2222' }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    fixture.pages.set('tok', good);
    await page.getByRole('button', { name: 'ACCEPT' }).click();
    await page.getByText('Accepted – you are going').waitFor();
  });

  test('the number of the unit is one tap away, and the patient is behind a sign-in', async () => {
    const page = await phone();
    expect(await page.getByRole('link', { name: 'Call 2222' }).getAttribute('href')).toBe('tel:2222');
    const patient = page.getByRole('link', { name: /Patient and values/ });
    expect((await patient.boundingBox())?.height).toBeGreaterThanOrEqual(60);
    await patient.click();
    await page.waitForURL(`${url}/a/alarm-12`);
    await page.getByLabel('Password').waitFor();
  });

  test('where the site has set no number the page says whom to call', async () => {
    const page = await phone({ callNumber: null });
    await opened.context.setOffline(true);
    await page.getByRole('button', { name: 'ACCEPT' }).click();
    await page.getByText('NOT SENT – call the unit').waitFor();
    expect(await page.getByRole('link', { name: /Call/ }).count()).toBe(0);
  });

  test.each([
    ['de-AT', 'ltr', 'ÜBERNEHMEN', /Sie haben 0:1\d, bevor Reg\. Ito gerufen wird/, 'Übernommen – Sie gehen hin'],
    ['ar', 'rtl', 'قبول', /قبل نداء .Reg\. Ito/, 'تم القبول'],
  ])('a phone that speaks %s gets its page in that language', async (locale, dir, accept, countdown, accepted) => {
    fixture.pages.set('tok', pagerView({ staffName: 'Karin <b>Nov\u202eak' }));
    opened = await open(browser, `${url}/p/tok`, PHONE, { locale });
    const { page } = opened;
    await page.getByText(countdown).waitFor();
    expect(await page.evaluate('document.documentElement.dir')).toBe(dir);
    expect(await axeViolations(page)).toEqual([]);
    expect(await page.locator('.state').innerText()).not.toContain('\u202e');
    await page.getByRole('button', { name: accept }).click();
    await page.getByText(accepted).waitFor();
    expect(accepts()).toHaveLength(1);
  });

  test('the link goes nowhere else: no referrer, and nothing stored', async () => {
    const page = await phone();
    expect(await page.locator('meta[name=referrer]').getAttribute('content')).toBe('no-referrer');
    expect(await page.evaluate('localStorage.length + sessionStorage.length')).toBe(0);
  });
});
