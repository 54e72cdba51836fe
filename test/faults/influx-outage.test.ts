/**
 * InfluxDB away while a ward goes on being measured: nothing is missing afterwards, nothing is there twice. The outage is of
 * `VIGIL_TEST_INFLUX_OUTAGE_MIN` minutes of event time; `npm run faults -- --only=influx --count=60` is the hour.
 */
import { mkdtempSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import type { BedId, LogEvent } from '@vigil/contracts';
import { Registry } from 'prom-client';
import { InfluxObservationStore } from '../../src/adapters/influx/influx-store.js';
import { MemoryEventLog } from '../../src/adapters/memory/memory-event-log.js';
import { HistoryConsumer } from '../../src/stream/history-consumer.js';
import { StreamMetrics } from '../../src/stream/stream-metrics.js';
import { allAtHome } from '../support/assigned.js';
import { type Asked, InfluxStub, type Script } from '../support/influx-stub.js';
import { Influxd, influxOfTests } from '../support/influxd.js';
import { wardEvents } from '../support/processor.js';

const MINUTES = Number(process.env.VIGIL_TEST_INFLUX_OUTAGE_MIN ?? 1);
const BEDS = 8;
const START_MS = 1_790_000_000_000;
const CATCH_UP_MS = 120_000;
const LIMIT_MS = 60_000 + CATCH_UP_MS + MINUTES * 20_000;
const RETENTION = { rawDays: 0, minuteDays: 0, hourDays: 0 };

/** A ward whose history goes to this server, under a clock of the test. */
async function ward(server: { readonly url: string; readonly token: string }, bucket: string) {
  const clock = new FakeClock(START_MS);
  const store = new InfluxObservationStore({ ...server, org: 'vigil', bucket, retention: RETENTION, clock, timeoutMs: 5_000 });
  const log = new MemoryEventLog({ clock, partitions: 4, onError: () => undefined });
  const note = { note: () => Promise.resolve() };
  const consumer = new HistoryConsumer({
    ...{ store, clock, attribution: allAtHome(clock), standby: note, shelves: note, audit: note },
    metrics: new StreamMetrics(new Registry()),
  });
  await log.subscribe('history', 'checkpoint', consumer);
  clock.every(1_000, () => void consumer.flushDue().catch(() => undefined));
  const events = wardEvents(START_MS, BEDS);
  const sent: LogEvent[] = [];
  const run = async (seconds: number): Promise<void> => {
    for (let s = 0; s < seconds; s++) {
      const some = events.second(sent.length / BEDS + 1);
      sent.push(...some);
      await log.append(some);
      await clock.advance(1_000);
    }
  };
  /** Lets time pass until this holds. */
  const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
    const endMs = performance.now() + CATCH_UP_MS;
    while (performance.now() < endMs && !(await holds())) {
      await clock.advance(1_000);
      // The answers of a real connection come when they come.
      await sleep(5);
    }
  };
  const end = async (): Promise<void> => {
    await log.close();
    store.close();
  };
  return { store, run, until, sent, end };
}

/** As a line of the stub names a reading. */
function namesOf(sent: readonly LogEvent[]): string[] {
  return sent.flatMap((event) => {
    if (event.kind !== 'deviceMessage') return [];
    const { bedId, deviceId, atMs, readings } = event;
    return readings.map(
      ({ metric, value }) => `observation,bed=${bedId},device=${deviceId},metric=${metric},quality=valid ${atMs} value=${value}`,
    );
  });
}

const isOfHistory = ({ path, query }: Asked): boolean => path === '/api/v2/write' && query.get('bucket') === 'vigil';
const answers =
  (status: number): Script =>
  (asked) =>
    isOfHistory(asked) ? { status, body: {} } : undefined;
let turn = 0;

test.each<[string, Script | 'gone']>([
  ['is gone', 'gone'],
  ['answers 503', answers(503)],
  [
    'answers 429 and asks for 30 s',
    (asked) => (isOfHistory(asked) ? { status: 429, headers: { 'retry-after': '30' }, body: {} } : undefined),
  ],
  ['refuses the token', () => ({ status: 401, body: {} })],
  ['is full', answers(500)],
  [
    'cuts every other connection, after it has stored what came',
    (asked) => (isOfHistory(asked) && (turn += 1) % 2 === 0 ? 'cut' : undefined),
  ],
])(
  `InfluxDB %s for ${MINUTES} minutes of a ward: afterwards each reading is there, once, as it was sent`,
  async (_name, outage) => {
    const stub = await InfluxStub.start();
    const { run, until, sent, end } = await ward({ url: stub.url, token: 't' }, 'vigil');
    try {
      await run(30);
      await until(() => stub.linesOf('vigil') === sent.length);
      if (outage === 'gone') await stub.stop();
      else stub.script = outage;
      await run(MINUTES * 60);
      if (outage === 'gone') await stub.back();
      else stub.script = () => undefined;
      await run(30);
      await until(() => stub.linesOf('vigil') >= sent.length);
      const there = [...stub.points.get('vigil')!].map(([name, fields]) => `${name} ${fields}`);
      expect(there.sort()).toEqual(namesOf(sent).sort());
    } finally {
      await end();
      await stub.stop();
    }
  },
  LIMIT_MS,
);

const real = influxOfTests();
const title = `a real InfluxDB is stopped for ${MINUTES} minutes of a ward: afterwards each reading is there, once`;
if (!('folder' in real)) {
  const why = 'missing' in real ? real.missing : 'only a server that the test starts can be stopped by it';
  process.stdout.write(`skipped: ${title} (${why})\n`);
  test.skip(`${title}: ${why}`, () => undefined);
} else {
  test(
    title,
    async () => {
      const influxd = await Influxd.start(real.folder, mkdtempSync(join(tmpdir(), 'vigil-influx-')));
      const { store, run, until, sent, end } = await ward({ url: influxd.url, token: influxd.token }, 'outage');
      const stored = async (): Promise<number> => {
        let count = 0;
        for (let bed = 0; bed < BEDS; bed++) {
          const range = { bedId: `w-${bed}` as BedId, fromMs: 0, toMs: 2 ** 42, devices: [] };
          const counts = await store.counts(range).catch(() => []);
          count += counts.reduce((sum, each) => sum + each.count, 0);
        }
        return count;
      };
      try {
        await run(30);
        await until(async () => (await stored()) === sent.length);
        await influxd.stop();
        await run(MINUTES * 60);
        await influxd.run();
        await run(30);
        await until(async () => (await stored()) >= sent.length);
        expect(await stored()).toBe(sent.length);
      } finally {
        await end();
        await influxd.stop();
      }
    },
    LIMIT_MS + 60_000,
  );
}
