/**
 * Stands between a socket and the AMQP library: what a stranger sends is checked before the library acts on it.
 *
 * The library was written for peers that keep to the protocol. Here each frame is well formed, in its place and within
 * a limit, or its connection ends with the reason.
 */
import type { Clock } from '@vigil/clock';
import { checkFrame, FRAME_HEAD_BYTES, FRAME_TYPE } from '../wire/frame-check.js';
import { WireError } from '../wire/wire-error.js';
import type { Connection, Performative, Transport } from './amqp.js';
import { FRAME_BYTES_MAX } from './guard.js';
import { ProtocolViolation, VIOLATION } from './violation.js';

/** Before its first token is accepted a connection sends only tokens and questions. */
const STRANGER_FRAME_BYTES_MAX = 16 * 1024;
const STRANGER_SESSIONS_MAX = 16;
const SASL_FRAME_BYTES_MAX = 4096;
const SESSIONS_MAX = 1024;
export const CHANNEL_MAX = 4999;
/** Smallest that AMQP 1.0 allows (2.4.1); the library never ends with less than 67. */
const PEER_FRAME_BYTES_MIN = 512;
/** A peer that wants to hear from us more often than twice a second wants something else. */
const PEER_IDLE_MS_MIN = 1000;
const PEER_IDLE_MS_MAX = 3_600_000;
/** Bytes that a peer has asked for and does not take, before nothing more is read from it. Consumers stop long before. */
const UNREAD_BYTES_MAX = 8 * 1024 * 1024;
/** From our last byte to the end of the socket, whatever the peer does. */
const END_WITHIN_WALL_MS = 500;
const OPEN = 0x10;
const HEADER = Buffer.from('AMQP\x03\x01\x00\x00', 'latin1');

interface OpenFields extends Performative {
  readonly max_frame_size?: number | null;
  idle_time_out?: number | null;
}

/** Call once, after the library has accepted the socket. `isTrusted` says whether a token was accepted. */
export function guardFrames(connection: Connection, isTrusted: () => boolean): void {
  const { socket, amqp_transport: amqp } = connection;
  const sasl = connection.sasl_transport.transports[3];
  // Mechanisms are looked up by the peer's word; inherited members are none.
  sasl.mechanisms = Object.assign(Object.create(null) as object, sasl.mechanisms);
  checkFrames(sasl.transport, FRAME_TYPE.sasl, () => SASL_FRAME_BYTES_MAX);
  checkFrames(amqp, FRAME_TYPE.amqp, () => (isTrusted() ? FRAME_BYTES_MAX : STRANGER_FRAME_BYTES_MAX), connection);
  guardOpen(connection);
  guardBegin(connection, isTrusted);
  socket.on('data', () => {
    if (socket.writableLength > UNREAD_BYTES_MAX) socket.pause();
  });
  socket.on('drain', () => socket.resume());
}

/** Hands the library one checked frame after the other. */
function checkFrames(transport: Transport, type: number, bytesMax: () => number, connection?: Connection): void {
  const { read } = transport;
  let isOpened = false;
  transport.read = function (buffer: Buffer): number {
    let at = 0;
    if (this.header_received === undefined) {
      if (buffer.length < HEADER.length) return 0;
      at = read.call(this, buffer.subarray(0, HEADER.length));
    }
    while (buffer.length - at >= 4 && !this.read_complete) {
      const size = buffer.readUInt32BE(at);
      if (size < FRAME_HEAD_BYTES) throw new ProtocolViolation(VIOLATION.framing, 'a frame that is too short');
      if (size > bytesMax()) throw new ProtocolViolation(VIOLATION.framing, `a frame of more than ${bytesMax()} bytes`);
      if (buffer.length - at < size) break;
      const frame = buffer.subarray(at, at + size);
      at += size;
      const code = checkFrame(frame, type);
      if (connection !== undefined) {
        const isOpen = connection.is_remote_open();
        // After its close a peer has nothing more to say.
        if (isOpened && !isOpen) return buffer.length;
        if (!isOpen && code !== OPEN) throw new ProtocolViolation(VIOLATION.notAllowed, 'a connection begins with open');
        isOpened = true;
      }
      read.call(this, frame);
    }
    return at;
  };
}

