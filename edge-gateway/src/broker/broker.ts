import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Aedes, type AedesOptions, type AuthenticateError, type Client } from 'aedes';
import { DeviceId } from '@vigil/contracts';
import type { Clock } from '@vigil/clock';
import type { Faults } from '../faults/faults.js';
import type { DeviceRegistry } from '../devices/registry.js';
import type { Fault } from '../decode/reject.js';
import { type Intake, Violation } from '../intake/intake.js';
import { codeOf, type GatewayLog } from '../log.js';
import type { GatewayMetrics } from '../metrics.js';
import { isOwnClientId, mayPublish } from './access.js';
import { NoSubscribers, SILENT_BUS } from './no-subscribers.js';
import { PacketGuard } from './packet-guard.js';

export interface BrokerOptions {
  /** On 127.0.0.1; 0 for any free one. */
  readonly port: number;
  readonly registry: DeviceRegistry;
  readonly intake: Intake;
  readonly faults: Faults;
  readonly clock: Clock;
  readonly metrics: GatewayMetrics;
  readonly log: GatewayLog;
}

/** Who is at the other end, as TLS proved it: the device, and the SHA-256 of its certificate in hexadecimal. */
export interface Identity {
  readonly deviceId: DeviceId;
  readonly fingerprint: string;
}

const CONNECT_TIMEOUT_MS = 5_000;
const CONNECTIONS_MAX = 4_000;
const NOTHING = Buffer.alloc(0);
/** MQTT 3.1.1, table 3.1: "bad user name or password". */
const BAD_LOGIN = 4;

/**
 * The MQTT 3.1.1 broker that bedside devices publish to, on loopback.
 *
 * PUBACK means stored: aedes sends it when `authorizePublish` calls back, and that happens after the spool's fdatasync.
 * A device that sends faster than the disk is slowed down, because aedes reads on only when the packets it has read
 * are done. Nobody subscribes, and nothing is handed to anyone.
 */
export class Broker {
  private readonly server: Server;
  private readonly aedes: Aedes;
  private readonly guards = new WeakMap<object, PacketGuard>();
  private readonly identities = new WeakMap<object, Identity>();
  private readonly devices = new Map<Client, DeviceId>();

  private constructor(private readonly options: BrokerOptions) {
    this.aedes = new Aedes(this.aedesOptions());
    this.server = createServer({ noDelay: true }, (socket) => this.accept(socket, null));
    this.server.maxConnections = CONNECTIONS_MAX;
  }

