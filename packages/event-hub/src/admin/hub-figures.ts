import { Counter, Gauge, type Registry } from 'prom-client';
import type { LinkRegistry } from '../broker/link-registry.js';
import type { Hub } from '../hub.js';

const PER_PARTITION = ['hub', 'partition'] as const;

/**
 * Figures of hubs, partitions and their readers, read when somebody asks. Hubs, groups and partitions are declared, and
 * limits bound how many there are; names of clients are in none.
 */
export function registerHubFigures(registry: Registry, hubs: () => readonly Hub[], links: LinkRegistry): void {
  partitionFigures(registry, hubs);
  hubFigures(registry, hubs);
  new Gauge({
    name: 'vigil_hub_consumer_lag_events',
    help: 'Events that are on disk and not yet sent to the slowest open consumer of a group and partition',
    labelNames: ['hub', 'group', 'partition'],
    registers: [registry],
    collect() {
      this.reset();
      const byName = new Map(hubs().map((hub) => [hub.name, hub]));
      const slowest = new Map<string, { labels: Record<'hub' | 'group' | 'partition', string>; lag: number }>();
      for (const { hub, group, partition, next } of links.readers) {
        const at = next();
        const end = byName.get(hub)?.log.state(partition).next;
        if (at === null || end === undefined) continue;
        const key = `${hub}/${group}/${partition}`;
        const lag = Math.max(end - at, slowest.get(key)?.lag ?? 0);
        slowest.set(key, { labels: { hub, group, partition: String(partition) }, lag });
      }
      for (const { labels, lag } of slowest.values()) this.set(labels, lag);
    },
  });
}

function partitionFigures(registry: Registry, hubs: () => readonly Hub[]): void {
  const gauge = (name: string, help: string, valueOf: (hub: Hub, partition: number) => number): void => {
    new Gauge({
      name: `vigil_hub_partition_${name}`,
      help,
      labelNames: PER_PARTITION,
      registers: [registry],
      collect() {
        for (const hub of hubs()) {
          for (let i = 0; i < hub.partitions; i++) this.set({ hub: hub.name, partition: String(i) }, valueOf(hub, i));
        }
      },
    });
  };
  gauge('begin_sequence', 'Sequence number of the oldest event there is, or of the next one', (hub, i) => hub.log.state(i).begin);
  gauge('last_sequence', 'Sequence number of the newest event; -1 before the first', (hub, i) => hub.log.state(i).next - 1);
  gauge('last_enqueued_seconds', 'When the newest event came, in seconds since 1970; 0 before the first', (hub, i) => {
    return hub.log.state(i).lastEnqueuedMs / 1000;
  });
  new Counter({
    name: 'vigil_hub_partition_bytes_in_total',
    help: 'Bytes of events that are on disk since the start',
    labelNames: PER_PARTITION,
    registers: [registry],
    collect() {
      this.reset();
      for (const hub of hubs()) {
        hub.log.bytesIn.forEach((bytes, i) => this.inc({ hub: hub.name, partition: String(i) }, bytes));
      }
    },
  });
}

function hubFigures(registry: Registry, hubs: () => readonly Hub[]): void {
  const gauge = (name: string, help: string, valueOf: (hub: Hub) => number): void => {
    new Gauge({
      name: `vigil_hub_${name}`,
      help,
      labelNames: ['hub'],
      registers: [registry],
      collect() {
        for (const hub of hubs()) this.set({ hub: hub.name }, valueOf(hub));
      },
    });
  };
  gauge('log_bytes', 'Bytes of the log on disk, without what is preallocated', (hub) => {
    return hub.log.segments().reduce((sum, segment) => sum + segment.bytes, 0);
  });
  gauge('log_segments', 'Segments of the log, with the one that is written to', (hub) => hub.log.segments().length);
  gauge('retention_age_seconds', 'Age beyond which events are deleted', (hub) => hub.retention.ageMs / 1000);
  gauge(
    'retention_bytes_max',
    'Bytes beyond which the oldest events are deleted; 0 for no limit',
    (hub) => hub.retention.bytes ?? 0,
  );
}
