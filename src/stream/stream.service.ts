import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Cancel } from '@vigil/clock';
import { PlatformError } from '@vigil/domain';
import { Metrics } from '../health/metrics.js';
import { Readiness, type ReadinessPart } from '../health/readiness.js';
import { SiteProcesses } from '../health/site-processes.js';
import { AuditSpool } from '../audit/audit-spool.js';
import { AlarmState } from '../ports/alarm-state.js';
import { AppClock } from '../ports/app-clock.js';
import { AuditTrail } from '../ports/audit-trail.js';
import { CareRelations } from '../ports/care-relations.js';
import { Corrections } from '../ports/corrections.js';
import { DeviceAssignments } from '../ports/device-assignments.js';
import { Directory } from '../ports/directory.js';
import { type ConsumerGroup, EventLog, type PartitionReader, type Subscription } from '../ports/event-log.js';
import { Fleet } from '../ports/fleet.js';
import { HeldMessages } from '../ports/held-messages.js';
import { HistoryHealth } from '../ports/history-health.js';
import { LiveSink } from '../ports/live-sink.js';
import { Log } from '../ports/log.js';
import { LogRelay } from '../ports/log-relay.js';
import { ObservationStore } from '../ports/observation-store.js';
import { Once } from '../ports/once.js';
import { ShelfStore } from '../ports/shelves.js';
import { StandbyStore } from '../ports/standby.js';
import { StoreHealth } from '../ports/store-health.js';
import { AlarmConsumer } from './alarm-consumer.js';
import { AttributionWork } from './attribution-work.js';
import { FLEET_FLUSH_EVERY_MS, FleetNotes, withFleet } from './fleet-notes.js';
import { GapAudit } from './gap-audit.js';
import { FLUSH_EVERY_MS, HistoryConsumer } from './history-consumer.js';
import { HistoryMetrics } from './history-metrics.js';
import { watchHistory } from './history-watch.js';
import { READ_STALE_MS, readInTime } from './group-state.js';
import { watchGroups } from './group-watch.js';
import { liveReader } from './live-consumer.js';
import { LoadGovernor } from './load-governor.js';
import { LoadMetrics } from './load-metrics.js';
import { loopDelay, watchLoad } from './load-watch.js';
import { LogMetrics } from './log-metrics.js';
import { primeLive } from './prime-live.js';
import { relay } from './relay-loop.js';
import { yielding } from './shedding-readers.js';
import { StreamMetrics } from './stream-metrics.js';
import { StreamWork } from './stream-work.js';

/** Wall time between two looks at the stores, for the metrics. */
const STORES_EVERY_MS = 1_000;
/** Wall time between two looks at shelves that have outlived their end. */
const SHELF_ENDS_EVERY_MS = 5_000;

/** What to do is in docs/runbook.md#another-log. */
const ANOTHER_LOG =
  'the event log is not the one that this data folder has read, or an older copy of it, so NOTHING IS WATCHED: bring back the folder `hub` of the data folder; if it is lost, stop Vigil and run `vigil adopt-log`';

/** One consumer group as this process reads it. */
interface Reading {
  readonly group: ConsumerGroup;
  readonly from: 'checkpoint' | 'latest';
  readonly reader: PartitionReader;
  /** What goes on beside it, once it is subscribed. */
  readonly begin: (subscription: Subscription) => readonly Cancel[];
}

