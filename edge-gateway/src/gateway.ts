import { join } from 'node:path';
import type { Clock } from '@vigil/clock';
import type { GatewayId } from '@vigil/contracts';
import { type KeyPort, KeyWatch, openKeyFile } from '@vigil/sealed-records';
import { Broker } from './broker/broker.js';
import type { BrokerLimits } from './broker/limits.js';
import { type MqttsOptions, openTlsDoor } from './broker/open-tls-door.js';
import { startCanary } from './canary/canary.js';
import type { BedTable } from './devices/bed-table.js';
import type { DeviceRegistry } from './devices/registry.js';
import { FaultBoard } from './faults/fault-board.js';
import type { Faults } from './faults/faults.js';
import { closeHttp, listenHttp, portOf } from './http.js';
import { keepClockMark } from './intake/clock-mark.js';
import { watchClock } from './intake/clock-watch.js';
import { registerDeviceMetrics } from './intake/device-metrics.js';
import { DeviceStates } from './intake/device-states.js';
import { StatesFile } from './intake/states-file.js';
import { Fleet } from './intake/fleet.js';
import { Intake } from './intake/intake.js';
import { Numbering } from './intake/numbering.js';
import { lossRecord } from './intake/loss-record.js';
import { codeOf, type GatewayLog, SILENT } from './log.js';
import type { LogRecord } from './log-record.js';
import { GatewayMetrics } from './metrics.js';
import { ASIDE, NodeDisk, type SpoolDisk } from './spool/disk.js';
import type { SpoolGap } from './spool/gap.js';
import { Spool } from './spool/spool.js';
import { MAX_AGE_MS } from './spool/spool-options.js';
import { startTicker } from './ticker.js';
import type { LogUplink } from './uplink/log-uplink.js';
import { Uplink } from './uplink/uplink.js';
import { CloudLink } from './watch/cloud-link.js';
import { openLocalWatch } from './watch/open-watch.js';
import type { PageOptions } from './watch/page-server.js';
import { within } from './within.js';

export interface GatewayOptions {
  readonly gatewayId: GatewayId;
  /** The gateway's own folder: spool, keys, what was learnt of devices. */
  readonly dataDir: string;
  /** 0 for any free port; both on 127.0.0.1. */
  readonly mqttPort: number;
  readonly httpPort: number;
  /** Devices with certificates come in here; none by default. */
  readonly mqtts?: MqttsOptions | undefined;
  /** The page of the local watch; none by default. */
  readonly watchPage?: PageOptions | undefined;
  readonly clock: Clock;
  /** Where events go. Closed with the gateway. */
  readonly uplink: LogUplink;
  readonly registry: DeviceRegistry;
  /** Kept up to date by the caller (`ConfigPoller`). */
  readonly beds: BedTable;
  readonly log?: GatewayLog;
  readonly metrics?: GatewayMetrics;
  /** Default 2 GiB. */
  readonly spoolBytesMax?: number;
  /** Default 72 h. */
  readonly spoolMaxAgeMs?: number;
  readonly backlogPerSecond?: number;
  /** Wall time between two test messages; none by default. */
  readonly canaryEveryMs?: number;
  /** What devices may send and how many may connect; `LIMITS` by default. */
  readonly limits?: Partial<BrokerLimits> | undefined;
  /** Default: a folder and a key file in `dataDir`. */
  readonly disk?: SpoolDisk;
  readonly anchor?: SpoolDisk;
  readonly keys?: KeyPort;
}

export interface Gateway {
  readonly mqttPort: number;
  readonly httpPort: number;
  /** Null without `mqtts`. */
  readonly mqttsPort: number | null;
  /** Null without `watchPage`. */
  readonly watchPort: number | null;
  readonly metrics: GatewayMetrics;
  /** Where parts outside of this function report what is wrong. */
  readonly faults: Faults;
  /** Sends a test alarm the whole way, once for each test. */
  testAlarm(testId: string): void;
  /** Records that the log has not settled. */
  pending(): number;
  /** Takes nothing more, sends and stores what it has, and closes, in at most about `timeoutMs` of wall time. */
  stop(timeoutMs?: number): Promise<void>;
}

const STATES_EVERY_MS = 10_000;
const SPOOL_BYTES_MAX = 2 * 1024 ** 3;
/** As fast as the log takes it. */
const BACKLOG_PER_SECOND_MAX = 100_000;

