import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { alarmIdOf } from '@vigil/domain';
import { batch, transition } from '../contract/alarm-fixtures.js';
import { type Api, PASSWORD } from '../flow/api-fixture.js';
import { axeViolations, describeInChromium, type Opened } from './browser.js';
import { platformInChromium } from './platform.js';

const WAIT_MS = 8_000;
async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + WAIT_MS;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`not in time: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A folder for pictures of the screens; none by default. */
const PICTURES = process.env['VIGIL_TEST_ALARM_PICTURES'];
/** Longer than the guard against a press on what has just appeared. */
const GUARD_MS = 700;
const PHONE = { width: 390, height: 844 };

describeInChromium('alarms, their details and what alarms less, in Chromium with the real platform', () => {
  const at = platformInChromium({ VIGIL_SECOND_FACTOR_ROLES: 'none' });
  let api: Api;
  let opened: Opened;
  let page: Page;
  let n = 0;

  beforeAll(() => {
    api = at.api;
  });

  /** A new alarm of its own condition, so that tests share nothing. */
  async function raise(more: Record<string, unknown> = {}): Promise<string> {
    n += 1;
    const onsetMs = Math.round(api.clock.nowMs()) - 5_000;
    const conditionCode = String(more['conditionCode'] ?? 'heartRate.high');
    const alarmId = alarmIdOf('bed:icu-1', conditionCode, onsetMs + n);
    const times = { onsetMs: onsetMs + n, atMs: onsetMs + n };
    await api.stores.alarmState.commit(batch([transition({ alarmId, conditionCode, ...times, ...more })]));
    return alarmId;
  }
  const end = (alarmId: string, more: Record<string, unknown> = {}): Promise<unknown> =>
    api.stores.alarmState.commit(
      batch([
        transition({
          ...{ alarmId, rev: 2, cause: 'end', active: false, presence: 'off', atMs: Math.round(api.clock.nowMs()) },
          ...more,
        }),
      ]),
    );

  async function visit(username: string, path: string, viewport?: { width: number; height: number }): Promise<void> {
    opened = await at.open(path, viewport);
    page = opened.page;
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.locator('.lamp[data-kind=live]').waitFor();
  }

  async function press(name: string | RegExp, within = page.locator('body')): Promise<void> {
    const button = within.getByRole('button', { name }).first();
    await button.waitFor();
    await page.waitForTimeout(GUARD_MS);
    await button.click();
  }

  async function picture(name: string): Promise<void> {
    if (PICTURES === undefined) return;
    mkdirSync(PICTURES, { recursive: true });
    await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
  }
  /** What of the screen stands beyond its right edge. The frame around it is another test's. */
  const cut = () =>
    page.evaluate<string[]>(
      `[...document.querySelectorAll('.alarms *, .alarm-page *')]
        .filter((each) => !each.closest('.table-pane, .visually-hidden') && each.getBoundingClientRect().right > innerWidth + 1)
        .map((each) => innerWidth + ' ' + each.tagName + ' ' + each.textContent.slice(0, 30))`,
    );
  const row = (alarmId: string) => page.locator(`.alarm-row[data-alarm-id="${alarmId}"]`);
  const shown = (alarmId: string) => page.locator(`.alarm-page[data-alarm-id="${alarmId}"]`);
  const asked = async (alarmId: string) => (await api.stores.alarms.get(alarmId as never))!;

  test('the list says what, whose, since when and who is told; filters narrow it, loudly, and stay in the address', async () => {
    const high = await raise();
    const low = await raise({
      ...{ conditionCode: 'spo2.leadsOff', kind: 'technical', priority: 'low', metric: 'spo2' },
      evidence: { value: null, unit: null, limit: null, side: null, samples: null, samplesExpected: null },
    });
    await visit('amy', '/alarms');
    await row(high).getByText('HR 148 > 120').waitFor();
    expect(await page.locator('.alarm-row').first().getAttribute('data-alarm-id')).toBe(high);
    expect(await axeViolations(page)).toEqual([]);
    await picture('list-1920');
    await page.getByLabel('Priority', { exact: true }).selectOption('low');
    await row(high).waitFor({ state: 'detached' });
    await page.getByText(/active alarms? (is|are) not in this view/).waitFor();
    expect(new URL(page.url()).searchParams.get('priority')).toBe('low');
    expect(await axeViolations(page)).toEqual([]);
    await page.reload();
    await row(low).waitFor();
    expect(await row(high).count()).toBe(0);
    await page.getByRole('button', { name: 'Show all' }).click();
    await row(high).waitFor();
    await page.getByRole('tab', { name: /Technical/ }).click();
    await row(low).waitFor();
    expect(await row(high).count()).toBe(0);
    await page.getByRole('tab', { name: /Mine/ }).click();
    await row(high).waitFor();
    for (const size of [{ width: 1280, height: 800 }, PHONE]) {
      await page.setViewportSize(size);
      await picture(`list-${size.width}`);
      expect(await cut()).toEqual([]);
    }
    expect(await axeViolations(page)).toEqual([]);
  }, 60_000);

  test('one alarm has a page of its own: facts, ladder, why, way; accept, arrive and a label each in one tap', async () => {
    const alarmId = await raise({ conditionCode: 'heartRate.high' });
    await visit('amy', '/alarms');
    await row(alarmId)
      .getByRole('link', { name: /Details/ })
      .click();
    await shown(alarmId)
      .getByRole('heading', { level: 1, name: /HR 148 > 120/ })
      .waitFor();
    await shown(alarmId).getByText('limit at most 120').first().waitFor();
    await page.getByRole('heading', { name: 'Why this is an alarm' }).waitFor();
    await page.getByRole('heading', { name: 'Every change' }).waitFor();
    expect(await page.title()).not.toMatch(/DOE|Roe|ICU 1/);
    await picture('detail-1920');
    expect(await axeViolations(page)).toEqual([]);
    await press(/^Accept/, shown(alarmId));
    await eventually(async () => (await asked(alarmId)).escalation.acceptedBy === 'amy');
    await press('I am there', shown(alarmId));
    await eventually(async () => (await asked(alarmId)).escalation.accepts[0]?.arrivedAtMs !== null);
    await shown(alarmId)
      .getByText(/^Amy Nurse is there since/)
      .waitFor();
    await press('True, nobody was needed', shown(alarmId));
    await page.getByText(/Amy Nurse said so at/).waitFor();
    expect((await asked(alarmId)).label?.label).toBe('nuisance');
    for (const size of [{ width: 1280, height: 800 }, PHONE, { width: 320, height: 640 }]) {
      await page.setViewportSize(size);
      await picture(`detail-${size.width}`);
      expect(await cut()).toEqual([]);
    }
    expect(await axeViolations(page)).toEqual([]);
    await end(alarmId);
    await page.reload();
    await shown(alarmId).getByText('over', { exact: true }).first().waitFor();
    expect(
      await shown(alarmId)
        .getByRole('button', { name: /^Accept/ })
        .count(),
    ).toBe(0);
  }, 60_000);

  test('a high condition is shelved by two people, is on the board with its end, and is taken back', async () => {
    const alarmId = await raise();
    await visit('amy', `/a/${alarmId}`);
    await press('Shelve this condition…', shown(alarmId));
    const dialog = page.getByRole('dialog');
    await dialog.getByText('a second person has to agree', { exact: false }).waitFor();
    await dialog.getByText('TESTMAN, Tim').waitFor();
    await dialog.getByText('born 02-Jan-1960').waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await picture('shelve-1920');
    expect(await dialog.getByLabel('For how long').locator('option').allInnerTexts()).toEqual([
      ...['15 minutes', '30 minutes', '1 hour', '2 hours'],
    ]);
    await press('Shelve', dialog);
    await dialog.getByText('Compare name and birth date first', { exact: false }).waitFor();
    await dialog.getByLabel('I have compared both with the wristband').check();
    await press('Shelve', dialog);
    await dialog.getByText('Choose a reason').waitFor();
    await dialog.getByLabel('Known, and being treated').check();
    await press('Shelve', dialog);
    await dialog.waitFor({ state: 'detached' });
    await shown(alarmId)
      .getByText(/waits for a second person/)
      .waitFor();
    expect(await shown(alarmId).getByRole('button', { name: 'Agree' }).count()).toBe(0);
    await opened.context.close();

    await visit('carol', '/alarms/limits-off');
    const line = page.getByRole('row', { name: /HR HIGH is to be shelved; a second person has not agreed/ });
    await line.waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await press(/^Agree/, line);
    await page.getByRole('dialog').getByLabel('I have compared both with the wristband').check();
    await picture('agree-1920');
    await press('Agree', page.getByRole('dialog'));
    await page
      .getByRole('dialog')
      .getByText(/HR HIGH is silent until/)
      .waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await page.getByRole('row', { name: /HR HIGH is shelved/ }).waitFor();
    await picture('board-1920');
    await page.setViewportSize(PHONE);
    await picture('board-390');
    expect(await cut()).toEqual([]);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.emulateMedia({ media: 'print' });
    await page.getByText(/Hand-over board of ICU/).waitFor();
    await picture('board-print');
    await page.emulateMedia({ media: 'screen' });
    await press(/^Take back/, page.getByRole('row', { name: /HR HIGH is shelved/ }));
    await page.getByRole('dialog').getByLabel('I have compared both with the wristband').check();
    await press('Take back', page.getByRole('dialog'));
    await page.getByRole('row', { name: /HR HIGH is shelved/ }).waitFor({ state: 'detached' });
    expect(await axeViolations(page)).toEqual([]);
  }, 90_000);

  test('declining takes a reason and one tap, and is said to all; what was refused is said and nothing is sent again', async () => {
    const alarmId = await raise();
    await visit('amy', `/a/${alarmId}`);
    await press('Decline', shown(alarmId));
    await page.getByRole('dialog').getByText('Why does somebody else have to go?').waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await picture('decline-1920');
    await press('I am busy with a patient', page.getByRole('dialog'));
    await eventually(async () => (await asked(alarmId)).escalation.declines.length === 1);
    await shown(alarmId)
      .getByText(/^Amy Nurse declined .*busy with a patient$/)
      .waitFor();

    const sent: string[] = [];
    page.on('request', (request) => {
      if (request.method() !== 'GET' && request.url().includes('/alarms/')) sent.push(request.url());
    });
    const refusals = [
      [412, 'revision-moved', 'it has changed: look again'],
      [403, 'forbidden', 'your role may not do this'],
      [404, 'not-found', 'it is not there any more'],
      [409, 'conflict', 'it is so already'],
      [429, 'impossible-rate', 'pressed faster than a person can'],
      [503, 'store-unavailable', 'the server could not do it'],
    ] as const;
    for (const [status, code, said] of refusals) {
      await page.route('**/label', (route) =>
        route.fulfill({
          status,
          contentType: 'application/problem+json',
          body: JSON.stringify({ type: 'about:blank', title: 'x', status, code }),
        }),
      );
      sent.length = 0;
      await press('Not true: artefact or lead', shown(alarmId));
      await shown(alarmId).getByText(`NOT SENT – ${said}`, { exact: false }).waitFor();
      expect(sent).toHaveLength(1);
      await page.unroute('**/label');
    }
    await page.route('**/label', (route) => route.abort());
    await press('Not true: artefact or lead', shown(alarmId));
    await shown(alarmId).getByText('NOT SENT – no answer', { exact: false }).waitFor();
    await page.unroute('**/label');
    await page.waitForTimeout(1_500);
    expect((await asked(alarmId)).label).toBeNull();
  }, 90_000);

  test('an alarm that is not there, and one of elsewhere, are told alike; recent ones can be taken along as a table', async () => {
    const alarmId = await raise({ conditionCode: 'heartRate.low' });
    await end(alarmId, { conditionCode: 'heartRate.low' });
    await visit('amy', `/a/${'a'.repeat(26)}`);
    await page.getByText('There is no such alarm, or it is not for you.').waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole('link', { name: 'All alarms' }).click();
    await page.getByRole('tab', { name: 'Recent 60 min' }).click();
    await row(alarmId).waitFor();
    await picture('recent-1920');
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('dialog').getByLabel('Why do you need it?').selectOption('quality-review');
    expect(await axeViolations(page)).toEqual([]);
    const download = page.waitForEvent('download');
    const rows = await api.audited(async () => {
      await page.getByRole('dialog').getByRole('button', { name: 'Export' }).click();
      expect((await download).suggestedFilename()).toBe('vigil-alarms.csv');
    });
    expect(rows.map(({ action }) => action)).toContain('alarm.export');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }, 60_000);

  test('low technical alarms of one bed are acknowledged together by holding down, one request each; nothing else is', async () => {
    const none = { value: null, unit: null, limit: null, side: null, samples: null, samplesExpected: null };
    const low = (conditionCode: string) =>
      raise({ conditionCode, kind: 'technical', priority: 'low', metric: null, evidence: none });
    const [clock, certificate] = [await low('clockSuspect'), await low('certificateExpiring')];
    await visit('amy', '/alarms?bed=icu-1');
    await row(clock).getByText('CLOCK SUSPECT').waitFor();
    const sent: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/acknowledge')) sent.push(request.url().split('/').at(-2)!);
    });
    const answered: number[] = [];
    page.on('response', (response) => {
      if (response.url().endsWith('/acknowledge')) answered.push(response.status());
    });
    const hold = page.getByRole('button', { name: /Hold to acknowledge \d+ low technical alarms of this bed/ });
    await hold.click();
    await page.waitForTimeout(1_200);
    expect(sent).toEqual([]);
    await picture('hold-1920');
    // The mouse that clicked lies on the button still: it may not let go of what the key holds, nor lose what it holds itself.
    const box = (await hold.boundingBox())!;
    await page.mouse.move(box.x + box.width - 8, box.y + box.height / 2);
    await page.mouse.down();
    await page.getByText('keep holding…').waitFor();
    await page.waitForTimeout(200);
    expect(await hold.or(page.locator('.button.hold[data-holding=true]')).first().getAttribute('data-holding')).toBe('true');
    await page.mouse.up();
    expect(sent).toEqual([]);
    await hold.focus();
    await page.keyboard.down('Enter');
    await page.mouse.move(0, 0);
    await eventually(() => Promise.resolve(sent.includes(clock) && sent.includes(certificate)));
    await page.keyboard.up('Enter');
    await eventually(() => Promise.resolve(answered.length >= 2));
    expect(new Set(answered)).toEqual(new Set([200]));
    expect(new Set(sent).size).toBe(sent.length);
    for (const id of sent) expect(await asked(id)).toMatchObject({ priority: 'low', kind: 'technical' });
  }, 60_000);
});
