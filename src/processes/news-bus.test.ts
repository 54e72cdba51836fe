import { FakeClock, type SteadyTime } from '@vigil/clock';
import { Registry } from 'prom-client';
import { MemoryNewsLines } from '../adapters/memory/memory-news-lines.js';
import type { LineTrouble } from '../ports/news-lines.js';
import type { SiteHint, SiteNews } from '../ports/site-news.js';
import { BEAT_EVERY_MS, NewsBus, SILENT_MS } from './news-bus.js';
import { MESSAGE_CHARS_MAX } from './news-message.js';
import { NewsMetrics } from './news-metrics.js';

const beds = (...bedIds: string[]): SiteHint => ({ of: 'beds', bedIds });
const alarm = (n: number): SiteHint => ({ of: 'alarms', changes: [{ alarmId: `alarm-${n}`, careUnitId: 'icu', cursor: n }] });

/** Of a machine that can stand still: steady time goes on and no timer fires. */
class FreezingClock extends FakeClock {
  private frozenMs = 0;

  freeze(ms: number): void {
    this.frozenMs += ms;
  }

  override steady(): SteadyTime {
    const { bootId, atMs } = super.steady();
    return { bootId, atMs: atMs + this.frozenMs };
  }
}

function site() {
  const clock = new FreezingClock();
  const lines = new MemoryNewsLines();
  const running: NewsBus[] = [];
  const join = (processId: string, channel = 'one') => {
    const heard: SiteHint[] = [];
    const troubles: (LineTrouble | null)[] = [];
    let tell: (hint: SiteHint) => void = () => undefined;
    const news: SiteNews = { carryBy: (carry) => void (tell = carry), hear: (hint) => void heard.push(hint) };
    const registry = new Registry();
    const bus = new NewsBus({
      ...{ lines, news, processId, clock, metrics: new NewsMetrics(registry) },
      channel: () => Promise.resolve(channel),
      onTrouble: (trouble) => void troubles.push(trouble),
      random: () => 0.5,
    });
    running.push(bus);
    bus.start();
    const dropped = async (reason: string): Promise<number> => {
      const { values } = (await registry.getSingleMetric('vigil_news_dropped_total')!.get()) as {
        values: { value: number; labels: { reason?: string } }[];
      };
      return values.find(({ labels }) => labels.reason === reason)?.value ?? 0;
    };
    return { bus, heard, troubles, dropped, tell: (hint: SiteHint) => tell(hint) };
  };
  return { clock, lines, join, end: () => running.forEach((bus) => bus.stop()) };
}

let s: ReturnType<typeof site>;
beforeEach(() => void (s = site()));
afterEach(() => s.end());

test('each hears what the others tell, once and in order, and nothing that it told itself', async () => {
  const [a, b, c] = [s.join('a'), s.join('b'), s.join('c')];
  await s.clock.advance(10);
  const told = Array.from({ length: 50 }, (_, i) => alarm(i));
  for (const hint of told) a.tell(hint);
  b.tell({ of: 'sessions' });
  await s.clock.advance(10);
  expect(b.heard).toEqual(told);
  expect(c.heard.filter(({ of }) => of === 'alarms')).toEqual(told);
  expect(a.heard).toEqual([{ of: 'sessions' }]);
});

test('what one turn tells goes in one message', async () => {
  const a = s.join('a');
  await s.clock.advance(10);
  const before = s.lines.published.length;
  for (let i = 0; i < 100; i++) a.tell(alarm(i));
  await s.clock.advance(10);
  expect(s.lines.published.length - before).toBeLessThanOrEqual(2);
});

test('two sites on one server do not hear each other', async () => {
  const [a, b] = [s.join('a', 'one'), s.join('b', 'two')];
  await s.clock.advance(10);
  a.tell(beds('icu-1'));
  await s.clock.advance(10);
  expect(b.heard).toEqual([]);
});

test('without a line hints are counted and left to the looks; with the line back they go again', async () => {
  s.lines.takeAway('refused');
  const [a, b] = [s.join('a'), s.join('b')];
  await s.clock.advance(10);
  a.tell(beds('icu-1'));
  expect([a.bus.lineTrouble, await a.dropped('no-line')]).toEqual(['refused', 1]);
  s.lines.giveBack();
  await s.clock.advance(20_000);
  a.tell(beds('icu-2'));
  await s.clock.advance(10);
  expect(b.heard).toEqual([beds('icu-2')]);
  expect(a.troubles).toEqual(['refused', null]);
  expect(a.bus.lineTrouble).toBeNull();
});

