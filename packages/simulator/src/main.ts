#!/usr/bin/env node
import { loadClock, ScaledClock, SystemClock, type Clock } from '@vigil/clock';
import { processLog } from '@vigil/process-log';
import { RestAdt } from './adt/adt.js';
import { startMoves } from './adt/start-moves.js';
import { TransfersMissing } from './adt/transfers.js';
import { RecordingsMissing } from './recordings/read.js';
import { readDevices, readSettings, readSite, type Settings, SettingsError, withCertificates } from './settings.js';
import { startSimulator } from './simulator.js';

const { log, leave } = processLog({ name: 'simulator' });

function clockOf({ clockDir, speed }: Settings): Clock {
  if (clockDir !== undefined) return loadClock(clockDir, speed);
  return speed === 1 ? new SystemClock() : new ScaledClock({ wallMs: Date.now(), eventMs: Date.now(), rate: speed });
}

async function run(): Promise<void> {
  const settings = readSettings(process.argv.slice(2), process.env);
  const { source, seed, scenario, serviceToken } = settings;
  if (source === 'recordings' && serviceToken === undefined) {
    log.warn({}, 'VIGIL_SERVICE_TOKEN is not set: recorded data are sent, but no patient is admitted');
  }
  const site = readSite(settings.site);
  const devices = readDevices(settings.devices, site);
  const clock = clockOf(settings);
  const simulator = await startSimulator({
    source,
    seed,
    scenario,
    log,
    mqttUrl: settings.mqtt,
    devices: settings.certificates === undefined ? devices : withCertificates(devices, settings.certificates),
    site,
    clock,
    recordingsDir: settings.recordings,
    adt: serviceToken === undefined ? null : new RestAdt(settings.api, serviceToken),
  });
  const stopped = new AbortController();
  const stop = (): void => {
    stopped.abort(new Error('simulator stopped'));
    const stats = simulator.stats();
    void simulator.stop().then(() => {
      log.info(stats, 'simulator stopped');
      leave(0);
    });
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  await startMoves({ settings, site, clock, log, signal: stopped.signal });
}

run().catch((error: unknown) => {
  if (error instanceof SettingsError || error instanceof RecordingsMissing || error instanceof TransfersMissing) {
    log.fatal({ code: error.name }, error.message);
    leave(2);
    return;
  }
  throw error;
});
