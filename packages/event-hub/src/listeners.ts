import { createServer } from 'node:net';
import { tlsServer } from '@vigil/certificates';
import type { Clock } from '@vigil/clock';
import type { HubMetrics } from './admin/metrics.js';
import type { Listener } from './broker/server.js';
import { LogError } from './log/log-error.js';
import { LiveCertificate, type TlsOptions } from './tls/live-certificate.js';
import { isLoopback } from './tls/loopback.js';

const PLAIN_HOST = '127.0.0.1';
const TLS_PORT = 5671;

export interface ListenOptions {
  readonly dataDir: string;
  /** Plain AMQP on 127.0.0.1; null for none. */
  readonly port: number | null;
  readonly host?: string | undefined;
  readonly tls?: TlsOptions | undefined;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** How clients reach the hub: what to listen on, and the certificate when one way is TLS. */
export interface Ways {
  readonly listeners: readonly Listener[];
  readonly certificate: LiveCertificate | null;
  /** Host and port of connection strings once these ports are bound; plain first where there is both. */
  addressOf(ports: readonly number[], way?: 'plain' | 'tls'): Address & { readonly isTls: boolean };
  /** Both ways, null for one that there is not. */
  reachedAt(ports: readonly number[]): { readonly plain: Address | null; readonly tls: Address | null };
}

/**
 * Decides what is listened on. Plain connections are for this machine only, whatever `host` says: keys and events would
 * go over the network for all to read.
 *
 * @throws LogError `config`, one line that says what to do
 */
export async function openWays(options: ListenOptions, { clock, metrics }: { clock: Clock; metrics: HubMetrics }): Promise<Ways> {
  const { dataDir, port, tls, host = PLAIN_HOST } = options;
  if (tls === undefined && !isLoopback(host)) {
    const how = 'make a certificate (vigil-event-hub certificates --data-dir <folder> --host <name>) and add --tls-port 5671';
    throw new LogError('config', `${host} is reached from other machines, which needs TLS; ${how}, or leave out the host`);
  }
  if (tls === undefined && port === null) throw new LogError('config', 'without TLS the hub needs a plain port on this machine');
  const certificate = tls === undefined ? null : await LiveCertificate.open({ ...tls, dataDir, host, clock });
  const plain = port === null ? [] : [plainListener(tls === undefined ? host : PLAIN_HOST, port)];
  const secure = certificate === null ? [] : [tlsListener(host, certificate, tls!, metrics)];
  const reachedAt: Ways['reachedAt'] = (ports) => ({
    plain: plain[0] === undefined ? null : { host: plain[0].host, port: ports[0]! },
    tls: certificate === null ? null : { host: certificate.name, port: ports.at(-1)! },
  });
  return {
    listeners: [...plain, ...secure],
    certificate,
    reachedAt,
    addressOf: (ports, way = plain.length > 0 ? 'plain' : 'tls') => {
      const address = reachedAt(ports)[way];
      if (address !== null) return { ...address, isTls: way === 'tls' };
      throw new LogError('config', way === 'tls' ? 'this hub has no TLS' : 'this hub is reached by TLS only');
    },
  };
}

const plainListener = (host: string, port: number): Listener => ({
  host,
  port,
  serve: (onConnection) => ({ server: createServer(onConnection) }),
});

function tlsListener(host: string, certificate: LiveCertificate, tls: TlsOptions, metrics: HubMetrics): Listener {
  const { handshakeTimeoutMs, port = TLS_PORT } = tls;
  const timeout = handshakeTimeoutMs === undefined ? {} : { handshakeTimeoutMs };
  const onFailed = (reason: string): void => metrics.handshakesFailed.inc({ reason });
  const serve: Listener['serve'] = (onConnection) => {
    const door = tlsServer({ context: certificate.context, onFailed, ...timeout, onConnection });
    certificate.onNew = (context) => door.server.setSecureContext(context);
    return door;
  };
  return { host, port, serve };
}
