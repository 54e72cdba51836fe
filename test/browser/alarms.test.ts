import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { alarmIdOf } from '@vigil/domain';
import { batch, transition } from '../contract/alarm-fixtures.js';
import { type Api, newKey, PASSWORD } from '../flow/api-fixture.js';
import { axeViolations, describeInChromium, type Opened, until } from './browser.js';
import { platformInChromium } from './platform.js';

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
    await until(async () => (await asked(alarmId)).escalation.acceptedBy === 'amy');
    await press('I am there', shown(alarmId));
    await until(async () => (await asked(alarmId)).escalation.accepts[0]?.arrivedAtMs !== null);
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
});

void newKey;