function guardOpen(connection: Connection): void {
  const { on_open: onOpen } = connection;
  connection.on_open = function (frame): void {
    const open = frame.performative as OpenFields;
    if ((open.max_frame_size ?? Infinity) < PEER_FRAME_BYTES_MIN)
      throw new ProtocolViolation(VIOLATION.invalidField, `max-frame-size is at least ${PEER_FRAME_BYTES_MIN}`);
    const idleMs = open.idle_time_out ?? 0;
    if (idleMs > 0 && idleMs < PEER_IDLE_MS_MIN)
      throw new ProtocolViolation(VIOLATION.invalidField, `idle-time-out is at least ${PEER_IDLE_MS_MIN}`);
    // A timer can't wait for longer than 2^31 ms; to be heard from more often than asked for does no harm.
    if (idleMs > PEER_IDLE_MS_MAX) open.idle_time_out = PEER_IDLE_MS_MAX;
    onOpen.call(this, frame);
  };
}

function guardBegin(connection: Connection, isTrusted: () => boolean): void {
  const { on_begin: onBegin } = connection;
  const begun = new Set<number>();
  for (const name of ['on_detach', 'on_flow', 'on_disposition'] as const) {
    const handle = connection[name];
    connection[name] = function (frame): void {
      // One official client ends its session and only then detaches its links; there is nothing left to do for these.
      if (this.remote_channel_map[frame.channel] === undefined && begun.has(frame.channel)) return;
      handle.call(this, frame);
    };
  }
  const { on_end: onEnd } = connection;
  connection.on_end = function (frame): void {
    onEnd.call(this, frame);
    // The channel may be used again in the very next frame; the library would free it two ticks later.
    delete this.remote_channel_map[frame.channel];
  };
  connection.on_begin = function (frame): void {
    if ((frame.performative.remote_channel ?? null) !== null)
      throw new ProtocolViolation(VIOLATION.notAllowed, 'an answer to a session that was not offered');
    if (frame.channel > CHANNEL_MAX) throw new ProtocolViolation(VIOLATION.framing, `channels go up to ${CHANNEL_MAX}`);
    if (this.remote_channel_map[frame.channel] !== undefined)
      throw new ProtocolViolation(VIOLATION.notAllowed, 'a second session on one channel');
    const sessionsMax = isTrusted() ? SESSIONS_MAX : STRANGER_SESSIONS_MAX;
    if (Object.keys(this.local_channel_map).length >= sessionsMax)
      throw new ProtocolViolation(VIOLATION.limit, `more than ${sessionsMax} sessions`);
    begun.add(frame.channel);
    onBegin.call(this, frame);
  };
}

/** Is this what a peer may cause? Anything else that is thrown while its bytes are read is a bug of ours. */
export function isViolation(error: unknown): boolean {
  return error instanceof WireError || (error as Error | undefined)?.name === 'ProtocolError' || isLibraryError(error);
}

/** The library throws plain errors for frames that are out of place. */
function isLibraryError(error: unknown): boolean {
  return error instanceof Error && error.constructor === Error;
}

/** Tells the peer why its connection ends, as far as it has come, and ends it. Nothing more of what it sends is read. */
export function endForViolation(connection: Connection, clock: Clock, error: unknown): void {
  const { socket } = connection;
  socket.removeAllListeners('data');
  socket.resume();
  const condition = conditionOf(error);
  const description = reasonOf(error);
  if (connection.sasl_transport.selected === undefined) {
    // Whoever speaks another protocol is told ours (AMQP 1.0, 2.2).
    if (!socket.writableEnded) socket.write(HEADER);
  } else if (connection.is_remote_open()) {
    connection.local.close.error = { condition, description };
    if (connection.state.close()) connection._write_close();
  }
  socket.end();
  clock.after(END_WITHIN_WALL_MS, () => socket.destroy());
}

function conditionOf(error: unknown): string {
  if (error instanceof ProtocolViolation) return error.condition;
  return error instanceof WireError ? VIOLATION.decode : VIOLATION.notAllowed;
}

/** What was wrong, in words that hold nothing of what was sent. */
export function reasonOf(error: unknown): string {
  return error instanceof ProtocolViolation || error instanceof WireError ? error.message : 'a frame that is out of place';
}
