import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { type ConnectionParts, Hl7Connection } from './connection.js';

/** Senders of one hospital: an interface engine has a few connections. */
export const CONNECTIONS_MAX = 64;
const HANDSHAKE_MS_MAX = 10_000;

export interface Hl7ServerParts extends Omit<ConnectionParts, 'news'> {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Files; null on loopback only. */
  readonly tls: { readonly certFile: string; readonly keyFile: string; readonly caFile: string } | null;
  readonly news: ConnectionParts['news'] & {
    /** `certificate`: none of the configured authorities. `too-many`: the bound on connections. */
    refused(why: 'certificate' | 'too-many'): void;
  };
}

/** Takes HL7 v2 messages over MLLP. Off loopback only from whoever shows a certificate of the configured authorities. */
export class Hl7Server {
  private readonly server: Server;
  private readonly connections = new Set<Hl7Connection>();

  /** @throws where a file of `tls` can't be read */
  constructor(private readonly parts: Hl7ServerParts) {
    this.server = parts.tls === null ? createServer((socket) => this.accept(socket, '')) : this.tlsServer(parts.tls);
    this.server.maxConnections = CONNECTIONS_MAX;
    this.server.on('drop', () => parts.news.refused('too-many'));
  }

  /** @returns the port. @throws the system's error where it can't be listened on */
  start(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.parts.port, this.parts.host, () => {
        this.server.off('error', reject);
        resolve((this.server.address() as AddressInfo).port);
      });
    });
  }

  /** Waits for what is being kept; whoever gets no answer sends again. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => void this.server.close(() => resolve()));
    const working = [...this.connections].map((connection) => connection.working);
    for (const connection of this.connections) connection.close(null);
    await Promise.all([closed, ...working]);
  }

  private tlsServer({ certFile, keyFile, caFile }: NonNullable<Hl7ServerParts['tls']>): Server {
    const files = { cert: readFileSync(certFile), key: readFileSync(keyFile), ca: readFileSync(caFile) };
    const options = { ...files, requestCert: true, rejectUnauthorized: true, handshakeTimeout: HANDSHAKE_MS_MAX };
    const server = createTlsServer({ ...options, minVersion: 'TLSv1.2' }, (socket) => this.accept(socket, peerOf(socket)));
    server.on('tlsClientError', () => this.parts.news.refused('certificate'));
    return server;
  }

  private accept(socket: Socket, peer: string): void {
    const connection = new Hl7Connection(socket, peer, this.parts);
    this.connections.add(connection);
    socket.on('close', () => this.connections.delete(connection));
  }
}

/** Common name of the certificate that the sender has shown. */
function peerOf(socket: TLSSocket): string {
  const name = socket.getPeerCertificate().subject.CN as string | readonly string[] | undefined;
  return typeof name === 'string' ? name : (name?.[0] ?? '');
}