/** Starts the consumers of this process, and the relay, and stops them with it. */
@Injectable()
export class StreamService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private readonly cancels: Cancel[] = [];
  private subscriptions: readonly Subscription[] = [];
  private relaying: Promise<void> = Promise.resolve();
  private attributing: AttributionWork | null = null;
  private started: Promise<void> = Promise.resolve();

  constructor(
    private readonly log: EventLog,
    private readonly alarms: AlarmState,
    private readonly observations: ObservationStore,
    private readonly logRelay: LogRelay,
    private readonly clock: AppClock,
    private readonly live: LiveSink,
    private readonly readiness: Readiness,
    private readonly metrics: Metrics,
    private readonly lines: Log,
    private readonly directory: Directory,
    private readonly work: StreamWork,
    private readonly once: Once,
    private readonly processes: SiteProcesses,
    private readonly trail: AuditTrail,
    private readonly auditSpool: AuditSpool,
    private readonly relations: CareRelations,
    private readonly fleet: Fleet,
    private readonly stores: StoreHealth,
    private readonly historyHealth: HistoryHealth,
    private readonly assignments: DeviceAssignments,
    private readonly corrections: Corrections,
    private readonly held: HeldMessages,
    private readonly standby: StandbyStore,
    private readonly shelves: ShelfStore,
  ) {}

  onApplicationBootstrap(): void {
    this.started = this.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort(new Error('stopping'));
    for (const cancel of this.cancels) cancel();
    await this.started;
    await this.relaying;
    await this.attributing?.stop();
    await Promise.all(this.subscriptions.map((s) => s.stop()));
    await this.log.close();
  }

  /** Waits for the hub as long as it takes: a platform that starts before its hub is not an error. */
  private async start(): Promise<void> {
    const { clock, log, work } = this;
    const metrics = new StreamMetrics(this.metrics.registry);
    const relayPart = work.groups.has('alarms') ? this.readiness.expect('relay', { staleMs: READ_STALE_MS }) : null;
    const parts = new Map<ConsumerGroup, ReadinessPart>([...work.groups].map((group) => [group, this.partOf(group)]));
    // Asked for early, so that the first turn of the relay waits for nothing: which device is at which bed must be on the log before readings.
    if (relayPart !== null) this.once.isMine('relay');
    const hub = await this.waitForHub(parts);
    if (hub === null) return;
    const { partitionCount, identity } = hub;
    const standStill = (): void => {
      for (const part of parts.values()) part.failed('another-log');
      relayPart?.failed('another-log');
      this.lines.error(ANOTHER_LOG, { code: 'another-log' });
    };
    if (!(await this.alarms.isOwnLog(identity))) {
      standStill();
      return;
    }
    const readings = await this.readings(metrics);
    this.subscriptions = await Promise.all(readings.map(({ group, from, reader }) => log.subscribe(group, from, reader)));
    const watched = readings.map(({ group }, i) => ({ group, subscription: this.subscriptions[i]!, part: parts.get(group)! }));
    this.cancels.push(
      watchGroups({
        ...{ groups: watched, partitionCount, readiness: this.readiness, clock },
        elsewhere: (group) => this.processes.partitionsElsewhere(group),
        metrics: new LogMetrics(this.metrics.registry),
        onAnotherLog: () => {
          this.stopping.abort(new Error('another-log'));
          void Promise.all(this.subscriptions.map((s) => s.stop()));
          standStill();
        },
      }),
      ...readings.flatMap(({ begin }, i) => begin(this.subscriptions[i]!)),
    );
    this.tell(watched);
    if (relayPart !== null) this.relaying = this.relay(metrics, relayPart);
  }

  private partOf(group: 'alarms' | 'history' | 'live'): ReadinessPart {
    switch (group) {
      case 'alarms':
        return this.readiness.expect('alarms', { staleMs: 5_000, processing: true });
      case 'history':
        // Where alarms are found in the same process, they go on without it.
        return this.readiness.expect('history', { staleMs: 5_000, degradesOnly: this.work.groups.has('alarms') });
      case 'live':
        return this.readiness.expect('live', { staleMs: 5_000 });
    }
  }

  /** What this process reads, in the order in which it matters. */
  private async readings(metrics: StreamMetrics): Promise<readonly Reading[]> {
    const { groups } = this.work;
    const governor = new LoadGovernor();
    const loadMetrics = new LoadMetrics(this.metrics.registry);
    const all: Reading[] = [];
    if (groups.has('alarms')) all.push(this.alarmReading(metrics, governor, loadMetrics));
    // Only an engine has to know nothing of where devices were: it has it from the log.
    if (groups.size === 1 && groups.has('alarms')) return all;
    const attribution = await this.attribute(groups.has('history'));
    if (groups.has('history')) all.push(this.historyReading(metrics, governor, attribution.attribution));
    // Where the engine is, that looks at the stores.
    if (!groups.has('alarms'))
      this.cancels.push(this.clock.every(STORES_EVERY_MS, () => loadMetrics.stores(this.stores.stores())));
    if (!groups.has('live')) return all;
    await this.primeScreens(attribution.deviceAt);
    const { gate } = attribution;
    const thinned = { isThin: () => governor.shed === 'live', onThinned: (n: number) => loadMetrics.thinned(n) };
    const reader = liveReader(this.live, this.clock, { gate, ...thinned });
    return [...all, { group: 'live', from: 'latest', reader, begin: () => [] }];
  }

  private alarmReading(metrics: StreamMetrics, governor: LoadGovernor, loadMetrics: LoadMetrics): Reading {
    const { alarms, clock } = this;
    const consumer = new AlarmConsumer({
      ...{ alarms, clock, metrics },
      onInvariant: (partition, sequence, claim, putAside) => {
        this.lines.error('a bug met an event on the log', { partition, sequence, claim, putAside });
      },
    });
    const engine = { blindKeys: () => consumer.blindKeys, tooNew: () => consumer.tooNew };
    const begin = (subscription: Subscription): Cancel[] => [
      ...this.watchLoad(governor, loadMetrics, { ...engine, alarms: subscription }),
      clock.every(SHELF_ENDS_EVERY_MS, () => this.endShelves()),
    ];
    return { group: 'alarms', from: 'checkpoint', reader: noting(consumer, this.readiness), begin };
  }

  private historyReading(metrics: StreamMetrics, governor: LoadGovernor, attribution: AttributionWork['attribution']): Reading {
    const { observations: store, standby, shelves, clock, trail, relations } = this;
    const audit = new GapAudit({ trail, spool: this.auditSpool, relations, clock });
    const history = new HistoryConsumer({ store, attribution, standby, shelves, audit, clock, metrics });
    const fleetNotes = new FleetNotes(this.fleet, clock, metrics);
    const watched = { consumer: history, health: this.historyHealth, stores: this.stores, readiness: this.readiness, clock };
    const historyMetrics = new HistoryMetrics(this.metrics.registry);
    const begin = (subscription: Subscription): Cancel[] => [
      watchHistory({ ...watched, subscription, metrics: historyMetrics }),
      clock.every(FLUSH_EVERY_MS, () => {
        // What is wrong is said by the watch.
        history.flushDue().catch(() => undefined);
      }),
      clock.every(FLEET_FLUSH_EVERY_MS, () => {
        fleetNotes.flush().catch((error: unknown) => {
          this.lines.warn('the fleet page falls behind', { code: error instanceof PlatformError ? error.code : 'internal' });
        });
      }),
    ];
    const reader = yielding(withFleet(history, fleetNotes), { shed: () => governor.shed, clock });
    return { group: 'history', from: 'checkpoint', reader, begin };
  }

  /** The other processes hear which partitions are read here in time, and whether alarms are found. */
  private tell(watched: readonly { readonly group: ConsumerGroup; readonly subscription: Subscription }[]): void {
    const { processes, readiness, clock } = this;
    const shared = watched.filter(({ group }) => group !== 'live');
    processes.tells('groups', () =>
      Object.fromEntries(
        shared.map(({ group, subscription }) => [group, { partitions: readInTime(subscription.health(), clock.wallMs()) }]),
      ),
    );
    processes.tells('engine', () => {
      const processing = readiness.processingHere();
      return processing === null ? null : { processing, newestHubMs: readiness.newestHubMsHere };
    });
  }

  private relay(metrics: StreamMetrics, part: ReadinessPart): Promise<void> {
    const { logRelay, log, clock, once } = this;
    return relay(logRelay, log, {
      ...{ clock, metrics, signal: this.stopping.signal },
      isMine: () => once.isMine('relay'),
      onTurn: () => part.ok(),
      onOutage: (code) => {
        part.failed(code);
        this.lines.warn('log events wait for the hub', { code });
      },
    });
  }

  /** A bed whose time stands still does not see the end of what people have shelved. */
  private endShelves(): void {
    if (!this.once.isMine('shelf-ends')) return;
    this.shelves.endOverdue(this.clock.nowMs()).catch((error: unknown) => {
      const code = error instanceof PlatformError ? error.code : 'internal';
      this.lines.warn('conditions may stay shelved past their end; it is tried again', { code });
    });
  }

  /** Begins to say whose each reading is. */
  private async attribute(follows: boolean): Promise<AttributionWork> {
    const { assignments, corrections, held, directory, log, observations, live, clock, lines } = this;
    const onOutage = (code: string): void => lines.warn('what belongs to another bed waits', { code });
    const parts = { assignments, corrections, held, directory, log, observations, live, clock };
    const isMine = (): boolean => follows && this.once.isMine('attribution');
    this.attributing = new AttributionWork({ ...parts, isMine, registry: this.metrics.registry, onOutage });
    await this.attributing.start();
    return this.attributing;
  }

  private watchLoad(
    governor: LoadGovernor,
    metrics: LoadMetrics,
    engine: { readonly alarms: Subscription; readonly blindKeys: () => number; readonly tooNew: () => number },
  ): Cancel[] {
    const delay = loopDelay();
    const { stores, readiness, clock } = this;
    const onShed = (shed: string): void => this.lines.warn('to keep alarms in time something else yields', { shed });
    const watch = watchLoad({ ...engine, governor, stores, readiness, metrics, clock, loopDelayMs: delay.readMs, onShed });
    return [delay.stop, watch];
  }

  /** Both questions, because the hub may go away between them. */
  private async waitForHub(
    parts: ReadonlyMap<ConsumerGroup, ReadinessPart>,
  ): Promise<{ readonly partitionCount: number; readonly identity: string } | null> {
    while (!this.stopping.signal.aborted) {
      try {
        return { partitionCount: await this.log.partitionCount(), identity: await this.log.identity() };
      } catch {
        for (const part of parts.values()) part.failed('log-unavailable');
        this.lines.warn('the event hub does not answer; trying again', {});
        await this.clock.sleep(1_000, this.stopping.signal).catch(() => undefined);
      }
    }
    return null;
  }

  /** A picture without its slow values is better than none: an outage here only costs what screens would have shown. */
  private async primeScreens(deviceAt: AttributionWork['deviceAt']): Promise<void> {
    const { directory, observations, live, clock } = this;
    try {
      const values = await primeLive({ directory, observations, live, deviceAt, clock, origin: this.work.origin });
      this.lines.info('screens begin with what was measured last', { values });
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      this.lines.warn('what was measured last could not be read', { code: error.code });
    }
  }
}

/** Tells the health check how far the engine has come. */
function noting(consumer: AlarmConsumer, readiness: Readiness): PartitionReader {
  return {
    open: (partition) => consumer.open(partition),
    close: (partition) => consumer.close(partition),
    read: async (partition, batch, malformed) => {
      await consumer.read(partition, batch, malformed);
      const last = batch[batch.length - 1];
      if (last !== undefined) readiness.noteHubEvent(last.hubAtMs);
    },
  };
}
