import { STANDBY_MS_MAX } from '@vigil/contracts';
import { z } from 'zod';
import { filled, isLoopbackName, isSafeUrl, LOOPBACK, port, type ReadOf, row, SettingsError } from './setting-row.js';

/** What Vigil reads and writes there and nothing more, in the words of SMART v1, which every server understands. */
const SCOPES = [
  ...['Patient', 'Encounter', 'Location', 'Practitioner', 'Device', 'Observation'].map((type) => `system/${type}.read`),
  ...['Observation', 'Device', 'DeviceMetric', 'Subscription'].map((type) => `system/${type}.write`),
].join(' ');
const STANDBY_MIN_MAX = STANDBY_MS_MAX / 60_000;

/** Settings of what Vigil shares with the hospital's other systems. */
export const FEED_ROWS = {
  FHIR_BASE_URL: row(null, 'FHIR R4 server of the hospital; https, or http on this machine. Unset: none.', z.url()),
  FHIR_CLIENT_ID: row(null, 'Name of this Vigil at its authorization server (SMART backend services).', filled),
  FHIR_PRIVATE_KEY: row(
    null,
    'File with the private key of that client, JWK or PEM, ES384 or RS384; readable by its owner only.',
    filled,
  ),
  FHIR_KEY_ID: row(null, 'Which of the keys that the server knows this is (`kid`). Default: as the JWK says.', filled),
  FHIR_TOKEN_URL: row(
    null,
    'Token endpoint. Default: as the server says, when it is at the same origin as FHIR_BASE_URL.',
    z.url(),
  ),
  FHIR_SCOPES: row(SCOPES, 'Scopes to ask for, separated by blanks.', filled),
  FHIR_MRN_SYSTEM: row(
    null,
    'System (URI) of the record number among the identifiers of a Patient. Needed with FHIR_BASE_URL.',
    filled,
  ),
  FHIR_VISIT_SYSTEM: row(null, 'System (URI) of the visit number among the identifiers of an Encounter.', filled),
  FHIR_OUT: row(
    'minute',
    'Readings that are sent as Observations: `none`, the first of each `minute`, `every` one, or `sampled` (one series each minute).',
    z.enum(['none', 'minute', 'every', 'sampled']),
  ),
  FHIR_POLL_S: row('30', 'Seconds between two looks at what has changed there, 5 to 3600.', z.coerce.number().min(5).max(3_600)),
  FHIR_NOTIFY_URL: row(
    null,
    'Where that server reaches `/api/v1/ehr/notify` of this platform, to say "look now" (rest-hook). Unset: it is only asked.',
    z.url(),
  ),
  VIGIL_HL7_PORT: row(null, 'Port for HL7 v2 ADT messages (MLLP). Unset: none.', port),
  VIGIL_HL7_HOST: row(
    '127.0.0.1',
    'Address to listen on for them. Anything but loopback needs the three VIGIL_HL7_TLS settings.',
    filled,
  ),
  VIGIL_HL7_TLS_CERT: row(null, 'File with the certificate chain of that port (PEM).', filled),
  VIGIL_HL7_TLS_KEY: row(null, 'File with the private key of the certificate (PEM).', filled),
  VIGIL_HL7_TLS_CA: row(null, 'File with the authorities (PEM) whose certificates senders must show.', filled),
  VIGIL_HL7_ENCODING: row(
    'utf-8',
    'Encoding of messages that name none (MSH-18): `utf-8`, `iso-8859-1`, `iso-8859-15` or `windows-1252`.',
    z.enum(['utf-8', 'iso-8859-1', 'iso-8859-15', 'windows-1252']),
  ),
  VIGIL_HL7_MRN_AUTHORITY: row(
    null,
    'Assigning authority (PID-3.4) of the record number. Needed with VIGIL_HL7_PORT: no other number names a patient.',
    filled,
  ),
  VIGIL_TIME_ZONE: row(
    null,
    'Time zone of HL7 times without an offset, e.g. `Europe/Vienna`. Needed with VIGIL_HL7_PORT.',
    z.string().refine(isTimeZone, 'a time zone such as Europe/Vienna or UTC'),
  ),
  VIGIL_STANDBY_MAX_MIN: row(
    '60',
    `Minutes (event time) for which a patient may be away from the monitor, 5 to ${STANDBY_MIN_MAX}.`,
    z.coerce.number().min(5).max(STANDBY_MIN_MAX),
  ),
} as const;

type Read = ReadOf<typeof FEED_ROWS>;

/** SMART backend services: `private_key_jwt`. */
export interface FhirClientSettings {
  readonly clientId: string;
  readonly keyFile: string;
  /** Null: as the JWK says. */
  readonly keyId: string | null;
  /** Null: discovered. */
  readonly tokenUrl: string | null;
  readonly scopes: readonly string[];
}

export interface FhirSettings {
  /** Without a slash at the end. */
  readonly baseUrl: string;
  /** Null on loopback only. */
  readonly client: FhirClientSettings | null;
  readonly mrnSystem: string;
  readonly visitSystem: string | null;
  readonly out: 'none' | 'minute' | 'every' | 'sampled';
  /** Wall time. */
  readonly pollMs: number;
  /** Without a slash at the end. */
  readonly notifyUrl: string | null;
}

