import type { Page } from 'playwright-core';
import { axeViolations, describeInChromium } from './browser.js';
import { alarm, bed } from './fixture-ward.js';
import { wardInChromium } from './ward-in-chromium.js';

const GUARD_MS = 650;

describeInChromium('the keys of the shell, in Chromium', () => {
  const ward = wardInChromium();
  const keys = async (page: Page, ...all: string[]): Promise<void> => {
    for (const key of all) await page.keyboard.press(key);
  };

  test('an alarm is accepted with one key from any screen, and the answer is there within a second', async () => {
    for (const path of ['/', '/alarms', '/screen', '/on-call']) {
      ward.fixture.reset([bed(1)], [alarm({ n: 1, bed: 1 })]);
      const page = await ward.station(path);
      await page.waitForTimeout(GUARD_MS);
      const pressedMs = performance.now();
      await keys(page, 'a');
      await page.locator('.top-alarm').getByText('✓ Karin Novak is going').waitFor();
      process.stdout.write(`accepted on ${path} after ${Math.round(performance.now() - pressedMs)} ms\n`);
      expect(ward.fixture.commands()).toHaveLength(1);
    }
  }, 60_000);

  test('whoever leaves a field with Escape and writes on accepts nothing, is told so, and accepts with the next key', async () => {
    ward.fixture.reset([bed(1)], [alarm({ n: 1, bed: 1 })]);
    const page = await ward.station('/alarms');
    await page.waitForTimeout(GUARD_MS);
    await page.evaluate(`document.querySelector('#screen').append(document.createElement('textarea'))`);
    await page.locator('#screen textarea').focus();
    await page.keyboard.type('to', { delay: 90 });
    await keys(page, 'Escape');
    await page.keyboard.type(' a kind man', { delay: 90 });
    await page.getByText('NOT TAKEN – you were writing a moment ago').waitFor();
    await page.waitForTimeout(700);
    expect(ward.fixture.commands()).toEqual([]);
    await keys(page, 'a');
    await page.locator('.top-alarm').getByText('✓ Karin Novak is going').waitFor();
    expect(ward.fixture.commands().map(({ path }) => path.split('/').at(-1))).toEqual(['accept']);
  }, 30_000);

  test('where the site wants it, Enter comes behind the key, and nothing else accepts', async () => {
    ward.fixture.reset([bed(1)], [alarm({ n: 1, bed: 1 })]);
    ward.fixture.display = { acceptNeedsEnter: true };
    const page = await ward.station('/');
    await page.waitForTimeout(GUARD_MS);
    await keys(page, 'a');
    await page.locator('.top-alarm').getByText('press Enter to accept').waitFor();
    expect(ward.fixture.commands()).toEqual([]);
    await keys(page, 'Enter');
    await page.locator('.top-alarm').getByText('✓ Karin Novak is going').waitFor();
    expect(ward.fixture.commands()).toHaveLength(1);
  }, 30_000);

  test('Enter accepts the alarm that was asked about or none: not the next one, when that is over meanwhile', async () => {
    const [first, second] = [alarm({ n: 1, bed: 1 }), alarm({ n: 2, bed: 2, priority: 'medium' })];
    ward.fixture.reset([bed(1), bed(2)], [first, second]);
    ward.fixture.display = { acceptNeedsEnter: true };
    const page = await ward.station('/');
    await page.waitForTimeout(GUARD_MS);
    await keys(page, 'a');
    await page.locator('.top-alarm').getByText('press Enter to accept').waitFor();
    ward.fixture.announce({
      ...{ ...first, active: false, presence: 'off', endedAtMs: first.atMs, rev: 9 },
      escalation: { ...first.escalation, state: 'ended', rev: 9, nextAtMs: null },
    });
    await page.locator(`.top-alarm[data-alarm-id="${second.alarmId}"]`).waitFor();
    await page.waitForTimeout(GUARD_MS);
    await keys(page, 'Enter');
    await page.getByText('NOT SENT – it has changed: look again').waitFor();
    expect(ward.fixture.commands()).toEqual([]);
  }, 30_000);

  test('a key on the row of an alarm that somebody else has taken is not handed on to the alarm of the bar', async () => {
    const [top, taken] = [alarm({ n: 1, bed: 1 }), alarm({ n: 2, bed: 2, priority: 'medium' })];
    const by = { state: 'accepted', acceptedBy: 'staff-2', acceptedByName: 'Sam Reed', acceptedAtMs: taken.atMs, nextAtMs: null };
    const going = { ...taken, presence: 'ack', escalation: { ...taken.escalation, ...by } } as typeof taken;
    ward.fixture.reset([bed(1), bed(2)], [top, going]);
    const page = await ward.station('/alarms');
    await page.locator(`.alarm-row[data-alarm-id="${taken.alarmId}"]`).focus();
    await page.waitForTimeout(GUARD_MS);
    await keys(page, 'a');
    await page.getByText('NOT SENT – it has changed: look again').waitFor();
    await keys(page, 'k');
    await page.goto(`${ward.url}/`);
    await page.locator('.lamp[data-kind=live]').waitFor();
    await page.locator('.tile[data-bed-id=icu-2]').focus();
    await page.waitForTimeout(GUARD_MS);
    await keys(page, 'a', 'k');
    await page.waitForTimeout(300);
    expect(ward.fixture.commands()).toEqual([]);
  }, 30_000);

  test('an alarm that has come to the focused bed just now is not acknowledged by a key meant for the one before it', async () => {
    ward.fixture.reset([bed(1)], [alarm({ n: 1, bed: 1, priority: 'low' })]);
    const page = await ward.station('/');
    await page.locator('.tile[data-bed-id=icu-1]').focus();
    await page.waitForTimeout(GUARD_MS);
    const high = alarm({ n: 2, bed: 1 });
    ward.fixture.announce(high);
    await page.locator(`.top-alarm[data-alarm-id="${high.alarmId}"]`).waitFor();
    await keys(page, 'k');
    await page.waitForTimeout(GUARD_MS);
    expect(ward.fixture.commands()).toEqual([]);
    await keys(page, 'k');
    await page.waitForTimeout(300);
    expect(ward.fixture.commands().map(({ path }) => path)).toEqual([`/api/v1/alarms/${high.alarmId}/acknowledge`]);
  }, 30_000);

  test('keys go to screens, alarms and beds, and the help names them', async () => {
    ward.fixture.reset(
      [1, 2, 12].map((n) => bed(n)),
      [alarm({ n: 1, bed: 1 }), alarm({ n: 2, bed: 2, priority: 'medium' })],
    );
    const page = await ward.station('/screen');
    await keys(page, 'g');
    await page.getByText('Go to: b beds').waitFor();
    await keys(page, 'a');
    await page.waitForURL(/\/alarms$/);
    await keys(page, '1', '2', 'Enter');
    await page.waitForURL((url) => url.pathname === '/');
    await page.waitForTimeout(300);
    expect(await page.evaluate('document.activeElement.closest("[data-bed-id]")?.dataset.bedId')).toBe('icu-12');
    await keys(page, '9', 'Enter');
    await page.getByText('There is no bed 9 here').waitFor();
    await keys(page, 'n');
    await page.waitForURL(/\/a\/b{26}$/);
    await keys(page, 'n');
    await page.waitForURL(/\/a\/c{26}$/);
    await keys(page, '?');
    await page.getByRole('heading', { name: 'Help and keys' }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(await page.locator('.help kbd').count()).toBe(13);
  }, 40_000);

  test('turned off, single keys do nothing', async () => {
    ward.fixture.reset([bed(1)], [alarm({ n: 1, bed: 1 })]);
    const page = await ward.station('/screen');
    await page.getByLabel(/Single keys do something/).uncheck();
    await page.locator('.lamp').click();
    await page.waitForTimeout(GUARD_MS);
    await keys(page, 'a', 'k', 'm');
    await page.waitForTimeout(500);
    expect(ward.fixture.commands()).toEqual([]);
  }, 30_000);

  test('each theme is chosen by a person, kept by the screen, and free of violations with an alarm on it', async () => {
    ward.fixture.reset([bed(1), bed(2)], [alarm({ n: 1, bed: 1 }), alarm({ n: 2, bed: 2, priority: 'medium' })]);
    const page = await ward.station('/screen');
    for (const [name, theme] of [
      ['Light', 'light'],
      ['Night: dim and warm', 'night'],
      ['High contrast', 'contrast'],
    ] as const) {
      await page.goto(`${ward.url}/screen`);
      await page.getByLabel(name).check();
      await page.goto(ward.url);
      await page.locator('.lamp[data-kind=live]').waitFor();
      expect(await page.evaluate('document.documentElement.dataset.theme')).toBe(theme);
      expect([theme, await axeViolations(page)]).toEqual([theme, []]);
    }
  }, 60_000);
});
