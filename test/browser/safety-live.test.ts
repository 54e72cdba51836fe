import { createServer, connect as tcpConnect, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { axeViolations, describeInChromium, until } from './browser.js';
import { alarm, bed } from './fixture-ward.js';
import { wardInChromium } from './ward-in-chromium.js';

const LOST_WITHIN_MS = 3_500;
const GUARD_MS = 650;
/** Two hours, in ms. */
const WRONG_BY_MS = 7_200_000;

/** A line that can go dead without telling either side. */
class Line {
  private readonly server: Server;
  private pairs: (readonly [Socket, Socket])[] = [];
  private target = 0;

  constructor() {
    this.server = createServer((near) => {
      const far = tcpConnect(this.target, '127.0.0.1');
      this.pairs.push([near, far]);
      near.pipe(far);
      far.pipe(near);
      for (const end of [near, far]) end.on('error', () => undefined);
    });
  }

  async open(to: string): Promise<string> {
    this.target = Number(new URL(to).port);
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What is connected now carries nothing any more, and is not closed. */
  goDead(): void {
    for (const [near, far] of this.pairs) {
      near.unpipe(far);
      far.unpipe(near);
      near.resume();
      far.resume();
    }
    this.pairs = [];
  }

  close(): void {
    for (const ends of this.pairs) for (const end of ends) end.destroy();
    this.server.close();
  }
}

describeInChromium('whether the picture is live, in Chromium', () => {
  const ward = wardInChromium();
  const live = (page: Page) => page.locator('.lamp[data-kind=live]').waitFor();

  test('without a tick it is NOT LIVE within three and a half seconds, with the time', async () => {
    ward.fixture.reset([bed(1)]);
    const page = await ward.station('/');
    await page.waitForTimeout(1_000);
    ward.fixture.clock.ticking = false;
    const fromMs = performance.now();
    await page.getByText(/NOT LIVE since \d\d:\d\d:\d\d/).waitFor();
    const afterMs = performance.now() - fromMs;
    process.stdout.write(`NOT LIVE ${Math.round(afterMs)} ms after the ticks ended\n`);
    expect(afterMs).toBeLessThan(LOST_WITHIN_MS);
  }, 30_000);

  test('a line that is half open is cut and built anew, and what arose meanwhile is told beside the alarms', async () => {
    ward.fixture.reset([bed(1), bed(2), bed(3)], [alarm({ n: 1, bed: 1, priority: 'low' })]);
    const line = new Line();
    const page = await ward.station('/', { url: await line.open(ward.url) });
    await page.waitForTimeout(500);
    line.goDead();
    await page.locator('.lamp[data-kind=lost]').waitFor();
    ward.fixture.announce(alarm({ n: 2, bed: 2 }));
    ward.fixture.announce(alarm({ n: 3, bed: 3 }));
    ward.fixture.announce(alarm({ n: 1, bed: 1, priority: 'medium' }));
    await live(page);
    await page.getByText('2 alarms arose, 1 became more urgent').waitFor();
    expect(await page.locator('.away .away-alarm').count()).toBe(3);
    await page.locator('.top-alarm-text').waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await page.locator('.away').waitFor({ state: 'detached' });
    line.close();
  }, 40_000);

  test('one alarm that cannot be read hides no other and is told; a server that is not understood is told too', async () => {
    const broken = { ...alarm({ n: 2, bed: 2 }), priority: 'purple' } as unknown as ReturnType<typeof alarm>;
    ward.fixture.reset([bed(1), bed(2)], [broken, alarm({ n: 1, bed: 1 })]);
    const page = await ward.station('/');
    await page.locator('.banner.not-live').getByText('AN ALARM CANNOT BE SHOWN').waitFor();
    expect(await page.locator('.banner.not-live').innerText()).toContain('Bed 2');
    await page.locator('.top-alarm-text').getByText('Bed 1').waitFor();
    ward.fixture.announce(alarm({ n: 2, bed: 2 }));
    await page.locator('.banner.not-live').waitFor({ state: 'detached' });
    ward.fixture.alarms = 7 as unknown as never;
    ward.fixture.cut();
    ward.fixture.connect();
    await page.getByText('The server says things that this page cannot read').waitFor();
    ward.fixture.alarms = [];
    await live(page);
  }, 40_000);

  test('a clock two hours off changes no age, and is told', async () => {
    ward.fixture.reset([bed(1)], [alarm({ n: 1, bed: 1, agoMs: 65_000 })]);
    const page = await ward.station('/', {
      script: `const now = Date.now.bind(Date); Date.now = () => now() + ${WRONG_BY_MS};`,
    });
    await page.getByText(/is 2:00:0\d ahead of the server’s/).waitFor();
    expect(await page.locator('.top-alarm-age').innerText()).toMatch(/^1:\d\d$/);
    await page.locator('.lamp[data-kind=live]').waitFor();
  }, 30_000);

  test('a new version of the server waits while an alarm is active, and is loaded by itself when none is', async () => {
    ward.fixture.reset([bed(1)], [alarm({ n: 1, bed: 1 })]);
    const page = await ward.station('/');
    await page.evaluate('window.__same = true');
    ward.fixture.buildId = 'y';
    ward.fixture.cut();
    ward.fixture.connect();
    await page.getByText('A new version waits').waitFor();
    await page.waitForTimeout(2_000);
    expect(await page.evaluate('window.__same')).toBe(true);
    ward.fixture.announce({
      ...ward.fixture.alarms[0]!,
      active: false,
      presence: 'off',
      escalation: { ...ward.fixture.alarms[0]!.escalation, state: 'ended' },
      endedAtMs: Date.now() as never,
    });
    await page.waitForEvent('load', { timeout: 30_000 });
    await live(page);
  }, 60_000);

  test('ten thousand presses while offline are no request, then or later', async () => {
    ward.fixture.reset([bed(1)], [alarm({ n: 1, bed: 1 })]);
    const page = await ward.station('/alarms');
    await page.waitForTimeout(GUARD_MS);
    await ward.opened.context.setOffline(true);
    ward.fixture.cut();
    await page.evaluate(`(async () => {
      const button = () => document.querySelector('.alarm-row .button.accept') ?? document.querySelector('.bar .button.accept');
      for (let n = 0; n < 10_000; n += 1) {
        button()?.click();
        if (n % 500 === 0) await new Promise((r) => setTimeout(r, 0));
      }
    })()`);
    await page.waitForTimeout(1_500);
    await ward.opened.context.setOffline(false);
    ward.fixture.connect();
    await live(page);
    await page.waitForTimeout(2_500);
    process.stdout.write(`10000 offline presses: ${ward.fixture.commands().length} requests\n`);
    expect(ward.fixture.commands()).toEqual([]);
  }, 60_000);

  test('of twenty touches a second for ten seconds at most one is a command, and the screen says so', async () => {
    ward.fixture.reset(
      [1, 2, 3, 4].map((n) => bed(n)),
      [1, 2, 3, 4].map((n) => alarm({ n, bed: n, agoMs: 10_000 - n })),
    );
    const page = await ward.station('/');
    await page.waitForTimeout(GUARD_MS);
    const box = (await page.locator('.bar .button.accept').boundingBox())!;
    for (let tap = 0; tap < 200; tap += 1) {
      await page.mouse.click(box.x + 20, box.y + 20);
      await page.waitForTimeout(20);
    }
    await page.getByText('GHOST TOUCHES?').waitFor();
    process.stdout.write(`200 touches: ${ward.fixture.commands().length} commands\n`);
    expect(ward.fixture.commands().length).toBeLessThanOrEqual(1);
    expect(await axeViolations(page)).toEqual([]);
  }, 60_000);

  test('everything flashes on one clock, at most three times a second', async () => {
    ward.fixture.reset(
      [1, 2, 3].map((n) => bed(n)),
      [alarm({ n: 1, bed: 1 }), alarm({ n: 2, bed: 2, priority: 'medium' }), alarm({ n: 3, bed: 3 })],
    );
    const page = await ward.station('/');
    const flashes = await page.evaluate<{ readonly at: number; readonly on: number }[]>(`new Promise((done) => {
      const seen = [];
      const root = document.documentElement;
      const watch = new MutationObserver(() => seen.push({ at: performance.now(), on: Number(root.dataset.flashHigh === 'on') }));
      watch.observe(root, { attributeFilter: ['data-flash-high'] });
      setTimeout(() => { watch.disconnect(); done(seen); }, 10_000);
    })`);
    const begins = flashes.filter(({ on }, i) => on === 1 && flashes[i - 1]?.on !== 1).map(({ at }) => at);
    const most = Math.max(...begins.map((at) => begins.filter((other) => other >= at && other < at + 1_000).length));
    process.stdout.write(`most flashes in a second: ${most}\n`);
    expect(begins.length).toBeGreaterThan(15);
    expect(most).toBeLessThanOrEqual(3);
    expect(
      await page.evaluate('document.getAnimations().filter((a) => a.effect?.getTiming().iterations === Infinity).length'),
    ).toBe(0);
  }, 40_000);

  test('the screen tells the server that it draws', async () => {
    ward.fixture.reset([bed(1)]);
    await ward.station('/');
    await until(() => ward.fixture.health.length > 0, 'the first word of the screen');
    expect(ward.fixture.health.at(-1)).toMatchObject({ v: 1, live: true, visible: true, sound: 'on' });
    expect(ward.fixture.health.at(-1)?.frameP95Ms).toBeLessThan(1_000);
  }, 30_000);
});
