/** The watchdog's process: `node dist/watchdog.js`. It says what the other parts cannot say when they are gone. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NoteKey, parseNoteKeys } from '@vigil/audit-chain';
import { loadClock } from '@vigil/clock';
import type { Site } from '@vigil/contracts';
import { connectionProblem } from '@vigil/hub-client';
import { processLog, withSecretFiles } from '@vigil/process-log';
import { z } from 'zod';
import { ClientWatchedHub } from './adapters/watchdog/client-watched-hub.js';
import { WATCHDOG_SERVICE } from './access/service-tokens.js';
import { askPaging } from './adapters/watchdog/ask-paging.js';
import { hubRefusal } from './adapters/watchdog/hub-refusal.js';
import { openOutageMailer } from './adapters/watchdog/outage-mailer.js';
import { readServiceTokens, readSite, SITE_FILES } from './site/site-files.js';
import { readWitnessToken } from './site/witness-token.js';
import { serveHealth } from './watchdog/http.js';
import { readKept, writeKept } from './watchdog/kept.js';
import { mailText } from './watchdog/outage.js';
import { readPagingKept, writePagingKept } from './watchdog/paging-kept.js';
import { startPagingWatch } from './watchdog/paging-watch.js';
import { startWatch } from './watchdog/watch.js';
import { Watchdog } from './watchdog/watchdog.js';
import { Witness } from './watchdog/witness.js';

const Settings = z.object({
  VIGIL_DATA_DIR: z.string().default('.vigil'),
  VIGIL_SOURCE: z.enum(['simulator', 'recordings', 'none']).default('simulator'),
  VIGIL_SPEED: z.coerce.number().positive().default(1),
  VIGIL_LOG_LEVEL: z.string().default('info'),
  VIGIL_WATCHDOG_HTTP_PORT: z.coerce.number().int().min(0).max(65_535).default(3003),
  /** Each process with an API, comma separated; they are asked themselves, and not by a proxy. */
  VIGIL_PLATFORM_URL: z
    .string()
    .default('http://127.0.0.1:3000')
    .transform((list) => list.split(',').map((url) => url.trim()))
    .pipe(z.array(z.url({ protocol: /^https?$/ })).min(1)),
  /** Where a hub of ours says whether it takes events; left out for the service. */
  VIGIL_HUB_HEALTH_URL: z.url().optional(),
  /** Who is told, comma separated; by default the charge nurses and admins of site.yaml. */
  VIGIL_WATCHDOG_MAIL_TO: z.string().optional(),
  VIGIL_WATCHDOG_MAIL_FROM: z.string().default('vigil-watchdog@vigil.example'),
  /** Where the witness of the audit log keeps what it saw; by default in the data folder, better outside of it. */
  VIGIL_WITNESS_FILE: z.string().min(1).optional(),
  EVENT_HUBS_CONNECTION_STRING: z.string().superRefine((text, context) => {
    const message = connectionProblem(text);
    if (message !== null) context.addIssue({ code: 'custom', message });
  }),
  VIGIL_HUB_NAME: z.string().default('vigil'),
  SMTP_URL: z.url(),
});

const PLATFORM_TIMEOUT_MS = 3_000;
const TELL_ROLES = ['charge-nurse', 'admin'];

function recipients(given: string | undefined, site: Site): string[] {
  if (given !== undefined) return given.split(',').map((address) => address.trim());
  return site.staff.flatMap((person) => (person.email && person.roles.some((r) => TELL_ROLES.includes(r)) ? [person.email] : []));
}

function gatewaysOf(site: Site): Parameters<typeof startWatch>[0] {
  return site.gateways.map(({ gatewayId }) => {
    const own = new Set(site.devices.filter((device) => device.gatewayId === gatewayId).map((device) => device.deviceId));
    return { gatewayId, bedIds: [...new Set(site.deviceAssignments.filter((a) => own.has(a.deviceId)).map((a) => a.bedId))] };
  });
}

/** The audit log's public keys as the platform publishes them; believed at the first note only. */
function publishedKeys(dataDir: string): readonly NoteKey[] {
  const file = join(dataDir, 'audit', 'public-keys.txt');
  return existsSync(file) ? parseNoteKeys(readFileSync(file, 'utf8')) : [];
}

