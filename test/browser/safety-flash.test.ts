import type { Page } from 'playwright-core';
import { describeInChromium } from './browser.js';
import { alarm, bed } from './fixture-ward.js';
import { wardInChromium } from './ward-in-chromium.js';

/** GL-17, WCAG 2.3.1: over the whole viewport. */
const FLASHES_MAX = 3;
const WATCHED_MS = 5_000;
/** Of light in any of red, green and blue: stricter than WCAG, which counts luminance and saturated red apart. */
const CHANGE = 0.1;
/** Rises so close together are one flash: they come in one frame. */
const ONE_FRAME_MS = 60;

interface Frame {
  readonly atMs: number;
  readonly data: string;
}

/** What brightens: when, and in which tenths of the screen's width and height. */
interface Rise {
  readonly atMs: number;
  readonly cells: number;
}

describeInChromium('what flashes, in pixels, in Chromium', () => {
  const ward = wardInChromium();

  async function cast(page: Page): Promise<readonly Frame[]> {
    const cdp = await page.context().newCDPSession(page);
    const frames: Frame[] = [];
    cdp.on('Page.screencastFrame', ({ data, sessionId, metadata }) => {
      frames.push({ atMs: (metadata.timestamp ?? 0) * 1_000, data });
      void cdp.send('Page.screencastFrameAck', { sessionId }).catch(() => undefined);
    });
    await cdp.send('Page.startScreencast', { format: 'png', maxWidth: 480, maxHeight: 270, everyNthFrame: 1 });
    await page.waitForTimeout(WATCHED_MS);
    await cdp.send('Page.stopScreencast');
    return frames;
  }

  /** Mean light of each colour in a grid of cells, by frame. */
  async function light(frames: readonly Frame[]): Promise<readonly (readonly number[])[]> {
    const reader = await ward.opened.context.newPage();
    await reader.goto('about:blank');
    const all: (readonly number[])[] = [];
    for (const { data } of frames) {
      all.push(
        await reader.evaluate<readonly number[]>(`(async () => {
          const bytes = Uint8Array.from(atob('${data}'), (c) => c.charCodeAt(0));
          const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
          const paint = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
          paint.drawImage(bitmap, 0, 0);
          const { data: px } = paint.getImageData(0, 0, bitmap.width, bitmap.height);
          const [columns, rows] = [48, 27];
          const sums = new Array(columns * rows * 3).fill(0), counts = new Array(columns * rows).fill(0);
          const linear = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
          for (let y = 0; y < bitmap.height; y += 1) for (let x = 0; x < bitmap.width; x += 1) {
            const i = (y * bitmap.width + x) * 4;
            const cell = Math.floor((y * rows) / bitmap.height) * columns + Math.floor((x * columns) / bitmap.width);
            for (const colour of [0, 1, 2]) sums[cell * 3 + colour] += linear(px[i + colour]);
            counts[cell] += 1;
          }
          return sums.map((sum, i) => sum / counts[Math.floor(i / 3)]);
        })()`),
      );
    }
    await reader.close();
    return all;
  }

  const most = (times: readonly number[]): number =>
    Math.max(0, ...times.map((at) => times.filter((other) => other >= at && other < at + 1_000).length));

  test.each([['dark'], ['light'], ['high-contrast']])(
    'eight alarming tiles of two priorities flash at most three times a second together, in one phase (%s)',
    async (theme) => {
      const beds = [1, 2, 3, 4, 5, 6, 7, 8];
      ward.fixture.reset(
        beds.map((n) => bed(n)),
        beds.map((n) => alarm({ n, bed: n, agoMs: n * 1_300, priority: n % 2 === 0 ? 'medium' : 'high' })),
      );
      const page = await ward.station('/');
      await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`);
      await page.waitForTimeout(1_000);
      const frames = await cast(page);
      const cells = await light(frames);
      const rises: Rise[] = cells.flatMap((now, f) => {
        const before = cells[f - 1];
        const up = before ? now.filter((value, cell) => value - before[cell]! > CHANGE).length : 0;
        return up > 0 ? [{ atMs: frames[f]!.atMs, cells: up }] : [];
      });
      const flashes = rises
        .filter(({ atMs }, i) => atMs - (rises[i - 1]?.atMs ?? -Infinity) > ONE_FRAME_MS)
        .map(({ atMs }) => atMs);
      const split = rises.length - flashes.length;
      process.stdout.write(
        `${theme}: ${frames.length} frames in ${WATCHED_MS} ms, ${flashes.length} flashes, at most ${most(flashes)} in a second, ${Math.max(0, ...rises.map((rise) => rise.cells))} cells at once, ${split} split over two frames\n`,
      );
      expect(frames.length).toBeGreaterThan(5);
      expect(most(flashes)).toBeLessThanOrEqual(FLASHES_MAX);
      expect(flashes.length).toBeGreaterThan(5);
    },
    90_000,
  );
});
