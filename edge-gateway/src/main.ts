#!/usr/bin/env node
import './small-memory.js';
import { hostname } from 'node:os';
import { mkdir, readFile } from 'node:fs/promises';
import { type Clock, loadClock, ScaledClock, SteadyClock, SystemClock } from '@vigil/clock';
import { processLog, withSecretFiles } from '@vigil/process-log';
import type { MqttsOptions } from './broker/open-tls-door.js';
import { BedTable } from './devices/bed-table.js';
import { ConfigPoller, type ConfigSource } from './devices/config-poller.js';
import { DeviceRegistry } from './devices/registry.js';
import { watchDeviceFile } from './devices/registry-file.js';
import { rateLimits } from './broker/limits.js';
import { startGateway } from './gateway.js';
import { GatewayMetrics } from './metrics.js';
import { parseSettings, type Settings, watchPageOf } from './settings.js';
import { serviceManager } from './systemd.js';
import { HubUplink } from './uplink/hub-uplink.js';

/** How long a stop may take altogether before the process goes anyway; everything acknowledged is on the spool. */
const STOP_MS = 10_000;

const { log, leave } = processLog({ name: 'gateway' });

/** Beside real devices, a clock that nobody can set back; the clock of a replay is shared with other processes as it is. */
function clockOf({ clockDir, speed }: Settings): Clock {
  const clock = clockDir === undefined ? new SystemClock() : loadClock(clockDir, speed);
  return clock instanceof ScaledClock ? clock : new SteadyClock();
}

async function sourceOf(settings: Settings, url: string): Promise<ConfigSource> {
  const { token, gatewayId, dataDir, configKey, platformCa } = settings;
  const ca = platformCa === undefined ? undefined : await readFile(platformCa, 'utf8');
  return { url, token, gatewayId, dataDir, keyFile: configKey, ca };
}

function mqttsOf({ mqttsPort, mqttsHost, mqttsCert, mqttsKey, deviceCa }: Settings): MqttsOptions | undefined {
  if (mqttsPort === undefined) return undefined;
  return { host: mqttsHost, port: mqttsPort, files: { cert: mqttsCert, key: mqttsKey, deviceCa } };
}

async function run(settings: Settings): Promise<void> {
  const { dataDir, gatewayId, configUrl, connectionString, hubName } = settings;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const clock = clockOf(settings);
  const metrics = new GatewayMetrics();
  const registry = new DeviceRegistry();
  const beds = new BedTable();
  const stopWatching = await watchDeviceFile(settings.devices, registry, clock, log);
  const poller =
    configUrl === undefined ? null : new ConfigPoller(await sourceOf(settings, configUrl), beds, clock, metrics, log);
  await poller?.start();
  const identifier = `${gatewayId}-${hostname()}-${process.pid}`;
  const gateway = await startGateway({
    gatewayId,
    dataDir,
    mqttPort: settings.mqttPort,
    httpPort: settings.httpPort,
    mqtts: mqttsOf(settings),
    watchPage: watchPageOf(settings),
    clock,
    uplink: new HubUplink({ connectionString, hubName, identifier }, clock, log),
    registry,
    beds,
    log,
    metrics,
    spoolBytesMax: settings.spoolMaxBytes,
    spoolMaxAgeMs: settings.spoolMaxAgeHours * 3_600_000,
    backlogPerSecond: settings.backlogPerSecond,
    canaryEveryMs: settings.canaryS * 1_000,
    limits: rateLimits(settings.deviceMessagesPerSecond),
  });
  const manager = serviceManager(process.env, clock);
  manager.ready();
  if (poller !== null) {
    poller.tell((fault, active) => gateway.faults.gateway(fault, active));
    poller.tellOfTests((testId) => gateway.testAlarm(testId));
  }
  const stop = (): void => {
    manager.stopping();
    setTimeout(() => leave(0), STOP_MS).unref();
    stopWatching();
    Promise.all([poller?.stop(), gateway.stop()]).then(
      () => leave(0),
      (error: unknown) => fail(error),
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

/** One line that says what to do. */
function fail(error: unknown): void {
  const { code, message } = error as { code?: string; message: string };
  const advice: Record<string, string> = {
    EADDRINUSE:
      'the port is taken by another program; stop it or give --mqtt-port, --mqtts-port, --http-port or --watch-port another number',
    EADDRNOTAVAIL: '--mqtts-host or --watch-host is no address of this machine; give one that is',
    EACCES: 'the data folder is not writable; give --data-dir one that is',
    EROFS: 'the data folder is not writable; give --data-dir one that is',
  };
  log.fatal({ code }, `gateway can't run: ${(code === undefined ? undefined : advice[code]) ?? message}`);
  leave(1);
}

/** Loaded only when it is asked for: the gateway itself never needs it. */
async function doctor(argv: readonly string[]): Promise<void> {
  const { runDoctor } = await import('./doctor/doctor.js');
  process.exitCode = await runDoctor(argv, withSecretFiles(process.env), (line) => process.stdout.write(`${line}\n`));
}

try {
  const argv = process.argv.slice(2);
  await (argv[0] === 'doctor' ? doctor(argv.slice(1)) : run(parseSettings(argv, withSecretFiles(process.env))));
} catch (error) {
  fail(error);
}