  /** @throws Error with `code` EADDRINUSE when the port is taken */
  static async listen(options: BrokerOptions): Promise<Broker> {
    const broker = new Broker(options);
    broker.watch();
    await broker.aedes.listen();
    await new Promise<void>((resolve, reject) => {
      broker.server.once('error', reject);
      broker.server.listen(options.port, '127.0.0.1', () => {
        broker.server.off('error', reject);
        resolve();
      });
    });
    options.registry.onRevoked = (deviceIds) => broker.cut(deviceIds);
    return broker;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Takes no more connections and ends those that are open. What they had in flight is stored but may lack its PUBACK. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    await new Promise<void>((resolve) => this.aedes.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private readonly sockets = new Set<Socket>();

  /**
   * Takes a connection that is open. `identity`: what TLS proved, and then no token is asked; null: a login with a token
   * has to follow. The socket is the broker's from here on.
   */
  accept(socket: Socket, identity: Identity | null): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    const guard = new PacketGuard(socket);
    const client = this.aedes.handle(guard);
    this.guards.set(client, guard);
    if (identity !== null) this.identities.set(client, identity);
    guard.onRefused = (reason, bytes) => {
      this.refused(reason);
      const deviceId = this.devices.get(client);
      if (deviceId === undefined) return;
      const fault = { reason: 'too-large', path: '', expected: 'a packet within the size limit' } as const;
      this.options.intake.violation(deviceId, fault, { bytes }, () => undefined);
    };
  }

  private aedesOptions(): AedesOptions {
    return {
      connectTimeout: CONNECT_TIMEOUT_MS,
      maxClientsIdLength: 64,
      persistence: new NoSubscribers(),
      mq: SILENT_BUS,
      preConnect: (_client, packet, callback) => {
        // A will is published later in the device's name, so it must be one that the device may publish.
        const { will, username } = packet;
        const deviceId = DeviceId.safeParse(username);
        const allowed =
          will === undefined ||
          (deviceId.success &&
            mayPublish(deviceId.data, { ...will, qos: will.qos ?? 0, retain: will.retain ?? false }) === 'status');
        if (!allowed) this.refused('bad-will');
        callback(allowed ? null : new Error('bad-will'), allowed);
      },
      authenticate: (client, username, password, done) => this.authenticate(client, username, password, done),
      authorizePublish: (client, packet, callback) => {
        const deviceId = client === null ? undefined : this.devices.get(client);
        if (deviceId === undefined) {
          callback(new Error('no device'));
          return;
        }
        const payload = Buffer.isBuffer(packet.payload) ? packet.payload : Buffer.from(packet.payload);
        // The broker has nobody to hand it to; what is kept is on the spool.
        packet.payload = NOTHING;
        const kind = mayPublish(deviceId, packet);
        const { intake } = this.options;
        if (typeof kind === 'object') intake.violation(deviceId, kind, payload, callback);
        else if (kind === 'status') intake.status(deviceId, payload, callback);
        else intake.observations(deviceId, payload, callback);
      },
      // Granted to nobody: the client reads 0x80 in its SUBACK.
      authorizeSubscribe: (client, _subscription, callback) => {
        const deviceId = client === null ? undefined : this.devices.get(client);
        if (deviceId !== undefined) {
          this.turnAway(deviceId, { reason: 'bad-topic', expected: 'no subscription' });
        }
        callback(null, null);
      },
    };
  }

  private authenticate(
    client: Client,
    username: string | undefined,
    password: Buffer | undefined,
    done: (error: AuthenticateError | null, success: boolean | null) => void,
  ): void {
    const { registry } = this.options;
    const identity = this.identities.get(client);
    const claimed = DeviceId.safeParse(username ?? identity?.deviceId);
    const admission =
      identity === undefined
        ? claimed.success
          ? registry.admit(claimed.data, password ?? NOTHING)
          : 'unknown-device'
        : claimed.data === identity.deviceId
          ? 'ok'
          : 'wrong-token';
    if (claimed.success && admission === 'ok' && isOwnClientId(client.id, claimed.data)) {
      this.devices.set(client, claimed.data);
      this.guards.get(client)?.trust();
      done(null, true);
      return;
    }
    this.refused(admission === 'ok' ? 'bad-client-id' : admission);
    const expected = {
      ok: 'the device id as MQTT client id, alone or with a suffix behind : . _ or /',
      'wrong-token': 'the token of this device',
      'unknown-device': 'a device that is enrolled',
    }[admission];
    this.turnAway(claimed.success ? claimed.data : null, { reason: 'unknown-device', expected });
    done(Object.assign(new Error('refused'), { returnCode: BAD_LOGIN }) as AuthenticateError, false);
  }

  private watch(): void {
    const { metrics, log } = this.options;
    this.aedes.on('client', () => metrics.connections.set(this.aedes.connectedClients));
    this.aedes.on('clientDisconnect', (client) => {
      // A will may still follow and needs to know its device.
      setImmediate(() => this.devices.delete(client));
      metrics.connections.set(this.aedes.connectedClients);
    });
    this.aedes.on('clientError', (client, error) => {
      const code = error instanceof Violation ? error.reason : error.name === 'Error' ? 'MQTT' : codeOf(error);
      log.warn({ deviceId: this.devices.get(client), code }, 'connection cut');
    });
    this.aedes.on('connectionError', () => this.refused('protocol'));
  }

  private cut(deviceIds: readonly string[]): void {
    const revoked = new Set(deviceIds);
    for (const [client, deviceId] of this.devices) if (revoked.has(deviceId)) client.close();
  }

  /** What a claimed id may not be is said on `/api/v1/rejects`; the log line names no id, because it may be anything. */
  private turnAway(claimed: DeviceId | null, fault: Pick<Fault, 'reason' | 'expected'>): void {
    if (this.options.intake.turnedAway(claimed, fault)) this.options.log.warn(fault, 'device refused');
  }

  private refused(reason: string): void {
    this.options.metrics.refusedConnections.inc({ reason });
  }
}
