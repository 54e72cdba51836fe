import { join } from 'node:path';
import type { FakeClock } from '@vigil/clock';
import { type BedId, LogEvent, type RuleSet, Site } from '@vigil/contracts';
import { contentHash, PlatformError } from '@vigil/domain';
import { Registry } from 'prom-client';
import { SqliteObservationStore } from '../../../src/adapters/history-sqlite/history-sqlite.js';
import { MemoryEventLog } from '../../../src/adapters/memory/memory-event-log.js';
import { LiveVitals } from '../../../src/live/live-vitals.js';
import type { PartitionReader } from '../../../src/ports/event-log.js';
import { Attribution } from '../../../src/stream/attribution.js';
import { AttributionIndex } from '../../../src/stream/attribution-index.js';
import { AttributionMetrics } from '../../../src/stream/attribution-metrics.js';
import { HistoryConsumer } from '../../../src/stream/history-consumer.js';
import { liveReader } from '../../../src/stream/live-consumer.js';
import { isOfBed, liveGate } from '../../../src/stream/live-gate.js';
import { Reattributing } from '../../../src/stream/reattribution.js';
import { StreamMetrics } from '../../../src/stream/stream-metrics.js';
import { TrayKeeper } from '../../../src/stream/tray-keeper.js';
import { openTestStores, type TestStores } from '../../contract/sql-fixture.js';

const PARTITIONS = 8;
const names = (prefix: string, count: number): readonly string[] => Array.from({ length: count }, (_, n) => `${prefix}-${n + 1}`);
export const BEDS = names('wp', 12);
export const DEVICES = names('dev', 16);
export const PATIENTS = names('person', 40);

const SITE = Site.parse({
  v: 1,
  careUnits: [{ careUnitId: 'wp', label: 'WP' }],
  beds: BEDS.map((bedId) => ({ bedId, careUnitId: 'wp', label: bedId })),
  gateways: [{ gatewayId: 'gw-wp' }],
  profiles: { wp: { intervalsMs: { heartRate: 1_000 } } },
  devices: DEVICES.map((deviceId) => ({ deviceId, gatewayId: 'gw-wp', profile: 'wp' })),
  deviceAssignments: [],
  patients: PATIENTS.map((patientId, n) => ({
    ...{ patientId, mrn: `WP${n}`, familyName: `TEST${n}`, givenName: 'T', birthDate: '1960-01-02', sex: 'male' },
  })),
  encounters: [],
  staff: [],
  staffAssignments: [],
  escalation: { steps: [{ tell: 'primary', waitS: 30 }], priorities: ['high'] },
  ruleSet: { v: 1, name: 'test', latenessMs: 2_000, rules: [] },
});

const RULE_SET: RuleSet = {
  v: 1,
  name: 'wrong patient',
  latenessMs: 2_000,
  rules: [
    {
      ...{ kind: 'limit', id: 'hr', metric: 'heartRate', side: 'high', limit: 120, hysteresis: 0, onDelayMs: 0, offDelayMs: 0 },
      ...{ priority: 'high', source: 'test' },
    },
  ],
};
const RULES = LogEvent.parse({
  ...{ v: 1, id: 'rules', key: 'gateway:gw-wp', origin: 'simulated', atMs: 0, kind: 'ruleSetActivated' },
  ...{ hash: contentHash(RULE_SET), ruleSet: RULE_SET, rate: 1, by: 'test' },
});

/** What is not there just now. */
export interface Away {
  store: boolean;
  history: boolean;
  log: boolean;
}

/** A process: all that it has in memory is gone with it. */
interface Session {
  isDead: boolean;
  /** Steps outside of memory after which it dies; null: it lives on. */
  diesAfter: number | null;
  readonly openIn: Set<number>;
  readonly history: HistoryConsumer;
  readonly index: AttributionIndex;
  readonly keeper: TrayKeeper;
  readonly reattributing: Reattributing;
}

const outage = (code: 'store-unavailable' | 'log-unavailable'): PlatformError => new PlatformError(code, {}, true);

/** History, attribution and screens of a platform on real files and a log in memory, with a process that dies where it is told to. */
export class Platform {
  readonly away: Away = { store: false, history: false, log: false };
  readonly vitals = new LiveVitals();
  /** What is on the log, per partition. */
  readonly onLog: LogEvent[][] = Array.from({ length: PARTITIONS }, () => []);
  crashes = 0;
  /** Between the look at assignments and the write. */
  beforeWrite = (): Promise<void> => Promise.resolve();
  private session: Session;
  private readonly registry = new Registry();
  private readonly metrics = new StreamMetrics(this.registry);
  private readonly attributionMetrics = new AttributionMetrics(this.registry);

  private constructor(
    readonly stores: TestStores,
    readonly history: SqliteObservationStore,
    readonly log: MemoryEventLog,
  ) {
    this.session = this.begin();
  }

  static async open(): Promise<Platform> {
    const stores = await openTestStores();
    const { clock } = stores;
    await stores.directory.seed(SITE, new Map(), { nowMs: clock.nowMs(), wallMs: clock.wallMs(), rate: 1 });
    const history = new SqliteObservationStore(join(stores.folder, 'history.db'));
    const platform = new Platform(stores, history, new MemoryEventLog({ clock, partitions: PARTITIONS }));
    await platform.start();
    return platform;
  }

  get clock(): FakeClock {
    return this.stores.clock;
  }

  get index(): AttributionIndex {
    return this.session.index;
  }

