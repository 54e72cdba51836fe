import 'reflect-metadata';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { InvariantError, PlatformError } from '@vigil/domain';
import { ServiceTokens } from './access/service-tokens.js';
import { AlarmRecordsModule } from './alarms/alarm-records.module.js';
import { AuditKeeperModule } from './audit/audit-keeper.module.js';
import { BackupWatchModule } from './backup/backup-watch.module.js';
import { buildIdOf } from './build-id.js';
import { createApp } from './composition/create-app.js';
import { ehrInOf } from './composition/ehr-in.js';
import { ehrOutOf } from './composition/ehr-out.js';
import { hl7Listening } from './composition/hl7-listening.js';
import { openPorts } from './composition/open-ports.js';
import { tracingOf } from './composition/open-tracing.js';
import { PinoLog, PinoLogger } from './composition/pino-logger.js';
import { processLog, type ProcessLog, SecretFileError, withSecretFiles } from '@vigil/process-log';
import { readSettings, SettingsError } from './config.js';
import { EhrOutModule } from './ehr-out/ehr-out.module.js';
import { EhrOutOptions } from './ehr-out/ehr-out.service.js';
import { EscalationModule } from './escalation/escalation.module.js';
import { FeedModule } from './feed/feed.module.js';
import { ReachabilityModule } from './reachability/reachability.module.js';
import { ServerConfig } from './server-config.js';
import { OnCallWatchModule } from './status/on-call-watch.module.js';
import { StreamModule } from './stream/stream.module.js';

/** Wall time for an orderly stop; what is not done by then is done by recovery at the next start. */
const STOP_MS_MAX = 10_000;
/** Lines of a stack that say where a fault was. */
const FRAMES_MAX = 8;

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

async function main(): Promise<void> {
  const settings = readSettings(withSecretFiles(process.env));
  const output = processLog({ level: settings.logLevel });
  const { log } = output;
  process.on('uncaughtException', (error) => fall(output, error));
  process.on('unhandledRejection', (error) => fall(output, error));
  const { ports } = await openPorts(settings, (part, facts) => log.warn({ part, ...facts }, 'trouble outside'));
  const config = new ServerConfig(settings, buildIdOf(version(), dashboardDir()), dashboardDir());
  const services = ServiceTokens.fromFolder(settings.dataDir);
  const workers = [
    AlarmRecordsModule.from(new PinoLog(log.child({ part: 'alarm-records' }))),
    AuditKeeperModule.from(new PinoLog(log.child({ part: 'audit' }))),
    StreamModule.from(new PinoLog(log.child({ part: 'stream' })), settings.source === 'none' ? 'live' : 'simulated'),
    EscalationModule.from({ publicUrl: config.publicUrl, log: log.child({ part: 'escalation' }) }),
    OnCallWatchModule.from(new PinoLog(log.child({ part: 'on-call' }))),
    BackupWatchModule.make(),
    ReachabilityModule.from(new PinoLog(log.child({ part: 'reachability' }))),
    FeedModule.from(new PinoLog(log.child({ part: 'feed' })), await hl7Listening(settings)),
  ];
  workers.push(...ehrInOf(settings.fhir, () => ports.clock.wallMs(), new PinoLog(log.child({ part: 'ehr-in' }))));
  const ehrOut = ehrOutOf(settings.fhir, ports);
  if (ehrOut !== null) workers.push(EhrOutModule.from(new PinoLog(log.child({ part: 'ehr-out' })), new EhrOutOptions(ehrOut)));
  workers.push(...tracingOf(settings, version()));
  const app = await createApp({ ports, config, services, workers }, new PinoLogger(log));
  stopOnSignal(app, output);
  await app.listen(settings.port, settings.host);
  const { port } = app.getHttpServer().address() as AddressInfo;
  config.listensOn(port);
  log.info({ port, url: config.publicUrl, source: settings.source, rate: ports.clock.rate }, 'platform ready');
}

/** Closes in order: sockets, HTTP server, workers, stores. A second signal, or too long a stop, ends the process. */
function stopOnSignal(app: NestFastifyApplication, output: ProcessLog): void {
  const { log, leave } = output;
  let isStopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (isStopping) {
      leave(1);
      return;
    }
    isStopping = true;
    log.info({ signal }, 'platform stopping');
    setTimeout(() => {
      log.error('platform did not stop in time');
      leave(1);
    }, STOP_MS_MAX).unref();
    app.close().then(
      () => {
        log.info('platform stopped');
        leave(0);
      },
      (error: unknown) => die(output, error),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** One clear line, then the end. */
function die({ log, leave }: ProcessLog, error: unknown): void {
  log.fatal(explain(error));
  leave(1);
}

/** A bug while running. What a foreign error says may quote what somebody typed, so its name and its place are told only. */
function fall({ log, leave }: ProcessLog, error: unknown): void {
  const own = error instanceof PlatformError || error instanceof InvariantError;
  const frames = error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at ')) : [];
  const name = error instanceof Error ? error.name : typeof error;
  log.fatal({ error: name, ...(own ? { says: error.message } : {}), frames: frames.slice(0, FRAMES_MAX) }, 'ended by a fault');
  leave(1);
}

/** What to do about an error that ends the process. Foreign messages may hold data, so most give their name only. */
function explain(error: unknown): string {
  if (error instanceof SettingsError || error instanceof SecretFileError || error instanceof InvariantError) return error.message;
  if (error instanceof PlatformError)
    return error.cause instanceof Error ? `${error.code}: ${error.cause.message}` : error.message;
  if (!(error instanceof Error)) return 'an unknown fault';
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return `port ${port ?? ''} is in use; stop what uses it or set VIGIL_PORT`;
  if (code === 'EACCES' || code === 'EROFS')
    return `no right to use a file or port (${code}); check VIGIL_DATA_DIR and VIGIL_PORT`;
  if (code === 'ENOSPC') return 'the disk is full; free some space';
  return error.message;
}

function version(): string {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;
}

function dashboardDir(): string | null {
  const folder = join(root, 'packages', 'dashboard', 'dist');
  return existsSync(join(folder, 'index.html')) ? folder : null;
}

main().catch((error: unknown) => die(processLog({ level: 'info' }), error));
