import type { CDPSession, Page } from 'playwright-core';
import { describeInChromium } from './browser.js';
import { alarm, bed } from './fixture-ward.js';
import { wardInChromium } from './ward-in-chromium.js';

const BLOCKED_MS = 8_000;
/** HZ-D1, GL-8. */
const COVERED_WITHIN_MS = 4_000;

interface Frame {
  readonly atMs: number;
  readonly data: string;
}

describeInChromium('a page that hangs, in Chromium', () => {
  const ward = wardInChromium();

  async function castOf(page: Page): Promise<{ readonly cdp: CDPSession; readonly frames: Frame[] }> {
    const cdp = await page.context().newCDPSession(page);
    const frames: Frame[] = [];
    cdp.on('Page.screencastFrame', ({ data, sessionId }) => {
      frames.push({ atMs: performance.now(), data });
      void cdp.send('Page.screencastFrameAck', { sessionId }).catch(() => undefined);
    });
    await cdp.send('Page.startScreencast', { format: 'png', maxWidth: 640, maxHeight: 360, everyNthFrame: 1 });
    return { cdp, frames };
  }

  /** Share of near-white pixels in a part of each frame, read by another page. */
  async function whiteness(frames: readonly Frame[], part: readonly [number, number, number, number]): Promise<number[]> {
    const reader = await ward.opened.context.newPage();
    await reader.goto('about:blank');
    const shares: number[] = [];
    for (const { data } of frames) {
      shares.push(
        await reader.evaluate<number>(`(async () => {
          const [x, y, w, h] = ${JSON.stringify(part)};
          const bytes = Uint8Array.from(atob('${data}'), (c) => c.charCodeAt(0));
          const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
          const paint = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
          paint.drawImage(bitmap, 0, 0);
          const [fx, fy] = [bitmap.width, bitmap.height];
          const { data: pixels } = paint.getImageData(x * fx, y * fy, w * fx, h * fy);
          let white = 0;
          for (let i = 0; i < pixels.length; i += 4) if (Math.min(pixels[i], pixels[i + 1], pixels[i + 2]) > 225) white += 1;
          return white / (pixels.length / 4);
        })()`),
      );
    }
    await reader.close();
    return shares;
  }

  test('is covered by the compositor and by the worker within four seconds, and is seen again when it lives', async () => {
    const { fixture } = ward;
    fixture.reset(
      [1, 2, 3, 4].map((n) => bed(n)),
      [alarm({ n: 1, bed: 2 })],
    );
    const page = await ward.station('/');
    await page.waitForTimeout(1_500);
    const { cdp, frames } = await castOf(page);
    await page.waitForTimeout(1_000);
    const lively = frames.length;
    const blockedAtMs = performance.now();
    await cdp.send('Runtime.evaluate', {
      expression: `setTimeout(() => { const end = performance.now() + ${BLOCKED_MS}; while (performance.now() < end); }, 0)`,
    });
    await new Promise((resolve) => setTimeout(resolve, BLOCKED_MS + 2_500));
    await cdp.send('Page.stopScreencast');

    const middle = await whiteness(frames, [0.1, 0.4, 0.8, 0.2]);
    const strip = await whiteness(frames, [0.05, 0.93, 0.9, 0.06]);
    const first = (shares: readonly number[], least: number): number => {
      const i = frames.findIndex(({ atMs }, at) => atMs > blockedAtMs && shares[at]! > least);
      return i < 0 ? Infinity : frames[i]!.atMs - blockedAtMs;
    };
    const [coverMs, stripMs] = [first(middle, 0.25), first(strip, 0.5)];
    process.stdout.write(
      `covered by the compositor after ${Math.round(coverMs)} ms, by the worker after ${Math.round(stripMs)} ms\n`,
    );
    expect(Math.max(...middle.slice(0, lively))).toBeLessThan(0.2);
    expect(Math.max(...strip.slice(0, lively))).toBeLessThan(0.2);
    expect(coverMs).toBeLessThan(COVERED_WITHIN_MS);
    expect(stripMs).toBeLessThan(COVERED_WITHIN_MS);
    expect(middle.at(-1)).toBeLessThan(0.2);
    expect(strip.at(-1)).toBeLessThan(0.2);
    await page.locator('.lamp[data-kind=live]').waitFor();
  }, 60_000);

  test('a page that lives is never covered, also while it is in the background', async () => {
    ward.fixture.reset([bed(1)]);
    const page = await ward.station('/');
    const other = await ward.opened.context.newPage();
    await other.goto('about:blank');
    await other.bringToFront();
    await other.waitForTimeout(4_500);
    await page.bringToFront();
    await page.waitForTimeout(700);
    expect(await page.evaluate("getComputedStyle(document.querySelector('.frozen')).opacity")).toBe('0');
    await page.locator('.lamp[data-kind=live]').waitFor();
  }, 30_000);
});
