import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { upkeepMetrics } from './upkeep-metrics.js';

export type HubMetrics = ReturnType<typeof createMetrics>;

/** The hub's figures, in a registry of their own. Labels are closed lists; no names of events, keys or clients. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const counter = <T extends string = never>(name: string, help: string, labelNames: T[] = []): Counter<T> =>
    new Counter({ name: `vigil_hub_${name}`, help, labelNames, registers });
  const gauge = (name: string, help: string): Gauge => new Gauge({ name: `vigil_hub_${name}`, help, registers });
  /** Read when somebody asks; the hub puts its own functions here. */
  const sources = {
    backlogBytes: (): number => 0,
    inFlightBytes: (): number => 0,
    creditHeld: (): number => 0,
    knownProducers: (): number => 0,
    repeats: (): number => 0,
    forgottenProducers: (): number => 0,
    credit: (): number => 0,
    certificateDays: (): number => Infinity,
  };
  const read = (name: string, help: string, source: keyof typeof sources): Gauge =>
    new Gauge({
      name: `vigil_hub_${name}`,
      help,
      registers,
      collect() {
        this.set(sources[source]());
      },
    });
  return {
    registry,
    sources,
    ...upkeepMetrics(registry),
    appends: counter('append_batches_total', 'Producer batches that are on disk'),
    eventsIn: counter('events_in_total', 'Events that are on disk'),
    bytesIn: counter('append_bytes_total', 'Bytes of events that are on disk'),
    eventsOut: counter('events_out_total', 'Events sent to consumers'),
    rejected: counter('rejected_batches_total', 'Producer batches that were refused', ['reason']),
    authFailures: counter('auth_failures_total', 'Tokens that were refused', ['reason']),
    throttled: counter(
      'throttled_total',
      'Sends refused and deliveries held back by throughput units, and property reads refused',
      ['direction'],
    ),
    steals: counter('steals_total', 'Consumers ended by a newer one'),
    handshakesFailed: counter('tls_handshakes_failed_total', 'TLS connections that ended before their handshake did', ['reason']),
    certificateDays: read(
      'tls_certificate_days_left',
      'Days until the TLS certificate expires; endless without TLS',
      'certificateDays',
    ),
    connections: gauge('connections', 'Open connections'),
    producers: gauge('producer_links', 'Open producer links'),
    consumers: gauge('consumer_links', 'Open consumer links'),
    backlogBytes: read('append_backlog_bytes', 'Bytes that wait for the disk', 'backlogBytes'),
    inFlightBytes: read('in_flight_bytes', 'Bytes of sends from their arrival until they are on disk', 'inFlightBytes'),
    creditHeld: read(
      'producer_links_without_credit',
      'Producer links whose credit is kept back, because much is in flight',
      'creditHeld',
    ),
    knownProducers: read(
      'idempotent_producers',
      'Idempotent producers by partition whose sends are known again',
      'knownProducers',
    ),
    forgottenProducers: read(
      'idempotent_producers_forgotten',
      'Idempotent producers that made room for others since the start',
      'forgottenProducers',
    ),
    repeats: read(
      'repeated_batches',
      'Sends of idempotent producers that came again since the start and were stored once',
      'repeats',
    ),
    credit: read('consumer_credit', 'Events that consumers have asked for and not got', 'credit'),
    segmentsToRewrap: gauge('segments_to_rewrap', 'Segments whose data key still needs an older key-encryption key'),
    keysUnreadable: gauge(
      'key_file_unreadable',
      '1 while the key-encryption keys can not be read; the hub goes on with those in memory',
    ),
    sidesDamaged: counter('wrapped_keys_damaged_total', 'Wrapped data keys beside a segment that were found damaged'),
    flushSeconds: new Histogram({
      name: 'vigil_hub_flush_seconds',
      help: 'Time of one write and fdatasync',
      buckets: [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1],
      registers,
    }),
    appendSeconds: new Histogram({
      name: 'vigil_hub_append_seconds',
      help: "From the arrival of a group commit's oldest batch until it was on disk",
      buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5],
      registers,
    }),
    groupEvents: new Histogram({
      name: 'vigil_hub_group_events',
      help: 'Events in one group commit',
      buckets: [1, 3, 10, 30, 100, 300, 1000, 3000, 10000],
      registers,
    }),
  };
}
