import { appendFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Metrics } from '../../src/health/metrics.js';
import { LiveService } from '../../src/live/live.service.js';
import { describeInChromium, type Opened } from './browser.js';
import { platformInChromium } from './platform.js';
import { RealWard, wait } from './real-ward.js';

/** `npm run faults -- --only=reconnects` */
const COUNT = Number(process.env['VIGIL_TEST_RECONNECTS'] ?? 10);
const SEED = Number(process.env['VIGIL_TEST_KILL_SEED'] ?? 7);
const REPORT = process.env['VIGIL_TEST_RECONNECTS_REPORT'];
/** GL-6, of a machine of its own; here beside others. */
const SUMMARY_MS = 1_000;
const BUSY = 5;

/** Numbers that look random and are the same each time. */
function lot(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

interface Seen {
  readonly rows: readonly string[];
  readonly away: readonly string[];
  readonly said: string;
}

describeInChromium(`a screen that loses its line ${COUNT} times, in Chromium with the real platform`, () => {
  const at = platformInChromium({ VIGIL_SECOND_FACTOR_ROLES: 'none', VIGIL_IDLE_LOGOFF_MIN: '600' });
  const ward = new RealWard(at);

  const look = ({ page }: Opened): Promise<Seen> =>
    page.evaluate<Seen>(`({
      rows: [...document.querySelectorAll('.alarms .alarm-row[data-need]')].map((row) => row.dataset.alarmId),
      away: [...document.querySelectorAll('.away .away-alarm')].map((a) => a.getAttribute('href').split('/').pop()),
      said: document.querySelector('.away > span')?.textContent ?? '',
    })`);

  /** Ends of lines at the server. */
  const lines = new Set<Socket>();
  const http = (): Server => ward.api.app.getHttpServer() as Server;
  const cut = (): void => {
    for (const line of lines) line.destroy();
    lines.clear();
  };
  /** The live server ends, and another one begins that knows only what is stored. */
  const live = () => ward.api.app.get(LiveService, { strict: false });
  async function startAnew(): Promise<void> {
    http().removeAllListeners('upgrade');
    const { registry } = ward.api.app.get(Metrics, { strict: false });
    for (const { name } of registry.getMetricsAsArray())
      if (/^vigil_(screen|station)/.test(name)) registry.removeSingleMetric(name);
    await live().onApplicationBootstrap();
  }

  test(
    'shows every alarm that is open, and tells what came about meanwhile, each once',
    async () => {
      http().on('connection', (line: Socket) => lines.add(line));
      const pick = lot(SEED);
      const screen = await ward.screen('/alarms');
      const { page, context } = screen;
      const active = new Set<string>([await ward.raise()]);
      const found = { missed: [] as string[], extra: [] as string[], doubled: [] as string[], untold: [] as string[] };
      const summaryMs: number[] = [];
      let openedMs = 0;
      page.on('websocket', () => (openedMs = performance.now()));
      let [arisen, ended] = [0, 0];

      for (let turn = 0; turn < COUNT; turn += 1) {
        const how = (['away', 'blink', 'away', 'restart'] as const)[turn % 4]!;
        const arose = new Set<string>();
        const over = new Set<string>();
        const comeAndGo = async (): Promise<void> => {
          const before = [...active];
          for (let n = 1 + pick(3); n > 0; n -= 1) arose.add(await ward.raise());
          for (const id of arose) active.add(id);
          arisen += arose.size;
          for (const id of [...active]) {
            if (active.size < 2 || pick(3) > 0) continue;
            await ward.end(id);
            active.delete(id);
            ended += 1;
            if (before.includes(id)) over.add(id);
          }
        };
        await page.locator('.lamp[data-kind=live]').waitFor({ timeout: 30_000 });
        if (how === 'blink') {
          cut();
          await comeAndGo();
          await wait(1_000 + pick(1_500));
          await page.locator('.lamp[data-kind=live]').waitFor({ timeout: 30_000 });
        } else {
          if (how === 'restart') await live().beforeApplicationShutdown();
          await context.setOffline(true);
          cut();
          await page.locator('.lamp[data-kind=lost]').waitFor({ timeout: 30_000 });
          await comeAndGo();
          // Up to ten minutes of the server's clock.
          for (let s = pick(600); s > 0; s -= 30) await ward.api.clock.advance(30_000);
          if (how === 'restart') await startAnew();
          await context.setOffline(false);
          await page.locator('.away').waitFor({ timeout: 30_000 });
          summaryMs.push(Math.round(performance.now() - openedMs));
          await page.locator('.lamp[data-kind=live]').waitFor();
        }
        await wait(500);

        const seen = await look(screen);
        const twice = (ids: readonly string[]): string[] => ids.filter((id, i) => ids.indexOf(id) !== i);
        found.missed.push(...[...active].filter((id) => !seen.rows.includes(id)));
        found.extra.push(...seen.rows.filter((id) => !active.has(id)));
        found.doubled.push(...twice(seen.rows), ...twice(seen.away));
        const told = [/(\d+) alarms? arose/, /(\d+)(?: alarms?)? ended/].map((words) => Number(words.exec(seen.said)?.[1] ?? 0));
        if (how !== 'blink' && (told[0] !== arose.size || told[1] !== over.size)) {
          found.untold.push(`turn ${turn} (${how}): ${arose.size} arose, ${over.size} ended; said "${seen.said}"`);
        }
        const dismiss = page.getByRole('button', { name: 'Dismiss' });
        if ((await dismiss.count()) > 0) await dismiss.click();
      }

      const sorted = [...summaryMs].sort((a, b) => a - b);
      const line = `${COUNT} reconnects: ${arisen} arose, ${ended} ended; missed ${found.missed.length}, extra ${found.extra.length}, doubled ${found.doubled.length}, untold ${found.untold.length}; summary p50 ${sorted[Math.floor((sorted.length - 1) / 2)]} ms, max ${sorted.at(-1)} ms after the line opened`;
      process.stdout.write(`${line}\n`);
      if (REPORT !== undefined)
        appendFileSync(REPORT, `${JSON.stringify({ count: COUNT, seed: SEED, arisen, ended, ...found, summaryMs })}\n`);
      expect(found).toEqual({ missed: [], extra: [], doubled: [], untold: [] });
      expect(sorted[Math.floor((sorted.length - 1) / 2)]).toBeLessThan(SUMMARY_MS * BUSY);
    },
    60_000 + COUNT * 30_000,
  );
});
