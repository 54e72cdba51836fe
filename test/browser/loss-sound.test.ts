/** features.md V8: a screen that has lost its picture says so aloud, by itself. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { axeViolations, describeInChromium } from './browser.js';
import { alarm, bed } from './fixture-ward.js';
import { wardInChromium } from './ward-in-chromium.js';

/** After the last tick. */
const SOUNDS_AFTER_MS = 6_000;
/** Ticks come once a second, and the machine of the tests is busy. */
const SLACK_MS = 2_500;
/** A page that has none yet waits so long. */
const FIRST_PICTURE_MS = 10_000;
/** A picture that has only just come is heard to be lost sooner. */
const SETTLED_MS = 5_500;

/**
 * Listens at the loudspeaker, by voice: the first that is connected is that of the alarms, the second the screen's own. Looked at
 * fifty times a second; times of this page's wall. `__now(voice)` is how loud the last two thirds of a second were, which the audio
 * thread has kept also while this page could do nothing.
 */
const LISTEN = `
  window.__heard = [[], []];
  const ears = [];
  const connect = AudioNode.prototype.connect;
  const loudest = (ear) => {
    const data = new Float32Array(ear.fftSize);
    ear.getFloatTimeDomainData(data);
    return data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  };
  window.__now = (voice) => loudest(ears[voice].long);
  AudioNode.prototype.connect = function (to, ...more) {
    if (to instanceof AudioDestinationNode && !(this instanceof AnalyserNode)) {
      const voice = ears.length;
      const [ear, long] = [2048, 32768].map((fftSize) => new AnalyserNode(this.context, { fftSize }));
      ears.push({ ear, long });
      connect.call(this, ear);
      connect.call(this, long);
      connect.call(long, to);
      setInterval(() => {
        if (loudest(ear) > 0.01) window.__heard[voice]?.push(performance.timeOrigin + performance.now());
      }, 20);
      return to;
    }
    return connect.call(this, to, ...more);
  };
`;

const ALARMS = 0;
const OWN = 1;

