import type { Page } from 'playwright-core';
import { axeViolations, describeInChromium } from './browser.js';
import { alarm, bed } from './fixture-ward.js';
import { wardInChromium } from './ward-in-chromium.js';

/** GL-18. */
const AUDIBLE_WITHIN_MS = 500;
const BANNER_WITHIN_MS = 1_000;

/** Listens at the loudspeaker: an analyser before every destination, looked at fifty times a second. Times of this page's wall. */
const LISTEN = `
  window.__heard = [];
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...more) {
    if (to instanceof AudioDestinationNode && !(this instanceof AnalyserNode)) {
      const ear = new AnalyserNode(this.context, { fftSize: 2048 });
      connect.call(this, ear);
      const data = new Float32Array(2048);
      setInterval(() => {
        ear.getFloatTimeDomainData(data);
        const loudest = data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
        if (loudest > 0.01) window.__heard.push(performance.timeOrigin + performance.now());
      }, 20);
      return connect.call(ear, to);
    }
    return connect.call(this, to, ...more);
  };
`;

/** Lets a test end the lines of one tab; it builds no other. */
const CUTTABLE = `
  const lines = new Set();
  let isCut = false;
  window.WebSocket = class extends WebSocket {
    constructor(...of) {
      if (isCut) throw new Error('cut');
      super(...of);
      lines.add(this);
    }
  };
  window.__cut = () => { isCut = true; for (const line of lines) line.close(); };
`;

describeInChromium('the sound of alarms, in Chromium', () => {
  const ward = wardInChromium();

  const heard = (page: Page) => page.evaluate<number[]>('window.__heard');
  const heardSince = async (page: Page, atMs: number) => (await heard(page)).filter((ms) => ms > atMs);
  const soundIs = (page: Page, state: string) => page.locator(`.button.sound[data-sound=${state}]`).waitFor();

  test('an alarm is audible within half a second, until it is acknowledged', async () => {
    ward.fixture.reset([bed(1), bed(2)]);
    const page = await ward.station('/', { script: LISTEN });
    await soundIs(page, 'on');
    expect(await heard(page)).toEqual([]);
    const raisedMs = Date.now();
    ward.fixture.announce(alarm({ n: 1, bed: 2 }));
    await page.waitForFunction('window.__heard.length > 0');
    const latencyMs = (await heard(page))[0]! - raisedMs;
    process.stdout.write(`audible after ${Math.round(latencyMs)} ms\n`);
    expect(latencyMs).toBeLessThan(AUDIBLE_WITHIN_MS);
    await page.waitForTimeout(700);
    await page.keyboard.press('k');
    await page.locator('.top-alarm-text:not([data-need=unanswered]), .top-alarm-text').first().waitFor();
    await page.waitForTimeout(600);
    const quietFromMs = Date.now();
    await page.waitForTimeout(2_500);
    expect(await heardSince(page, quietFromMs)).toEqual([]);
  }, 40_000);

  test('it is audible in the background too', async () => {
    ward.fixture.reset([bed(1)]);
    const page = await ward.station('/', { script: LISTEN });
    const other = await ward.opened.context.newPage();
    await other.bringToFront();
    await other.waitForTimeout(1_500);
    const raisedMs = Date.now();
    ward.fixture.announce(alarm({ n: 1, bed: 1 }));
    await other.waitForTimeout(1_500);
    const [first] = await heardSince(page, raisedMs);
    process.stdout.write(`audible in the background after ${Math.round((first ?? Infinity) - raisedMs)} ms\n`);
    expect((first ?? Infinity) - raisedMs).toBeLessThan(AUDIBLE_WITHIN_MS);
  }, 30_000);

  test('of two tabs of a browser one sounds, and the other when that one is closed', async () => {
    ward.fixture.reset([bed(1)]);
    const page = await ward.station('/', { script: LISTEN });
    await soundIs(page, 'on');
    const second = await ward.opened.context.newPage();
    await second.addInitScript(LISTEN);
    await second.goto(ward.url);
    await soundIs(second, 'other');
    ward.fixture.announce(alarm({ n: 1, bed: 1 }));
    await page.waitForFunction('window.__heard.length > 0');
    expect(await heard(second)).toEqual([]);
    await page.close();
    await soundIs(second, 'on');
    await second.waitForFunction('window.__heard.length > 0');
  }, 30_000);

  test('a tab that has lost the server does not keep the other one silent', async () => {
    ward.fixture.reset([bed(1)]);
    const page = await ward.station('/', { script: `${LISTEN}${CUTTABLE}` });
    await soundIs(page, 'on');
    const second = await ward.opened.context.newPage();
    await second.addInitScript(LISTEN);
    await second.goto(ward.url);
    await soundIs(second, 'other');
    await page.route('**/socket.io/**', (route) => route.abort());
    await page.evaluate('window.__cut()');
    await page.locator('.banner.not-live').waitFor();
    await soundIs(second, 'on');
    const raisedMs = Date.now();
    ward.fixture.announce(alarm({ n: 1, bed: 1 }));
    await second.waitForFunction('window.__heard.length > 0');
    const [first] = await heardSince(second, raisedMs);
    expect((first ?? Infinity) - raisedMs).toBeLessThan(AUDIBLE_WITHIN_MS);
    await second.close();
    await soundIs(page, 'on');
  }, 40_000);

  test('a pause that follows another one is known, though there are as many as before', async () => {
    ward.fixture.reset([bed(1)]);
    const page = await ward.station('/');
    const paused = (stationId: string | null, forMs: number) => {
      const untilWallMs = Math.round(Date.now() + forMs);
      const times = { fromWallMs: untilWallMs - 60_000, untilWallMs };
      ward.fixture.pauses = [{ pauseId: `p-${untilWallMs}`, careUnitId: 'icu', stationId, ...times, by: 'staff-2' } as never];
      const none = { bedId: null, bedLabel: null, encounterId: null, metric: null, deviceId: null, conditionCode: null };
      const row = { ...none, kind: 'audio-paused', careUnitId: 'icu', isWaiting: false, stationId, by: 'staff-2' };
      const rows = [{ ...row, sinceMs: times.fromWallMs, untilMs: untilWallMs }];
      ward.fixture.tell('limitsOff.board', { careUnitId: 'icu', rows, cut: false });
    };
    paused('st-other', 90_000);
    await page.locator('.banner.paused').waitFor();
    paused(null, 60_000);
    await page
      .locator('.banner.paused')
      .getByText(/whole unit|all screens|this unit|unit/i)
      .first()
      .waitFor();
    await soundIs(page, 'off');
  }, 30_000);

  test('a person pauses the sound of the screen; a high alarm that begins meanwhile sounds all the same', async () => {
    ward.fixture.reset([bed(1), bed(2)], [alarm({ n: 1, bed: 1 })]);
    const page = await ward.station('/', { script: LISTEN });
    await page.waitForFunction('window.__heard.length > 0');
    await page.keyboard.press('m');
    await page
      .getByText(/Sound paused/)
      .first()
      .waitFor();
    await page
      .locator('.banner.paused')
      .getByText(/1:5\d left|2:00 left/)
      .waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.waitForTimeout(500);
    const quietFromMs = Date.now();
    await page.waitForTimeout(1_500);
    expect(await heardSince(page, quietFromMs)).toEqual([]);
    ward.fixture.announce(alarm({ n: 2, bed: 2, priority: 'medium', agoMs: 0 }));
    await page.waitForTimeout(1_000);
    expect(await heardSince(page, quietFromMs)).toEqual([]);
    ward.fixture.announce(alarm({ n: 3, bed: 2, agoMs: 0 }));
    await page.waitForTimeout(1_000);
    expect((await heardSince(page, quietFromMs)).length).toBeGreaterThan(3);
    await page.keyboard.press('m');
    await page.locator('.banner.paused').waitFor({ state: 'detached' });
  }, 40_000);

  test('a person listens to the test and says so, and the loudness has the floor of the site', async () => {
    ward.fixture.reset([bed(1)]);
    const page = await ward.station('/screen', { script: LISTEN });
    await page.getByText('Nobody has tested the sound of this screen yet.').waitFor();
    expect(await page.getByLabel('Loudness').getAttribute('min')).toBe('40');
    await page.getByRole('button', { name: 'Test the sound' }).click();
    await page.waitForFunction('window.__heard.length > 0');
    await page.getByRole('button', { name: 'I have heard it' }).click();
    await page.getByText(/Last heard: /).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByLabel('This screen sounds for alarms').uncheck();
    await page.getByText('somebody has turned the sound of this screen off').waitFor();
  });
});

