import { randomUUID } from 'node:crypto';
import type { Cancel, Clock } from '@vigil/clock';
import { type DeviceId, topicFor } from '@vigil/contracts';
import type { DeviceCredentials } from '@vigil/simulator';
import { connect, type MqttClient } from 'mqtt';

/** Inside every limit of the default rule set, and above the highest one. */
const QUIET_PER_MIN = 74;
const ALARMING_PER_MIN = 160;
const SAMPLE_EVERY_MS = 100;
const RECONNECT_MS = 200;

export interface SquareWaveOptions {
  readonly mqttUrl: string;
  readonly device: DeviceCredentials;
  readonly clock: Clock;
  /** First edge after the start, and wall time of each half; null for a heart rate that rises once and stays. */
  readonly firstAfterMs: number;
  readonly halfMs: number | null;
}

/** One message as its sender knows it. */
export interface SentReading {
  readonly atMs: number;
  readonly value: number;
  acked: boolean;
}

/**
 * A bedside monitor on the real MQTT client whose heart rate jumps above the limits and back, so that alarms start, page
 * somebody and end. It keeps its own ledger and sends again what was not acknowledged.
 */
export class SquareWave {
  readonly sent: SentReading[] = [];
  /** Longest wait of a message for its PUBACK so far. Wall time. */
  slowestAckMs = 0;
  private readonly client: MqttClient;
  private readonly bootId = randomUUID();
  private readonly startedMs = performance.now();
  private readonly cancel: Cancel;
  private seq = 0;

  constructor(private readonly options: SquareWaveOptions) {
    const { deviceId, token } = options.device;
    this.client = connect(options.mqttUrl, {
      protocolVersion: 4,
      clientId: deviceId,
      username: deviceId,
      password: token,
      reconnectPeriod: RECONNECT_MS,
      connectTimeout: 3_000,
      keepalive: 5,
    });
    this.client.on('error', () => undefined);
    this.cancel = options.clock.every(SAMPLE_EVERY_MS, () => this.sample());
  }

  get deviceId(): DeviceId {
    return this.options.device.deviceId;
  }

  get unacked(): number {
    return this.sent.filter((reading) => !reading.acked).length;
  }

  /** Makes no more readings; what is not acknowledged goes on being sent. */
  quiesce(): void {
    this.cancel();
  }

  async close(): Promise<void> {
    this.cancel();
    await this.client.endAsync(true);
  }

  private sample(): void {
    const value = this.isHigh() ? ALARMING_PER_MIN : QUIET_PER_MIN;
    const reading: SentReading = { atMs: this.options.clock.nowMs(), value, acked: false };
    this.sent.push(reading);
    const observations = [{ metric: 'heartRate', value, unit: '/min', quality: 'valid' }];
    const message = { bootId: this.bootId, seq: this.seq++, atMs: reading.atMs, origin: 'simulated', observations };
    const sentMs = performance.now();
    this.client.publish(topicFor(this.deviceId, 'observations'), JSON.stringify(message), { qos: 1 }, (error) => {
      if (error !== undefined && error !== null) return;
      reading.acked = true;
      this.slowestAckMs = Math.max(this.slowestAckMs, performance.now() - sentMs);
    });
  }

  private isHigh(): boolean {
    const sinceMs = performance.now() - this.startedMs - this.options.firstAfterMs;
    if (sinceMs < 0) return false;
    return this.options.halfMs === null || Math.floor(sinceMs / this.options.halfMs) % 2 === 0;
  }
}
