import { randomUUID } from 'node:crypto';
import { type AlarmView, CareUnitId, LogEvent } from '@vigil/contracts';
import { alarmIdOf } from '@vigil/domain';
import type { Browser } from 'playwright-core';
import { LiveVitals } from '../../src/live/live-vitals.js';
import { batch, transition } from '../contract/alarm-fixtures.js';
import { type Api, PASSWORD } from '../flow/api-fixture.js';
import { open, type Opened } from './browser.js';
import type { PlatformInChromium } from './platform.js';

/** Screens of the real platform, and what happens at its bedsides, for tests of what a screen shows and when. */
export class RealWard {
  private seq = 0;
  private onset = 0;
  private readonly revs = new Map<string, number>();

  constructor(private readonly at: PlatformInChromium) {}

  get api(): Api {
    return this.at.api;
  }

  /** A screen that amy, or somebody else, is signed in on, in a browser of its own or in that of the platform. */
  async screen(path = '/', { username = 'amy', browser = null as Browser | null, viewport = VIEWPORT } = {}): Promise<Opened> {
    const opened = browser ? await open(browser, 'about:blank', viewport) : await this.at.openBlank(viewport);
    const answer = await opened.context.request.post(`${this.at.url}/api/v1/session`, {
      data: { username, password: PASSWORD },
      headers: { origin: this.at.url },
    });
    if (!answer.ok()) throw new Error(`sign-in of ${username} answered ${answer.status()}`);
    await opened.page.goto(this.at.url + path);
    await opened.page.locator('.lamp[data-kind=live]').waitFor();
    return opened;
  }

  /** A shared screen of the ICU that nobody is signed in on. */
  async station(label: string, browser: Browser): Promise<Opened & { readonly stationId: string }> {
    const made = await this.write('carol', 'POST', '/stations', { careUnitId: 'icu', label });
    const opened = await open(browser, 'about:blank', VIEWPORT);
    const answer = await opened.context.request.post(`${this.at.url}/api/v1/station-session`, {
      data: { code: made.body.enrolmentCode },
      headers: { origin: this.at.url },
    });
    if (!answer.ok()) throw new Error(`the station was answered ${answer.status()}`);
    await opened.page.goto(this.at.url);
    await opened.page.locator('.lamp[data-kind=live]').waitFor();
    return { ...opened, stationId: made.body.station.stationId };
  }

  async write(who: string, method: string, path: string, body?: object, headers: Readonly<Record<string, string>> = {}) {
    const reply = await this.api.call(method, `/api/v1${path}`, {
      as: await this.api.token(who),
      headers: { 'idempotency-key': randomUUID(), ...headers },
      ...(body === undefined ? {} : { body }),
    });
    if (reply.status >= 300) throw new Error(`${method} ${path} answered ${reply.status} ${JSON.stringify(reply.body)}`);
    return reply;
  }

  /** An alarm of its own; answers its id. */
  async raise(more: Record<string, unknown> = {}): Promise<string> {
    this.onset += 1;
    const onsetMs = Math.round(this.api.clock.nowMs()) + this.onset;
    const alarmId = alarmIdOf('bed:icu-1', 'heartRate.high', onsetMs);
    await this.api.stores.alarmState.commit(batch([transition({ alarmId, onsetMs, atMs: onsetMs, ...more })]));
    return alarmId;
  }

  async end(alarmId: string): Promise<void> {
    const rev = (this.revs.get(alarmId) ?? 1) + 1;
    this.revs.set(alarmId, rev);
    const atMs = Math.round(this.api.clock.nowMs()) + this.onset;
    await this.api.stores.alarmState.commit(
      batch([transition({ alarmId, rev, cause: 'end', active: false, presence: 'off', atMs, onsetMs: atMs })]),
    );
  }

  /** A message of a device, as the stream brings it. */
  message(bedId: string, deviceId: string, values: Readonly<Record<string, readonly [number, string]>>): void {
    const atMs = Math.round(this.api.clock.nowMs());
    const seq = this.seq++;
    const event = {
      ...{
        v: 1,
        id: `${deviceId}/b/${seq}`,
        key: `bed:${bedId}`,
        origin: 'simulated',
        atMs,
        kind: 'deviceMessage',
        bedId,
        deviceId,
      },
      ...{ gatewayId: 'gw-1', bootId: 'b', seq, deviceAtMs: atMs, gatewayAtMs: atMs },
      readings: Object.entries(values).map(([metric, [value, unit]]) => ({ metric, value, unit, quality: 'valid' })),
    };
    this.api.app.get(LiveVitals, { strict: false }).apply(LogEvent.parse(event), this.api.clock.wallMs());
  }

  /** Something that a device says of its own alarms. */
  bedside(bedId: string, deviceId: string, pauses: readonly object[]): void {
    const atMs = Math.round(this.api.clock.nowMs());
    const seq = this.seq++;
    const event = {
      ...{
        v: 1,
        id: `p/${seq}`,
        key: `bed:${bedId}`,
        origin: 'simulated',
        kind: 'deviceAlarm',
        bedId,
        deviceId,
        gatewayId: 'gw-1',
      },
      ...{ bootId: 'b', seq, atMs, deviceAtMs: atMs, gatewayAtMs: atMs, alarms: [], pauses },
    };
    this.api.app.get(LiveVitals, { strict: false }).apply(LogEvent.parse(event), this.api.clock.wallMs());
  }

  /** What the book of the server has open in the ICU. */
  async open(): Promise<readonly AlarmView[]> {
    const { alarms } = await this.api.stores.alarms.open(CareUnitId.parse('icu'));
    return alarms.filter(({ active }) => active);
  }
}

const VIEWPORT = { width: 1920, height: 1080 };

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
