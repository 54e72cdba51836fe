import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { WireMessage, WireStatus, parseTopic } from '@vigil/contracts';
import { Aedes } from 'aedes';

export interface Received {
  readonly deviceId: string;
  readonly message: WireMessage;
}

/** A real MQTT broker in the place of the gateway, for tests. What is not a message by the contracts is counted as bad. */
export class TestBroker {
  readonly received: Received[] = [];
  readonly statuses = new Map<string, WireStatus['state']>();
  bad = 0;
  /** While true, publishes are stored nowhere and never acknowledged. */
  withholding = false;
  private broker: Aedes | null = null;
  private server: Server | null = null;
  private readonly sockets = new Set<Socket>();
  port = 0;

  constructor(private readonly accepts: (deviceId: string, token: string) => boolean = () => true) {}

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  async start(): Promise<this> {
    const broker = await Aedes.createBroker();
    this.broker = broker;
    broker.authenticate = (client, username, password, done) => {
      const ok = username === client.id && this.accepts(client.id, String(password));
      done(ok ? null : (Object.assign(new Error('refused'), { returnCode: 4 }) as never), ok);
    };
    broker.authorizePublish = (client, packet, done) => {
      if (this.withholding) return;
      this.take(client?.id ?? '', packet.topic, packet.payload.toString());
      done(null);
    };
    const server = createServer((socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      broker.handle(socket);
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    return this;
  }

  /** As after kill -9: connections are gone, nothing is answered. `start` brings it back on the same port. */
  async kill(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server?.close(resolve));
    await new Promise<void>((resolve) => this.broker?.close(() => resolve()));
  }

  seqs(deviceId: string): number[] {
    return this.received.filter((r) => r.deviceId === deviceId).map((r) => r.message.seq);
  }

  private take(clientId: string, topic: string, payload: string): void {
    const parsed = parseTopic(topic);
    const json: unknown = JSON.parse(payload);
    if (parsed === null || parsed.deviceId !== clientId) this.bad += 1;
    else if (parsed.kind === 'status') this.statuses.set(clientId, WireStatus.parse(json).state);
    else {
      const message = WireMessage.safeParse(json);
      if (message.success) this.received.push({ deviceId: clientId, message: message.data });
      else this.bad += 1;
    }
  }
}

/** Polls until the condition holds; fails after five seconds. For tests against real servers only. */
export async function eventually(what: string, holds: () => boolean): Promise<void> {
  const endMs = performance.now() + 5_000;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
