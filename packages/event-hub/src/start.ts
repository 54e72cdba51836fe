import { access, constants, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, SystemClock } from '@vigil/clock';
import { serveAdmin } from './admin/http.js';
import { answerHubRequest, type HubRequest } from './admin/hub-api.js';
import { createMetrics, type HubMetrics } from './admin/metrics.js';
import { KeyStore } from './auth/key-store.js';
import { type Log, newBroker } from './broker/broker.js';
import { serveAmqp } from './broker/server.js';
import { registerFigures } from './figures.js';
import { type HubLimits, hubLimitsOf, type HubSpec } from './hub-meta.js';
import type { Hub } from './hub.js';
import { type HubKeys, watchKeys } from './keys.js';
import { connectionString } from './connection-string.js';
import { openWays } from './listeners.js';
import { followFiles } from './follow-files.js';
import { logWarnings } from './log-condition.js';
import type { SegmentDamage } from './log/damage-list.js';
import type { CommitFacts } from './log/commit-facts.js';
import { type BrokerLimits, brokerLimitsOf } from './limits.js';
import { lockFolder } from './log/lock-file.js';
import { LogError } from './log/log-error.js';
import { TailBudget } from './log/tail-budget.js';
import type { TlsOptions } from './tls/live-certificate.js';
import { openHubs } from './open-hubs.js';
import type { OffsetForm } from './wire/offset.js';
import { tellRunning } from './running-file.js';
import { startUpkeep } from './upkeep.js';

export interface EventHubOptions {
  /** Made when missing. One process at a time. */
  readonly dataDir: string;
  /** Port of plain AMQP on this machine; 0 takes any that is free, null serves TLS only. */
  readonly port: number | null;
  /** Interface; 127.0.0.1 by default. Any but loopback needs `tls`, which then serves it; plain AMQP stays on 127.0.0.1. */
  readonly host?: string;
  /** Serves TLS as well, on a port of its own. `{}` takes the certificate that the command `certificates` makes. */
  readonly tls?: TlsOptions;
  /** Made when missing; every other hub in the folder is opened too. One hub `vigil` by default. */
  readonly hubs?: readonly HubSpec[];
  /** How many hubs, partitions and consumer groups there may be, and what clients may do; by default as on the service's standard tier. */
  readonly limits?: Partial<HubLimits & BrokerLimits>;
  /** Port of health and metrics; 0 takes any that is free, absent serves none. */
  readonly httpPort?: number;
  /** Key-encryption keys; by default the file `<dataDir>/kek.json`. */
  readonly keys?: HubKeys;
  readonly clock?: Clock;
  readonly log?: Log;
  /** Size of a log file, preallocated. 64 MiB by default. */
  readonly segmentBytes?: number;
  /**
   * Free bytes of the disk below which producers are told that the hub is busy; room for two segments and at least
   * 256 MiB by default, 0 for no such limit.
   */
  readonly freeBytesMin?: number;
  /**
   * How offsets look: decimal by default. `opaque` is for tests of code that must not read anything into offsets. Give it
   * a data folder of its own: events that are stored keep the offsets that they have.
   */
  readonly offsets?: OffsetForm;
  /** Memory for events that live consumers read, all hubs together. 32 MiB by default. */
  readonly tailCacheBytes?: number;
  /** Bytes that may wait for the disk before producers are told that the hub is busy. 64 MiB by default. */
  readonly pendingBytesMax?: number;
  /** Go on without what is damaged: it is copied to `<dataDir>/<hub>/quarantine` first. Without this, damage stops the start. */
  readonly repair?: boolean;
  /** Wall time in which everything on disk is read once in the background, to find damage early. A day by default. */
  readonly scrubPassMs?: number;
  /** Called once when writing failed: nothing more is accepted, stop and start again. */
  readonly onFailure?: (error: LogError) => void;
}

export interface RunningEventHub {
  /** The plain port; that of TLS when it is the only one. */
  readonly port: number;
  /** Null without TLS. */
  readonly tlsPort: number | null;
  /** Null when no HTTP was asked for. */
  readonly httpPort: number | null;
  readonly metrics: HubMetrics;
  /**
   * For the named key in `<dataDir>/keys.json`; without EntityPath. Over the plain port where there is one, unless `tls`
   * is asked for: then the client must trust the authority of the certificate (`NODE_EXTRA_CA_CERTS`).
   *
   * @throws LogError when there is no such key, or no such port
   */
  connectionString(keyName: string, way?: 'plain' | 'tls'): string;
  /** Commits what waits, tells clients to come back later, gives the folder back. */
  stop(): Promise<void>;
}

export const DEFAULT_HUBS: readonly HubSpec[] = [
  { name: 'vigil', partitions: 8, consumerGroups: ['alarms', 'history', 'live', 'fhir'] },
];
const MIB = 1024 * 1024;
const SEGMENT_BYTES = 64 * MIB;
const SCRUB_PASS_MS = 24 * 3_600_000;
const SILENT: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Starts the hub in this process and returns once it accepts clients.
 *
 * @throws LogError when the folder is locked, damaged or of another shape; SealError for the key file; the system's
 * error when a port is taken or the folder can't be written
 */