  /** The process dies with its so-manieth next step outside of memory, and a new one takes its place. */
  crashAfter(steps: number): void {
    this.session.diesAfter ??= steps;
  }

  /** What timers do in the product, and a new process where the last has died. */
  async work(): Promise<void> {
    if (this.session.isDead) this.session = this.begin();
    const { keeper, reattributing } = this.session;
    for (const turn of [() => reattributing.turn(), () => keeper.turn()]) await turn().catch(passOutage);
  }

  async end(): Promise<void> {
    await this.log.close();
    this.history.close();
    await this.stores.end();
  }

  private async start(): Promise<void> {
    const keep: PartitionReader = {
      open: () => Promise.resolve(),
      close: () => Promise.resolve(),
      read: (partition, batch) => Promise.resolve(void this.onLog[partition]!.push(...batch.map(({ event }) => event))),
    };
    await this.log.subscribe('live', 'latest', keep);
    const gate = (event: LogEvent): LogEvent | null => liveGate(this.session.index)(event);
    await this.log.subscribe('live', 'latest', liveReader(this.vitals, this.clock, { gate }));
    await this.log.subscribe('history', 'checkpoint', this.reader());
    await this.log.appendToEveryPartition(RULES);
    this.clock.every(1_000, () => void this.session.history.flushDue().catch(passOutage));
  }

  /** Commands of people tell the engine by way of the outbox. */
  async relay(): Promise<void> {
    const rows = await this.stores.logRelay.next(1_000);
    if (rows.length === 0) return;
    await this.log.append(rows.map(({ event }) => event));
    await this.stores.logRelay.done(rows.at(-1)!.seq);
  }

  private reader(): PartitionReader {
    return {
      position: (partition) => this.history.readThrough(partition),
      open: async (partition) => {
        if (this.session.isDead) throw outage('store-unavailable');
        await this.session.history.open(partition);
        this.session.openIn.add(partition);
      },
      read: (partition, batch, malformed) => {
        const { isDead, openIn, history } = this.session;
        if (isDead || !openIn.has(partition)) return Promise.reject(outage('store-unavailable'));
        return history.read(partition, batch, malformed);
      },
      close: async (partition) => {
        const { isDead, openIn, history } = this.session;
        if (!isDead && openIn.delete(partition)) await history.close(partition);
      },
    };
  }

  private begin(): Session {
    const { stores, clock, metrics, attributionMetrics, away } = this;
    const session: Omit<Session, 'history' | 'index' | 'keeper' | 'reattributing'> = {
      ...{ isDead: false, diesAfter: null, openIn: new Set() },
    };
    /** A step outside of memory: not of a dead process; and the last one is done before it dies. */
    const step = async <T>(of: keyof Away, run: () => Promise<T>): Promise<T> => {
      if (session.isDead || away[of]) throw outage(of === 'log' ? 'log-unavailable' : 'store-unavailable');
      const answer = await run();
      if (session.diesAfter === null) return answer;
      session.diesAfter -= 1;
      if (session.diesAfter > 0) return answer;
      session.isDead = true;
      this.crashes += 1;
      throw outage('store-unavailable');
    };
    const { deviceAssignments, corrections, heldMessages } = stores;
    const assignments = {
      rev: () => (away.store || session.isDead ? Promise.reject(outage('store-unavailable')) : deviceAssignments.rev()),
      snapshot: (nowMs: number) =>
        away.store || session.isDead ? Promise.reject(outage('store-unavailable')) : deviceAssignments.snapshot(nowMs),
    };
    const store = Object.assign(Object.create(this.history) as SqliteObservationStore, {
      write: (...args: Parameters<SqliteObservationStore['write']>) =>
        step('history', async () => {
          await this.beforeWrite();
          await this.history.write(...args);
        }),
      reassign: (...args: Parameters<SqliteObservationStore['reassign']>) =>
        step('history', () => this.history.reassign(...args)),
    });
    const log = { append: (events: readonly LogEvent[]) => step('log', () => this.log.append(events)) };
    const held = {
      hold: (...args: Parameters<typeof heldMessages.hold>) => step('store', () => heldMessages.hold(...args)),
      take: (...args: Parameters<typeof heldMessages.take>) => step('store', () => heldMessages.take(...args)),
      done: (...args: Parameters<typeof heldMessages.done>) => step('store', () => heldMessages.done(...args)),
      devices: (limit: number) => heldMessages.devices(limit),
    };
    const jobs = {
      dueJobs: (...args: Parameters<typeof corrections.dueJobs>) => step('store', () => corrections.dueJobs(...args)),
      ranJob: (...args: Parameters<typeof corrections.ranJob>) => step('store', () => corrections.ranJob(...args)),
    };
    const index = new AttributionIndex(assignments, clock);
    index.onChange(() => this.vitals.keepOnly(isOfBed(index)));
    const attribution = new Attribution({ index, log, held, clock, metrics: attributionMetrics });
    const nothing = { note: () => Promise.resolve() };
    return Object.assign(session, {
      index,
      history: new HistoryConsumer({ store, attribution, standby: nothing, shelves: nothing, audit: nothing, clock, metrics }),
      keeper: new TrayKeeper({ index, held, log, observations: store, metrics: attributionMetrics }),
      reattributing: new Reattributing({ corrections: jobs, index, observations: store, clock, metrics: attributionMetrics }),
    });
  }
}

function passOutage(error: unknown): void {
  if (!(error instanceof PlatformError)) throw error;
}

/** What the tile of a bed shows. */
export const shownAt = (platform: Platform, bed: string) => platform.vitals.readingsOf(bed as BedId);