/**
 * Starts a gateway in this process. When it returns, devices can connect.
 *
 * @throws Error with `code` EADDRINUSE, a SealError for a wrong key file, or what the disk says
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { gatewayId, dataDir, clock, registry, beds, log = SILENT, metrics = new GatewayMetrics() } = options;
  const endMark = await keepClockMark(clock, join(dataDir, 'clock-mark.json'), log);
  const disk = options.disk ?? (await NodeDisk.open(join(dataDir, 'spool')));
  const keys = options.keys ?? (await openKeys(dataDir, disk));
  const bytesMax = options.spoolBytesMax ?? SPOOL_BYTES_MAX;
  const states = new DeviceStates();
  const originOf = (deviceId: string) => states.originOf(deviceId);
  const faults = new FaultBoard({ gatewayId, beds, originOf, clock, metrics, log });
  const anchor = options.anchor ?? (await NodeDisk.open(join(dataDir, 'anchor')));
  const onGap = (gap: SpoolGap): LogRecord => lossRecord(gap, gatewayId, clock);
  const maxAgeMs = options.spoolMaxAgeMs ?? MAX_AGE_MS;
  const spool = await Spool.open({ disk, anchor, keys, gatewayId, clock, metrics, log, faults, onGap, bytesMax, maxAgeMs });
  const statesFile = new StatesFile(dataDir, keys, gatewayId);
  const stopClock = watchClock({ clock, states, faults, metrics, log });
  const numbering = new Numbering();
  const [nowMs, wallMs] = [clock.nowMs(), clock.wallMs()];
  await states.load(statesFile, numbering, { spoolIndex: spool.endIndex, nowMs, wallMs });
  registerDeviceMetrics(metrics.registry, states, numbering, clock);
  const { backlogPerSecond = BACKLOG_PER_SECOND_MAX } = options;
  const link = new CloudLink(clock);
  const uplink = new Uplink({ spool, log: link.watch(options.uplink), clock, metrics, logger: log, backlogPerSecond });
  await uplink.start();
  const about = { gatewayId, dataDir, keys, beds, spool, faults, link, clock, metrics, log };
  const local = await openLocalWatch({ ...about, page: options.watchPage });
  faults.start((records, done) => spool.append(records, done));
  const intake = new Intake({ gatewayId, spool, beds, states, clock, metrics, faults, numbering });
  const broker = await Broker.listen({
    port: options.mqttPort,
    registry,
    intake,
    faults,
    clock,
    metrics,
    log,
    limits: options.limits,
  });
  const { mqtts } = options;
  const onDevice: Broker['accept'] = (socket, identity) => broker.accept(socket, identity);
  const around = { dataDir, beds, registry, clock, metrics, log, faults, onDevice };
  const door = mqtts === undefined ? null : await openTlsDoor(mqtts, around);
  const keyWatch = watchKeys(keys, spool, clock, log, metrics);
  const notReady = (): string[] => (spool.isWithholding ? ['spool-withholds'] : []);
  const http = await listenHttp(options.httpPort, metrics, {
    notReady,
    warnings: () => [...keyWatch.warnings(), ...(door?.warnings() ?? []), ...faults.standing()],
  });
  const certificateNotAfterMs = (deviceId: string): number | null => registry.certificateNotAfterMs(deviceId);
  const fleet = new Fleet({ gatewayId, states, clock, certificateNotAfterMs });
  const stopTicker = startTicker({
    gatewayId,
    beds,
    states,
    intake,
    faults,
    fleet,
    spool,
    uplink,
    clock,
    metrics,
    watch: local.watch,
  });
  const canary = startCanary({ gatewayId, everyMs: options.canaryEveryMs ?? 0, spool, clock, log });
  const saveStates = (): Promise<void> =>
    states
      .save(statesFile, numbering, { spoolIndex: spool.endIndex, nowMs: clock.nowMs() })
      .catch((error: unknown) => log.warn({ code: codeOf(error) }, 'device states were not saved'));
  const stopSaving = clock.every(STATES_EVERY_MS, () => void saveStates());
  log.info(
    {
      gatewayId,
      mqttPort: broker.port,
      mqttsPort: door?.port,
      httpPort: portOf(http),
      watchPort: local.port,
      pending: spool.pending().count,
    },
    'gateway ready',
  );

  return {
    mqttPort: broker.port,
    httpPort: portOf(http),
    mqttsPort: door?.port ?? null,
    watchPort: local.port,
    metrics,
    faults,
    testAlarm: canary.ask,
    pending: () => spool.pending().count,
    async stop(timeoutMs = 8_000) {
      stopTicker();
      canary.stop();
      stopSaving();
      stopClock();
      await keyWatch.stop();
      const doorClosed = door?.close();
      await broker.close();
      await doorClosed;
      await spool.drain(timeoutMs / 4);
      // A log that has been away for seconds won't take the rest now; it stays on the spool.
      await uplink.stop(link.awaySinceMs === null ? timeoutMs / 2 : timeoutMs / 16);
      await local.close();
      await spool.close(timeoutMs / 4);
      const closeUplink = within(clock, timeoutMs / 8, options.uplink.close()).catch(() => undefined);
      await Promise.all([saveStates(), endMark(), closeHttp(http), closeUplink]);
      log.info({ pending: spool.pending().count }, 'gateway stopped');
    },
  };
}

/**
 * The key file of the gateway. It is made only where nothing is sealed yet: a new key would open nothing of what is there.
 *
 * @throws SealError `key-file` with what to restore
 */
async function openKeys(dataDir: string, disk: SpoolDisk): Promise<KeyPort> {
  const isSealed = (await disk.list()).some((name) => /^state\.|\.seg$/.test(name) || name === ASIDE);
  return openKeyFile(join(dataDir, 'kek.json'), { create: isSealed ? 'never' : 'if-missing' });
}

/** Follows the rotation of the keys while the gateway runs. */
function watchKeys(keys: KeyPort, spool: Spool, clock: Clock, log: GatewayLog, metrics: GatewayMetrics) {
  let warnings: readonly string[] = [];
  const watch = new KeyWatch({
    ...{ keys, clock, log, segments: [spool.sealed] },
    onState: ({ toRewrap, fault }) => {
      metrics.segmentsToRewrap.set(toRewrap);
      metrics.keysUnreadable.set(fault === null ? 0 : 1);
      warnings = fault === null ? [] : ['key-file-unreadable'];
    },
  });
  watch.start();
  return { warnings: () => warnings, stop: () => watch.stop() };
}