/** A browser that lets a page sound only after a press on it, whatever its settings. */
const BLOCKED = `
  const Real = AudioContext;
  const resume = Real.prototype.resume;
  Real.prototype.resume = function () {
    return navigator.userActivation.hasBeenActive ? resume.call(this) : Promise.reject(new DOMException('', 'NotAllowedError'));
  };
  AudioContext = class extends Real {
    constructor(...options) {
      super(...options);
      void this.suspend();
    }
  };
`;

describeInChromium('a browser that lets no page sound, in Chromium', () => {
  const ward = wardInChromium();

  test('says SOUND OFF within a second, and sounds after one press', async () => {
    ward.fixture.reset([bed(1)], [alarm({ n: 1, bed: 1 })]);
    const page = await ward.station('/', { script: LISTEN + BLOCKED });
    const shownMs = Date.now();
    await page.locator('.banner.sound-off').waitFor();
    process.stdout.write(`SOUND OFF after ${Date.now() - shownMs} ms\n`);
    expect(Date.now() - shownMs).toBeLessThan(BANNER_WITHIN_MS);
    expect(await axeViolations(page)).toEqual([]);
    await page.locator('.banner').getByRole('button', { name: 'Turn sound on' }).click();
    await page.locator('.banner.sound-off').waitFor({ state: 'detached' });
    await page.locator('.button.sound[data-sound=on]').waitFor();
    await page.waitForTimeout(700);
    expect((await page.evaluate<number[]>('window.__heard')).length).toBeGreaterThan(0);
  }, 30_000);
});
