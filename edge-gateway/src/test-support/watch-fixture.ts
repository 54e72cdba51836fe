import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@vigil/clock';
import { GatewayConfig, LogEvent, type GatewayId, type LogEventOf, type MetricName, type RuleSet } from '@vigil/contracts';
import { contentHash } from '@vigil/domain';
import type { KeyPort } from '@vigil/sealed-records';
import { BedTable } from '../devices/bed-table.js';
import type { Faults } from '../faults/faults.js';
import type { LogRecord } from '../log-record.js';
import { SILENT } from '../log.js';
import { GatewayMetrics } from '../metrics.js';
import type { SpoolEntry } from '../spool/reader.js';
import { CloudLink } from '../watch/cloud-link.js';
import { LocalWatch } from '../watch/local-watch.js';
import { type WatchCheckpoint, WatchFile } from '../watch/watch-file.js';
import { testKeys } from './spool-fixture.js';

export const START_MS = 1_800_000_000_000;

export const watchRules: RuleSet = {
  v: 1,
  name: 'test',
  latenessMs: 5_000,
  rules: [
    {
      ...{ kind: 'limit', id: 'hr-high', metric: 'heartRate', side: 'high', limit: 120, hysteresis: 2 },
      ...{ onDelayMs: 3_000, offDelayMs: 3_000, priority: 'high', source: 'test' },
    },
    { kind: 'noData', id: 'no-data', metric: 'any', intervals: 3, transportMs: 10_000, priority: 'medium', source: 'test' },
  ],
};

/** Two beds with a monitor each, of which the first has a patient; `change` replaces parts of the watch. */
export function watchConfig(change: Record<string, unknown> = {}, devices?: unknown): GatewayConfig {
  const encounter = { encounterId: 'e1', patientId: 'p1', sinceMs: START_MS - 3_600_000 };
  return GatewayConfig.parse({
    v: 1,
    gatewayId: 'gw-1',
    rate: 1,
    devices: devices ?? [
      { deviceId: 'mon-1', bedId: 'icu-1', fromMs: START_MS - 7_200_000, intervalsMs: { heartRate: 1_000 } },
      { deviceId: 'mon-2', bedId: 'icu-2', fromMs: START_MS - 7_200_000 },
    ],
    watch: {
      ruleSet: watchRules,
      ruleSetHash: contentHash(watchRules),
      beds: [
        { bedId: 'icu-1', careUnitId: 'icu', label: 'ICU 1', encounter, limits: [] },
        { bedId: 'icu-2', careUnitId: 'icu', label: 'ICU 2', encounter: null, limits: [] },
      ],
      ...change,
    },
  });
}

export function reading(atMs: number, seq: number, values: Partial<Record<MetricName, number>>, bed = 1): LogEvent {
  const deviceId = `mon-${bed}`;
  const bedId = `icu-${bed}`;
  return LogEvent.parse({
    ...{ v: 1, id: `${deviceId}/boot/${seq}`, key: `bed:${bedId}`, origin: 'live', atMs, kind: 'deviceMessage' },
    ...{ bedId, deviceId, gatewayId: 'gw-1', bootId: 'boot', seq, deviceAtMs: atMs, gatewayAtMs: atMs },
    readings: Object.entries(values).map(([metric, value]) => ({ metric, value, unit: '/min', quality: 'valid' })),
  });
}

export function tickOf(atMs: number, bed = 1): LogEvent {
  const about = { kind: 'tick', bedId: `icu-${bed}`, gatewayId: 'gw-1' };
  return LogEvent.parse({ v: 1, id: `tick/${bed}/${atMs}`, key: `bed:icu-${bed}`, origin: 'live', atMs, ...about });
}

/** A spool in memory that keeps what it was given. */
export class KeptSpool {
  readonly entries: SpoolEntry[] = [];
  /** What the watch appended. */
  readonly said: LogRecord[] = [];
  refuses = false;
  /** Index of the first record that is still there. */
  from = 0;

  constructor(private readonly wallMs: () => number) {}

  get endIndex(): number {
    return this.entries.length;
  }

  append(records: readonly LogRecord[], done: (outage?: Error) => void): void {
    if (this.refuses) return done(new Error('behind'));
    this.said.push(...records);
    this.keep(records);
    done();
  }

  keep(records: readonly LogRecord[]): SpoolEntry[] {
    const kept = records.map((record, i) => ({ index: this.entries.length + i, record, wallMs: this.wallMs() }));
    this.entries.push(...kept);
    return kept;
  }

