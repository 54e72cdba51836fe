import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A network between clients and a hub that can be made to swallow what it should carry. */
export interface HubProxy {
  /** The connection string of the hub, by way of the proxy. */
  through(connectionString: string): string;
  /** Connections in the order in which they came. */
  readonly count: number;
  /** From now on nothing of the hub's reaches the client of these connections; both ends stay open. */
  swallow(which: (index: number) => boolean): void;
  stop(): void;
}

/** Carries bytes to `port` on this machine. */
export async function startHubProxy(port: number): Promise<HubProxy> {
  const sockets = new Set<Socket>();
  const swallowed = new Set<number>();
  let count = 0;
  const server = createServer((client) => {
    const index = count++;
    const hub = connect(port, '127.0.0.1');
    client.setNoDelay(true);
    hub.setNoDelay(true);
    for (const socket of [client, hub]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('data', (bytes) => hub.write(bytes));
    hub.on('data', (bytes) => {
      if (!swallowed.has(index)) client.write(bytes);
    });
    client.on('close', () => hub.destroy());
    hub.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const own = (server.address() as AddressInfo).port;
  return {
    through: (connectionString) => connectionString.replace(/:\d+\//, `:${own}/`),
    get count() {
      return count;
    },
    swallow: (which) => {
      for (let index = 0; index < count; index++) if (which(index)) swallowed.add(index);
    },
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
