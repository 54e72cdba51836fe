import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Aedes, type AedesOptions, type Client } from 'aedes';
import type { Cancel, Clock } from '@vigil/clock';
import type { DeviceId } from '@vigil/contracts';
import type { DeviceRegistry } from '../devices/registry.js';
import type { Fault } from '../decode/reject.js';
import type { Faults } from '../faults/faults.js';
import { PassingFaults } from '../faults/passing-faults.js';
import { type Intake, Violation } from '../intake/intake.js';
import { codeOf, type GatewayLog } from '../log.js';
import type { GatewayMetrics } from '../metrics.js';
import { mayPublish } from './access.js';
import { admit, type Identity, type Refused } from './admission.js';
import { Allowance } from './allowance.js';
import type { Connect } from './connect-packet.js';
import { CONNACK, Connection } from './connection.js';
import { type BrokerLimits, LIMITS } from './limits.js';
import { NoSubscribers, SILENT_BUS } from './no-subscribers.js';
import type { GuardReason } from './packet-guard.js';
import { type Contest, Sessions, type SessionsOptions } from './sessions.js';
import { Strangers } from './strangers.js';

export type { Identity } from './admission.js';

export interface BrokerOptions {
  /** On 127.0.0.1; 0 for any free one. */
  readonly port: number;
  readonly registry: DeviceRegistry;
  readonly intake: Intake;
  readonly faults: Faults;
  readonly clock: Clock;
  readonly metrics: GatewayMetrics;
  readonly log: GatewayLog;
  readonly limits?: Partial<BrokerLimits> | undefined;
}

const SECOND_MS = 1_000;
const SAY_EVERY_SECONDS = 60;
const NOTHING = Buffer.alloc(0);
type Publish = Parameters<NonNullable<AedesOptions['authorizePublish']>>;

/**
 * The MQTT 3.1.1 broker that bedside devices publish to: on loopback, and behind any door that calls `accept`.
 *
 * PUBACK means stored: aedes sends it when `authorizePublish` calls back, and that happens after the spool's fdatasync.
 * A device that sends faster than the disk, or than it may, is slowed down by not reading from it. Nobody subscribes, and
 * nothing is handed to anyone. aedes sees a connection only once it has proved which device it is and holds the session
 * of that device (`admission.ts`, `sessions.ts`).
 */
export class Broker {
  private readonly server: Server;
  private readonly aedes: Aedes;
  private readonly limits: BrokerLimits;
  private readonly strangers: Strangers;
  private readonly sessions: Sessions;
  private readonly passing: PassingFaults;
  private readonly connections = new Set<Connection>();
  private readonly perAddress = new Map<string, number>();
  private readonly byClient = new WeakMap<Client, Connection>();
  private readonly allowances = new Map<DeviceId, Allowance>();
  private readonly violations = new Map<DeviceId, number>();
  private readonly saidContests = new Set<string>();
  private second = 0;
  private stopSeconds: Cancel = () => undefined;

