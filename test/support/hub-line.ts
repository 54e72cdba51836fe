import { connect, createServer, type Socket } from 'node:net';
import { freePorts } from './free-ports.js';

/** A line to a hub that a test cuts and mends. */
export interface HubLine {
  readonly port: number;
  /** Carries bytes; connections are taken again. */
  mend(): void;
  /** Ends every connection and takes none. */
  cut(): void;
  /** Takes connections and bytes, and brings nothing anywhere. */
  swallow(): void;
  close(): Promise<void>;
}

/** A line to `hubPort` of this machine. It is cut at first. */
export async function startHubLine(hubPort: number): Promise<HubLine> {
  const [port] = await freePorts(1);
  const sockets = new Set<Socket>();
  let state: 'carries' | 'cut' | 'swallows' = 'cut';
  const server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => undefined);
    client.on('close', () => sockets.delete(client));
    if (state === 'cut') return void client.destroy();
    client.setNoDelay(true);
    const hub = connect(hubPort, '127.0.0.1');
    hub.setNoDelay(true);
    hub.on('error', () => undefined);
    client.on('data', (bytes) => state === 'carries' && hub.write(bytes));
    hub.on('data', (bytes) => state === 'carries' && client.write(bytes));
    client.on('close', () => hub.destroy());
    hub.on('close', () => client.destroy());
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: port!,
    mend: () => {
      // What was swallowed is gone, so those connections are of no use any more.
      if (state === 'swallows') drop();
      state = 'carries';
    },
    cut: () => {
      state = 'cut';
      drop();
    },
    swallow: () => {
      state = 'swallows';
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        drop();
      }),
  };
}
