import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Cancel } from '@vigil/clock';
import type { Origin } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { Metrics } from '../health/metrics.js';
import { Readiness, type ReadinessPart } from '../health/readiness.js';
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
import { LiveSink } from '../ports/live-sink.js';
import { Log } from '../ports/log.js';
import { LogRelay } from '../ports/log-relay.js';
import { ObservationStore } from '../ports/observation-store.js';
import { PartitionOwners } from '../ports/partition-owners.js';
import { ShelfStore } from '../ports/shelves.js';
import { StandbyStore } from '../ports/standby.js';
import { StoreHealth } from '../ports/store-health.js';
import { AlarmConsumer } from './alarm-consumer.js';
import { AttributionWork } from './attribution-work.js';
import { FLEET_FLUSH_EVERY_MS, FleetNotes, withFleet } from './fleet-notes.js';
import { GapAudit } from './gap-audit.js';
import { FLUSH_EVERY_MS, HistoryConsumer } from './history-consumer.js';
import { READ_STALE_MS } from './group-state.js';
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

/** Wall time between two looks at shelves that have outlived their end. */
const SHELF_ENDS_EVERY_MS = 5_000;

/** What to do is in docs/runbook.md#another-log. */
const ANOTHER_LOG =
  'the event log is not the one that this data folder has read, or an older copy of it, so NOTHING IS WATCHED: bring back the folder `hub` of the data folder; if it is lost, stop Vigil and run `vigil adopt-log`';

/** Where this site's data come from, as an injection token. */
export class SiteOrigin {
  constructor(readonly origin: Origin) {}
}

/** Starts the three consumers and the relay with the process, and stops them with it. */
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
    private readonly owners: PartitionOwners,
    private readonly clock: AppClock,
    private readonly live: LiveSink,
    private readonly readiness: Readiness,
    private readonly metrics: Metrics,
    private readonly lines: Log,
    private readonly directory: Directory,
    private readonly site: SiteOrigin,
    private readonly trail: AuditTrail,
    private readonly auditSpool: AuditSpool,
    private readonly relations: CareRelations,
    private readonly fleet: Fleet,
    private readonly stores: StoreHealth,
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
    const { clock, log } = this;
    const metrics = new StreamMetrics(this.metrics.registry);
    const relayPart = this.readiness.expect('relay', { staleMs: READ_STALE_MS });
    const parts = new Map<ConsumerGroup, ReadinessPart>([
      ['alarms', this.readiness.expect('alarms', { staleMs: 5_000, processing: true })],
      ['history', this.readiness.expect('history', { staleMs: 5_000 })],
      ['live', this.readiness.expect('live', { staleMs: 5_000 })],
    ]);
    const hub = await this.waitForHub(parts);
    if (hub === null) return;
    const { partitionCount, identity } = hub;
    const standStill = (): void => {
      for (const part of [...parts.values(), relayPart]) part.failed('another-log');
      this.lines.error(ANOTHER_LOG, { code: 'another-log' });
    };
    if (!(await this.alarms.isOwnLog(identity))) {
      standStill();
      return;
    }
    await this.owners.releaseDead();
    const { attribution, gate, deviceAt } = await this.attribute();
    await this.primeScreens(deviceAt);

    const alarmConsumer = new AlarmConsumer({
      alarms: this.alarms,
      clock,
      metrics,
      onInvariant: (partition, sequence, claim, putAside) => {
        this.lines.error('a bug met an event on the log', { partition, sequence, claim, putAside });
      },
    });
    const gapAudit = new GapAudit({ trail: this.trail, spool: this.auditSpool, relations: this.relations, clock });
    const { observations: store, standby, shelves } = this;
    const history = new HistoryConsumer({ store, attribution, standby, shelves, audit: gapAudit, clock, metrics });
    const fleetNotes = new FleetNotes(this.fleet, clock, metrics);
    const governor = new LoadGovernor();
    const loadMetrics = new LoadMetrics(this.metrics.registry);
    const readers: readonly [ConsumerGroup, 'checkpoint' | 'latest', PartitionReader][] = [
      ['alarms', 'checkpoint', noting(alarmConsumer, this.readiness)],
      ['history', 'checkpoint', yielding(withFleet(history, fleetNotes), { shed: () => governor.shed, clock })],
      [
        'live',
        'latest',
        liveReader(this.live, clock, { gate, isThin: () => governor.shed === 'live', onThinned: (n) => loadMetrics.thinned(n) }),
      ],
    ];
    this.subscriptions = await Promise.all(readers.map(([group, from, reader]) => log.subscribe(group, from, reader)));
    this.cancels.push(
      watchGroups({
        groups: readers.map(([group], i) => ({ group, subscription: this.subscriptions[i]!, part: parts.get(group)! })),
        partitionCount,
        readiness: this.readiness,
        metrics: new LogMetrics(this.metrics.registry),
        clock,
        onAnotherLog: () => {
          this.stopping.abort(new Error('another-log'));
          void Promise.all(this.subscriptions.map((s) => s.stop()));
          standStill();
        },
      }),
    );
    this.watchLoad(governor, loadMetrics, {
      alarms: this.subscriptions[0]!,
      blindKeys: () => alarmConsumer.blindKeys,
      tooNew: () => alarmConsumer.tooNew,
    });
    this.cancels.push(
      clock.every(FLUSH_EVERY_MS, () => {
        history.flushDue().catch(() => parts.get('history')!.failed('store-unavailable'));
      }),
    );
    this.cancels.push(
      clock.every(FLEET_FLUSH_EVERY_MS, () => {
        fleetNotes.flush().catch((error: unknown) => {
          this.lines.warn('the fleet page falls behind', { code: error instanceof PlatformError ? error.code : 'internal' });
        });
      }),
    );
    this.cancels.push(clock.every(SHELF_ENDS_EVERY_MS, () => this.endShelves()));
    this.relaying = relay(this.logRelay, log, {
      clock,
      metrics,
      signal: this.stopping.signal,
      onTurn: () => relayPart.ok(),
      onOutage: (code) => {
        relayPart.failed(code);
        this.lines.warn('log events wait for the hub', { code });
      },
    });
  }

  /** A bed whose time stands still does not see the end of what people have shelved. */
  private endShelves(): void {
    this.shelves.endOverdue(this.clock.nowMs()).catch((error: unknown) => {
      const code = error instanceof PlatformError ? error.code : 'internal';
      this.lines.warn('conditions may stay shelved past their end; it is tried again', { code });
    });
  }

  /** Begins to say whose each reading is. */
  private async attribute(): Promise<AttributionWork> {
    const { assignments, corrections, held, directory, log, observations, live, clock, lines } = this;
    const onOutage = (code: string): void => lines.warn('what belongs to another bed waits', { code });
    const parts = { assignments, corrections, held, directory, log, observations, live, clock };
    this.attributing = new AttributionWork({ ...parts, registry: this.metrics.registry, onOutage });
    await this.attributing.start();
    return this.attributing;
  }

  private watchLoad(
    governor: LoadGovernor,
    metrics: LoadMetrics,
    engine: { readonly alarms: Subscription; readonly blindKeys: () => number; readonly tooNew: () => number },
  ): void {
    const delay = loopDelay();
    const { stores, readiness, clock } = this;
    const onShed = (shed: string): void => this.lines.warn('to keep alarms in time something else yields', { shed });
    this.cancels.push(
      delay.stop,
      watchLoad({ ...engine, governor, stores, readiness, metrics, clock, loopDelayMs: delay.readMs, onShed }),
    );
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
      const values = await primeLive({ directory, observations, live, deviceAt, clock, origin: this.site.origin });
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