  private constructor(private readonly options: BrokerOptions) {
    this.limits = { ...LIMITS, ...options.limits };
    this.strangers = new Strangers(this.limits);
    this.passing = new PassingFaults(options.faults);
    const second = (): number => this.second;
    const onContest: SessionsOptions['onContest'] = (contest) => this.onContest(contest);
    this.sessions = new Sessions({ limits: this.limits, clock: options.clock, second, onContest });
    this.aedes = new Aedes(this.aedesOptions());
    this.server = createServer({ noDelay: true }, (socket) => this.accept(socket, null));
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
    broker.stopSeconds = options.clock.every(SECOND_MS, () => broker.endSecond());
    return broker;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Takes no more connections and ends those that are open. What they had in flight is stored but may lack its PUBACK. */
  async close(): Promise<void> {
    this.stopSeconds();
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    await new Promise<void>((resolve) => this.aedes.close(resolve));
    for (const { socket } of this.connections) socket.destroy();
    await closed;
  }

  /**
   * Takes a connection that is open. `identity`: what TLS proved, and then no token is asked; null: a login with a token
   * has to follow. The socket is the broker's from here on.
   */
  accept(socket: Socket, identity: Identity | null): void {
    const connection = new Connection(socket, identity, this.second, this.options.clock);
    const { address, guard } = connection;
    const neighbours = address === null ? 0 : (this.perAddress.get(address) ?? 0);
    if (this.connections.size >= this.limits.connectionsMax || neighbours >= this.limits.connectionsPerAddressMax) {
      this.refused('too-many');
      socket.destroy();
      return;
    }
    this.connections.add(connection);
    if (address !== null) this.perAddress.set(address, neighbours + 1);
    socket.once('close', () => this.left(connection));
    guard.onRefused = (reason, bytes) => this.onRefused(connection, reason, bytes);
    guard.onConnect = (connect) => this.onConnect(connection, connect);
    connection.turnOut = (reason) => {
      this.refused(reason);
      socket.destroy();
    };
    this.strangers.add(connection);
  }

  private left(connection: Connection): void {
    this.connections.delete(connection);
    this.strangers.remove(connection);
    if (connection.known !== null) this.sessions.gone(connection);
    const { address } = connection;
    if (address === null) return;
    const neighbours = (this.perAddress.get(address) ?? 1) - 1;
    if (neighbours === 0) this.perAddress.delete(address);
    else this.perAddress.set(address, neighbours);
  }

  private onConnect(connection: Connection, connect: Connect): void {
    this.strangers.remove(connection);
    const admitted = admit(connect, connection.identity, this.options.registry);
    if ('label' in admitted) {
      this.turnAway(admitted);
      connection.guard.refuse(admitted.label === 'bad-will' ? CONNACK.notAuthorised : CONNACK.badLogin);
      return;
    }
    const { deviceId } = admitted;
    const allowance = this.allowances.get(deviceId) ?? new Allowance(this.limits, this.options.clock);
    this.allowances.set(deviceId, allowance);
    connection.prove(deviceId, allowance);
    connection.keepAliveSeconds = connect.keepAliveSeconds;
    this.sessions.claim(connection, (refusal) => {
      if (refusal === null) {
        this.letIn(connection, allowance);
        return;
      }
      this.refused(refusal);
      connection.guard.refuse(CONNACK.unavailable);
    });
  }

  private letIn(connection: Connection, allowance: Allowance): void {
    // It may have been cut, or lost its right, while it waited.
    if (connection.guard.destroyed || !this.connections.has(connection)) return;
    const client = this.aedes.handle(connection.guard);
    connection.client = client;
    this.byClient.set(client, connection);
    connection.guard.open(allowance);
  }

  private onRefused({ guard, known }: Connection, reason: GuardReason, bytes: number): void {
    this.refused(reason);
    if (reason === 'protocol-version') guard.refuse(CONNACK.badProtocol);
    if (reason === 'mqtt-5') guard.refuse(CONNACK.badProtocol5);
    if (known === null || reason !== 'too-large') return;
    const fault = { reason: 'too-large', path: '', expected: 'a packet within the size limit' } as const;
    this.options.intake.violation(known, fault, { bytes }, () => undefined);
  }

  private aedesOptions(): AedesOptions {
    return {
      persistence: new NoSubscribers(),
      // A device need not wait for CONNACK (MQTT 3.1.1, 3.1.4); by default it is cut when more than 42 packets came before.
      queueLimit: 2 * this.limits.inflightMax,
      mq: SILENT_BUS,
      preConnect: (client, packet, callback) => {
        // Keep-alive is watched here, where it is known whether the device is silent or just not read from.
        packet.keepalive = 0;
        callback(null, this.byClient.has(client));
      },
      authorizePublish: (client, packet, callback) => this.onPublish(client, packet, callback),
      // Granted to nobody: the client reads 0x80 in its SUBACK.
      authorizeSubscribe: (client, _subscription, callback) => {
        const deviceId = client === null ? null : (this.byClient.get(client)?.known ?? null);
        const fault = { reason: 'bad-topic', expected: 'no subscription' } as const;
        if (deviceId !== null) this.keepTurnedAway(deviceId, fault);
        callback(null, null);
      },
    };
  }

  private onPublish(client: Publish[0], packet: Publish[1], callback: Publish[2]): void {
    const connection = client === null ? undefined : this.byClient.get(client);
    if (connection === undefined) {
      callback(new Error('no device'));
      return;
    }
    const { deviceId, guard } = connection;
    const done = (error?: Error): void => {
      guard.settled();
      callback(error);
    };
    const payload = Buffer.isBuffer(packet.payload) ? packet.payload : Buffer.from(packet.payload);
    // The broker has nobody to hand it to; what is kept is on the spool.
    packet.payload = NOTHING;
    const { intake } = this.options;
    const kind = mayPublish(deviceId, packet);
    if (typeof kind === 'object') {
      if (kind.isForeign) this.passing.sign(deviceId, 'wrongTopic', this.second);
      this.violation(deviceId, kind.fault, payload, done);
    } else if (kind === 'status') intake.status(deviceId, payload, done);
    else if (kind === 'alarms') intake.alarms(deviceId, payload, done);
    else intake.observations(deviceId, payload, done);
  }

  /** Keeps so many of a device in a minute; what is beyond is counted, so that nobody fills the spool with them. */
  private violation(deviceId: DeviceId, fault: Fault, payload: Buffer, done: (error?: Error) => void): void {
    const count = (this.violations.get(deviceId) ?? 0) + 1;
    this.violations.set(deviceId, count);
    if (count <= this.limits.violationsPerMinuteMax) {
      this.options.intake.violation(deviceId, fault, payload, done);
      return;
    }
    this.options.intake.turnedAway(deviceId, fault);
    done(new Violation(fault.reason));
  }

  private watch(): void {
    const { metrics, log } = this.options;
    const session = (client: Client, begins: boolean): void => {
      metrics.connections.set(this.aedes.connectedClients);
      const deviceId = this.byClient.get(client)?.known ?? null;
      if (deviceId !== null) this.options.intake.session(deviceId, begins);
    };
    this.aedes.on('client', (client) => session(client, true));
    this.aedes.on('clientDisconnect', (client) => session(client, false));
    this.aedes.on('clientError', (client, error) => {
      const isViolation = error instanceof Violation;
      const code = isViolation ? error.reason : error.name === 'Error' ? 'MQTT' : codeOf(error);
      if (code === 'MQTT') this.refused('protocol');
      log.warn({ deviceId: this.byClient.get(client)?.known, code }, 'connection cut');
    });
    this.aedes.on('connectionError', () => this.refused('protocol'));
  }

  /** Once a wall second: who has been silent, or slowed down, for too long. */
  private endSecond(): void {
    this.second++;
    this.strangers.endSecond(this.second);
    const held = new Set<DeviceId>();
    for (const connection of this.connections) {
      if (connection.client === null) continue;
      if (connection.guard.isHeld) held.add(connection.deviceId);
      if (!connection.isOverdue(this.second)) continue;
      this.refused('keep-alive');
      connection.client.close();
    }
    for (const [deviceId, allowance] of this.allowances) {
      allowance.endSecond(held.has(deviceId));
      if (allowance.slowedSeconds >= this.limits.floodSeconds) this.passing.sign(deviceId, 'flooding', this.second);
    }
    this.passing.endSecond(this.second);
    if (this.second % SAY_EVERY_SECONDS === 0) {
      this.saidContests.clear();
      this.violations.clear();
    }
  }

  private onContest({ holder, newcomer, result, isConflict }: Parameters<SessionsOptions['onContest']>[0]): void {
    const { deviceId } = holder;
    this.options.metrics.sessionContests.inc({ result });
    if (isConflict) this.passing.sign(deviceId, 'sessionConflict', this.second);
    const said = `${deviceId} ${result}`;
    if (this.saidContests.has(said)) return;
    this.saidContests.add(said);
    const [holds, comes] = [holder, newcomer].map((session) => (session as Connection).peer);
    const text: Record<Contest, string> = {
      gone: 'the device is back; its old connection was dead',
      'taken-over': 'a silent session was taken over',
      answered: 'two places use one identity: the one that was silent is alive, too',
      'session-in-use': 'two places use one identity: the newcomer is refused',
      'session-blocked': 'two places use one identity: its session changed hands too often and stays where it is',
      'session-replaced': 'a newcomer gave way to a later one',
    };
    const level = isConflict ? 'warn' : 'info';
    this.options.log[level]({ deviceId, holder: holds, newcomer: comes }, text[result]);
  }

  /** Ends the sessions that logged in with a token that is no longer valid. */
  private cut(deviceIds: readonly string[]): void {
    const revoked = new Set(deviceIds);
    for (const { known, identity, client, guard } of this.connections) {
      if (known === null || identity !== null || !revoked.has(known)) continue;
      if (client === null) guard.destroy();
      else client.close();
    }
  }

  private turnAway({ label, deviceId, fault, isForeign }: Refused): void {
    this.refused(label);
    if (isForeign && deviceId !== null) this.passing.sign(deviceId, 'wrongTopic', this.second);
    this.keepTurnedAway(deviceId, fault);
  }

  /** What a claimed id may not be is said on `/api/v1/rejects`; the log line names no id, because it may be anything. */
  private keepTurnedAway(claimed: DeviceId | null, fault: Pick<Fault, 'reason' | 'expected'>): void {
    if (this.options.intake.turnedAway(claimed, fault)) this.options.log.warn(fault, 'device refused');
  }

  private refused(reason: string): void {
    this.options.metrics.refusedConnections.inc({ reason });
  }
}
