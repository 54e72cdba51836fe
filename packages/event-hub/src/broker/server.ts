import { type AddressInfo, createServer } from 'node:net';
import { createContainer } from './amqp.js';
import type { Broker } from './broker.js';
import { ClientConnection } from './connection.js';

const CONNECTIONS_MAX = 1000;
const SWEEP_WALL_MS = 10_000;
const STOP_WITHIN_WALL_MS = 1500;

export interface AmqpServer {
  readonly port: number;
  /** Events asked for by all consumers and not sent. */
  openCredit(): number;
  stop(): Promise<void>;
}

/** Serves AMQP on loopback. @throws the error of `listen`, e.g. EADDRINUSE */
export async function serveAmqp(broker: Broker, host: '127.0.0.1', port: number): Promise<AmqpServer> {
  const container = createContainer('vigil-event-hub');
  const connections = new Set<ClientConnection>();
  const server = createServer((socket) => {
    const connection: ClientConnection = new ClientConnection(broker, container, socket, () => connections.delete(connection));
    connections.add(connection);
  });
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', () => broker.log.error({}, 'the AMQP server reports an error'));
  const endSweep = broker.clock.every(SWEEP_WALL_MS, () => {
    for (const connection of connections) connection.sweep(broker.clock.wallMs());
  });
  return {
    port: (server.address() as AddressInfo).port,
    openCredit: () => [...connections].reduce((sum, c) => sum + c.openCredit, 0),
    stop: async () => {
      endSweep();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of connections) connection.stop();
      await Promise.race([closed, broker.clock.sleep(STOP_WITHIN_WALL_MS)]);
    },
  };
}
