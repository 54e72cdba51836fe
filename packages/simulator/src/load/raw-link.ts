import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Cancel, Clock } from '@vigil/clock';
import type { DeviceTls } from '../simulator.js';

const RETRY_MS = 200;
const PACKET_ID_MAX = 65_535;

export interface RawLinkOptions {
  readonly host: string;
  readonly port: number;
  readonly deviceId: string;
  readonly token: string;
  readonly tls?: DeviceTls | undefined;
  readonly topic: string;
  readonly clock: Clock;
  readonly onAck: (seq: number) => void;
  readonly onOpen: () => void;
}

/**
 * The least MQTT 3.1.1 that a load generator needs: CONNECT, PUBLISH QoS 1, PUBACK, DISCONNECT over TCP or TLS, without
 * an object per packet. It exists because the generator shares the machine with what it measures; bedside devices are
 * simulated with the real mqtt.js client (`DeviceLink`). Not supported: subscriptions, keep-alive, a last will.
 *
 * Every payload is kept until its PUBACK and sent again, in order, after a reconnect.
 */
export class RawLink {
  private readonly unacked = new Map<number, { readonly seq: number; readonly payload: string }>();
  private readonly topic: Buffer;
  private socket: Socket | null = null;
  private rest: Buffer = Buffer.alloc(0);
  private cancelRetry: Cancel = () => undefined;
  private closed = false;
  open = false;
  connects = 0;

  constructor(private readonly options: RawLinkOptions) {
    this.topic = text(options.topic);
    this.dial();
  }

  /** Messages without PUBACK, those that wait for a connection included. */
  get pending(): number {
    return this.unacked.size;
  }

  publish(seq: number, payload: string): void {
    this.unacked.set(packetId(seq), { seq, payload });
    if (this.open) this.socket?.write(publishPacket(this.topic, packetId(seq), payload));
  }

  close(): void {
    this.closed = true;
    this.cancelRetry();
    if (this.open) this.socket?.end(Buffer.from([0xe0, 0]));
    this.socket?.destroySoon();
  }

  private dial(): void {
    const { host, port, deviceId, token, tls } = this.options;
    const socket = tls === undefined ? connect({ host, port, noDelay: true }) : connectTls({ host, port, ...tls });
    if (tls !== undefined) socket.setNoDelay(true);
    this.socket = socket;
    this.rest = Buffer.alloc(0);
    socket.on(tls === undefined ? 'connect' : 'secureConnect', () => socket.write(connectPacket(deviceId, token)));
    socket.on('data', (bytes) => this.receive(bytes));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.open = false;
      if (!this.closed) this.cancelRetry = this.options.clock.after(RETRY_MS, () => this.dial());
    });
  }

  /** All packets that a broker sends to a publisher (CONNACK, PUBACK) are four bytes long. */
  private receive(bytes: Buffer): void {
    const data = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    let at = 0;
    for (; at + 4 <= data.length; at += 4) {
      const type = data[at];
      if (type === 0x20) this.accepted(data[at + 3] === 0);
      else if (type === 0x40) this.acked(data.readUInt16BE(at + 2));
      else {
        this.socket?.destroy();
        return;
      }
    }
    this.rest = data.subarray(at);
  }

  private accepted(ok: boolean): void {
    if (!ok) {
      this.socket?.destroy();
      return;
    }
    this.open = true;
    this.connects += 1;
    for (const [id, { payload }] of this.unacked) this.socket?.write(publishPacket(this.topic, id, payload));
    if (this.connects === 1) this.options.onOpen();
  }

  private acked(id: number): void {
    const entry = this.unacked.get(id);
    if (entry === undefined) return;
    this.unacked.delete(id);
    this.options.onAck(entry.seq);
  }
}

/** 1 … 65535. Unique among the unacknowledged, of which there are far fewer. */
const packetId = (seq: number): number => (seq % PACKET_ID_MAX) + 1;

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

function connectPacket(deviceId: string, token: string): Buffer {
  // Protocol MQTT, level 4; user name, password, clean session; no keep-alive.
  const body = Buffer.concat([text('MQTT'), Buffer.from([4, 0xc2, 0, 0]), text(deviceId), text(deviceId), text(token)]);
  return Buffer.concat([Buffer.from([0x10]), remainingLength(body.length), body]);
}

/** The payload is ASCII: JSON of numbers and names of ours. */
function publishPacket(topic: Buffer, id: number, payload: string): Buffer {
  const length = topic.length + 2 + payload.length;
  const lengthBytes = length < 128 ? 1 : length < 16_384 ? 2 : 3;
  const packet = Buffer.allocUnsafe(1 + lengthBytes + length);
  packet[0] = 0x32;
  let at = 1;
  for (let left = length, i = 0; i < lengthBytes; i++, left >>= 7)
    packet[at++] = (left & 0x7f) | (i < lengthBytes - 1 ? 0x80 : 0);
  at += topic.copy(packet, at);
  at = packet.writeUInt16BE(id, at);
  packet.write(payload, at, 'latin1');
  return packet;
}

function remainingLength(length: number): Buffer {
  const bytes: number[] = [];
  let left = length;
  do {
    bytes.push((left & 0x7f) | (left > 127 ? 0x80 : 0));
    left >>= 7;
  } while (left > 0);
  return Buffer.from(bytes);
}
