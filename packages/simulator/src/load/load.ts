import { randomUUID } from 'node:crypto';
import { type Cancel, type Clock, SystemClock } from '@vigil/clock';
import { type DeviceId, type MetricName, topicFor } from '@vigil/contracts';
import type { DeviceCredentials } from '../simulator.js';
import { LedgerWriter } from './ledger.js';
import { loadReadings, VARIANTS } from './load-readings.js';
import { RawLink } from './raw-link.js';

const PACE_MS = 4;
const LEDGER_FLUSH_MS = 250;
/** A late generator makes up for at most this much; the rest is `heldBack`. */
const CATCH_UP_MS = 200;
/** For so many of a device's newest messages the time of publication can be asked for. */
const TIMES_KEPT = 1_024;
const DEVICES_MAX = 65_535;
const UNACKED_PER_DEVICE_MAX = 64;

export interface Puback {
  readonly deviceId: DeviceId;
  readonly seq: number;
  readonly publishedMs: number;
  readonly ackedMs: number;
}

export interface LoadOptions {
  /** `mqtt://host:port`, or `mqtts:` where the devices have certificates. */
  readonly mqttUrl: string;
  readonly devices: readonly DeviceCredentials[];
  /** Over all devices, which take turns. */
  readonly messagesPerSecond: number;
  /** One reading of each in every message. */
  readonly metrics: readonly MetricName[];
  /** The ledger's file; it must not exist yet. Left out: no ledger. */
  readonly ledgerFile?: string;
  /** At most 1,024, so that an acknowledged message still has its time. 64 when left out. */
  readonly unackedPerDeviceMax?: number;
  readonly onPuback?: (puback: Puback) => void;
  /** Timers and `atMs`; the wall by default. */
  readonly clock?: Clock;
}

export interface LoadTotals {
  readonly published: number;
  readonly acked: number;
  /** Messages not made because a device had too many unacknowledged, or the generator itself was late. */
  readonly heldBack: number;
  readonly reconnects: number;
}

export interface Load {
  readonly bootId: string;
  /** Resolves when every device is connected; only then messages flow. Rejects when stopped before. */
  readonly ready: Promise<void>;
  totals(): LoadTotals;
  /** When a message was handed to the network first; undefined for those longer ago than the last 1,024 of the device. */
  publishedMs(deviceId: string, seq: number): number | undefined;
  /** Makes no more messages, waits up to `drainMs` for acknowledgements, closes the connections and the ledger. */
  stop(drainMs?: number): Promise<LoadTotals>;
}

interface Sender {
  readonly deviceId: DeviceId;
  readonly index: number;
  readonly link: RawLink;
  readonly times: Float64Array;
  seq: number;
}

/**
 * Sends messages of all devices at a steady rate until stopped, for benches and fault tests, as cheaply as possible.
 * Everything that got a PUBACK has its time in the ledger; after a lost connection what is unacknowledged is sent again
 * under the same `seq`.
 *
 * @throws RangeError for a number of devices, a rate or a window that makes no sense
 */
export function startLoad(options: LoadOptions): Load {
  const { devices, messagesPerSecond, unackedPerDeviceMax = UNACKED_PER_DEVICE_MAX } = options;
  if (devices.length === 0 || devices.length > DEVICES_MAX) throw new RangeError(`1 to ${DEVICES_MAX} devices`);
  if (!(messagesPerSecond > 0)) throw new RangeError('more than 0 messages a second');
  if (!(unackedPerDeviceMax >= 1 && unackedPerDeviceMax <= TIMES_KEPT)) throw new RangeError(`a window of 1 to ${TIMES_KEPT}`);
  return new LoadRun(options, unackedPerDeviceMax);
}

class LoadRun implements Load {
  readonly bootId = randomUUID();
  readonly ready: Promise<void>;
  private readonly opened = Promise.withResolvers<void>();
  private readonly clock: Clock;
  private readonly ledger: LedgerWriter | null;
  private readonly senders: readonly Sender[];
  private readonly byId: ReadonlyMap<string, Sender>;
  private readonly head: string;
  /** The rest of a message after `atMs`, one per variant, made once. */
  private readonly tails: readonly string[];
  private readonly cancelFlush: Cancel;
  private cancelPace: Cancel = () => undefined;
  private open = 0;
  private published = 0;
  private acked = 0;
  private heldBack = 0;
  private stopped = false;

