import type { Browser, Page } from 'playwright-core';
import { axeViolations, builtDashboard, describeInChromium, launch, open, type Opened, until } from './browser.js';
import { ACCOUNT, FixtureServer } from './fixture-server.js';
import * as ward from './fixture-ward.js';

const { alarm, bed, emptyBed, reading } = ward;
/** Longer than the guard against a press on what has just appeared. */
const GUARD_MS = 600;

describeInChromium('the dashboard in Chromium', () => {
  let browser: Browser;
  let fixture: FixtureServer;
  let url: string;
  let opened: Opened;
  let page: Page;

  beforeAll(async () => {
    fixture = new FixtureServer(await builtDashboard());
    url = await fixture.start();
    browser = await launch();
  }, 150_000);

  afterAll(async () => {
    await browser?.close();
    await fixture?.stop();
  });

  afterEach(async () => {
    const broken = opened.broken;
    await opened.context.close();
    expect(broken).toEqual([]);
  });

  /** Signs in by the API and waits for a live picture. */
  async function station(path = '/', viewport?: { width: number; height: number }): Promise<void> {
    opened = await open(browser, 'about:blank', viewport);
    page = opened.page;
    await opened.context.request.post(`${url}/api/v1/session`, { data: ACCOUNT });
    await page.goto(url + path);
    await page.locator('.lamp[data-kind=live]').waitFor();
  }

  const tile = (n: number) => page.locator(`[data-bed-id=icu-${n}]`);
  const cell = (n: number, key: string) => tile(n).locator(`[data-cell=${key}]`);
  const digits = (n: number, key: string) => cell(n, key).locator('.num-digits').innerText();
  const barAccept = () => page.locator('.bar .button.accept');

  /** A person presses no sooner than the alarm has stood there for a moment. */
  async function press(locator: ReturnType<Page['locator']>): Promise<void> {
    await locator.waitFor();
    await page.waitForTimeout(GUARD_MS);
    await locator.click();
  }

  test('a wrong password is told, the right one opens the grid, and signing out closes it', async () => {
    fixture.reset([bed(1), emptyBed(2)]);
    opened = await open(browser, url);
    page = opened.page;
    await page.getByText('the bedside monitor stays the primary alarm').waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByLabel('Username').fill(ACCOUNT.username);
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('Wrong username or password').waitFor();
    await page.getByLabel('Password').fill(ACCOUNT.password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.locator('.lamp[data-kind=live]').waitFor();
    await page.getByRole('button', { name: 'Karin Novak' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByLabel('Password').waitFor();
  });

  test('a tile says NEWS2 as charted with its age and as an estimate with its range, each for itself, and what has expired', async () => {
    const MINUTE_MS = 60_000;
    const both = [ward.score(1, 7, { agoMs: 10 * MINUTE_MS }), ward.score(1, [5, 9])];
    const old = [ward.score(2, 2, { agoMs: 125 * MINUTE_MS }), ward.score(2, [1, 6], { agoMs: 9_000, forMs: 8_000 })];
    const foreign = [ward.score(9, 3)];
    fixture.reset([
      bed(1, ward.steady(1), { scores: both }),
      bed(2, ward.steady(2), { scores: old }),
      bed(3, ward.steady(3), { scores: foreign }),
    ]);
    await station();
    const chips = (n: number) => tile(n).locator('.score').allInnerTexts();
    await tile(1).locator('.score').nth(1).waitFor();
    expect(await chips(1)).toEqual(['NEWS2 7 charted 10 min', 'NEWS2 est 5–9']);
    expect(await chips(2)).toEqual(['NEWS2 2 charted 2 h EXPIRED', 'NEWS2 est EXPIRED']);
    expect(await chips(3)).toEqual([]);
    expect(await axeViolations(page)).toEqual([]);
    fixture.cut();
    await page.locator('.banner.not-live').waitFor();
    expect(await chips(1)).toEqual([]);
  });

  test('at a station with nobody signed in alarms show, and neither press nor key acts until somebody signs in', async () => {
    fixture.reset([bed(1)], [alarm({ n: 1, bed: 1 })]);
    fixture.station = 'Desk 1';
    opened = await open(browser, url);
    page = opened.page;
    await page.locator('.lamp[data-kind=live]').waitFor();
    await page.locator('.tile-alarm').getByText('***').waitFor();
    expect(await barAccept().getAttribute('aria-disabled')).toBe('true');
    await page.waitForTimeout(GUARD_MS);
    await barAccept().click({ force: true });
    await page.locator('.bar').getByText('NOT SENT – view only, sign in to act').waitFor();
    await page.keyboard.press('k');
    await page.waitForTimeout(300);
    expect(fixture.commands()).toEqual([]);
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Sign in to act', exact: true }).click();
    await page.getByLabel('Username').fill(ACCOUNT.username);
    await page.getByLabel('Password').fill(ACCOUNT.password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('button', { name: 'Karin Novak' }).waitFor();
    await press(barAccept());
    await page.locator('.top-alarm').getByText('✓ Karin Novak is going').waitFor();
    expect(fixture.commands()).toHaveLength(1);
  });

  test('the grid shows each bed in its place with values, limits, identifiers and marks', async () => {
    fixture.reset([bed(10), bed(2), bed(1, [reading('heartRate', 72), reading('spo2', 97)]), emptyBed(3)]);
    await station();
    expect(await page.locator('.tile-bed').allInnerTexts()).toEqual(['Bed 1', 'Bed 2', 'Bed 3', 'Bed 10']);
    expect([await digits(1, 'hr'), await digits(1, 'spo2')]).toEqual(['72', '97']);
    expect(await cell(1, 'hr').locator('.num-limits').innerText()).toBe('50–120');
    const text = await tile(1).innerText();
    for (const part of ['NOVAKOVA, Jana', '04-Mar-1958', 'Sam Reed', 'SIM']) expect(text).toContain(part);
    expect(await tile(3).innerText()).toContain('no patient');
    await page.getByText('DEMO – NOT LIVE PATIENTS').waitFor();
    await page.getByText(/No active alarms\. 3 of 3 beds reporting/).waitFor();
  });

  test.each([
    [1280, 800],
    [1366, 768],
    [1440, 900],
    [1600, 900],
    [1920, 1080],
  ])('at %i by %i no limit, and nothing of the most urgent alarms, is cut off', async (width, height) => {
    const mean = { conditionCode: 'heartRate.mean-high', metric: 'heartRate' as const };
    fixture.reset(
      [1, 2, 3, 4, 5, 6, 7, 8].map((n) => bed(n)),
      [1, 2, 3, 4, 5, 6].map((n) => alarm({ n, bed: n }, n % 2 ? mean : {})),
    );
    await station('/', { width, height });
    await page.locator('.chip-what').nth(5).waitFor();
    await cell(8, 'temp').getByText('35–39').waitFor();
    const cut = await page.evaluate<string[]>(`[...document.querySelectorAll(
      '.num-head, .num-limits, .top-alarm-what, .top-alarm-side, .chip-what'
    )].filter((e) => e.scrollWidth > e.clientWidth + 1 && e.textContent !== '').map((e) => e.className + ': ' + e.textContent)`);
    expect(cut).toEqual([]);
  });

  test('the name of a rule that is too long for a tile is cut with a sign, and how long it lasts stays in view', async () => {
    const evidence = { value: null, unit: null, limit: null, side: null, samples: null, samplesExpected: null, because: ['rr'] };
    const label = 'Slow breathing with too little oxygen or too much CO2: opioid?';
    const pattern = { conditionCode: 'opioid.pattern', ruleId: 'opioid.pattern', metric: null, evidence: { ...evidence, label } };
    fixture.reset([bed(1), bed(2)], [alarm({ n: 1, bed: 1 }, pattern), alarm({ n: 2, bed: 2 })]);
    await station('/', { width: 1280, height: 800 });
    const inside = async (n: number, part: string): Promise<boolean> => {
      const outer = (await tile(n).locator('.tile-alarm').boundingBox())!;
      const inner = (await tile(n).locator(part).boundingBox())!;
      return inner.width > 0 && inner.x + inner.width <= outer.x + outer.width;
    };
    await tile(1)
      .getByText(/SLOW BREATHING/)
      .waitFor();
    expect([await inside(1, '.tile-alarm-age'), await inside(1, '.tile-alarm-what')]).toEqual([true, true]);
    expect([await inside(2, '.tile-alarm-age'), await inside(2, '.tile-alarm-what')]).toEqual([true, true]);
  });

  test('a value that stops is marked, then leaves the large digits with its age beside it', async () => {
    fixture.reset([bed(1, [reading('heartRate', 72), reading('spo2', 92)])]);
    await station();
    fixture.running.clear();
    fixture.send('icu-1', [reading('spo2', 92, { agoMs: 3_600 }), reading('heartRate', 72, { agoMs: -20_000 })]);
    await tile(1).locator('[data-cell=spo2][data-state=late]').waitFor();
    await tile(1).locator('[data-cell=spo2][data-state=stale]').waitFor();
    expect(await digits(1, 'spo2')).toBe('-?-');
    expect(await cell(1, 'spo2').locator('.num-note').innerText()).toMatch(/^last 92 · 0:0\d ago$/);
    expect(await digits(1, 'hr')).toBe('72');
    fixture.send('icu-1', [reading('spo2', null, { quality: 'leadsOff' })]);
    await cell(1, 'spo2').getByText('LEADS OFF').waitFor();
    expect(await digits(1, 'spo2')).toBe('-?-');
  });

  test('a bed whose every value has stopped says so', async () => {
    fixture.reset([bed(1, [reading('heartRate', 72, { agoMs: 15_000 })]), bed(2)]);
    fixture.running.delete('icu-1');
    await station();
    await tile(1).getByText('NO DATA FROM BED').waitFor();
    await page.getByText(/1 of 2 beds reporting at .* NOT reporting: Bed 1/).waitFor();
  });

  test('a missing delta is noticed and mended by a snapshot', async () => {
    fixture.reset([bed(1, [reading('heartRate', 72)])]);
    await station();
    fixture.send('icu-1', [reading('heartRate', 99)], 3);
    await cell(1, 'hr').getByText('99').waitFor();
  });

  test('the numbers of one patient are gone when the next lies in the bed', async () => {
    fixture.reset([bed(1, [reading('heartRate', 72)])]);
    await station();
    fixture.assign(bed(1, [], { encounter: { ...bed(4).encounter! } }));
    await tile(1).getByText('GARCIA LOPEZ, Maria').waitFor();
    await tile(1).locator('[data-cell=hr][data-state=absent]').waitFor();
    expect(await digits(1, 'hr')).toBe('–');
  });

  test('a cut connection is NOT LIVE within five seconds, hatched and without a number, and comes back', async () => {
    fixture.reset([bed(1)], [alarm({ n: 1, bed: 1 })]);
    await station();
    const cutMs = performance.now();
    fixture.cut();
    await page.getByText(/NOT LIVE since \d\d:\d\d:\d\d/).waitFor();
    expect(performance.now() - cutMs).toBeLessThan(5_000);
    expect(await page.getByTestId('grid').getAttribute('data-picture')).toBe('lost');
    expect(await page.locator('.num-digits').allTextContents()).toEqual(['', '', '', '', '']);
    expect(await axeViolations(page)).toEqual([]);
    fixture.connect();
    await page.locator('.lamp[data-kind=live]').waitFor();
    expect(await digits(1, 'hr')).toBe('71');
  });

  test('an open socket without ticks is not live either', async () => {
    fixture.reset([bed(1)]);
    await station();
    fixture.clock.ticking = false;
    await page.getByText(/NOT LIVE since/).waitFor();
  });

  test('an alarm appears in the bar, the strip, its tile and the live region, and the tiles flash in phase', async () => {
    fixture.reset([bed(1), bed(2)]);
    await station();
    fixture.announce(alarm({ n: 1, bed: 2 }));
    await page.locator('.top-alarm').getByText('SpO₂ 84 < 90').waitFor();
    await tile(2).locator('.tile-alarm[data-priority=high][data-need=unanswered]').waitFor();
    await page.locator('.attention .chip').getByText('Bed 2').waitFor();
    await page.getByTestId('assertive').getByText('High priority alarm, Bed 2, SpO₂ 84 < 90').waitFor({ state: 'attached' });
    expect(await page.locator('.count.high').innerText()).toContain('1');
    await page.locator('html[data-flash-high=off]').waitFor();
    await page.locator('html[data-flash-high=on]').waitFor();
    expect(await page.locator('.top-alarm').innerText()).toMatch(/Reg\. Ito in 0:\d\d/);
  });

  test('Accept is one request with the revision of the escalation, and shows the answer', async () => {
    fixture.reset([bed(1)], [alarm({ n: 1, bed: 1 })]);
    await station('/alarms');
    await press(page.locator('.alarm-row .button.accept'));
    await page.locator('.alarm-row').getByText('✓ Karin Novak is going').waitFor();
    expect(fixture.commands()).toHaveLength(1);
    const [sent] = fixture.commands();
    expect(sent).toMatchObject({ path: `/api/v1/alarms/${'b'.repeat(26)}/accept`, body: {} });
    expect(sent?.headers['if-match']).toBe('"5"');
    expect(sent?.headers['idempotency-key']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(await page.locator('.button.accept').count()).toBe(0);
  });

  test('key a accepts the top alarm and key k acknowledges it', async () => {
    fixture.reset([bed(1)], [alarm({ n: 1, bed: 1 })]);
    await station();
    await page.waitForTimeout(GUARD_MS);
    await page.keyboard.press('a');
    await page.locator('.top-alarm').getByText('✓ Karin Novak is going').waitFor();
    await page.waitForTimeout(GUARD_MS);
    await page.keyboard.press('k');
    await page.locator('.top-alarm-text[data-need=coming]').waitFor();
    await until(() => fixture.commands().length === 2, 'the second command');
    expect(fixture.commands()[1]?.headers['if-match']).toBe('"3"');
  });

  test('an acknowledgement that is committed and not echoed shows as recorded, waiting', async () => {
    fixture.reset([bed(1)], [alarm({ n: 1, bed: 1 })]);
    fixture.acknowledgeEchoes = false;
    await station('/alarms');
    await press(page.locator('.alarm-row .button.acknowledge'));
    await page.locator('.alarm-row').getByText('acknowledge recorded, waiting').waitFor();
    expect(await page.locator('.alarm-row .button.acknowledge').count()).toBe(0);
    expect(await page.locator('.alarm-row .button.accept').count()).toBe(1);
    fixture.announce({
      ...fixture.alarms[0]!,
      presence: 'ack',
      acknowledgePending: false,
      acknowledgedByName: 'Karin Novak',
      rev: 4,
    });
    await page.locator('.alarm-row').getByText('seen by Karin Novak').waitFor();
  });

  test('a click while offline says NOT SENT and is never sent later', async () => {
    fixture.reset([bed(1)], [alarm({ n: 1, bed: 1 })]);
    await station('/alarms');
    await page.waitForTimeout(GUARD_MS);
    await opened.context.setOffline(true);
    fixture.cut();
    await page.locator('.alarm-row .button.accept').click();
    await page.locator('.alarm-row').getByText('NOT SENT – call the unit').waitFor();
    await page.locator('.lamp[data-kind=lost]').waitFor();
    await opened.context.setOffline(false);
    fixture.connect();
    await page.locator('.lamp[data-kind=live]').waitFor();
    expect(fixture.commands()).toEqual([]);
    await page.locator('.alarm-row').getByText('NOT SENT – call the unit').waitFor();
  });

  test('no answer within five seconds counts as not sent, and is sent once', async () => {
    fixture.reset([bed(1)], [alarm({ n: 1, bed: 1 })]);
    fixture.mode = 'silent';
    await station();
    await press(barAccept());
    await page.locator('.bar').getByText('sending…').waitFor();
    await page.locator('.bar').getByText('NO ANSWER – treat as NOT SENT').waitFor();
    expect(fixture.commands()).toHaveLength(1);
  });

  test('a revision that has moved shows the alarm anew and asks to look again', async () => {
    fixture.reset([bed(1)], [alarm({ n: 1, bed: 1 })]);
    await station('/alarms');
    await page.waitForTimeout(GUARD_MS);
    /* The alarm moves on at the server; the live channel has not told yet. */
    fixture.alarms = [alarm({ n: 1, bed: 1, escalation: { rev: 6, nextName: 'Dr. Lund' } })];
    await page.locator('.alarm-row .button.accept').click();
    await page.locator('.alarm-row').getByText('it has changed: look again').waitFor();
    await page
      .locator('.alarm-row')
      .getByText(/Dr\. Lund in/)
      .waitFor();
  });

  test('of a rain of taps on whatever comes under the finger only one counts', async () => {
    fixture.reset(
      [bed(1), bed(2), bed(3)],
      [1, 2, 3].map((n) => alarm({ n, bed: n, agoMs: 10_000 - n })),
    );
    await station();
    await page.waitForTimeout(GUARD_MS);
    const box = await barAccept().boundingBox();
    for (let tap = 0; tap < 40; tap += 1) await page.mouse.click(box!.x + 20, box!.y + 20);
    await page.locator('.tile-alarm[data-need=coming]').waitFor();
    expect(fixture.commands()).toHaveLength(1);
  });

  test('a new alarm does not move the button under the pointer', async () => {
    fixture.reset([bed(1), bed(2)], [alarm({ n: 1, bed: 1, priority: 'medium' })]);
    await station('/alarms');
    await page.locator('.alarm-row .button.accept').hover();
    fixture.announce(alarm({ n: 2, bed: 2 }));
    await page.getByText('1 new').waitFor();
    expect(await page.locator('.alarm-row').count()).toBe(1);
    await page.mouse.move(5, 5);
    await page.locator('.alarm-row').nth(1).waitFor();
    expect(await page.locator('.alarm-row').first().innerText()).toContain('Bed 2');
  });

  test('when the session ends the person is asked to sign in again', async () => {
    fixture.reset([bed(1)]);
    await station();
    await opened.context.clearCookies();
    fixture.cut();
    fixture.connect();
    await page.getByText('Your session has ended').waitFor();
  });

  test('says when alarms may be missing and when the data are a replay', async () => {
    fixture.reset([bed(1)]);
    Object.assign(fixture.clock, { processing: false, rate: 60 });
    await station();
    await page.getByText('ALARMS MAY BE MISSING', { exact: true }).waitFor();
    await page.getByText('replay 60x').waitFor();
  });

  test('arrows go from bed to bed and Enter shows the alarm of the bed', async () => {
    fixture.reset(
      [1, 2, 3, 4, 5, 6, 7, 8].map((n) => bed(n)),
      [alarm({ n: 1, bed: 6 })],
    );
    await station();
    await tile(1).focus();
    for (const key of ['ArrowRight', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
    await page.waitForURL(/\/a\/b{26}$/);
    await page.locator(`.alarm-page[data-alarm-id="${'b'.repeat(26)}"]:focus`).waitFor();
  });
});
