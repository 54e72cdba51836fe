import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Cancel, Clock } from '@vigil/clock';
import { type Connect, type ConnectFault, parseConnect } from './connect-packet.js';

/** Largest CONNECT, and largest packet of a device that has proved who it is, header and all. */
export const STRANGER_BYTES_MAX = 16 * 1024;
export const DEVICE_BYTES_MAX = 256 * 1024;
/** How long the other side has to end a connection that this side has ended. */
const ANSWER_MS = 2_000;

/** Packet types of MQTT 3.1.1 that a device may send here, with the flags that their fixed header must have. */
const CONNECT = 1;
const PUBLISH = 3;
const FLAGS: Readonly<Record<number, number>> = { 8: 2, 10: 2, 12: 0, 14: 0 };
const EMPTY = new Set([12, 14]);

export type GuardReason = ConnectFault | 'too-large' | 'unexpected-packet';

/** Lets the packets of a device through, pings and all, or says how long the next one has to wait. */
export interface Gate {
  /** Milliseconds until what follows the header may pass; 0 for at once. */
  takeMs(bytes: number): number;
  readonly inflightMax: number;
}

/**
 * Stands between a socket and aedes 1.2, which has no packet limit and buffers whatever a header announces, CONNECT
 * included. Holds everything back until the CONNECT is whole and somebody let it in (`open`), then reads the fixed headers
 * as they pass. The first packet that is too large, malformed or out of place ends the connection; not one byte of it
 * reaches the broker.
 *
 * Slows a device down by not reading its socket: while its allowance is used up, and while too many of its messages are
 * not stored yet. What waits here meanwhile is at most one chunk of the socket (64 KiB), and nothing is ever dropped.
 */
export class PacketGuard extends Duplex {
  /** The CONNECT is whole and well-formed. Answer with `open` or `refuse`. */
  onConnect: (connect: Connect) => void = () => undefined;
  /** Called once, before the connection is cut, with the length that the header announced. */
  onRefused: (reason: GuardReason, bytes: number) => void = () => undefined;
  /** A whole fixed header came after CONNECT: somebody is alive at the other end. */
  onPacket: (() => void) | null = null;
  /** Packets since the beginning. */
  packets = 0;

  private state: 'opening' | 'waiting' | 'open' | 'refused' = 'opening';
  private gate: Gate | null = null;
  /** Bytes of the current packet that are still to pass. */
  private bodyLeft = 0;
  /** The fixed header as far as it has come: at most a type byte and four length bytes. */
  private header: number[] = [];
  private opening: Buffer[] = [];
  private held: Buffer | null = null;
  private inflight = 0;
  private release: Cancel | null = null;

  constructor(
    private readonly socket: Socket,
    private readonly clock: Clock,
  ) {
    super({ allowHalfOpen: false });
    socket.on('data', (chunk: Buffer) => this.arrive(chunk));
    socket.on('end', () => this.push(null));
    socket.on('close', () => this.destroy());
    socket.on('error', (error) => this.destroy(error));
    // Without a reader an error is nobody's; the broker listens once it has the connection.
    this.on('error', () => undefined);
  }

  /** The device is not heard now because this side does not read. */
  get isHeld(): boolean {
    return this.held !== null || this.socket.isPaused();
  }

  /** The device has proved who it is: what it sent so far passes on, and packets may be as large as a device's. */
  open(gate: Gate): void {
    if (this.state !== 'waiting') return;
    this.state = 'open';
    this.gate = gate;
    const [connect, ...rest] = this.opening;
    this.opening = [];
    this.push(connect);
    this.held = Buffer.concat(rest);
    this.goOn();
  }

  /** Ends the connection with a last word, which is all that the other side reads. */
  refuse(lastWord: Buffer): void {
    if (this.state === 'refused') return;
    this.state = 'refused';
    this.opening = [];
    this.socket.end(lastWord);
    this.socket.destroySoon();
  }

  /**
   * Ends the connection towards the other side and throws away what still comes. `onAnswer`: the other side ended it as well,
   * within `ANSWER_MS`.
   */
  part(onAnswer: () => void): void {
    const { socket } = this;
    this.state = 'refused';
    const cancel = this.clock.after(ANSWER_MS, () => socket.destroy());
    socket.once('end', onAnswer).once('close', cancel);
    socket.resume().end();
  }

  /** One of the messages that passed is stored, or refused for good. */
  settled(): void {
    if (this.inflight > 0) this.inflight--;
    if (this.held !== null && this.release === null) this.goOn();
  }

  /** Has the system ask the other side now, and about each second, whether it is there; a side that is gone ends this. */
  probe(): void {
    this.socket.setKeepAlive(true, 1_000);
  }