describeInChromium('what a screen sounds that has lost its picture, in Chromium', () => {
  const ward = wardInChromium();

  const heardSince = async (page: Page, voice: number, atMs: number): Promise<number[]> =>
    (await page.evaluate<number[]>(`window.__heard[${voice}]`)).filter((ms) => ms > atMs);
  /* In turns, because the page may evaluate nothing by itself. */
  const untilHeard = async (page: Page, voice: number, atMs: number): Promise<void> => {
    const endMs = performance.now() + 15_000;
    while ((await heardSince(page, voice, atMs)).length === 0) {
      if (performance.now() > endMs) throw new Error(`voice ${voice} was not heard`);
      await page.waitForTimeout(50);
    }
  };
  const sounding = (page: Page) => page.locator('.button.sound[data-sound=on]').waitFor();

  test.each([
    ['the line is cut', () => ward.fixture.cut(), () => ward.fixture.connect()],
    [
      'the line stays and nothing comes on it',
      () => void (ward.fixture.clock.ticking = false),
      () => void (ward.fixture.clock.ticking = true),
    ],
    [
      'the server works through no data',
      () => void (ward.fixture.clock.processing = false),
      () => void (ward.fixture.clock.processing = true),
    ],
  ])(
    '%s: it sounds in time, and is still when the picture is back',
    async (what, goes, comes) => {
      ward.fixture.reset([bed(1)]);
      const page = await ward.station('/', { script: LISTEN });
      await sounding(page);
      await page.waitForTimeout(SETTLED_MS);
      const goneMs = Date.now();
      expect(await heardSince(page, OWN, 0)).toEqual([]);
      goes();
      await page.locator('.banner.not-live').waitFor();
      await untilHeard(page, OWN, goneMs);
      const afterMs = (await heardSince(page, OWN, goneMs))[0]! - goneMs;
      process.stdout.write(`${what}: audible after ${Math.round(afterMs)} ms\n`);
      expect(afterMs).toBeGreaterThan(SOUNDS_AFTER_MS - 1_500);
      expect(afterMs).toBeLessThan(SOUNDS_AFTER_MS + SLACK_MS);
      expect(await axeViolations(page)).toEqual([]);
      comes();
      const backMs = Date.now();
      await page.locator('.banner.not-live').waitFor({ state: 'detached' });
      process.stdout.write(`${what}: still ${Date.now() - backMs} ms after it is back\n`);
      const quietFromMs = Date.now() + 300;
      await page.waitForTimeout(3_000);
      expect(await heardSince(page, OWN, quietFromMs)).toEqual([]);
    },
    60_000,
  );

  test('an alarm that stood when the picture was lost stays, goes on sounding, and takes turns with it', async () => {
    ward.fixture.reset([bed(1)], [alarm({ n: 1, bed: 1 })]);
    const page = await ward.station('/', { script: LISTEN });
    await untilHeard(page, ALARMS, 0);
    ward.fixture.cut();
    const goneMs = Date.now();
    await page.locator('.banner.not-live').waitFor();
    await page.waitForTimeout(24_000);
    expect(await page.locator('.top-alarm-text b').innerText()).toBe('Bed 1');
    const [alarms, own] = [await heardSince(page, ALARMS, goneMs + 4_000), await heardSince(page, OWN, goneMs)];
    expect(alarms.length).toBeGreaterThan(20);
    expect(own.length).toBeGreaterThan(5);
    const nearest = Math.min(...own.map((ms) => Math.min(...alarms.map((other) => Math.abs(other - ms)))));
    process.stdout.write(`an alarm and the screen itself, apart by ${Math.round(nearest)} ms\n`);
    expect(nearest).toBeGreaterThan(500);
  }, 60_000);

  test('whoever stands there quiets it for two minutes, signed in or not, and a key ends that', async () => {
    ward.fixture.reset([bed(1)], [alarm({ n: 1, bed: 1 })]);
    ward.fixture.station = 'Desk';
    const page = await ward.station('/', { script: LISTEN });
    await page.context().clearCookies();
    await page.reload();
    await page.locator('.lamp[data-kind=live]').waitFor();
    ward.fixture.cut();
    const goneMs = Date.now();
    await untilHeard(page, OWN, goneMs);
    await page.getByRole('button', { name: 'Quiet this screen for two minutes' }).click();
    await page.getByText(/This screen is quiet until \d\d:\d\d:\d\d/).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    const looks = process.env['VIGIL_TEST_LOOKS'];
    if (looks) await page.screenshot({ path: join(looks, 'quiet.png') });
    const quietFromMs = Date.now() + 700;
    await page.waitForTimeout(12_000);
    expect([await heardSince(page, ALARMS, quietFromMs), await heardSince(page, OWN, quietFromMs)]).toEqual([[], []]);
    const loudMs = Date.now();
    await page.keyboard.press('m');
    await untilHeard(page, OWN, loudMs);
    await untilHeard(page, ALARMS, loudMs);
    expect(ward.fixture.seen.filter(({ method }) => method === 'POST').map(({ path }) => path)).toEqual(['/api/v1/session']);
  }, 60_000);

  test('of two tabs that have both lost it one sounds, and what quiets one quiets the other', async () => {
    ward.fixture.reset([bed(1)]);
    const page = await ward.station('/', { script: LISTEN });
    await sounding(page);
    const second = await ward.opened.context.newPage();
    await second.addInitScript(LISTEN);
    await second.goto(ward.url);
    await second.locator('.lamp[data-kind=live]').waitFor();
    ward.fixture.cut();
    const goneMs = Date.now();
    await Promise.race([untilHeard(page, OWN, goneMs), untilHeard(second, OWN, goneMs)]);
    await page.waitForTimeout(1_500);
    const counts = [await heardSince(page, OWN, goneMs), await heardSince(second, OWN, goneMs)].map(({ length }) => length > 0);
    expect(counts.filter(Boolean)).toHaveLength(1);
    const [one, other] = counts[0] ? [page, second] : [second, page];
    await one.bringToFront();
    await one.getByRole('button', { name: 'Quiet this screen for two minutes' }).click();
    await other.bringToFront();
    await other.getByText(/This screen is quiet until/).waitFor();
  }, 60_000);

  test('a screen that starts while the server is away sounds too, is quieted like any other, and is still once there is a picture', async () => {
    ward.fixture.reset([bed(1)]);
    const page = await ward.station('/', { script: LISTEN });
    // The files are there, as from the service worker; nothing that is asked of the server is answered.
    await page.route('**/api/v1/**', (route) => route.abort());
    await page.reload();
    const startedMs = Date.now();
    await page.getByRole('heading', { name: 'Vigil cannot be reached' }).waitFor();
    await untilHeard(page, OWN, startedMs);
    const afterMs = (await heardSince(page, OWN, startedMs))[0]! - startedMs;
    process.stdout.write(`a start without a server: audible after ${Math.round(afterMs)} ms\n`);
    expect(afterMs).toBeGreaterThan(FIRST_PICTURE_MS - 3_000);
    expect(afterMs).toBeLessThan(FIRST_PICTURE_MS + SLACK_MS);
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Quiet this screen for two minutes' }).click();
    await page.getByText(/This screen is quiet until \d\d:\d\d:\d\d/).waitFor();
    const looks = process.env['VIGIL_TEST_LOOKS'];
    if (looks) await page.screenshot({ path: join(looks, 'start.png') });
    const quietFromMs = Date.now() + 700;
    await page.waitForTimeout(6_000);
    expect(await heardSince(page, OWN, quietFromMs)).toEqual([]);
    const loudMs = Date.now();
    await page.keyboard.press('m');
    await untilHeard(page, OWN, loudMs);
    await page.unroute('**/api/v1/**');
    await page.locator('.lamp[data-kind=live]').waitFor();
    const backMs = Date.now() + 300;
    await page.waitForTimeout(3_000);
    expect(await heardSince(page, OWN, backMs)).toEqual([]);
  }, 60_000);

  test('a page that hangs sounds as well: nothing of the page is needed for it', async () => {
    ward.fixture.reset([bed(1)]);
    const page = await ward.station('/', { script: LISTEN });
    await sounding(page);
    await page.waitForTimeout(SETTLED_MS);
    const loud = await page.evaluate<number>(`new Promise((resolve) => {
      const lamp = document.querySelector('.lamp-clock');
      new MutationObserver((_, observer) => {
        observer.disconnect();
        const endMs = performance.now() + ${SOUNDS_AFTER_MS + 600};
        while (performance.now() < endMs);
        resolve(window.__now(${OWN}));
      }).observe(lamp, { childList: true, characterData: true, subtree: true });
    })`);
    process.stdout.write(`after ${SOUNDS_AFTER_MS + 600} ms of a hung page it sounds at ${loud.toFixed(2)} of full scale\n`);
    expect(loud).toBeGreaterThan(0.05);
    await page.locator('.lamp[data-kind=live]').waitFor();
  }, 60_000);
});

