import { FakeClock } from '@vigil/clock';
import { Gauge } from 'prom-client';
import { Metrics } from '../metrics.js';
import { ProcessWord } from '../process-word.js';
import { Readiness } from '../readiness.js';
import { SiteProcesses } from '../site-processes.js';
import { statusFacts } from './status-facts.js';
import { spanOf, statusPage } from './status-page.js';

function site(runbookUrl: string | null = null) {
  const clock = new FakeClock();
  const processes = new SiteProcesses(() => clock.steady().atMs);
  const readiness = new Readiness(clock, () => processes.engineElsewhere());
  const metrics = new Metrics();
  const self = { role: 'api', buildId: 'build-7' };
  const page = async (): Promise<string> =>
    statusPage(await statusFacts({ readiness, metrics, processes, clock, self, runbookUrl }));
  return { clock, processes, readiness, metrics, page };
}

const rowOf = (page: string, name: string): string => page.split('\n').find((line) => line.includes(`>${name}</th>`)) ?? '';

test('each part says whether it works, since when, and where the runbook has it', async () => {
  const { clock, readiness, page } = site('https://wiki.example/runbook');
  const alarms = readiness.expect('alarms', { staleMs: 5_000, processing: true });
  const keys = readiness.expect('keys', { staleMs: 600_000, degradesOnly: true });
  alarms.ok();
  keys.ok();
  await clock.advance(60_000);
  keys.failed('key-away');
  await clock.advance(30_000);
  keys.failed('key-away');
  const text = await page();
  expect(rowOf(text, 'keys')).toMatch(
    /✗ key-away<\/td><td>30 s<\/td><td>no<.*href="https:\/\/wiki\.example\/runbook#keys-unavailable"/,
  );
  // Nothing was said for longer than it may be silent: since then, not since it was asked.
  expect(rowOf(text, 'alarms')).toMatch(/✗ silent for 90000 ms<\/td><td>85 s<\/td><td>yes</);
  expect(text).toContain('<title>NOT READY');
  expect(text).toContain('Alarms may be missing');
  alarms.ok();
  await clock.advance(4_000);
  expect(rowOf(await page(), 'alarms')).toMatch(/✓ works<\/td><td>4\.0 s</);
});

test('without a page of the runbook the entry is named and nothing leads nowhere', async () => {
  const { readiness, page } = site();
  readiness.expect('store', { staleMs: 1 }).failed('store-unavailable');
  const text = await page();
  expect(rowOf(text, 'store')).toContain('docs/runbook.md: store-away');
  expect(text).not.toContain('<a ');
  expect(text).toContain('The database does not answer');
});

test('the processes of the site are there with role, version, what they read and what they alone do', async () => {
  const { clock, processes, page } = site();
  processes.tells('does', () => ['audit-keeper']);
  const said = {
    role: 'processor',
    buildId: 'build-<6>',
    groups: { alarms: { partitions: [0, 3, 5] } },
    does: ['relay', 'keys'],
  };
  const word = ProcessWord.parse({
    ...said,
    engine: { processing: true, newestHubMs: 1 },
    parts: [{ name: 'shedding', reason: 'cpu' }],
  });
  processes.hear([{ processId: 'p-1', word, atMs: clock.steady().atMs }]);
  await clock.advance(2_000);
  const text = await page();
  expect(rowOf(text, 'api')).toMatch(/build-7<\/td><td>this one<.*audit-keeper/);
  expect(rowOf(text, 'processor')).toMatch(/build-&lt;6&gt;<\/td><td>2\.0 s ago<.*✗ shedding<.*alarms \(3\)<.*relay, keys/);
  expect(text).not.toContain('Alarms may be missing');
  await clock.advance(10_000);
  expect(rowOf(await page(), 'processor')).toBe('');
});

test('ages of what matters and the lag of each reader of the log are figures; what is not known is not made up', async () => {
  const { metrics, page } = site();
  const registers = [metrics.registry];
  const gauge = (name: string, labelNames: readonly string[] = []) =>
    new Gauge({ name, help: '-', labelNames: [...labelNames], registers });
  gauge('vigil_backup_age_seconds').set(Number.POSITIVE_INFINITY);
  gauge('vigil_canary_age_seconds').set(61);
  const [lag, unread] = [
    gauge('vigil_log_lag_ms', ['group', 'partition']),
    gauge('vigil_log_lag_events', ['group', 'partition']),
  ];
  lag.set({ group: 'history', partition: '0' }, 1_500);
  lag.set({ group: 'history', partition: '1' }, 400);
  unread.set({ group: 'history', partition: '0' }, 7);
  unread.set({ group: 'history', partition: '1' }, 5);
  const text = await page();
  const valueOf = (name: string): string | undefined => /<td>(.*)<\/td>/.exec(rowOf(text, name))?.[1];
  expect(['newest good back-up', 'newest test alarm', 'last look of the watchdog'].map(valueOf)).toEqual([
    'never',
    '61 s',
    'not known here',
  ]);
  expect(['oldest unread event: history', 'unread events: history'].map(valueOf)).toEqual(['1.5 s', '12']);
});

test.each([
  [0.44, '0.4 s'],
  [61, '61 s'],
  [180, '3 min'],
  [7_500, '2 h 5 min'],
  [273_600, '3 d 4 h'],
])('%d s is said as %s', (seconds, said) => expect(spanOf(seconds)).toBe(said));