  reread(wanted: { from: number; to: number }, max: number): Promise<{ entries: SpoolEntry[]; upTo: number }> {
    const upTo = Math.min(wanted.to, wanted.from + max);
    return Promise.resolve({ entries: this.entries.slice(Math.max(this.from, wanted.from), upTo), upTo });
  }

  events<K extends LogEvent['kind']>(kind: K): LogEventOf<K>[] {
    const all = this.said.map((record) => LogEvent.parse(JSON.parse(record.body.toString())));
    return all.filter((event): event is LogEventOf<K> => event.kind === kind);
  }
}

/** A checkpoint on the real disk, for whose writes the test can wait: how long they take must not matter. */
class AwaitedFile extends WatchFile {
  /** How often it was asked to save. */
  saves = 0;
  /** A disk that answers when this is settled. */
  slow: Promise<void> = Promise.resolve();
  private last: Promise<void> = Promise.resolve();

  override save(checkpoint: WatchCheckpoint): Promise<void> {
    this.saves += 1;
    const saved = super.save(checkpoint);
    return (this.last = this.slow.then(() => saved));
  }

  async settled(): Promise<void> {
    for (let seen: Promise<void> | null = null; seen !== this.last;) {
      seen = this.last;
      await seen.catch(() => undefined);
      // What was asked for meanwhile begins in the next turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** A local watch over a spool in memory, whose log the test takes away and gives back. */
export class WatchBench {
  readonly clock: FakeClock;
  readonly spool: KeptSpool;
  readonly metrics = new GatewayMetrics();
  readonly beds = new BedTable();
  readonly raised: string[] = [];
  link!: CloudLink;
  watch!: LocalWatch;
  /** What the gateway put on its spool beside what the watch appended, in order. */
  readonly sent: LogEvent[] = [];
  private seq = 0;
  private away = false;
  readonly file: AwaitedFile;

  private constructor(keys: KeyPort, dataDir: string) {
    this.file = new AwaitedFile(join(dataDir, 'watch.sealed'), keys, 'gw-1');
    this.clock = new FakeClock(START_MS);
    this.spool = new KeptSpool(() => this.clock.wallMs());
  }

  static async start(config: GatewayConfig | null = watchConfig()): Promise<WatchBench> {
    const bench = new WatchBench(await testKeys(), await mkdtemp(join(tmpdir(), 'vigil-watch-')));
    if (config !== null) bench.beds.replace(config);
    await bench.open();
    return bench;
  }

  /** A start of the watch in this folder; what ran before is left as a killed process is. */
  async open(): Promise<void> {
    await this.file.settled();
    const faults: Faults = {
      device: () => undefined,
      gateway: (fault, active) => void (active && !this.raised.includes(fault) && this.raised.push(fault)),
    };
    this.link = new CloudLink(this.clock);
    this.watch = new LocalWatch({
      ...{ gatewayId: 'gw-1' as GatewayId, clock: this.clock, metrics: this.metrics, log: SILENT, faults },
      ...{ beds: this.beds, link: this.link, spool: this.spool },
      file: this.file,
    });
    await this.watch.start();
  }

  cut(): void {
    this.away = true;
  }

  heal(): void {
    this.away = false;
  }

  /** One second of the ward: a reading of the first bed, a tick of the second, and what the uplink does with them. */
  async second(heartRate: number | null): Promise<void> {
    await this.clock.advance(1_000);
    await this.file.settled();
    const atMs = this.clock.nowMs();
    const event = heartRate === null ? tickOf(atMs) : reading(atMs, this.seq++, { heartRate });
    this.offer([event, tickOf(atMs, 2)]);
  }

  async seconds(count: number, heartRate: number | null): Promise<void> {
    for (let n = 0; n < count; n++) await this.second(heartRate);
  }

  offer(events: readonly LogEvent[]): void {
    const durable = events.filter(({ kind }) => kind !== 'tick');
    const records = durable.map((event): LogRecord => ({
      lane: 'numerics',
      key: event.key,
      body: Buffer.from(JSON.stringify(event)),
      event,
    }));
    this.sent.push(...structuredClone(events));
    this.watch.take(this.spool.keep(records));
    this.watch.tick(events);
    const status: LogRecord = { lane: 'numerics', key: 'gateway:gw-1', body: Buffer.alloc(0) };
    const all = [...records, status];
    this.link.note(
      all,
      all.map(() => (this.away ? 'retry' : 'sent')),
    );
  }
}