export async function startEventHub(options: EventHubOptions): Promise<RunningEventHub> {
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  await access(options.dataDir, constants.W_OK);
  const closing: (() => Promise<void> | void)[] = [lockFolder(options.dataDir)];
  const closeAll = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    return await startLocked(options, closing, closeAll);
  } catch (e) {
    await closeAll();
    throw e;
  }
}

async function startLocked(
  options: EventHubOptions,
  closing: (() => Promise<void> | void)[],
  closeAll: () => Promise<void>,
): Promise<RunningEventHub> {
  const { dataDir, log = SILENT, clock = new SystemClock() } = options;
  const metrics = createMetrics();
  const ways = await openWays(options, { clock, metrics });
  const sas = await KeyStore.open(join(dataDir, 'keys.json'));
  const brokerLimits = brokerLimitsOf(options.limits);
  let failure: LogError | null = null;
  const onFailure = (error: LogError): void => {
    failure = error;
    log.error({ code: error.code }, 'writing the log failed; nothing more is accepted until the hub starts again');
    options.onFailure?.(error);
  };
  const { hubs, keys, segments } = await openHubs({
    ...{ dataDir, specs: options.hubs ?? DEFAULT_HUBS, keys: options.keys, clock, log, metrics },
    ...(options.limits === undefined ? {} : { limits: hubLimitsOf(options.limits) }),
    hubLog: { ...logOptions(options, metrics), onFailure, onDamage: damageTo(log) },
  });
  closing.push(() => hubs.close());
  if (sas.areNew && hubs.list().some(holdsEvents))
    log.warn(
      {},
      'keys.json was missing beside a log: new keys were made, which no client has; restore the file or hand them out',
    );
  const { segmentBytes = SEGMENT_BYTES, freeBytesMin } = options;
  const upkeep = await startUpkeep({ dataDir, hubs, segmentBytes, freeBytesMin, clock, log, metrics });
  closing.push(() => upkeep.stop());
  const keyWatch = watchKeys({ keys, segments, clock, log, metrics });
  closing.push(() => keyWatch.stop());
  const broker = newBroker({ hubs: hubs.byName, keys: sas, clock, log, metrics }, brokerLimits);
  const server = await serveAmqp(broker, ways.listeners);
  closing.push(() => server.stop());
  registerFigures(metrics, { hubs: () => hubs.list(), links: broker.links, credit: server.openCredit });
  const notReady = (): string | null => (failure === null ? upkeep.notReady() : 'log-write-failed');
  const files = followFiles(sas, ways.certificate, { clock, log, metrics });
  closing.push(() => files.stop());
  const warnings = (): string[] => [
    ...logWarnings(hubs.list()),
    ...keyWatch.warnings(),
    ...files.warnings(),
    ...upkeep.warnings(),
  ];
  const state = { registry: metrics.registry, notReady, warnings, hubs: (r: HubRequest) => answerHubRequest(hubs, broker, r) };
  const admin = options.httpPort === undefined ? null : await serveAdmin(options.httpPort, state);
  if (admin !== null) closing.push(() => admin.close());
  closing.push(await tellRunning(dataDir, { httpPort: admin?.port ?? null, ...ways.reachedAt(server.ports) }));
  return {
    port: ways.addressOf(server.ports).port,
    tlsPort: ways.certificate === null ? null : ways.addressOf(server.ports, 'tls').port,
    httpPort: admin?.port ?? null,
    metrics,
    connectionString: (keyName, way) => {
      const key = sas.get(keyName);
      if (key === undefined) throw new LogError('config', `keys.json has no key ${keyName}`);
      return connectionString({ ...ways.addressOf(server.ports, way), keyName, secret: key.primary });
    },
    stop: closeAll,
  };
}

function damageTo(log: Log) {
  return (hub: string, { number, why }: SegmentDamage): void =>
    log.error({ hub, segment: number }, `${why}; restore the file from a backup, or start once with --repair`);
}

/** Did anything ever come to this hub? Also true when retention has deleted it since. */
const holdsEvents = (hub: Hub): boolean =>
  Array.from({ length: hub.partitions }, (_, p) => hub.log.state(p).next).some((n) => n > 0);

function logOptions(options: EventHubOptions, metrics: HubMetrics) {
  return {
    segmentBytes: options.segmentBytes ?? SEGMENT_BYTES,
    tailCacheBytes: new TailBudget(options.tailCacheBytes ?? 32 * MIB),
    ...(options.offsets === undefined ? {} : { offsets: options.offsets }),
    pendingBytesMax: options.pendingBytesMax ?? 64 * MIB,
    isRepair: options.repair === true,
    scrubPassMs: options.scrubPassMs ?? SCRUB_PASS_MS,
    onCommit: (commit: CommitFacts): void => {
      metrics.appends.inc(commit.batches);
      metrics.eventsIn.inc(commit.events);
      metrics.bytesIn.inc(commit.bytes);
      metrics.flushSeconds.observe(commit.flushMs / 1000);
      metrics.appendSeconds.observe(commit.latencyMs / 1000);
      metrics.groupEvents.observe(commit.events);
    },
  };
}
