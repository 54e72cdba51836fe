import type { LinkRegistry } from '../broker/link-registry.js';
import type { Hub } from '../hub.js';
import type { Retention } from '../hub-meta.js';

/** A hub in a list. */
export interface HubSummary {
  readonly name: string;
  readonly createdMs: number;
  readonly partitions: number;
  /** In lower case, `$default` among them. */
  readonly consumerGroups: readonly string[];
  readonly retention: Retention;
  /** Of the log on disk, without what is preallocated. */
  readonly bytes: number;
  readonly segments: number;
}

export interface ReaderView {
  readonly group: string;
  /** As the client calls itself. */
  readonly name: string;
  readonly epoch: number | null;
  readonly sinceMs: number;
  readonly credit: number;
  /** Sequence number of what it gets next; null while its start is looked up. */
  readonly nextSequence: number | null;
  /** Events on disk that it has not been sent. */
  readonly lagEvents: number | null;
}

export interface PartitionView {
  readonly id: string;
  /** -1 while there is no event. */
  readonly beginSequence: number;
  /** Also of one that retention has removed; -1 before the first. */
  readonly lastSequence: number;
  /** Null before the first event. */
  readonly lastEnqueuedMs: number | null;
  readonly readers: readonly ReaderView[];
}

/** A hub by itself. */
export interface HubView extends HubSummary {
  readonly partitionStates: readonly PartitionView[];
  readonly producers: readonly { name: string; partition: number | null; sinceMs: number; credit: number }[];
}

export function summaryOf(hub: Hub): HubSummary {
  const segments = hub.log.segments();
  return {
    ...{ name: hub.name, createdMs: hub.createdMs, partitions: hub.partitions, retention: hub.retention },
    consumerGroups: [...hub.groups].sort(),
    bytes: segments.reduce((sum, segment) => sum + segment.bytes, 0),
    segments: segments.length,
  };
}

export function viewOf(hub: Hub, links: LinkRegistry): HubView {
  const readers = links.readersOf(hub.name);
  const partitionStates = Array.from({ length: hub.partitions }, (_, i): PartitionView => {
    const { begin, next, lastEnqueuedMs } = hub.log.state(i);
    const isEmpty = next === begin;
    return {
      id: String(i),
      beginSequence: isEmpty ? -1 : begin,
      lastSequence: next - 1,
      lastEnqueuedMs: next === 0 ? null : lastEnqueuedMs,
      readers: readers
        .filter((reader) => reader.partition === i)
        .map(({ group, name, epoch, sinceMs, credit, next: nextOf }) => {
          const at = nextOf();
          const lagEvents = at === null ? null : Math.max(0, next - at);
          return { group, name, epoch, sinceMs, credit: credit(), nextSequence: at, lagEvents };
        }),
    };
  });
  const producers = links
    .producersOf(hub.name)
    .map(({ name, partition, sinceMs, credit }) => ({ name, partition, sinceMs, credit: credit() }));
  return { ...summaryOf(hub), partitionStates, producers };
}
