import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** Largest MQTT packet, header and all, before a device has proved who it is, and afterwards. */
export const STRANGER_BYTES_MAX = 64 * 1024;
export const DEVICE_BYTES_MAX = 256 * 1024;

const CONNECT = 1;

export type GuardReason = 'too-large' | 'not-mqtt';

/**
 * Stands between a socket and aedes 1.2, which has no packet limit and buffers whatever a header announces, CONNECT
 * included. Reads the fixed headers as they pass and cuts the connection on the first packet that is too large or
 * malformed; not one byte of that packet reaches the broker.
 */
export class PacketGuard extends Duplex {
  /** Called once, before the connection is cut, with the length that the header announced. */
  onRefused: (reason: GuardReason, bytes: number) => void = () => undefined;
  private bytesMax = STRANGER_BYTES_MAX;
  /** Bytes of the current packet that are still to pass. */
  private bodyLeft = 0;
  /** The fixed header as far as it has come: at most a type byte and four length bytes. */
  private header: number[] = [];
  private first = true;
  private refused = false;

  constructor(private readonly socket: Socket) {
    super({ allowHalfOpen: false });
    socket.on('data', (chunk: Buffer) => this.inspect(chunk));
    socket.on('end', () => this.push(null));
    socket.on('close', () => this.destroy());
    socket.on('error', (error) => this.destroy(error));
  }

  /** The device has proved who it is: packets may be as large as a device's. */
  trust(): void {
    this.bytesMax = DEVICE_BYTES_MAX;
  }

  override _read(): void {
    this.socket.resume();
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
    this.socket.destroy();
    callback(error);
  }

  private inspect(chunk: Buffer): void {
    if (this.refused) return;
    for (let at = 0; at < chunk.length;) {
      if (this.bodyLeft > 0) {
        const pass = Math.min(this.bodyLeft, chunk.length - at);
        this.bodyLeft -= pass;
        at += pass;
      } else if (!this.takeHeaderByte(chunk[at++]!)) return;
    }
    if (!this.push(chunk)) this.socket.pause();
  }

  /** False when the connection was cut. */
  private takeHeaderByte(byte: number): boolean {
    this.header.push(byte);
    if (this.header.length === 1) {
      const type = byte >> 4;
      if (type === 0 || this.first !== (type === CONNECT)) return this.refuse('not-mqtt', 0);
      this.first = false;
      return true;
    }
    if ((byte & 0x80) !== 0) return this.header.length < 5 || this.refuse('not-mqtt', 0);
    const length = this.header.slice(1).reduceRight((sum, b) => sum * 128 + (b & 0x7f), 0);
    const bytes = length + this.header.length;
    if (bytes > this.bytesMax) return this.refuse('too-large', bytes);
    this.bodyLeft = length;
    this.header = [];
    return true;
  }

  private refuse(reason: GuardReason, bytes: number): false {
    this.refused = true;
    this.onRefused(reason, bytes);
    this.destroy();
    return false;
  }
}
