import type { AddressInfo, Server, Socket } from 'node:net';
import type { Cancel, Clock } from '@vigil/clock';
import { createContainer } from './amqp.js';
import type { Broker } from './broker.js';
import { ClientConnection } from './connection.js';

/** A link ends this long after its token at the latest. */
const SWEEP_WALL_MS = 1000;
const SETTLE_WITHIN_WALL_MS = 500;
const LINGER_WALL_MS = 50;
const STOP_WITHIN_WALL_MS = 1500;

/** A way in: plain on this machine, or TLS. */
export interface Listener {
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
  /** Makes the server. It hands on each connection on which AMQP may begin. */
  serve(onConnection: (socket: Socket) => void): { readonly server: Server; readonly endHandshakes?: () => void };
}

export interface AmqpServer {
  /** Of each listener, in their order. */
  readonly ports: readonly number[];
  /** Events asked for by all consumers and not sent. */
  openCredit(): number;
  stop(): Promise<void>;
}

/** Serves AMQP on every listener. @throws the error of `listen`, e.g. EADDRINUSE; then none is left open */
export async function serveAmqp(broker: Broker, listeners: readonly Listener[]): Promise<AmqpServer> {
  const container = createContainer('vigil-event-hub');
  const connections = new Set<ClientConnection>();
  const accept = (socket: Socket): void => {
    const connection: ClientConnection = new ClientConnection(broker, container, socket, () => connections.delete(connection));
    connections.add(connection);
  };
  const served = listeners.map((listener) => ({ ...listener, ...listener.serve(accept) }));
  try {
    for (const { server, port, host } of served) await listen(server, { port, host, connectionsMax: broker.limits.connections });
  } catch (e) {
    for (const { server } of served) server.close();
    throw e;
  }
  for (const { server } of served) server.on('error', () => broker.log.error({}, 'the AMQP server reports an error'));
  const endSweep = broker.clock.every(SWEEP_WALL_MS, () => {
    for (const connection of connections) connection.sweep(broker.clock.wallMs());
  });
  return {
    ports: served.map(({ server }) => (server.address() as AddressInfo).port),
    openCredit: () => [...connections].reduce((sum, c) => sum + c.openCredit, 0),
    stop: async () => {
      endSweep();
      const closed = Promise.all(served.map(({ server }) => new Promise((resolve) => server.close(resolve))));
      for (const { endHandshakes } of served) endHandshakes?.();
      // What was sent is stored and acknowledged first; a client would send it again otherwise.
      await atMost(broker.clock, SETTLE_WITHIN_WALL_MS, broker.inFlight.close());
      // A client that got its acknowledgement sends the next at once, and is told to wait: a send that meets the end of
      // its connection fails in a way that the JavaScript client does not retry.
      if (connections.size > 0) await broker.clock.sleep(LINGER_WALL_MS);
      for (const connection of connections) connection.stop();
      await atMost(broker.clock, STOP_WITHIN_WALL_MS, closed);
    },
  };
}

/** Waits for `work`, but not for longer; leaves no timer, which would keep a process from ending. */
function atMost(clock: Clock, wallMs: number, work: Promise<unknown>): Promise<unknown> {
  let cancel: Cancel = () => undefined;
  const late = new Promise<void>((resolve) => (cancel = clock.after(wallMs, resolve)));
  return Promise.race([work, late]).finally(() => cancel());
}

interface ListenOptions {
  readonly port: number;
  readonly host: string;
  readonly connectionsMax: number;
}

function listen(server: Server, { port, host, connectionsMax }: ListenOptions): Promise<void> {
  server.maxConnections = connectionsMax;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
