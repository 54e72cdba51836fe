import { readFileSync } from 'node:fs';
import type { ClientConfig } from 'pg';

/** Where a PostgreSQL database is, and how to speak to it. It holds a password: never in a log or an error text. */
export interface DatabaseUrl {
  readonly config: ClientConfig;
  /** Host, port and name of the database, for people: no user, no password. */
  readonly where: string;
  /** The same for PostgreSQL's own programs, as variables of their environment; never as arguments, which everybody on the machine sees. */
  readonly libpq: Readonly<Record<string, string>>;
}

/** A line for whoever set the setting; never with the URL in it. */
export class DatabaseUrlError extends Error {
  override readonly name = 'DatabaseUrlError';

  constructor(says: string, setting = 'DATABASE_URL') {
    super(`${setting}: ${says}`);
  }

  /** The same of another setting. */
  of(setting: string): DatabaseUrlError {
    return new DatabaseUrlError(this.message.replace(/^[A-Z_]+: /, ''), setting);
  }
}

const FORM = 'postgres://user:password@host:5432/name?sslmode=verify-full';
const DEFAULT_PORT = 5_432;
const MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
type SslMode = (typeof MODES)[number];

/** What may follow the question mark; other words of libpq would be taken for set and have no effect. */
const PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'host'] as const;
type Parameters = Partial<Record<(typeof PARAMETERS)[number], string>>;

const LOCAL = new Set(['', 'localhost', '127.0.0.1', '::1']);
const isLocal = (host: string): boolean => host.startsWith('/') || LOCAL.has(host);

/**
 * Reads `postgres://user:password@host:5432/name?sslmode=verify-full&sslrootcert=/path/ca.pem`. `?host=/run/postgresql` is a socket of this
 * machine. Without `sslmode` a server on another machine has to prove who it is (`verify-full`), and on this machine there is no TLS.
 * @throws DatabaseUrlError
 */
export function databaseUrlOf(text: string): DatabaseUrl {
  const url = parsed(text);
  const parameters = parametersOf(url);
  const host = parameters.host ?? decodeURIComponent(url.hostname).replace(/^\[(.+)\]$/, '$1');
  const database = decodeURIComponent(url.pathname.slice(1));
  if (database === '') throw new DatabaseUrlError(`it names no database: ${FORM}`);
  const mode = modeOf(parameters.sslmode, host);
  const port = url.port === '' ? DEFAULT_PORT : Number(url.port);
  const secrets = { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  return {
    config: {
      ...(host === '' ? { host: 'localhost' } : { host }),
      ...{ port, database, application_name: 'vigil' },
      ...(secrets.user === '' ? {} : { user: secrets.user }),
      ...(secrets.password === '' ? {} : { password: secrets.password }),
      ssl: mode === 'disable' ? false : { ...filesOf(parameters), ...checksOf(mode) },
    },
    where: `${host}:${port}/${database}`,
    libpq: {
      ...{ PGHOST: host === '' ? 'localhost' : host, PGPORT: String(port), PGDATABASE: database, PGSSLMODE: mode },
      ...(secrets.user === '' ? {} : { PGUSER: secrets.user }),
      ...(secrets.password === '' ? {} : { PGPASSWORD: secrets.password }),
      ...libpqFilesOf(parameters),
    },
  };
}

function parsed(text: string): URL {
  if (!/^postgres(ql)?:\/\//.test(text)) throw new DatabaseUrlError(`it starts with postgres://, as in ${FORM}`);
  try {
    return new URL(text);
  } catch {
    throw new DatabaseUrlError(`not understood; it looks like ${FORM}, with special characters of the password percent-encoded`);
  }
}

function parametersOf(url: URL): Parameters {
  for (const name of url.searchParams.keys()) {
    if (!PARAMETERS.some((each) => each === name))
      throw new DatabaseUrlError(`only ${PARAMETERS.join(', ')} may follow the question mark`);
  }
  return Object.fromEntries(url.searchParams) as Parameters;
}

function modeOf(given: string | undefined, host: string): SslMode {
  if (given === undefined) return isLocal(host) ? 'disable' : 'verify-full';
  const mode = MODES.find((each) => each === given);
  if (mode === undefined)
    throw new DatabaseUrlError(`sslmode is one of ${MODES.join(', ')}; "prefer" would go without TLS unseen`);
  if (mode === 'disable' && !isLocal(host)) {
    throw new DatabaseUrlError('sslmode=disable is for a server on this machine; over a network patient data need TLS');
  }
  return mode;
}

/** As libpq has it: `require` takes whoever answers, `verify-ca` a known authority, `verify-full` the right name too. */
function checksOf(mode: Exclude<SslMode, 'disable'>): object {
  if (mode === 'require') return { rejectUnauthorized: false };
  return { rejectUnauthorized: true, ...(mode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}) };
}

function filesOf({ sslrootcert, sslcert, sslkey }: Parameters): object {
  if ((sslcert === undefined) !== (sslkey === undefined)) throw new DatabaseUrlError('sslcert and sslkey come together');
  return {
    ...(sslrootcert === undefined ? {} : { ca: contentOf(sslrootcert) }),
    ...(sslcert === undefined || sslkey === undefined ? {} : { cert: contentOf(sslcert), key: contentOf(sslkey) }),
  };
}

function libpqFilesOf({ sslrootcert, sslcert, sslkey }: Parameters): Record<string, string> {
  const named = { PGSSLROOTCERT: sslrootcert, PGSSLCERT: sslcert, PGSSLKEY: sslkey };
  return Object.fromEntries(Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new DatabaseUrlError(`${file} can't be read`);
  }
}