/** False as well where nobody answers: one of several that is away takes nothing from the others. */
async function isReady(platformUrl: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(PLATFORM_TIMEOUT_MS);
    const response = await fetch(new URL('/health/ready?site=1', platformUrl), { signal });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** What shows processes on other machines that it is the watchdog that asks; a folder of an earlier version has none. */
function tokenIn(dataDir: string): string | null {
  if (!existsSync(join(dataDir, SITE_FILES.serviceTokens))) return null;
  return readServiceTokens(dataDir).find(({ name }) => name === WATCHDOG_SERVICE)?.token ?? null;
}

async function main(): Promise<void> {
  const settings = Settings.parse(withSecretFiles(process.env));
  const { log, leave } = processLog({ level: settings.VIGIL_LOG_LEVEL, name: 'watchdog' });
  const clock = loadClock(settings.VIGIL_DATA_DIR, settings.VIGIL_SPEED);
  const site = readSite(settings.VIGIL_DATA_DIR);
  const platformUrls = settings.VIGIL_PLATFORM_URL;
  const isTest = settings.VIGIL_SOURCE !== 'none';
  const keptFile = join(settings.VIGIL_DATA_DIR, 'watchdog', 'gateways.json');
  const pagingFile = join(settings.VIGIL_DATA_DIR, 'watchdog', 'paging.json');
  const gateways = gatewaysOf(site);
  const healthUrl = settings.VIGIL_HUB_HEALTH_URL;
  const hub = new ClientWatchedHub({
    connectionString: settings.EVENT_HUBS_CONNECTION_STRING,
    hubName: settings.VIGIL_HUB_NAME,
    gatewayIds: gateways.map((gateway) => gateway.gatewayId),
    identifier: `watchdog-${process.pid}`,
    clock,
    ...(healthUrl === undefined ? {} : { refusal: () => hubRefusal(healthUrl) }),
  });
  const mailer = openOutageMailer({
    smtpUrl: settings.SMTP_URL,
    from: settings.VIGIL_WATCHDOG_MAIL_FROM,
    to: recipients(settings.VIGIL_WATCHDOG_MAIL_TO, site),
  });
  const witness = new Witness({
    file: settings.VIGIL_WITNESS_FILE ?? join(settings.VIGIL_DATA_DIR, 'watchdog', 'witness.json'),
    readKeys: () => publishedKeys(settings.VIGIL_DATA_DIR),
    wallMs: () => clock.wallMs(),
  });
  const watchdog = new Watchdog({
    clock,
    hub,
    origin: isTest ? 'simulated' : 'live',
    start: startWatch(gateways, clock.wallMs(), readKept(keptFile)),
    isPlatformReady: async () => (await Promise.all(platformUrls.map(isReady))).includes(true),
    paging: {
      start: startPagingWatch(
        performance.now(),
        site.careUnits.map((unit) => unit.careUnitId),
        readPagingKept(pagingFile),
      ),
      ask: () => askPaging(platformUrls, tokenIn(settings.VIGIL_DATA_DIR)),
      save: (kept) => writePagingKept(pagingFile, kept),
      steadyMs: () => performance.now(),
    },
    send: (mail) => mailer.send(mailText(mail, isTest)),
    save: (state) => writeKept(keptFile, state),
    witness,
    log,
  });
  const { server, port } = await serveHealth(watchdog, settings.VIGIL_WATCHDOG_HTTP_PORT, {
    witness,
    readToken: () => readWitnessToken(settings.VIGIL_DATA_DIR),
  });
  watchdog.start();
  log.info({ httpPort: port, gateways: gateways.length }, 'watchdog ready');

  const stop = (): void => {
    watchdog.stop();
    mailer.close();
    server.close();
    void hub.close().finally(() => leave(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

main().catch((error: unknown) => {
  const facts =
    error instanceof z.ZodError ? `${String(error.issues[0]?.path[0])}: ${error.issues[0]?.message}` : (error as Error).message;
  const { log, leave } = processLog({ name: 'watchdog' });
  log.fatal(`watchdog cannot start: ${facts}`);
  leave(1);
});