test('a server that is gone is asked again ever more seldom, at least every 19 s, and never by two lines at once', async () => {
  const a = s.join('a');
  await s.clock.advance(10);
  s.lines.takeAway();
  expect(a.bus.isOpen).toBe(false);
  await s.clock.advance(600_000);
  s.lines.giveBack();
  await s.clock.advance(19_000);
  expect([a.bus.isOpen, s.lines.openLines]).toEqual([true, 1]);
  expect(a.troubles).toEqual([null, 'away', null]);
});

test('a server that hangs is found out by the own words that do not come back, and a line taken anew', async () => {
  const [a, b] = [s.join('a'), s.join('b')];
  await s.clock.advance(10);
  s.lines.hang();
  a.tell(beds('icu-1'));
  await s.clock.advance(SILENT_MS + 2 * BEAT_EVERY_MS);
  expect([a.bus.lineTrouble, s.lines.openLines]).toEqual(['hangs', 0]);
  s.lines.giveBack();
  await s.clock.advance(40_000);
  a.tell(beds('icu-2'));
  await s.clock.advance(10);
  expect(b.heard).toEqual([beds('icu-2')]);
});

test('what waits for a slow server is bounded; the rest is counted', async () => {
  const a = s.join('a');
  await s.clock.advance(10);
  s.lines.hang();
  for (let i = 0; i < 100_000; i++) a.tell(alarm(i));
  const many = await a.dropped('too-many');
  expect(many).toBeGreaterThan(50_000);
  await s.clock.advance(SILENT_MS + 2 * BEAT_EVERY_MS);
  expect(many + (await a.dropped('no-line'))).toBeGreaterThan(99_000);
});

test('a process that stood still for long does not take a line that carries for dead', async () => {
  const a = s.join('a');
  await s.clock.advance(10);
  // Its timers come late, and what was said to it before is read after them.
  s.clock.freeze(3 * SILENT_MS);
  await s.clock.advance(10 * BEAT_EVERY_MS);
  expect([a.bus.isOpen, a.troubles]).toEqual([true, [null]]);
});

test('what is no word of ours, or a newer version’s, is passed over and counted; the rest of it is heard', async () => {
  const a = s.join('a');
  await s.clock.advance(10);
  const message = (hints: unknown[], v = 1) => JSON.stringify({ v, from: 'b', saidMs: 0, hints });
  s.lines.forge('not JSON');
  s.lines.forge(JSON.stringify(['nothing', 'of', 'ours']));
  s.lines.forge(message([], 2));
  s.lines.forge(message([{ of: 'beds', bedIds: ['x'.repeat(MESSAGE_CHARS_MAX)] }]));
  expect([a.heard, await a.dropped('not-understood')]).toEqual([[], 4]);
  s.lines.forge(message([{ of: 'weather' }, beds('icu-1'), { of: 'beds', bedIds: 7 }, { of: 'relay', more: 1 }]));
  expect([a.heard, await a.dropped('not-understood')]).toEqual([[beds('icu-1'), { of: 'relay' }], 6]);
});

test('more hints in a second than any site tells are not believed', async () => {
  const a = s.join('a');
  await s.clock.advance(10);
  const hints = Array.from({ length: 1_000 }, (_, i) => alarm(i));
  for (let i = 0; i < 20; i++) s.lines.forge(JSON.stringify({ v: 1, from: 'b', saidMs: 0, hints }));
  expect([a.heard.length, await a.dropped('flood')]).toEqual([5_000, 15_000]);
  await s.clock.advance(1_000);
  s.lines.forge(JSON.stringify({ v: 1, from: 'b', saidMs: 0, hints: [beds('icu-1')] }));
  expect(a.heard.at(-1)).toEqual(beds('icu-1'));
});

test('a process that ends hears nothing more and opens no line again', async () => {
  const [a, b] = [s.join('a'), s.join('b')];
  await s.clock.advance(10);
  b.bus.stop();
  a.tell(beds('icu-1'));
  await s.clock.advance(60_000);
  expect([b.heard, s.lines.openLines]).toEqual([[], 1]);
});
