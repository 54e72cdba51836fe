/** AMQP 1.0 written byte by byte, for what no client library would send. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export const SASL_HEADER = Buffer.from('AMQP\x03\x01\x00\x00', 'latin1');
export const AMQP_HEADER = Buffer.from('AMQP\x00\x01\x00\x00', 'latin1');

export const NULL = Buffer.from([0x40]);
export const TRUE = Buffer.from([0x41]);
export const FALSE = Buffer.from([0x42]);
const uint32 = (value: number): Buffer => {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
};
export const uint = (value: number): Buffer => Buffer.concat([Buffer.from([0x70]), uint32(value)]);
const variable = (code: number, bytes: Buffer): Buffer => Buffer.concat([Buffer.from([code]), uint32(bytes.length), bytes]);
export const text = (value: string): Buffer => variable(0xb1, Buffer.from(value));
export const symbol = (value: string): Buffer => variable(0xb3, Buffer.from(value, 'latin1'));
export const binary = (value: Buffer): Buffer => variable(0xb0, value);
const compound = (code: number, entries: readonly Buffer[], count = entries.length): Buffer =>
  variable(code, Buffer.concat([uint32(count), ...entries]));
export const list = (...entries: Buffer[]): Buffer => compound(0xd0, entries);
/** A list or map that says something else than what it holds. */
export const lyingList = (count: number, ...entries: Buffer[]): Buffer => compound(0xd0, entries, count);
export const map = (...entries: Buffer[]): Buffer => compound(0xd1, entries);
export const lyingMap = (count: number, ...entries: Buffer[]): Buffer => compound(0xd1, entries, count);
export const described = (code: number, value: Buffer): Buffer => Buffer.concat([Buffer.from([0x00, 0x53, code]), value]);

/** A whole frame around `body`. */
export function frame(body: Buffer, { channel = 0, type = 0 } = {}): Buffer {
  const head = Buffer.from([0, 0, 0, 0, 2, type, channel >> 8, channel & 0xff]);
  head.writeUInt32BE(head.length + body.length);
  return Buffer.concat([head, body]);
}

export const performative = (code: number, fields: readonly Buffer[], channel = 0, payload: Buffer = Buffer.alloc(0)): Buffer =>
  frame(Buffer.concat([described(code, list(...fields)), payload]), { channel });

export const saslInit = (mechanism = 'ANONYMOUS'): Buffer =>
  frame(described(0x41, list(symbol(mechanism), binary(Buffer.from('x')))), { type: 1 });
export const open = (...more: Buffer[]): Buffer => performative(0x10, [text('raw'), text('127.0.0.1'), ...more]);
export const begin = (channel = 0): Buffer => performative(0x11, [NULL, uint(0), uint(2048), uint(2048)], channel);
const terminus = (code: number, address: string): Buffer => described(code, list(text(address)));
/** A link on which the peer sends. */
export const attachSender = (name: string, handle: number, address: string, channel = 0): Buffer =>
  performative(
    0x12,
    [text(name), uint(handle), FALSE, NULL, NULL, terminus(0x28, 'raw'), terminus(0x29, address), NULL, NULL, uint(0)],
    channel,
  );
/** A link on which the peer receives. */
export const attachReceiver = (name: string, handle: number, address: string, channel = 0): Buffer =>
  performative(0x12, [text(name), uint(handle), TRUE, NULL, NULL, terminus(0x28, address), terminus(0x29, name)], channel);
export const detach = (handle: number): Buffer => performative(0x16, [uint(handle), TRUE]);
export const transfer = (
  handle: number,
  id: number,
  payload: Buffer,
  { more = false, format = 0, aborted = false } = {},
): Buffer =>
  performative(
    0x14,
    [
      ...[uint(handle), uint(id), binary(uint32(id)), uint(format), FALSE, more ? TRUE : FALSE],
      ...[NULL, NULL, NULL, aborted ? TRUE : FALSE],
    ],
    0,
    payload,
  );
export const flow = (handle: number, credit: number): Buffer =>
  performative(0x13, [uint(0), uint(2048), uint(0), uint(2048), uint(handle), uint(0), uint(credit)]);

/** A socket to a hub that keeps what it receives. */
export class RawPeer {
  readonly received: Buffer[] = [];
  readonly closed: Promise<void>;
  isClosed = false;

  private constructor(readonly socket: Socket) {
    socket.on('data', (data: Buffer) => this.received.push(data));
    // That the hub ends a connection hard is one of the things that are looked for.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) =>
      socket.once('close', () => {
        this.isClosed = true;
        resolve();
      }),
    );
  }

  /** @param ca authority of the hub's certificate, for TLS */
  static async connect(port: number, ca?: Buffer): Promise<RawPeer> {
    const socket = ca === undefined ? connect(port, '127.0.0.1') : connectTls({ port, host: '127.0.0.1', ca });
    const peer = new RawPeer(socket);
    const ready = ca === undefined ? 'connect' : 'secureConnect';
    await new Promise<void>((resolve) => socket.once(ready, resolve).once('close', () => resolve()));
    return peer;
  }

  /** Connected, with SASL and the header of AMQP behind it. */
  static async greeted(port: number, ca?: Buffer): Promise<RawPeer> {
    const peer = await RawPeer.connect(port, ca);
    peer.send(SASL_HEADER, saslInit());
    await peer.hears(Buffer.from([0x00, 0x53, 0x44]));
    peer.send(AMQP_HEADER);
    return peer;
  }

  send(...parts: readonly Buffer[]): void {
    if (this.socket.writable) this.socket.write(Buffer.concat(parts));
  }

  get bytes(): Buffer {
    return Buffer.concat(this.received);
  }

  /** Waits until these bytes have come, the connection has ended or the time is up; tells whether they have come. */
  async hears(bytes: Buffer | string, withinMs = 2000): Promise<boolean> {
    const endMs = Date.now() + withinMs;
    while (!this.bytes.includes(bytes) && !this.isClosed && Date.now() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return this.bytes.includes(bytes);
  }

  end(): void {
    this.socket.destroy();
  }
}