  override _read(): void {
    if (this.state === 'open' && this.held === null) this.socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.socket.write(chunk, callback);
  }

  /** The broker writes a PUBACK in three pieces; they leave in one packet. */
  override _writev(pieces: readonly { readonly chunk: Buffer }[], callback: (error?: Error | null) => void): void {
    this.socket.write(Buffer.concat(pieces.map((p) => p.chunk)), callback);
  }

  override _final(callback: () => void): void {
    this.socket.end(callback);
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.release?.();
    this.held = null;
    this.opening = [];
    if (this.state !== 'refused') this.socket.destroy();
    callback(error);
  }

  private arrive(chunk: Buffer): void {
    if (this.state === 'opening') this.collect(chunk);
    else if (this.state === 'open') this.inspect(chunk);
    else if (this.state === 'waiting') this.opening.push(chunk);
  }

  /** Gathers the CONNECT, which nobody sees before it is whole. */
  private collect(chunk: Buffer): void {
    let at = 0;
    while (this.packets === 0 && at < chunk.length) if (this.takeHeaderByte(chunk[at++]!) === false) return;
    const end = Math.min(chunk.length, at + this.bodyLeft);
    this.bodyLeft -= end - at;
    this.opening.push(chunk.subarray(0, end));
    if (this.packets === 0 || this.bodyLeft > 0) return;
    this.socket.pause();
    const packet = Buffer.concat(this.opening);
    this.opening = end < chunk.length ? [packet, chunk.subarray(end)] : [packet];
    const lengthEnd = packet.findIndex((byte, i) => i > 0 && (byte & 0x80) === 0);
    const connect = parseConnect(packet.subarray(lengthEnd + 1));
    if (typeof connect === 'string') {
      this.cut(connect, packet.length);
      return;
    }
    this.state = 'waiting';
    this.onConnect(connect);
  }

  private inspect(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      if (this.bodyLeft > 0) {
        const pass = Math.min(this.bodyLeft, chunk.length - at);
        this.bodyLeft -= pass;
        at += pass;
        continue;
      }
      const waitMs = this.takeHeaderByte(chunk[at++]!);
      if (waitMs === false) return;
      if (this.header.length > 0) continue;
      if (waitMs > 0 || this.inflight > this.gate!.inflightMax) {
        this.hold(chunk, at, waitMs);
        return;
      }
    }
    if (!this.push(chunk)) this.socket.pause();
  }

  /** The header has passed; its body and what comes behind wait. */
  private hold(chunk: Buffer, at: number, waitMs: number): void {
    this.push(chunk.subarray(0, at));
    this.held = chunk.subarray(at);
    this.socket.pause();
    if (waitMs > 0) {
      this.release = this.clock.after(waitMs, () => {
        this.release = null;
        this.goOn();
      });
    }
  }

  private goOn(): void {
    if (this.destroyed || this.inflight > (this.gate?.inflightMax ?? 0)) return;
    const { held } = this;
    this.held = null;
    if (held !== null && held.length > 0) this.inspect(held);
    if (this.held === null) this.socket.resume();
  }

  /** False when the connection was cut; otherwise how long the packet has to wait, once its header is whole. */
  private takeHeaderByte(byte: number): number | false {
    this.header.push(byte);
    if (this.header.length === 1)
      return this.isExpected(byte) ? 0 : this.cut(this.packets === 0 ? 'not-mqtt' : 'unexpected-packet', 0);
    if ((byte & 0x80) !== 0) return this.header.length < 5 ? 0 : this.cut('not-mqtt', 0);
    const type = this.header[0]! >> 4;
    const length = this.header.slice(1).reduceRight((sum, b) => sum * 128 + (b & 0x7f), 0);
    const bytes = length + this.header.length;
    if (bytes > (this.packets === 0 ? STRANGER_BYTES_MAX : DEVICE_BYTES_MAX)) return this.cut('too-large', bytes);
    if (length > 0 ? EMPTY.has(type) : !EMPTY.has(type)) return this.cut('unexpected-packet', bytes);
    this.bodyLeft = length;
    this.header = [];
    this.packets++;
    this.onPacket?.();
    if (type === PUBLISH) this.inflight++;
    return this.gate?.takeMs(bytes) ?? 0;
  }

  private isExpected(first: number): boolean {
    const [type, flags] = [first >> 4, first & 15];
    if (this.packets === 0) return type === CONNECT && flags === 0;
    return type === PUBLISH ? (flags & 6) !== 6 : FLAGS[type] === flags;
  }

  private cut(reason: GuardReason, bytes: number): false {
    this.onRefused(reason, bytes);
    if (this.state !== 'refused') this.destroy();
    this.state = 'refused';
    return false;
  }
}
