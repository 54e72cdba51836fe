import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { FakeClock } from '@vigil/clock';
import { type AuditRow, Site } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { openKeyFile, rotateKeyFile } from '@vigil/sealed-records';
import { hashPassword } from '../../src/access/password.js';
import { SERVICE_TOKENS_FILE, ServiceTokens } from '../../src/access/service-tokens.js';
import { SqliteObservationStore } from '../../src/adapters/history-sqlite/history-sqlite.js';
import { openSqlStores, type SqlStores } from '../../src/adapters/sql/index.js';
import { alarmText } from '../../src/alarms/alarm-text.js';
import { AuditSpool } from '../../src/audit/audit-spool.js';
import type { AppOptions } from '../../src/composition/app.module.js';
import { databaseOf } from '../../src/composition/database.js';
import { createApp } from '../../src/composition/create-app.js';
import { openPagers } from '../../src/composition/open-pagers.js';
import { openIdentityProvider } from '../../src/composition/open-identity-provider.js';
import type { Ports } from '../../src/composition/ports.module.js';
import { readSettings } from '../../src/config.js';
import { sitePolicy } from '../../src/escalation/site-policy.js';
import type { AuditEntry } from '../../src/ports/audit-trail.js';
import { EventLog } from '../../src/ports/event-log.js';
import { Pagers } from '../../src/ports/pager.js';
import { PrivacyMail } from '../../src/ports/privacy-mail.js';
import { ServerConfig } from '../../src/server-config.js';
import { CONSUMER, OWNER, site as wardSite } from '../contract/sql-fixture.js';

export const PASSWORD = 'correct horse battery';
export const SERVICE_TOKEN = 'service-token-of-the-simulator-0123456789';
/** Of the gateway `gw-1`. */
export const GATEWAY_TOKEN = 'service-token-of-the-gateway-0123456789ab';
export const WATCHDOG_TOKEN = 'watchdog-'.padEnd(43, 'w');

/** The ward of the SQL fixture, with a security officer and a nurse of the other care unit. */
export const site = Site.parse({
  ...wardSite,
  staff: [
    ...wardSite.staff,
    { staffId: 'eve', username: 'eve', name: 'Eve Officer', roles: ['security-officer'] },
    { staffId: 'ida', username: 'ida', name: 'Ida Nurse', roles: ['nurse'] },
  ],
  staffAssignments: [...wardSite.staffAssignments, { staffId: 'ida', careUnitId: 'imc', bedId: 'imc-1', role: 'primary' }],
  ruleSet: {
    v: 1,
    name: 'test',
    latenessMs: 2_000,
    rules: [
      {
        kind: 'limit',
        id: 'hr-high',
        metric: 'heartRate',
        side: 'high',
        limit: 120,
        hysteresis: 2,
        onDelayMs: 0,
        offDelayMs: 0,
        priority: 'high',
        source: 'test',
      },
    ],
  },
});

/** Made once: each costs what a sign-in costs. */
let passwordHash: Promise<string> | undefined;

/** These tests put no events on the log; the relay keeps them in its table. */
class NoLog extends EventLog {
  override append = (): Promise<void> => Promise.reject(new PlatformError('log-unavailable', {}, true));
  override appendToEveryPartition = this.append;
  override partitionCount = (): Promise<number> => Promise.resolve(1);
  override identity = (): Promise<string> => Promise.resolve('no log');
  override subscribe = (): Promise<never> => Promise.reject(new PlatformError('log-unavailable', {}, true));
  override close = (): Promise<void> => Promise.resolve();
}

/** Keeps the mails to the security officers. */
class KeptMail extends PrivacyMail {
  override readonly isConfigured = true;
  readonly mails: { readonly subject: string; readonly text: string }[] = [];
  override send(mail: { readonly subject: string; readonly text: string }): Promise<void> {
    this.mails.push(mail);
    return Promise.resolve();
  }
}

class NoPagers extends Pagers {
  override all(): readonly [] {
    return [];
  }
}

export interface Call {
  readonly as?: string | { readonly cookie: string };
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look at answers of every form
  readonly body: any;
}

export interface Api {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly dataDir: string;
  readonly clock: FakeClock;
  readonly stores: SqlStores;
  readonly observations: SqliteObservationStore;
  /** Mails to the security officers so far. */
  readonly privacyMails: readonly { readonly subject: string; readonly text: string }[];
  call(method: string, path: string, more?: Call): Promise<Reply>;
  /** Signs in and answers the bearer token. */
  token(username: string): Promise<string>;
  /** Audit rows that `run` leaves behind, oldest first. */
  audited(run: () => Promise<unknown>): Promise<readonly AuditRow[]>;
  /** While true, the audit trail takes no rows. */
  breakAudit(broken: boolean): void;
  end(): Promise<void>;
}

/**
 * The real app on a free port of loopback, over real SQLite in a folder of its own, or the PostgreSQL of `DATABASE_URL` in `env`, with time
 * standing still.
 */
