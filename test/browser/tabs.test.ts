/** One person, two tabs of one browser: what is done in one is seen in the other. */
import { describeInChromium } from './browser.js';
import { platformInChromium } from './platform.js';
import { RealWard, wait } from './real-ward.js';

const DESK = { width: 1280, height: 800 };
/** Longer than the guard against a press on what has just appeared. */
const GUARD_MS = 900;

describeInChromium('two tabs of one person, in Chromium with the real platform', () => {
  const at = platformInChromium({ VIGIL_SECOND_FACTOR_ROLES: 'none', VIGIL_REQUESTS_PER_S: '1000' });
  const ward = new RealWard(at);

  async function twoTabs(path: string) {
    const { context, page: one } = await ward.screen(path, { viewport: DESK });
    const two = await context.newPage();
    await two.goto(at.url + path);
    await two.locator('.lamp[data-kind=live]').waitFor();
    return { context, one, two };
  }

  test('an alarm that is accepted in one is accepted in the other, and is not sent twice', async () => {
    const alarmId = await ward.raise();
    const { context, one, two } = await twoTabs('/alarms');
    const accepts: string[] = [];
    context.on('request', (request) => {
      if (request.url().endsWith('/accept')) accepts.push(request.headers()['idempotency-key'] ?? '');
    });
    const row = `.alarm-row[data-alarm-id="${alarmId}"]`;
    await one
      .locator(row)
      .getByRole('button', { name: /^Accept/ })
      .waitFor();
    await two
      .locator(row)
      .getByRole('button', { name: /^Accept/ })
      .waitFor();
    await wait(GUARD_MS);
    await one.bringToFront();
    await one
      .locator(row)
      .getByRole('button', { name: /^Accept/ })
      .click();
    const takes = two.locator(row).getByRole('button', { name: /^Accept/ });
    await takes.waitFor({ state: 'detached' });
    expect(await two.locator(row).innerText()).toContain('Amy Nurse');
    expect(accepts).toHaveLength(1);
    const [alarm] = (await ward.open()).filter((each) => each.alarmId === alarmId);
    expect(alarm?.escalation).toMatchObject({ state: 'accepted', acceptedByName: 'Amy Nurse' });
    await ward.end(alarmId);
  }, 180_000);

  test('one of them sounds; when it is closed, the other does', async () => {
    const { one, two } = await twoTabs('/');
    const sounds = async () => Promise.all([one, two].map(async (page) => page.getByText('Sound in another tab').count()));
    for (let tries = 0; tries < 40 && (await sounds()).join() === '0,0'; tries += 1) await wait(250);
    expect((await sounds()).sort()).toEqual([0, 1]);
    const [leads, follows] = (await sounds())[0] === 0 ? [one, two] : [two, one];
    await leads.close();
    await follows.getByText('Sound in another tab').waitFor({ state: 'detached', timeout: 15_000 });
  }, 180_000);

  test('who signs out in one is signed out in the other, and nothing of a patient stays on it', async () => {
    const { one, two } = await twoTabs('/b/icu-1');
    await two.getByText('TESTMAN').first().waitFor();
    await one.bringToFront();
    await one.locator('.button.user').click();
    await one.getByRole('menuitem', { name: 'Sign out' }).click();
    await one.getByLabel('Username').waitFor();
    await two.getByLabel('Username').waitFor({ timeout: 20_000 });
    expect(await two.getByText('TESTMAN').count()).toBe(0);
    expect(await two.evaluate<string>('document.documentElement.innerHTML')).not.toMatch(/TESTMAN|M1\b/);
  }, 180_000);
});
