import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { PersonRole, type Role, StaffChannel } from '@vigil/contracts';
import { z } from 'zod';
import { BACKUP_ROWS, backupOf, type BackupSettings } from './config-backup.js';
import { TRACING_ROWS, tracingOf, type TracingSettings } from './config-tracing.js';
import { CHANNEL_ROWS, channelsSettingsOf, type ChannelSettings } from './config-channels.js';
import { HISTORY_ROWS, historyOf, type HistorySettings } from './config-history.js';
import { INFLUX_ROWS, influxOf, type InfluxHistorySettings } from './config-influx.js';
import { REDIS_ROWS, redisOf, type RedisSettings } from './config-redis.js';
import { FEED_ROWS, type FeedSettings, feedsOf } from './config-feeds.js';
import { filled, isSafeUrl, LOOPBACK, port, readRows, type ReadOf, row, SettingsError } from './setting-row.js';

export { SettingsError } from './setting-row.js';

/** What a process of Vigil does (docs/architecture.md, "Several processes"). */
export const ROLES = ['all', 'api', 'processor', 'escalator', 'history', 'fhir', 'watchdog'] as const;
export type ProcessRole = (typeof ROLES)[number];

/** Leap days included. Source: 45 CFR 164.316(b)(2)(i). */
export const SIX_YEARS_DAYS = 2_192;

const addressesOf = (list: string): readonly string[] =>
  list.split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim()]));