export async function startApi(
  more: {
    readonly dashboardDir?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly site?: Site;
    /** Where time stands; left out, where `FakeClock` begins. Certificates that TLS looks at need the machine's. */
    readonly startMs?: number;
    /** Parts that do work of their own; left out, none. */
    readonly workers?: AppOptions['workers'];
    /** Left out, none. */
    readonly pagers?: Pagers | 'as set up';
  } = {},
): Promise<Api> {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-api-'));
  const tokens = [
    { name: 'simulator', token: SERVICE_TOKEN, roles: ['service'] },
    { name: 'gateway', token: GATEWAY_TOKEN, roles: ['service'], gatewayId: 'gw-1' },
    { name: 'watchdog', token: WATCHDOG_TOKEN, roles: ['service'] },
  ];
  writeFileSync(join(dataDir, SERVICE_TOKENS_FILE), JSON.stringify(tokens), { mode: 0o600 });
  const clock = new FakeClock(more.startMs);
  const auditSpool = new AuditSpool(dataDir);
  const stores = await openStores({
    dataDir,
    clock,
    auditSpool,
    site: more.site ?? site,
    databaseUrl: more.env?.['DATABASE_URL'],
  });
  const observations = new SqliteObservationStore(join(dataDir, 'history.db'));
  const audit = { broken: false };
  const privacyMail = new KeptMail();
  const settings = readSettings({ VIGIL_CANARY_S: '0', ...more.env, VIGIL_DATA_DIR: dataDir, VIGIL_PORT: '0' });
  const ports: Ports = {
    ...stores,
    auditAnchors: { all: () => [] },
    auditTrail: breakable(stores.auditTrail, audit),
    auditSpool,
    clock,
    observations,
    eventLog: new NoLog(),
    ...openPagers(settings, clock, stores),
    ...(more.pagers === 'as set up' ? {} : { pagers: more.pagers ?? new NoPagers() }),
    privacyMail,
    ...(more.site?.display === undefined ? {} : { siteDisplay: { settings: more.site.display } }),
    // An identity provider's tokens carry real times.
    ...(settings.oidc === null ? {} : { identityProvider: openIdentityProvider(settings.oidc, () => Date.now()) }),
    close: async () => {
      observations.close();
      await stores.close();
    },
  };
  const config = new ServerConfig(settings, 'test', more.dashboardDir ?? null);
  const app = await createApp({ ports, config, services: ServiceTokens.fromFolder(dataDir), workers: more.workers ?? [] }, false);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  config.listensOn(port);
  const url = `http://127.0.0.1:${port}`;
  const api: Omit<Api, 'token' | 'audited'> = {
    app,
    url,
    dataDir,
    clock,
    stores,
    observations,
    privacyMails: privacyMail.mails,
    call: (method, path, call) => send(url, method, path, call ?? {}),
    breakAudit: (broken) => void (audit.broken = broken),
    end: async () => {
      await app.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  return { ...api, token: (username) => signIn(api, username), audited: (run) => auditRows(stores, run) };
}

interface StoresOf {
  readonly dataDir: string;
  readonly clock: FakeClock;
  readonly auditSpool: AuditSpool;
  readonly site: Site;
  readonly databaseUrl: string | undefined;
}

async function openStores({ dataDir, clock, auditSpool, site, databaseUrl }: StoresOf): Promise<SqlStores> {
  const stores = await openSqlStores({
    ...databaseOf(dataDir, databaseUrl),
    keysFile: join(dataDir, 'keys.db'),
    openKeys: ({ create }) => openKeyFile(join(dataDir, 'kek.json'), { create }),
    rotateKek: () => rotateKeyFile(join(dataDir, 'kek.json')),
    clock,
    policy: sitePolicy(site.escalation),
    ownerId: OWNER,
    alarmsConsumer: CONSUMER,
    feedAuthorities: { hl7: 'HOSP', fhir: 'urn:mrn' },
    origin: 'simulated',
    alarmText: (view) => alarmText(view, 'UTC'),
    keepAudit: (entry, wallMs) => auditSpool.add(entry, wallMs),
    demoChannels: ['smtp'],
    webhook: false,
  });
  const hash = await (passwordHash ??= hashPassword(PASSWORD));
  const hashes = new Map(site.staff.map(({ username }) => [username, hash]));
  await stores.directory.seed(site, hashes, { nowMs: clock.nowMs(), wallMs: clock.wallMs(), rate: 1 });
  await stores.partitionOwners.storeFor(OWNER).claimOwnership([
    {
      fullyQualifiedNamespace: CONSUMER.namespace,
      eventHubName: CONSUMER.hub,
      consumerGroup: CONSUMER.group,
      partitionId: '0',
      ownerId: OWNER,
    },
  ]);
  return stores;
}

function breakable(trail: SqlStores['auditTrail'], state: { readonly broken: boolean }): SqlStores['auditTrail'] {
  return Object.assign(Object.create(trail) as SqlStores['auditTrail'], {
    append: (entry: AuditEntry, wallMs: number) =>
      state.broken ? Promise.reject(new PlatformError('audit-unavailable', {}, true)) : trail.append(entry, wallMs),
  });
}

async function send(url: string, method: string, path: string, { as, headers, body }: Call): Promise<Reply> {
  const auth = typeof as === 'string' ? { authorization: `Bearer ${as}` } : as === undefined ? {} : { cookie: as.cookie };
  const content = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...content, ...auth, ...headers },
    redirect: 'manual',
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, body: isJson && text !== '' ? JSON.parse(text) : text };
}

async function signIn(api: Pick<Api, 'call'>, username: string): Promise<string> {
  const { status, body } = await api.call('POST', '/api/v1/session?token=true', { body: { username, password: PASSWORD } });
  if (status !== 200) throw new Error(`sign-in of ${username} answered ${status}`);
  return body.token as string;
}

async function auditRows(stores: SqlStores, run: () => Promise<unknown>): Promise<readonly AuditRow[]> {
  const newest = (await stores.auditTrail.list({ limit: 1 })).items[0]?.seq ?? 0;
  await run();
  const rows = (await stores.auditTrail.list({ limit: 200 })).items;
  return rows.filter((row) => row.seq > newest).reverse();
}

export const newKey = (): string => randomUUID();
