import { randomUUID } from 'node:crypto';
import { type Cancel, type Clock } from '@vigil/clock';
import { type DeviceFacts, type DeviceId, type Reading, topicFor, type WireMessage, type WireStatus } from '@vigil/contracts';
import { connect, type MqttClient } from 'mqtt';
import type { Log } from '../log.js';
import { hash32, unit } from '../physiology/random.js';
import type { DeviceTls } from '../simulator.js';
import { Outbox } from './outbox.js';

/** A real monitor keeps about a minute while the network is away; longer gaps are the gateway's to bridge. */
const LIMITS = { ageMsMax: 60_000, countMax: 5_000, inFlightMax: 32 };
const CONNECT_TIMEOUT_MS = 5_000;
const KEEPALIVE_S = 15;
const BACKOFF_FIRST_MS = 250;
const BACKOFF_MAX_MS = 10_000;
/** A gateway that acknowledges nothing for this long is taken for dead, and the connection is made anew. */
const ACK_TIMEOUT_MS = 20_000;
const STOP_GRACE_MS = 1_000;

export interface DeviceLinkOptions {
  readonly mqttUrl: string;
  readonly deviceId: DeviceId;
  readonly token: string;
  /** For `mqtts:`; the token is then kept back. */
  readonly tls?: DeviceTls | undefined;
  /** What it says of itself when it connects. */
  readonly said?: DeviceFacts;
  readonly clock: Clock;
  readonly log: Log;
  /** Called at the first connection. */
  readonly onReady: () => void;
}

/**
 * One bedside device as an MQTT client: one connection, QoS 1, retained status with a last will.
 *
 * Each message is kept until its PUBACK and sent again after a reconnect, in order, under the same `seq`. The queue is
 * our own and not mqtt.js's, which has no bound and drops what is published while it resends (MQTT.js issue 2015); so
 * every connection is a fresh client that holds only what is on its way.
 */
export class DeviceLink {
  readonly bootId = randomUUID();
  private readonly outbox = new Outbox(LIMITS);
  private client: MqttClient | null = null;
  private cancelRetry: Cancel = () => undefined;
  private readonly cancelWatch: Cancel;
  private seq = 0;
  private attempts = 0;
  private progressWallMs = 0;
  private saidDropping = false;
  private saidRefused = false;
  private ready = false;
  private stopped = false;
  acknowledged = 0;

  constructor(private readonly options: DeviceLinkOptions) {
    this.cancelWatch = options.clock.every(ACK_TIMEOUT_MS / 4, () => this.watch());
    this.open();
  }

  get connected(): boolean {
    return this.client?.connected === true;
  }

  get dropped(): number {
    return this.outbox.dropped;
  }

  /** Messages made so far, dropped ones included: the next `seq`. */
  get made(): number {
    return this.seq;
  }

  /** Takes the readings of one moment; they go out now or, while the gateway is away, within the next minute. */
  send(atMs: number, readings: readonly Reading[]): void {
    if (this.stopped || readings.length === 0) return;
    const message = {
      bootId: this.bootId,
      seq: this.seq++,
      atMs: Math.round(atMs),
      origin: 'simulated',
      observations: readings,
    } satisfies Unbranded<WireMessage>;
    const gone = this.outbox.put({
      seq: message.seq,
      measuredWallMs: this.options.clock.wallMs(),
      payload: JSON.stringify(message),
    });
    if (gone > 0 && !this.saidDropping) {
      this.saidDropping = true;
      this.options.log.warn(
        { deviceId: this.options.deviceId },
        'gateway away for more than a minute: oldest messages are dropped',
      );
    }
    this.pump();
  }

  /** Waits up to a second for what is on its way, says goodbye (offline, no last will) and closes. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.cancelRetry();
    this.cancelWatch();
    const client = this.client;
    if (client === null) return;
    await Promise.race([this.goodbye(client), this.options.clock.sleep(STOP_GRACE_MS)]);
    client.end(true);
  }

  private async goodbye(client: MqttClient): Promise<void> {
    if (!client.connected) return;
    try {
      await client.publishAsync(this.statusTopic(), this.status('offline'), { qos: 1, retain: true });
      await client.endAsync();
    } catch {
      // The connection went away by itself; the last will says the same.
    }
  }

  private open(): void {
    const { mqttUrl, deviceId, token, tls } = this.options;
    const client = connect(mqttUrl, {
      protocolVersion: 4,
      clientId: deviceId,
      username: deviceId,
      ...(tls === undefined ? { password: token } : tls),
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: CONNECT_TIMEOUT_MS,
      keepalive: KEEPALIVE_S,
      will: { topic: this.statusTopic(), payload: Buffer.from(this.status('offline')), qos: 1, retain: true },
    });
    this.client = client;
    client.on('connect', () => this.opened(client));
    client.on('error', (error) => this.failed(error));
    client.on('close', () => this.closed(client));
  }

  private opened(client: MqttClient): void {
    if (client !== this.client || this.stopped) return;
    this.attempts = 0;
    this.saidDropping = false;
    this.saidRefused = false;
    this.progressWallMs = this.options.clock.wallMs();
    client.publish(this.statusTopic(), this.status('online'), { qos: 1, retain: true }, () => undefined);
    this.outbox.reconnected();
    this.pump();
    if (this.ready) return;
    this.ready = true;
    this.options.onReady();
  }

  private failed(error: Error & { code?: unknown }): void {
    const refused = error.code === 4 || error.code === 5;
    if (!refused || this.saidRefused) return;
    this.saidRefused = true;
    this.options.log.warn({ deviceId: this.options.deviceId }, 'the gateway refuses the token of this device');
  }

  private closed(client: MqttClient): void {
    if (client !== this.client || this.stopped) return;
    this.client = null;
    client.end(true);
    const waitMs = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(this.attempts, 10));
    const jitter = 0.5 + unit(hash32(this.bootId), this.attempts++) / 2;
    this.cancelRetry = this.options.clock.after(waitMs * jitter, () => this.open());
  }

  private pump(): void {
    const client = this.client;
    if (client?.connected !== true) return;
    for (let next = this.outbox.take(); next !== null; next = this.outbox.take()) {
      const { seq, payload } = next;
      client.publish(topicFor(this.options.deviceId, 'observations'), payload, { qos: 1 }, (error) => {
        if (error || client !== this.client) return;
        this.acknowledged += 1;
        this.progressWallMs = this.options.clock.wallMs();
        this.outbox.acknowledged(seq);
        this.pump();
      });
    }
  }

  private watch(): void {
    if (!this.connected || this.outbox.size === 0) {
      this.progressWallMs = this.options.clock.wallMs();
      return;
    }
    if (this.options.clock.wallMs() - this.progressWallMs < ACK_TIMEOUT_MS) return;
    this.options.log.warn({ deviceId: this.options.deviceId }, 'no acknowledgement: connecting anew');
    this.client?.stream.destroy();
  }

  private statusTopic(): string {
    return topicFor(this.options.deviceId, 'status');
  }

  private status(state: WireStatus['state']): string {
    return JSON.stringify({ state, bootId: this.bootId, ...this.options.said } satisfies WireStatus);
  }
}

/** The message before it is parsed; a device fills it in itself. */
type Unbranded<T extends { observations: unknown; atMs: number }> = Omit<T, 'observations' | 'atMs'> & {
  atMs: number;
  observations: readonly Reading[];
};
