import type { Clock } from '@vigil/clock';
import type { BedId, DeviceFacts, DeviceId, Site } from '@vigil/contracts';
import { type Adt } from './adt/adt.js';
import { DeviceLink } from './device/device-link.js';
import { type Log, silentLog } from './log.js';
import { MONITOR_INTERVAL_MS, monitor } from './physiology/monitor.js';
import { playMonitor } from './physiology/play-monitor.js';
import type { Scenario } from './physiology/script.js';
import { RecordCursor } from './recordings/cursor.js';
import { playRecordings } from './recordings/play-recordings.js';
import { requireRecordings } from './recordings/read.js';
import type { RecordingSet } from './recordings/record.js';

/** What a device needs to speak over TLS; all PEM. */
export interface DeviceTls {
  readonly cert: string;
  readonly key: string;
  /** The authority by which it knows the gateway. */
  readonly ca: string;
}

export interface DeviceCredentials {
  readonly deviceId: DeviceId;
  /** Empty where the certificate is all it has. */
  readonly token: string;
  /** For `mqtts:`, where it says who the device is, instead of the token. */
  readonly tls?: DeviceTls | undefined;
}

export interface SimulatorOptions {
  readonly source: 'simulator' | 'recordings';
  readonly mqttUrl: string;
  /**
   * The devices to play. Silent stay those that the site assigns to no bed, under `recordings` those without a
   * recording, and under `simulator` those with one whose bed has a device without.
   */
  readonly devices: readonly DeviceCredentials[];
  readonly site: Site;
  readonly clock: Clock;
  readonly seed?: number;
  readonly scenario?: Scenario;
  /** Required for `recordings`. */
  readonly recordingsDir?: string;
  /** Tells the platform about recorded patients; null sends the data only. */
  readonly adt?: Adt | null;
  readonly log?: Log;
}

export interface SimulatorStats {
  readonly devices: number;
  readonly connected: number;
  /** Messages made, acknowledged by the gateway, and dropped because the gateway was away for too long. */
  readonly made: number;
  readonly acknowledged: number;
  readonly dropped: number;
}

export interface Simulator {
  /** Resolves when every device has been connected once; rejects when it is stopped before. */
  readonly ready: Promise<void>;
  stats(): SimulatorStats;
  /** Says goodbye for every device and closes; no data are sent afterwards. */
  stop(): Promise<void>;
}

/** A device that has a place and something to send. */
interface Player extends DeviceCredentials {
  readonly bedId: BedId;
  readonly bedIndex: number;
  readonly intervalsMs: Site['profiles'][string]['intervalsMs'];
  readonly recording: RecordingSet | undefined;
  readonly said: DeviceFacts;
}

/**
 * Starts the bedside devices of a site, each a real MQTT client. Data begin at once; the gateway may come later.
 *
 * @throws RecordingsMissing when a set that a device replays is not in `recordingsDir`
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const log = options.log ?? silentLog;
  const players = playersOf(options);
  if (options.source === 'recordings') await requireRecordings(setsOf(players), options.recordingsDir ?? '');
  const stopped = new AbortController();
  const ready = countdown(players.length, stopped.signal);
  const links = players.map((player) => {
    const link = new DeviceLink({ ...player, mqttUrl: options.mqttUrl, clock: options.clock, log, onReady: ready.one });
    feed(options, players, player, link, stopped.signal).catch((error: unknown) => {
      if (stopped.signal.aborted) return;
      const cause = error instanceof Error ? error.message : 'unknown';
      log.warn({ deviceId: player.deviceId, cause }, 'this device has nothing more to send');
    });
    return link;
  });
  ready.all.then(
    () =>
      log.info(
        { source: options.source, devices: links.length, unused: options.devices.length - links.length },
        'simulator ready',
      ),
    () => undefined,
  );
  return {
    ready: ready.all,
    stats: () => ({
      devices: links.length,
      connected: links.filter((link) => link.connected).length,
      made: sum(links.map((link) => link.made)),
      acknowledged: sum(links.map((link) => link.acknowledged)),
      dropped: sum(links.map((link) => link.dropped)),
    }),
    async stop() {
      stopped.abort(new Error('simulator stopped'));
      await Promise.all(links.map((link) => link.stop()));
    },
  };
}

function playersOf({ source, devices, site }: SimulatorOptions): Player[] {
  const players = devices.flatMap(({ deviceId, token, tls }): Player[] => {
    const device = site.devices.find((d) => d.deviceId === deviceId);
    const bedId = site.deviceAssignments.find((a) => a.deviceId === deviceId)?.bedId;
    if (device === undefined || bedId === undefined) return [];
    const bedIndex = Math.max(
      0,
      site.beds.findIndex((bed) => bed.bedId === bedId),
    );
    const intervalsMs = site.profiles[device.profile]?.intervalsMs ?? {};
    return [{ deviceId, token, tls, bedId, bedIndex, intervalsMs, recording: device.recording, said: saidBy(device) }];
  });
  if (source === 'recordings') return players.filter((player) => player.recording !== undefined);
  // A bed may have a device for each source; only one of them speaks.
  const simulated = new Set(players.filter((player) => player.recording === undefined).map((player) => player.bedId));
  return players.filter((player) => player.recording === undefined || !simulated.has(player.bedId));
}

/** Firmware of every simulated monitor. A registry that wants another one shows it as behind. */
const FIRMWARE = '4.2.1';

/** A device that the site describes says the same of itself; of one that it does not describe, nothing is made up. */
function saidBy({ manufacturer, model, serial, udi }: Site['devices'][number]): DeviceFacts {
  const known = Object.entries({ manufacturer, model, serial, udi }).filter(([, fact]) => fact !== undefined);
  return known.length === 0 ? {} : { ...Object.fromEntries(known), firmware: FIRMWARE, mains: true };
}

const setsOf = (players: readonly Player[]): Set<RecordingSet> => new Set(players.flatMap((p) => p.recording ?? []));

function feed(
  options: SimulatorOptions,
  players: readonly Player[],
  player: Player,
  link: DeviceLink,
  signal: AbortSignal,
): Promise<never> {
  const { clock, seed = 1, scenario = 'demo' } = options;
  const send = link.send.bind(link);
  if (options.source === 'recordings' && player.recording !== undefined) {
    const set = player.recording;
    const peers = players.filter((p) => p.recording === set);
    const cursor = new RecordCursor({ set, dir: options.recordingsDir ?? '', slot: peers.indexOf(player), slots: peers.length });
    const { adt = null, log = silentLog } = options;
    return playRecordings({ set, cursor, bedId: player.bedId, adt, clock, log, send, signal }).finally(() => cursor.close());
  }
  // Devices of a ward do not beat in step.
  const startMs = clock.nowMs() + ((player.bedIndex * 137) % MONITOR_INTERVAL_MS);
  return playMonitor({ monitor: monitor({ ...player, seed, scenario, rate: clock.rate }), clock, startMs, send, signal });
}

function countdown(count: number, signal: AbortSignal): { readonly all: Promise<void>; readonly one: () => void } {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let left = count;
  if (left === 0) resolve();
  signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  promise.catch(() => undefined);
  const one = (): void => {
    left -= 1;
    if (left === 0) resolve();
  };
  return { all: promise, one };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