  constructor(
    private readonly options: LoadOptions,
    private readonly unackedMax: number,
  ) {
    const { devices, metrics, ledgerFile, clock = new SystemClock() } = options;
    this.clock = clock;
    this.ready = this.opened.promise;
    this.ready.catch(() => undefined);
    this.head = `{"bootId":"${this.bootId}","seq":`;
    this.tails = Array.from({ length: VARIANTS }, (_, variant) => {
      return `,"origin":"simulated","observations":${JSON.stringify(loadReadings(metrics, variant))}}`;
    });
    const header = { v: 1, bootId: this.bootId, deviceIds: devices.map((d) => d.deviceId), metrics } as const;
    this.ledger = ledgerFile === undefined ? null : new LedgerWriter(ledgerFile, header);
    this.cancelFlush = clock.every(LEDGER_FLUSH_MS, () => this.ledger?.flush());
    this.senders = devices.map((device, index) => this.sender(device, index));
    this.byId = new Map(this.senders.map((sender) => [String(sender.deviceId), sender]));
  }

  totals(): LoadTotals {
    const { published, acked, heldBack } = this;
    const reconnects = this.senders.reduce((sum, { link }) => sum + Math.max(0, link.connects - 1), 0);
    return { published, acked, heldBack, reconnects };
  }

  publishedMs(deviceId: string, seq: number): number | undefined {
    const sender = this.byId.get(deviceId);
    const isKept = sender !== undefined && seq >= 0 && seq < sender.seq && seq >= sender.seq - TIMES_KEPT;
    return isKept ? sender.times[seq % TIMES_KEPT] : undefined;
  }

  async stop(drainMs = 5_000): Promise<LoadTotals> {
    this.stopped = true;
    this.cancelPace();
    this.opened.reject(new Error('load stopped'));
    const untilMs = performance.now() + drainMs;
    while (this.acked < this.published && performance.now() < untilMs) await this.clock.sleep(20);
    this.cancelFlush();
    for (const { link } of this.senders) link.close();
    this.ledger?.close();
    return this.totals();
  }

  private sender({ deviceId, token, tls }: DeviceCredentials, index: number): Sender {
    const { hostname: host, port } = new URL(this.options.mqttUrl);
    const times = new Float64Array(TIMES_KEPT);
    const link = new RawLink({
      host,
      port: Number(port || (tls === undefined ? 1883 : 8883)),
      deviceId,
      token,
      tls,
      topic: topicFor(deviceId, 'observations'),
      clock: this.clock,
      onOpen: () => {
        this.open += 1;
        if (this.open === this.options.devices.length && !this.stopped) this.start();
      },
      onAck: (seq) => {
        const ackedMs = preciseMs();
        this.acked += 1;
        this.ledger?.acked(index, seq, ackedMs);
        this.options.onPuback?.({ deviceId, seq, publishedMs: times[seq % TIMES_KEPT] ?? 0, ackedMs });
      },
    });
    return { deviceId, index, link, times, seq: 0 };
  }

  private start(): void {
    const perMs = this.options.messagesPerSecond / 1000;
    const dueMax = Math.max(1, Math.ceil(perMs * CATCH_UP_MS));
    const fromMs = performance.now();
    let made = 0;
    this.cancelPace = this.clock.every(PACE_MS, () => {
      let due = Math.floor((performance.now() - fromMs) * perMs) - made;
      if (due > dueMax) {
        this.heldBack += due - dueMax;
        made += due - dueMax;
        due = dueMax;
      }
      for (; due > 0; due--) this.send(this.senders[made++ % this.senders.length]);
    });
    this.opened.resolve();
  }

  private send(sender: Sender | undefined): void {
    if (sender === undefined || sender.link.pending >= this.unackedMax) {
      this.heldBack += 1;
      return;
    }
    const seq = sender.seq++;
    const publishedMs = preciseMs();
    const atMs = this.clock.nowMs();
    sender.times[seq % TIMES_KEPT] = publishedMs;
    this.ledger?.published(sender.index, seq, atMs, publishedMs);
    sender.link.publish(seq, `${this.head}${seq},"atMs":${atMs}${this.tails[seq % VARIANTS]}`);
    this.published += 1;
  }
}

/** Wall time with fractions of a millisecond. */
const preciseMs = (): number => performance.timeOrigin + performance.now();
