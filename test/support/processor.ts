import { join } from 'node:path';
import type { FakeClock } from '@vigil/clock';
import { LogEvent, type RuleSet } from '@vigil/contracts';
import { contentHash, emptyPartition, step } from '@vigil/domain';
import { Registry } from 'prom-client';
import { SqliteObservationStore } from '../../src/adapters/history-sqlite/history-sqlite.js';
import { MemoryEventLog } from '../../src/adapters/memory/memory-event-log.js';
import { Readiness } from '../../src/health/readiness.js';
import type { Subscription } from '../../src/ports/event-log.js';
import { AlarmConsumer } from '../../src/stream/alarm-consumer.js';
import { GapAudit } from '../../src/stream/gap-audit.js';
import { watchGroups } from '../../src/stream/group-watch.js';
import { HistoryConsumer } from '../../src/stream/history-consumer.js';
import { LoadGovernor } from '../../src/stream/load-governor.js';
import { LoadMetrics } from '../../src/stream/load-metrics.js';
import { watchLoad } from '../../src/stream/load-watch.js';
import { LogMetrics } from '../../src/stream/log-metrics.js';
import { StreamMetrics } from '../../src/stream/stream-metrics.js';
import { AuditSpool } from '../../src/audit/audit-spool.js';
import { CONSUMER, openTestStores, OWNER } from '../contract/sql-fixture.js';
import { allAtHome } from './assigned.js';

const RULES: RuleSet = {
  v: 1,
  name: 'processor test',
  latenessMs: 2_000,
  rules: [
    {
      ...{
        kind: 'limit',
        id: 'hr',
        metric: 'heartRate',
        side: 'high',
        limit: 120,
        hysteresis: 0,
        onDelayMs: 2_000,
        offDelayMs: 2_000,
      },
      ...{ priority: 'high', source: 'test' },
    },
  ],
};

/** Events of beds whose heart rate goes up and down: every bed has an alarm in every half minute. */
export function wardEvents(startMs: number, bedCount: number) {
  const base = (bed: number, id: string, atMs: number) => ({
    ...{ v: 1, id: `${id}/${bed}/${atMs}`, key: `bed:w-${bed}`, origin: 'simulated', atMs, bedId: `w-${bed}` },
  });
  const begin = (): LogEvent[] =>
    Array.from({ length: bedCount }, (_, bed) => [
      LogEvent.parse({
        ...base(bed, 'assign', startMs),
        ...{ kind: 'deviceAssigned', deviceId: `d-${bed}`, fromMs: 0, toMs: null, intervalsMs: {} },
      }),
      LogEvent.parse({ ...base(bed, 'admit', startMs), kind: 'admit', encounterId: `e-${bed}`, patientId: `p-${bed}` }),
    ]).flat();
  const second = (s: number): LogEvent[] =>
    Array.from({ length: bedCount }, (_, bed) => {
      const atMs = startMs + s * 1_000;
      const value = (s + bed) % 30 < 10 ? 150 : 80;
      return LogEvent.parse({
        ...base(bed, 'm', atMs),
        ...{
          kind: 'deviceMessage',
          deviceId: `d-${bed}`,
          gatewayId: 'gw-1',
          bootId: 'boot',
          seq: s,
          deviceAtMs: atMs,
          gatewayAtMs: atMs,
        },
        readings: [{ metric: 'heartRate', value, unit: '/min', quality: 'valid' }],
      });
    });
  const rules = LogEvent.parse({
    ...{ v: 1, id: 'rules', key: 'gateway:gw-1', origin: 'simulated', atMs: startMs, kind: 'ruleSetActivated' },
    ...{ hash: contentHash(RULES), ruleSet: RULES, rate: 1, by: 'test' },
  });
  return { begin, second, rules };
}

/** What an engine that is never disturbed says of the same events, one line for each transition, sorted. */
export function undisturbed(events: readonly LogEvent[]): string[] {
  return step(emptyPartition(), events)
    .effects.map((e) => JSON.stringify(e.transition))
    .sort();
}

/**
 * The engine and the history of a platform on a log in memory and real files, under a clock of the test. `run` lets the ward send
 * for so many seconds of event and wall time.
 */
export async function startProcessor({ beds, partitions = 8 }: { readonly beds: number; readonly partitions?: number }) {
  const stores = await openTestStores();
  const clock: FakeClock = stores.clock;
  const history = new SqliteObservationStore(join(stores.folder, 'history.db'), clock);
  const owners = {
    ...{ store: stores.partitionOwners.storeFor(OWNER), ownerId: OWNER, namespace: CONSUMER.namespace, hub: CONSUMER.hub },
  };
  const log = new MemoryEventLog({ clock, partitions, owners });
  const registry = new Registry();
  const metrics = new StreamMetrics(registry);
  const readiness = new Readiness(clock);
  const bugs: string[] = [];
  const consumer = new AlarmConsumer({
    alarms: stores.alarmState,
    clock,
    metrics,
    onInvariant: (_partition, _sequence, claim) => bugs.push(claim),
  });
  const gapAudit = new GapAudit({
    ...{ trail: stores.auditTrail, spool: new AuditSpool(stores.folder), relations: stores.careRelations, clock },
  });
  const historyConsumer = new HistoryConsumer({
    ...{
      store: history,
      attribution: allAtHome(clock),
      standby: { note: () => Promise.resolve() },
      shelves: { note: () => Promise.resolve() },
    },
    ...{ audit: gapAudit, clock, metrics },
  });
  const subscriptions: readonly [Subscription, Subscription] = [
    await log.subscribe('alarms', 'checkpoint', consumer),
    await log.subscribe('history', 'checkpoint', historyConsumer),
  ];
  clock.every(1_000, () => void historyConsumer.flushDue().catch(() => undefined));
  watchGroups({
    groups: (['alarms', 'history'] as const).map((group, i) => ({
      ...{
        group,
        subscription: subscriptions[i]!,
        part: readiness.expect(group, { staleMs: 5_000, processing: group === 'alarms' }),
      },
    })),
    ...{ partitionCount: partitions, readiness, metrics: new LogMetrics(registry), clock, onAnotherLog: () => undefined },
  });
  watchLoad({
    ...{ governor: new LoadGovernor(), alarms: subscriptions[0], readiness, metrics: new LoadMetrics(registry), clock },
    stores: { stores: () => [stores.sqlBreaker.state, history.breaker!.state] },
    ...{ blindKeys: () => consumer.blindKeys, tooNew: () => consumer.tooNew, loopDelayMs: () => 0, onShed: () => undefined },
  });
  const ward = wardEvents(clock.nowMs(), beds);
  const sent: LogEvent[] = [ward.rules, ...ward.begin()];
  await log.appendToEveryPartition(ward.rules);
  await log.append(ward.begin());
  let second = 0;
  const run = async (seconds: number, eachSecond: (s: number) => Promise<void> | void = () => undefined): Promise<void> => {
    for (let s = 0; s < seconds; s++) {
      const events = ward.second(++second);
      sent.push(...events);
      await log.append(events);
      await clock.advance(1_000);
      await eachSecond(s);
    }
  };
  const stored = async (): Promise<string[]> => {
    const all: string[] = [];
    for await (const transition of stores.alarmState.transitions()) all.push(JSON.stringify(transition));
    return all.sort();
  };
  const end = async (): Promise<void> => {
    await log.close();
    history.close();
    await stores.end();
  };
  return { ...{ stores, clock, history, log, registry, readiness, bugs, sent, run, stored, end, subscriptions, ward } };
}
