import { DeviceState, type Gap, GatewayStatus, LogEvent } from '@vigil/contracts';
import type { Page } from 'playwright-core';
import { type Api, PASSWORD } from '../flow/api-fixture.js';
import type { FaultEvent } from '../../src/ports/fleet.js';
import { axeViolations, describeInChromium } from './browser.js';
import { platformInChromium } from './platform.js';

const PHONE = { width: 390, height: 844 };
/** Where pictures go for a person to look at; none are taken without it. */
const PICTURES = process.env['VIGIL_TEST_PICTURES'];

describeInChromium('devices, gateways and what is missing of them, in Chromium with the real platform', () => {
  const at = platformInChromium({ VIGIL_SECOND_FACTOR_ROLES: 'none' });
  let api: Api;
  let page: Page;

  beforeAll(() => {
    api = at.api;
  });

  async function signIn(username: string, path: string): Promise<void> {
    ({ page } = await at.open(path, { width: 1600, height: 900 }));
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.locator('.button.user').waitFor();
  }

  async function picture(name: string): Promise<void> {
    if (PICTURES !== undefined) await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
  }

  async function tellOfTheFleet(): Promise<void> {
    const nowMs = api.clock.nowMs();
    const envelope = { v: 1, id: 'x', key: 'gateway:gw-1', origin: 'live', atMs: nowMs, gatewayId: 'gw-1' };
    const device = (deviceId: string, more: object): DeviceState =>
      DeviceState.parse({
        ...{ ...envelope, kind: 'deviceState', deviceId, connected: true, lastSeenMs: nowMs - 2_000, skewMs: 120 },
        ...{ clockSuspect: false, certificateNotAfterMs: nowMs + 9e9, said: {}, accepted: 4_000, rejected: 0, duplicates: 3 },
        ...more,
      });
    const model = { manufacturer: 'Acme', model: 'M540', firmware: '4.2.1', serial: 'SN-77', udi: '(01)07612345780313' };
    const devices = [
      device('sim-icu-1', { said: { batteryPercent: 11, signalDbm: -71, ...model }, skewMs: 42_000, clockSuspect: true }),
      device('sim-icu-2', { connected: false, lastSeenMs: nowMs - 400_000, said: { batteryPercent: 80, mains: true } }),
      device('stranger', { said: {} }),
    ];
    const status = { bedIds: ['icu-1', 'icu-2'], pending: 12, oldestPendingMs: 61_000, accepted: 9_000, rejected: 4 };
    const more = { version: '0.1.0', spoolBytes: 48_000_000, lagMs: 31, configIssuedAtMs: nowMs };
    const gateways = [GatewayStatus.parse({ ...envelope, kind: 'gatewayStatus', ...status, ...more })];
    const faults = [
      { ...envelope, kind: 'deviceFault', deviceId: 'sim-icu-1', bedId: 'icu-1', fault: 'clockSuspect', active: true },
      { ...envelope, kind: 'gatewayFault', fault: 'diskLow', active: true },
    ].map((event) => LogEvent.parse(event) as FaultEvent);
    await api.stores.fleet.note({ devices, gateways, faults }, nowMs);
  }

  test('an engineer sees which device and which gateway needs somebody, first and in words', async () => {
    await tellOfTheFleet();
    await signIn('dan', '/devices');
    await page.getByRole('rowheader', { name: /sim-icu-1/ }).waitFor();
    const rows = page.getByRole('region', { name: 'List of devices' }).locator('tbody tr');
    const first = await rows.first().innerText();
    for (const words of ['clock is wrong', '42.0 s behind', '11 %', '-71 dBm', 'Acme M540', 'UDI (01)07612345780313']) {
      expect(first).toContain(words);
    }
    expect(await rows.nth(1).innerText()).toMatch(/disconnected[\s\S]*last message 6:4\d ago/);
    await page.getByText('not in the site').waitFor();
    const gateway = await page.getByRole('region', { name: 'List of gateways' }).locator('tbody tr').first().innerText();
    for (const words of ['disk nearly full', '12 messages', 'oldest 1:01', '45.8 MB stored', '0.1.0']) {
      expect(gateway).toContain(words);
    }
    expect(await axeViolations(page)).toEqual([]);
    await picture('fleet');
    await page.setViewportSize(PHONE);
    expect(await axeViolations(page)).toEqual([]);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(PHONE.width);
    await picture('fleet-phone');
  });

  test('who treats the patient sees what is missing of the last hour, and why', async () => {
    // The patient came when the ward began: what was measured before that is somebody else's.
    for (let min = 0; min < 35; min += 1) await api.clock.advance(60_000);
    const nowMs = api.clock.nowMs();
    const gap = (gapId: string, fromMs: number, count: number, reason: Gap['reason']) =>
      ({ gapId, bedId: 'icu-1', deviceId: 'sim-icu-1', seqs: null, fromMs, toMs: fromMs + 90_000, count, reason }) as never;
    const gaps = [gap('a', nowMs - 1_500_000, 12, 'evicted'), gap('b', nowMs - 600_000, 1, 'neverArrived')];
    const at = [2_000_000, 1_000_000, 200_000].map((ms) => nowMs - ms);
    const samples = at.map((atMs) => ({ bedId: 'icu-1', metric: 'heartRate', atMs, value: 80, deviceId: 'sim-icu-1' }) as never);
    await api.observations.write(0, { samples, gaps }, '1');
    await signIn('amy', '/');
    await page.locator('.lamp[data-kind=live]').waitFor();
    await page.locator('[data-bed-id=icu-1]').focus();
    await page.keyboard.press('r');
    await page.getByText(/^12 messages lost.*given up by the full gateway \(sim-icu-1\)$/).waitFor();
    await page.getByText(/^1 message lost.*never came from the device/).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await picture('gaps');
  });
});
