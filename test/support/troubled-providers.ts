import { createServer as createHttp } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net';

/** What a provider does that is not well: it never answers, refuses now or for good, hangs up, talks nonsense, or points elsewhere. */
export type Trouble = 'silent' | 'later' | 'never' | 'cut' | 'garbage' | 'elsewhere';

const NONSENSE = '\u0000\u0001 <html>no such thing</html>\r\n';

/** An SMTP server on loopback in trouble; `elsewhere` is no word of SMTP and counts as `never`. */
export async function troubledMail(trouble: Trouble): Promise<TroubledProvider> {
  const provider = new TroubledProvider(
    createTcp((socket) => {
      provider.opened(socket);
      if (trouble === 'silent') return;
      if (trouble === 'garbage') return void socket.write(NONSENSE.repeat(50));
      socket.write('220 ready\r\n');
      socket.on('data', (chunk) => {
        const line = chunk.toString();
        if (trouble === 'cut' && /^MAIL/i.test(line)) return socket.destroy();
        const refusal = trouble === 'later' ? '451 try again\r\n' : '550 no amy@hospital.test here\r\n';
        socket.write(/^(EHLO|HELO)/i.test(line) ? '250 hello\r\n' : refusal);
      });
    }),
  );
  await provider.start();
  return provider;
}

/** An HTTP server on loopback in trouble. */
export async function troubledHttp(trouble: Trouble): Promise<TroubledProvider> {
  const server = createHttp((request, response) => {
    request.resume().once('end', () => {
      provider.requests += 1;
      if (trouble === 'silent') return;
      if (trouble === 'cut') return void request.socket.destroy();
      if (trouble === 'garbage') return void request.socket.end(NONSENSE);
      if (trouble === 'elsewhere') return void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
      response.writeHead(trouble === 'later' ? 503 : 400).end('{}');
    });
  });
  const provider = new TroubledProvider(server);
  server.on('connection', (socket) => provider.opened(socket));
  await provider.start();
  return provider;
}

export class TroubledProvider {
  /** Connections of SMTP, requests of HTTP. */
  requests = 0;
  private readonly sockets = new Set<Socket>();

  constructor(private readonly server: Server) {}

  opened(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => this.sockets.delete(socket));
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}
