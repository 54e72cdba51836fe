/** FR-L: limits of a stay, when the server does not take them: what the person reads, what stays typed, what is sent. */
import { mkdirSync } from 'node:fs';
import type { Locator, Page, Route } from 'playwright-core';
import { axeViolations, describeInChromium } from './browser.js';
import { platformInChromium } from './platform.js';
import { RealWard } from './real-ward.js';

const SHOTS = process.env['VIGIL_TEST_SHOTS'];
const DESK = { width: 1280, height: 800 };
const PATH = '**/api/v1/encounters/enc-1/limits/heartRate';

const problem = (status: number, code: string, headers: Record<string, string> = {}) => ({
  status,
  headers: { 'content-type': 'application/problem+json', ...headers },
  body: JSON.stringify({ type: `https://vigil.test/problems/${code}`, title: code, status, code, requestId: 'r-1' }),
});

describeInChromium('limits that the server does not take, in Chromium with the real platform', () => {
  const at = platformInChromium({ VIGIL_SECOND_FACTOR_ROLES: 'none', VIGIL_REQUESTS_PER_S: '1000' });
  const ward = new RealWard(at);
  let page: Page;
  let dialog: Locator;
  let sent: { readonly key: string | undefined; readonly rev: string | undefined }[];

  /** Amy has typed limits for the patient whose wristband she has read. */
  async function typed(high: string, reason = 'beta blocker since noon'): Promise<void> {
    ({ page } = await ward.screen('/b/icu-1', { viewport: DESK }));
    sent = [];
    page.on('request', (request) => {
      if (request.method() !== 'PUT') return;
      const headers = request.headers();
      sent.push({ key: headers['idempotency-key'], rev: headers['if-match'] });
    });
    await page.getByRole('button', { name: 'Change the limits of Heart rate' }).click();
    dialog = page.getByRole('dialog');
    await dialog.getByLabel(/^High/).fill(high);
    await dialog.getByLabel('Why (for colleagues)').fill(reason);
    await dialog.getByLabel('Until').selectOption('12');
    await dialog.getByLabel(/^From the wristband/).fill('M1');
  }
  /** On a busy machine the picture may not be live for a moment, and the dialog then sends nothing and says so. */
  const press = async (): Promise<void> => {
    const before = sent.length;
    for (let tries = 0; tries < 10 && sent.length === before; tries += 1) {
      await page.locator('.lamp[data-kind=live]').waitFor();
      await dialog.getByRole('button', { name: 'Set these limits' }).click();
      await page.waitForTimeout(500);
    }
  };
  const told = async (words: RegExp): Promise<void> => {
    await dialog.getByRole('alert').filter({ hasText: words }).waitFor();
  };
  /** All that was typed stands there as it was. */
  async function keeps(high: string, reason = 'beta blocker since noon'): Promise<void> {
    expect(await dialog.getByLabel(/^High/).inputValue()).toBe(high);
    expect(await dialog.getByLabel('Why (for colleagues)').inputValue()).toBe(reason);
    expect(await dialog.getByLabel('Until').inputValue()).toBe('12');
    expect(await dialog.getByLabel(/^From the wristband/).inputValue()).toBe('M1');
  }
  async function look(name: string): Promise<void> {
    if (SHOTS) {
      mkdirSync(SHOTS, { recursive: true });
      await page.screenshot({ path: `${SHOTS}/limits-${name}.png` });
    }
    expect(await axeViolations(page)).toEqual([]);
  }
  const limitsNow = async () => {
    const { body } = await ward.write('amy', 'GET', '/encounters/enc-1/limits');
    return body.items.find(({ metric }: { metric: string }) => metric === 'heartRate');
  };

  test.each([
    [403, 'forbidden', 115, {}, /Your role does not allow this/],
    [404, 'not-found', 116, {}, /not there any more, or it is not for you/],
    [429, 'too-many-attempts', 117, { 'retry-after': '7' }, /Wait 7 seconds/],
    [503, 'store-unavailable', 118, {}, /cannot do this now/],
  ])(
    '%i %s: it says why and what to do, keeps what was typed, and sends nothing by itself',
    async (status, code, high, headers, words) => {
      await typed(String(high));
      let answers = 0;
      await page.route(PATH, (route: Route) => {
        answers += 1;
        return answers === 1 ? route.fulfill(problem(status, code, headers)) : route.continue();
      });
      await press();
      await told(words);
      await keeps(String(high));
      await look(code);
      await page.waitForTimeout(1_500);
      expect(sent).toHaveLength(1);
      // A refusal is an answer: the next press is another command.
      await press();
      await dialog.waitFor({ state: 'detached' });
      expect(sent).toHaveLength(2);
      expect(sent[1]?.key).not.toBe(sent[0]?.key);
      expect(await limitsNow()).toMatchObject({ high });
      await page
        .getByRole('row', { name: /Heart rate/ })
        .getByText('beta blocker since noon')
        .waitFor();
    },
    240_000,
  );

  test('412: what a second nurse has set meanwhile is shown, and only a press after that goes over it', async () => {
    await typed('112');
    const { rev } = await limitsNow();
    const theirs = { low: null, high: 105, reason: 'ordered by phone', toMs: Math.round(ward.api.clock.nowMs()) + 3_600_000 };
    await ward.write('carol', 'PUT', '/encounters/enc-1/limits/heartRate', theirs, { 'if-match': `"${rev}"` });
    await press();
    await told(/Somebody has changed it since it was shown/);
    const now = dialog.getByText(/^Now it says: .*105.*Carol Charge: ordered by phone/);
    await now.waitFor();
    await keeps('112');
    await look('moved');
    expect(await limitsNow()).toMatchObject({ high: 105 });
    await press();
    await dialog.waitFor({ state: 'detached' });
    expect(sent.map((each) => each.rev)).toEqual([`"${rev}"`, `"${rev + 1}"`]);
    expect(await limitsNow()).toMatchObject({ high: 112 });
  }, 240_000);

  test('no answer, and it was done: nobody is told that it was, the next press is the same command and shows what holds', async () => {
    await typed('114', 'septic');
    let lost = 0;
    await page.route(PATH, async (route: Route) => {
      // It reaches the server, and the answer does not reach the screen.
      if (lost === 0) await route.fetch();
      lost += 1;
      return lost === 1 ? route.abort() : route.continue();
    });
    await press();
    await told(/NO ANSWER/);
    await keeps('114', 'septic');
    await dialog.getByText(/^Now it says: .*114.*Amy Nurse: septic/).waitFor();
    await look('no-answer');
    await press();
    await told(/may have been done/);
    expect(sent).toHaveLength(2);
    expect(sent[1]?.key).toBe(sent[0]?.key);
    expect(await limitsNow()).toMatchObject({ high: 114 });
    await keeps('114', 'septic');
  }, 240_000);
});