/** Every setting of the platform: one row each, in the order in which the README lists them. */
const ROWS = {
  VIGIL_DATA_DIR: row('.vigil', 'Folder of everything that is kept. It must be writable and on a local disk.', filled),
  VIGIL_HOST: row('127.0.0.1', 'Address to listen on. Anything but loopback needs VIGIL_TLS_CERT and VIGIL_TLS_KEY.', filled),
  VIGIL_PORT: row('3000', 'Port of the API, the live channel and the dashboard.', port),
  VIGIL_PUBLIC_URL: row(
    null,
    'Address under which people reach the platform, for links in pages. Default: http://127.0.0.1:<port>.',
    z.url(),
  ),
  VIGIL_RUNBOOK_URL: row(
    null,
    'Where the site keeps docs/runbook.md as a page whose headings are anchors; links of `/status` and of technical alarms lead there.',
    z.url({ protocol: /^https?$/ }).refine((url) => !url.includes('#'), 'without #'),
  ),
  VIGIL_TLS_CERT: row(null, 'File with the certificate chain (PEM).', filled),
  VIGIL_TLS_KEY: row(null, 'File with the private key of the certificate (PEM).', filled),
  VIGIL_TRUSTED_PROXIES: row(
    '',
    'Comma list of addresses of the proxies in front of this process: what they say of who asks (`X-Forwarded-For`) counts. Nobody else is believed.',
    z.string().refine((list) => addressesOf(list).every((each) => isIP(each) !== 0), 'a comma list of IP addresses'),
  ),
  VIGIL_SOURCE: row(
    'simulator',
    '`simulator`, `recordings`, or `none` for real devices.',
    z.enum(['simulator', 'recordings', 'none']),
  ),
  VIGIL_SPEED: row(
    '1',
    'Event time per wall time, 0.1 to 1000; anything but 1 is a replay.',
    z.coerce.number().min(0.1).max(1000),
  ),
  VIGIL_BEDS: row('8', 'Beds of the demo site, 1 to 500.', z.coerce.number().int().min(1).max(500)),
  VIGIL_ROLE: row(
    'all',
    'What this process does: `all`, or one of `api`, `processor`, `escalator`, `history`, `fhir`, `watchdog`, each as often as needed.',
    z.enum(ROLES, `one of ${ROLES.join(', ')}`),
  ),
  EVENT_HUBS_CONNECTION_STRING: row(null, 'The log: a connection string with Send and Listen, without EntityPath.', filled),
  VIGIL_HUB_NAME: row('vigil', 'Name of the hub.', filled),
  DATABASE_URL: row(
    null,
    'PostgreSQL 15 or newer in place of `vigil.db`: `postgres://user:password@host:5432/name?sslmode=verify-full&sslrootcert=/path/ca.pem`.',
    z.string().regex(/^postgres(ql)?:\/\//, 'it starts with postgres://'),
  ),
  ...REDIS_ROWS,
  KEYS_DATABASE_URL: row(
    null,
    'With `DATABASE_URL`: a PostgreSQL database for the wrapped data keys alone in place of `keys.db`, for processes on several machines.',
    z.string().regex(/^postgres(ql)?:\/\//, 'it starts with postgres://'),
  ),
  SMTP_URL: row(null, 'Mail server for pages, `smtp://…` or `smtps://…`.', z.url({ protocol: /^smtps?$/ })),
  VIGIL_WEBHOOK_URL: row(
    null,
    'Where pages are posted, signed by the Standard Webhooks scheme.',
    z.url({ protocol: /^https?$/ }),
  ),
  VIGIL_WEBHOOK_SECRET: row(null, 'Secret of the signature, `whsec_…`.', filled),
  VIGIL_DEMO_CHANNELS: row('', 'Channels that may carry pages of data that are not live, e.g. `smtp,webhook`.', z.string()),
  ...CHANNEL_ROWS,
  VIGIL_AUDIT_ANCHOR_FILE: row(
    null,
    'File to which checkpoints of the audit log are appended, best on another machine. Default: `audit/anchor.txt` in the data folder.',
    filled,
  ),
  VIGIL_AUDIT_ANCHOR_URL: row(
    null,
    'Where checkpoints of the audit log are posted, signed by the Standard Webhooks scheme.',
    z.url({ protocol: /^https?$/ }),
  ),
  VIGIL_AUDIT_ANCHOR_SECRET: row(null, 'Secret of that signature, `whsec_…`.', filled),
  VIGIL_AUDIT_ANCHOR_MAIL_TO: row(
    null,
    'Who is mailed a checkpoint of the audit log each hour, comma separated; needs SMTP_URL.',
    filled,
  ),
  VIGIL_AUDIT_WITNESS_URL: row(
    null,
    'Where the watchdog takes checkpoints of the audit log: `http://127.0.0.1:3003/audit/add-checkpoint`.',
    z.url({ protocol: /^https?$/ }),
  ),
  VIGIL_AUDIT_RETENTION_DAYS: row(
    String(SIX_YEARS_DAYS),
    'Days after which audit entries are disposed of, unless held. Below 2192, six years (45 CFR 164.316(b)(2)(i)), a warning says so.',
    z.coerce.number().int().min(30).max(36_500),
  ),
  VIGIL_IDLE_LOGOFF_MIN: row(
    '15',
    'Minutes without a request after which a person is signed out, 1 to 720.',
    z.coerce.number().min(1).max(720),
  ),
  VIGIL_SESSION_HOURS: row(
    '12',
    'Hours after which a person signs in again whatever they do, 1 to 72.',
    z.coerce.number().min(1).max(72),
  ),
  OIDC_ISSUER: row(null, 'Identity provider (OpenID Connect) as it calls itself; https, or http on this machine.', z.url()),
  OIDC_CLIENT_ID: row(null, 'Name of this Vigil at the provider.', filled),
  OIDC_CLIENT_SECRET: row(null, 'Secret of this Vigil at the provider.', filled),
  OIDC_NAME: row(null, 'What people call the provider, for the button. Default: its host.', z.string().min(1).max(40)),
  OIDC_LINK_BY: row(
    'none',
    'How an account is found at the first sign-in: `none` (an admin links it), or the claim that equals the username: `preferred_username`, or `email` once verified.',
    z.enum(['none', 'preferred_username', 'email']),
  ),
  OIDC_MAX_AGE_S: row(
    '0',
    'Seconds since the person signed in at the provider; 0 asks each time, as shared workstations need it.',
    z.coerce.number().int().min(0).max(86_400),
  ),
  OIDC_ACR_VALUES: row('', 'Authentication classes of which the provider must reach one, separated by blanks.', z.string()),
  VIGIL_SECOND_FACTOR_ROLES: row(
    null,
    'Roles whose people must show a second factor, e.g. `admin,physician`, or `none`. Default: none in a demo, else `admin,security-officer`.',
    filled,
  ),
  VIGIL_REQUESTS_PER_S: row(
    '50',
    'Requests a second that one person may make for ever; an address may make ten times as many.',
    z.coerce.number().min(1).max(10_000),
  ),
  VIGIL_BREAK_GLASS_MINUTES: row(
    '60',
    'Minutes for which an emergency access to one patient lasts, 1 to 240.',
    z.coerce.number().min(1).max(240),
  ),
  VIGIL_PRIVACY_MAIL_TO: row(
    '',
    'Comma list of mail addresses that hear at once of each emergency access, without patient data; needs SMTP_URL.',
    z.string(),
  ),
  VIGIL_KEYS: row(
    'file',
    'Key-encryption keys of the platform: `file` (`<data dir>/kek.json`), `azure:<key identifier>` or `aws:<ARN or alias>`.',
    z
      .string()
      .regex(
        /^(file|azure:https:\/\/\S+|aws:(arn:|alias\/)\S+)$/,
        'file, azure:https://…/keys/<name>, or aws:<ARN or alias/name>',
      ),
  ),
  ...INFLUX_ROWS,
  ...FEED_ROWS,
  ...HISTORY_ROWS,
  VIGIL_CANARY_S: row(
    '300',
    'Wall seconds between the test alarms that each gateway sends through the whole way, 60 to 3600; 0: none. The same for platform and gateways.',
    z.coerce
      .number()
      .int()
      .max(3_600)
      .refine((seconds) => seconds === 0 || seconds >= 60, '0, or 60 to 3600'),
  ),
  VIGIL_CANARY_MAIL: row(null, 'Address that the page of each test alarm is mailed to as well. Needs SMTP_URL.', z.email()),
  ...BACKUP_ROWS,
  ...TRACING_ROWS,
  VIGIL_LOG_LEVEL: row(
    'info',
    '`trace`, `debug`, `info`, `warn`, `error` or `fatal`.',
    z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']),
  ),
} as const;

type Read = ReadOf<typeof ROWS>;

/** The identity provider of the site. */
export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly name: string;
  readonly linkBy: 'preferred_username' | 'email' | null;
  readonly maxAgeS: number;
  readonly acrValues: readonly string[];
}

/** Where the key-encryption keys of the platform are. */
export type KeysSetting =
  | { readonly kind: 'file' }
  | { readonly kind: 'azure'; readonly keyIdentifier: string }
  | { readonly kind: 'aws'; readonly keyName: string };

/** The platform's settings: checked once at start, frozen, and never read from the environment again. */
export interface Settings
  extends BackupSettings, TracingSettings, FeedSettings, ChannelSettings, HistorySettings, InfluxHistorySettings, RedisSettings {
  /** Absolute path. */
  readonly dataDir: string;
  readonly host: string;
  /** 0 takes a free port, for tests. */
  readonly port: number;
  /** Without a slash at the end; null when it follows from the port. */
  readonly publicUrl: string | null;
  /** Page of the runbook, without an anchor; null: none that a browser reaches. */
  readonly runbookUrl: string | null;
  /** Paths of PEM files; null on loopback without TLS. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
  /** Addresses whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  readonly source: 'simulator' | 'recordings' | 'none';
  /** Event time per wall time. */
  readonly speed: number;
  readonly beds: number;
  readonly role: ProcessRole;
  /** Null until something needs the log; the composition then says so in one line. */
  readonly eventHubs: string | null;
  readonly hubName: string;
  /** With a password in it: for nobody's eyes. Null: `vigil.db` in the data folder. */
  readonly databaseUrl: string | null;
  /** The same. Null: `keys.db` in the data folder. */
  readonly keysDatabaseUrl: string | null;
  readonly smtpUrl: string | null;
  readonly webhook: { readonly url: string; readonly secret: string } | null;
  readonly demoChannels: readonly StaffChannel[];
  /** Where checkpoints of the audit log are kept outside the database. */
  readonly auditAnchors: {
    /** Null for the file in the data folder. */
    readonly file: string | null;
    readonly webhook: { readonly url: string; readonly secret: string } | null;
    readonly mailTo: readonly string[];
    readonly witnessUrl: string | null;
  };
  readonly auditRetentionDays: number;
  readonly idleLogoffMs: number;
  readonly sessionMs: number;
  /** People with one of these roles must show more than a password. */
  readonly secondFactorRoles: readonly Role[];
  /** Null: people sign in with their accounts here. */
  readonly oidc: OidcSettings | null;
  /** Per caller; an address may make ten times as many. */
  readonly requestsPerS: number;
  /** How long a break-glass grant lasts, wall time. */
  readonly breakGlassMs: number;
  readonly privacyMailTo: readonly string[];
  readonly keys: KeysSetting;
  /** Wall time between two test alarms of each gateway; 0: none. */
  readonly canaryMs: number;
  readonly canaryMail: string | null;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
}

/** @throws SettingsError with one line for the first setting that is wrong */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const read = readRows(ROWS, env);
  if (read.VIGIL_ROLE === 'escalator' && read.VIGIL_PUBLIC_URL === null) {
    throw new SettingsError(
      'VIGIL_ROLE=escalator needs VIGIL_PUBLIC_URL: the links of its pages lead to a process with VIGIL_ROLE=api',
    );
  }
  if (read.KEYS_DATABASE_URL !== null && read.DATABASE_URL === null) {
    throw new SettingsError('KEYS_DATABASE_URL needs DATABASE_URL: with the data in a file their keys are in keys.db beside it');
  }
  const host = read.VIGIL_HOST!;
  const tls = tlsOf(read, host);
  return Object.freeze({
    dataDir: resolve(read.VIGIL_DATA_DIR!),
    host,
    port: read.VIGIL_PORT!,
    publicUrl: read.VIGIL_PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    runbookUrl: read.VIGIL_RUNBOOK_URL,
    tls,
    trustedProxies: addressesOf(read.VIGIL_TRUSTED_PROXIES ?? ''),
    source: read.VIGIL_SOURCE!,
    speed: read.VIGIL_SPEED!,
    beds: read.VIGIL_BEDS!,
    role: read.VIGIL_ROLE!,
    eventHubs: read.EVENT_HUBS_CONNECTION_STRING,
    hubName: read.VIGIL_HUB_NAME!,
    databaseUrl: read.DATABASE_URL,
    keysDatabaseUrl: read.KEYS_DATABASE_URL,
    smtpUrl: read.SMTP_URL,
    webhook: webhookOf(read),
    demoChannels: channelsOf(read.VIGIL_DEMO_CHANNELS ?? ''),
    auditAnchors: auditAnchorsOf(read),
    auditRetentionDays: read.VIGIL_AUDIT_RETENTION_DAYS!,
    idleLogoffMs: read.VIGIL_IDLE_LOGOFF_MIN! * 60_000,
    sessionMs: read.VIGIL_SESSION_HOURS! * 3_600_000,
    secondFactorRoles: secondFactorRolesOf(read.VIGIL_SECOND_FACTOR_ROLES, read.VIGIL_SOURCE!),
    oidc: oidcOf(read),
    requestsPerS: read.VIGIL_REQUESTS_PER_S!,
    breakGlassMs: read.VIGIL_BREAK_GLASS_MINUTES! * 60_000,
    privacyMailTo: privacyMailOf(read),
    keys: keysOf(read.VIGIL_KEYS!),
    ...channelsSettingsOf(read, read.VIGIL_PUBLIC_URL?.replace(/\/+$/, '') ?? null),
    ...backupOf(read),
    ...influxOf(read),
    ...tracingOf(read),
    ...feedsOf(read),
    ...historyOf(read),
    ...redisOf(read),
    canaryMs: read.VIGIL_CANARY_S! * 1_000,
    canaryMail: read.VIGIL_CANARY_MAIL,
    logLevel: read.VIGIL_LOG_LEVEL!,
  });
}

