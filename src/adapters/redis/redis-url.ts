import { readFileSync } from 'node:fs';

/** Where a Redis server is, and how to speak to it. It may hold a password: never in a log or an error text. */
export interface RedisUrl {
  readonly host: string;
  readonly port: number;
  readonly username: string | null;
  readonly password: string | null;
  /** Null: no TLS. */
  readonly tls: { readonly ca: string | null } | null;
  /** Host and port, for people. */
  readonly where: string;
}

/** A line for whoever set the setting; never with the URL in it. */
export class RedisUrlError extends Error {
  override readonly name = 'RedisUrlError';

  constructor(says: string) {
    super(`REDIS_URL: ${says}`);
  }
}

const FORM = 'rediss://user:password@host:6379?cacert=/path/ca.pem';
const DEFAULT_PORT = 6_379;
const LOCAL = new Set(['localhost', '127.0.0.1', '::1']);

/**
 * Reads `rediss://user:password@host:6379?cacert=/path/ca.pem`, or `redis://` for a server on this machine.
 * @throws RedisUrlError
 */
export function redisUrlOf(text: string): RedisUrl {
  const url = parsed(text);
  for (const name of url.searchParams.keys())
    if (name !== 'cacert') throw new RedisUrlError('only cacert may follow the question mark');
  const host = decoded(url.hostname).replace(/^\[(.+)\]$/, '$1');
  if (host === '') throw new RedisUrlError(`it names no server: ${FORM}`);
  const hasTls = url.protocol === 'rediss:';
  if (!hasTls && !LOCAL.has(host))
    throw new RedisUrlError(`redis:// is for a server on this machine; over a network it is ${FORM}`);
  const cacert = url.searchParams.get('cacert');
  if (!hasTls && cacert !== null) throw new RedisUrlError('cacert goes with rediss://');
  if (!/^(\/\d*)?$/.test(url.pathname))
    throw new RedisUrlError('only the number of a database may follow the port; Vigil uses none');
  const port = url.port === '' ? DEFAULT_PORT : Number(url.port);
  return {
    ...{ host, port, where: `${host}:${port}` },
    username: url.username === '' ? null : decoded(url.username),
    password: url.password === '' ? null : decoded(url.password),
    tls: hasTls ? { ca: cacert === null ? null : contentOf(cacert) } : null,
  };
}

function parsed(text: string): URL {
  if (!/^rediss?:\/\//.test(text)) throw new RedisUrlError(`it starts with rediss:// or redis://, as in ${FORM}`);
  try {
    return new URL(text);
  } catch {
    throw new RedisUrlError(`not understood; it looks like ${FORM}, with special characters of the password percent-encoded`);
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RedisUrlError('a % in it is not the begin of a percent-encoded character; write %25');
  }
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new RedisUrlError(`${file} can't be read`);
  }
}