/** A browser that lets a page sound only after a press on it. */
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

describeInChromium('a screen that may not sound and has lost its picture, in Chromium', () => {
  const ward = wardInChromium();

  test('says SOUND OFF beside NOT LIVE, and sounds after one press', async () => {
    ward.fixture.reset([bed(1)]);
    const page = await ward.station('/', { script: LISTEN + BLOCKED });
    ward.fixture.cut();
    await page.locator('.banner.not-live').waitFor();
    expect(await page.locator('.banner.sound-off').innerText()).toContain('SOUND OFF');
    await page.waitForTimeout(4_000);
    expect(await page.evaluate(`window.__heard[${OWN}].length`)).toBe(0);
    await page.locator('.banner').getByRole('button', { name: 'Turn sound on' }).click();
    await page.waitForTimeout(2_000);
    expect(await page.evaluate<number>(`window.__heard[${OWN}].length`)).toBeGreaterThan(0);
  }, 30_000);

  test('says NO PICTURE where there never was one, in time, although nobody hears it', async () => {
    ward.fixture.reset([bed(1)]);
    const page = await ward.station('/', { script: LISTEN + BLOCKED });
    ward.fixture.cut();
    await page.reload();
    await page.locator('.banner.sound-off').waitFor();
    expect(await page.getByText('NO PICTURE').count()).toBe(0);
    await page.getByText('NO PICTURE').waitFor({ timeout: 14_000 });
    expect(await page.evaluate(`window.__heard[${OWN}].length`)).toBe(0);
  }, 40_000);
});