/** Address for people and links: the setting, or loopback with the port that was really taken. */
export function publicUrlOf(settings: Settings, listeningPort: number): string {
  return settings.publicUrl ?? `${settings.tls === null ? 'http' : 'https'}://127.0.0.1:${listeningPort}`;
}

/** The table of settings in Markdown, for the README. */
export function settingsTable(): string {
  const lines = Object.entries(ROWS).map(
    ([name, { fallback, meaning }]) =>
      `| \`${name}\` | ${fallback === null || fallback === '' ? '–' : `\`${fallback}\``} | ${meaning} |`,
  );
  return ['| setting | default | meaning |', '|---|---|---|', ...lines].join('\n');
}

function tlsOf(read: Read, host: string): Settings['tls'] {
  const [certFile, keyFile] = [read.VIGIL_TLS_CERT, read.VIGIL_TLS_KEY];
  if ((certFile === null) !== (keyFile === null)) {
    throw new SettingsError('VIGIL_TLS_CERT and VIGIL_TLS_KEY come together: set both, or neither');
  }
  if (certFile !== null && keyFile !== null) return { certFile, keyFile };
  if (!LOOPBACK.has(host)) {
    throw new SettingsError(
      `VIGIL_HOST=${host} is not loopback and there is no TLS: set VIGIL_TLS_CERT and VIGIL_TLS_KEY, or 127.0.0.1`,
    );
  }
  return null;
}

function webhookOf(read: Read): Settings['webhook'] {
  const [url, secret] = [read.VIGIL_WEBHOOK_URL, read.VIGIL_WEBHOOK_SECRET];
  if (url === null) return null;
  if (secret === null) throw new SettingsError('VIGIL_WEBHOOK_URL needs VIGIL_WEBHOOK_SECRET: pages are signed');
  return { url, secret };
}

function oidcOf(read: Read): OidcSettings | null {
  const [issuer, clientId, clientSecret] = [read.OIDC_ISSUER, read.OIDC_CLIENT_ID, read.OIDC_CLIENT_SECRET];
  if (issuer === null) return null;
  if (clientId === null || clientSecret === null) {
    throw new SettingsError('OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET: register Vigil at the provider');
  }
  if (!isSafeUrl(issuer)) {
    throw new SettingsError('OIDC_ISSUER must be https (http for this machine only), without a query or a name in it');
  }
  const linkBy = read.OIDC_LINK_BY!;
  return {
    issuer,
    clientId,
    clientSecret,
    name: read.OIDC_NAME ?? new URL(issuer).host,
    linkBy: linkBy === 'none' ? null : linkBy,
    maxAgeS: read.OIDC_MAX_AGE_S!,
    acrValues: (read.OIDC_ACR_VALUES ?? '').split(/\s+/).filter((value) => value !== ''),
  };
}

function privacyMailOf(read: Read): readonly string[] {
  const addresses = (read.VIGIL_PRIVACY_MAIL_TO ?? '').split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim()]));
  if (addresses.some((each) => !z.email().safeParse(each).success)) {
    throw new SettingsError('VIGIL_PRIVACY_MAIL_TO: a comma list of mail addresses');
  }
  if (addresses.length > 0 && read.SMTP_URL === null) {
    throw new SettingsError('VIGIL_PRIVACY_MAIL_TO needs SMTP_URL: set it, or leave both out');
  }
  return addresses;
}

function keysOf(text: string): KeysSetting {
  if (text === 'file') return { kind: 'file' };
  const [kind, name] = [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1)];
  return kind === 'azure' ? { kind, keyIdentifier: name } : { kind: 'aws', keyName: name };
}

function auditAnchorsOf(read: Read): Settings['auditAnchors'] {
  const [url, secret, mailTo] = [read.VIGIL_AUDIT_ANCHOR_URL, read.VIGIL_AUDIT_ANCHOR_SECRET, read.VIGIL_AUDIT_ANCHOR_MAIL_TO];
  if ((url === null) !== (secret === null)) {
    throw new SettingsError('VIGIL_AUDIT_ANCHOR_URL and VIGIL_AUDIT_ANCHOR_SECRET come together: set both, or neither');
  }
  if (mailTo !== null && read.SMTP_URL === null) throw new SettingsError('VIGIL_AUDIT_ANCHOR_MAIL_TO needs SMTP_URL');
  return {
    file: read.VIGIL_AUDIT_ANCHOR_FILE,
    webhook: url === null || secret === null ? null : { url, secret },
    mailTo: (mailTo ?? '').split(',').flatMap((address) => (address.trim() === '' ? [] : [address.trim()])),
    witnessUrl: read.VIGIL_AUDIT_WITNESS_URL,
  };
}

function channelsOf(list: string): readonly StaffChannel[] {
  const names = list.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
  return names.map((name) => {
    const channel = StaffChannel.safeParse(name);
    if (!channel.success) throw new SettingsError(`VIGIL_DEMO_CHANNELS: a comma list of ${StaffChannel.options.join(', ')}`);
    return channel.data;
  });
}

/** A demo is for looking at; a real site protects those who can change accounts and read the audit trail. */
function secondFactorRolesOf(list: string | null, source: Settings['source']): readonly Role[] {
  if (list === null) return source === 'none' ? ['admin', 'security-officer'] : [];
  if (list.trim() === 'none') return [];
  return list.split(',').map((name) => {
    const role = PersonRole.safeParse(name.trim());
    if (!role.success)
      throw new SettingsError(`VIGIL_SECOND_FACTOR_ROLES: none, or a comma list of ${PersonRole.options.join(', ')}`);
    return role.data;
  });
}
