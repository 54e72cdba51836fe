import type { Socket } from 'node:net';
import { createServer, type TlsOptions, type TLSSocket, type Server as TlsServer } from 'node:tls';

/** Connections that have not shown that they speak TLS. The oldest makes room: honest clients need milliseconds. */
const HANDSHAKES_MAX = 256;
const HANDSHAKE_TIMEOUT_MS = 5_000;

/** Why a connection never got under TLS. */
export type HandshakeFailure = 'refused' | 'timeout' | 'too-many';

export interface TlsServerOptions {
  /** Certificate, key and rules of the server; `setSecureContext` of the server replaces them. */
  readonly context: TlsOptions;
  readonly onFailed: (reason: HandshakeFailure) => void;
  /** 5 s by default. */
  readonly handshakeTimeoutMs?: number;
  /** A connection whose handshake is done. */
  readonly onConnection: (socket: TLSSocket) => void;
}

/**
 * Makes a server that hands on connections once they are under TLS. Who speaks something else is cut off at once.
 * `endHandshakes` ends those that nobody else knows yet, for a server that stops.
 */
export function tlsServer(options: TlsServerOptions): { readonly server: TlsServer; readonly endHandshakes: () => void } {
  const open = new Map<string, Socket>();
  /** Ended here, and not yet reported as ended. */
  let pushedOut = 0;
  const server = createServer({
    ...options.context,
    handshakeTimeout: options.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS,
    ALPNProtocols: [],
  });
  server.on('connection', (socket: Socket) => {
    const key = peerOf(socket);
    const [oldest] = open;
    if (open.size >= HANDSHAKES_MAX && oldest !== undefined) {
      open.delete(oldest[0]);
      oldest[1].destroy();
      pushedOut += 1;
      options.onFailed('too-many');
    }
    open.set(key, socket);
    socket.once('close', () => open.get(key) === socket && open.delete(key));
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    socket.destroy();
    if (error.code === 'ECONNRESET' && pushedOut > 0) {
      pushedOut -= 1;
      return;
    }
    const isTimeout = error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT';
    options.onFailed(isTimeout ? 'timeout' : 'refused');
  });
  server.on('secureConnection', (socket) => {
    open.delete(peerOf(socket));
    options.onConnection(socket);
  });
  return { server, endHandshakes: () => open.forEach((socket) => socket.destroy()) };
}

const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
