import 'reflect-metadata';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvariantError, PlatformError } from '@vigil/domain';
import { ServiceTokens } from './access/service-tokens.js';
import { buildIdOf } from './build-id.js';
import { newsBus, newsLinesOf } from './composition/news-bus.js';
import { openPorts } from './composition/open-ports.js';
import { PinoLogger } from './composition/pino-logger.js';
import { apiProcess, type RunningApp, workerProcess } from './composition/processes.js';
import { siteProcess } from './composition/site-process.js';
import { hasApi, workersOf } from './composition/workers.js';
import { processLog, type ProcessLog, SecretFileError, withSecretFiles } from '@vigil/process-log';
import { readSettings, SettingsError } from './config.js';
import { Integrations } from './health/integrations.js';
import { Metrics } from './health/metrics.js';
import { PagingHealth } from './health/paging-health.js';
import { Readiness } from './health/readiness.js';
import { SiteProcesses } from './health/site-processes.js';
import { ServerConfig } from './server-config.js';

/** Wall time for an orderly stop; what is not done by then is done by recovery at the next start. */
const STOP_MS_MAX = 10_000;
/** Lines of a stack that say where a fault was. */
const FRAMES_MAX = 8;

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

async function main(): Promise<void> {
  const settings = readSettings(withSecretFiles(process.env));
  // Its own program: it must say what the platform can't when that is gone, so it shares nothing with it but settings.
  if (settings.role === 'watchdog') return void (await import('./watchdog.js'));
  const output = processLog({ level: settings.logLevel });
  const { log } = output;
  process.on('uncaughtException', (error) => fall(output, error));
  process.on('unhandledRejection', (error) => fall(output, error));
  const lines = newsLinesOf(settings);
  const opened = await openPorts(settings, (part, facts) => log.warn({ part, ...facts }, 'trouble outside'));
  const { ports, processId } = opened;
  const config = new ServerConfig(settings, buildIdOf(version(), dashboardDir()), dashboardDir());
  const services = ServiceTokens.fromFolder(settings.dataDir);
  const workers = await workersOf({ settings, ports, config, log, version: version() });
  const { app, listen } = hasApi(settings.role)
    ? await apiProcess({ ports, config, services, workers }, new PinoLogger(log))
    : await workerProcess({ ports, config, services, workers }, new PinoLogger(log));
  const words = siteProcess({
    ...{ opened, settings, buildId: config.buildId, log },
    ...{ processes: app.get(SiteProcesses), paging: app.get(PagingHealth), integrations: app.get(Integrations) },
    ...{ readiness: app.get(Readiness), metrics: app.get(Metrics) },
  });
  const bus = newsBus({ lines, opened, readiness: app.get(Readiness), metrics: app.get(Metrics), log });
  stopOnSignal(
    app,
    output,
    () => words.stop(),
    () => bus?.stop(),
  );
  bus?.start();
  await words.start();
  const port = await listen();
  config.listensOn(port);
  log.info(
    { ...{ port, url: config.publicUrl, source: settings.source, rate: ports.clock.rate }, role: settings.role, processId },
    'platform ready',
  );
}

/** Closes in order: sockets, HTTP server, workers, stores. A second signal, or too long a stop, ends the process. */
function stopOnSignal(app: RunningApp, output: ProcessLog, leaveSite: () => Promise<void>, closeNews: () => void): void {
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
    // The others count on it no more while it gives up what it does.
    leaveSite()
      .then(closeNews)
      .then(() => app.close())
      .then(
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