export interface Hl7Settings {
  readonly host: string;
  /** 0 takes a free port, for tests. */
  readonly port: number;
  /** Senders show a certificate; null on loopback only. */
  readonly tls: { readonly certFile: string; readonly keyFile: string; readonly caFile: string } | null;
  /** A label that `TextDecoder` takes. */
  readonly encoding: 'utf-8' | 'iso-8859-1' | 'iso-8859-15' | 'windows-1252';
  readonly mrnAuthority: string;
  /** IANA name. */
  readonly timeZone: string;
}

export interface FeedSettings {
  /** Null: no FHIR server. */
  readonly fhir: FhirSettings | null;
  /** Null: no HL7 port. */
  readonly hl7: Hl7Settings | null;
  /** Event time. */
  readonly standbyMaxMs: number;
}

/** @throws SettingsError */
export function feedsOf(read: Read): FeedSettings {
  return { fhir: fhirOf(read), hl7: hl7Of(read), standbyMaxMs: read.VIGIL_STANDBY_MAX_MIN! * 60_000 };
}

function fhirOf(read: Read): FhirSettings | null {
  if (read.FHIR_BASE_URL === null) return null;
  for (const name of ['FHIR_BASE_URL', 'FHIR_TOKEN_URL', 'FHIR_NOTIFY_URL'] as const) {
    if (read[name] !== null && !isSafeUrl(read[name])) {
      throw new SettingsError(`${name} must be https (http for this machine only), without a query or a name in it`);
    }
  }
  if (read.FHIR_MRN_SYSTEM === null) {
    throw new SettingsError('FHIR_BASE_URL needs FHIR_MRN_SYSTEM: no other identifier names a patient');
  }
  return {
    baseUrl: withoutSlash(read.FHIR_BASE_URL),
    client: clientOf(read, read.FHIR_BASE_URL),
    mrnSystem: read.FHIR_MRN_SYSTEM,
    visitSystem: read.FHIR_VISIT_SYSTEM,
    out: read.FHIR_OUT!,
    pollMs: read.FHIR_POLL_S! * 1_000,
    notifyUrl: read.FHIR_NOTIFY_URL === null ? null : withoutSlash(read.FHIR_NOTIFY_URL),
  };
}

function clientOf(read: Read, baseUrl: string): FhirClientSettings | null {
  const [clientId, keyFile] = [read.FHIR_CLIENT_ID, read.FHIR_PRIVATE_KEY];
  if ((clientId === null) !== (keyFile === null)) {
    throw new SettingsError('FHIR_CLIENT_ID and FHIR_PRIVATE_KEY come together: set both, or neither');
  }
  if (clientId === null || keyFile === null) {
    if (isLoopbackName(new URL(baseUrl).hostname)) return null;
    throw new SettingsError('FHIR_BASE_URL is not this machine: set FHIR_CLIENT_ID and FHIR_PRIVATE_KEY');
  }
  const scopes = read.FHIR_SCOPES!.split(/\s+/).filter((scope) => scope !== '');
  return { clientId, keyFile, keyId: read.FHIR_KEY_ID, tokenUrl: read.FHIR_TOKEN_URL, scopes };
}

function hl7Of(read: Read): Hl7Settings | null {
  if (read.VIGIL_HL7_PORT === null) return null;
  const [mrnAuthority, timeZone] = [read.VIGIL_HL7_MRN_AUTHORITY, read.VIGIL_TIME_ZONE];
  if (mrnAuthority === null) {
    throw new SettingsError('VIGIL_HL7_PORT needs VIGIL_HL7_MRN_AUTHORITY: no other number names a patient');
  }
  if (timeZone === null) {
    throw new SettingsError('VIGIL_HL7_PORT needs VIGIL_TIME_ZONE: times without an offset would be guessed');
  }
  const host = read.VIGIL_HL7_HOST!;
  return {
    ...{ host, port: read.VIGIL_HL7_PORT, tls: hl7TlsOf(read, host) },
    ...{ encoding: read.VIGIL_HL7_ENCODING!, mrnAuthority, timeZone },
  };
}

function hl7TlsOf(read: Read, host: string): Hl7Settings['tls'] {
  const [certFile, keyFile, caFile] = [read.VIGIL_HL7_TLS_CERT, read.VIGIL_HL7_TLS_KEY, read.VIGIL_HL7_TLS_CA];
  if (certFile !== null && keyFile !== null && caFile !== null) return { certFile, keyFile, caFile };
  if (certFile !== null || keyFile !== null || caFile !== null) {
    throw new SettingsError('VIGIL_HL7_TLS_CERT, VIGIL_HL7_TLS_KEY and VIGIL_HL7_TLS_CA come together: set all, or none');
  }
  if (LOOPBACK.has(host)) return null;
  throw new SettingsError(
    `VIGIL_HL7_HOST=${host} is not loopback and senders need no certificate: set the VIGIL_HL7_TLS settings, or 127.0.0.1`,
  );
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, '');

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
