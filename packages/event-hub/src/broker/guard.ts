import type { Connection, Performative, Receiver, Session, TransferFrame } from './amqp.js';

/** The largest message a producer may send, envelope included, as at the service. */
export const MESSAGE_BYTES_MAX = 1024 * 1024;
export const FRAME_BYTES_MAX = 256 * 1024;
const DELIVERY_BYTES_MAX = MESSAGE_BYTES_MAX + 64 * 1024;

/** Fields of each performative by its code, so that nulls at the end are written too: one client reads by position. */
const FIELD_COUNT: Record<string, number> = {
  'open#10': 10,
  'begin#11': 8,
  'attach#12': 14,
  'flow#13': 11,
  'transfer#14': 11,
  'disposition#15': 6,
  'detach#16': 3,
  'end#17': 1,
  'close#18': 1,
};

/** Thrown into the AMQP library, which then ends the connection. */
class GuardError extends Error {
  override readonly name = 'ProtocolError';
}

/** Makes every outgoing performative carry all its fields. */
export function writeAllFields(connection: Connection): void {
  const write = connection._write_frame;
  connection._write_frame = function (channel, frame, payload): void {
    if (frame !== undefined) pad(frame);
    write.call(this, channel, frame, payload);
  };
}

function pad(frame: Performative): void {
  const count = FIELD_COUNT[String(frame.constructor)] ?? 0;
  for (let i = 0; i < count; i++) frame.value[i] ??= null;
}

/** Ends a connection that announces a frame larger than it may send, before its bytes are collected. */
export function limitFrames(connection: Connection): void {
  connection.socket.on('data', () => {
    if ((connection.frame_size ?? 0) > FRAME_BYTES_MAX) connection.socket.destroy();
  });
}

/**
 * Watches what arrives on a session: a delivery may not outgrow the message limit and a producer not its credit.
 * `onWindow` is called whenever the peer may have opened its window.
 * Message format 0 is taken off, because the library would decode such messages; the broker reads the bytes itself.
 */
export function guardSession(session: Session, onWindow: () => void): void {
  const { on_transfer: onTransfer, on_flow: onFlow } = session;
  // The library tells nobody when only the session's window opens.
  session.on_flow = function (frame): void {
    onFlow.call(this, frame);
    onWindow();
  };
  const received = new WeakMap<object, number>();
  session.on_transfer = function (frame: TransferFrame): void {
    const link = this.remote.handles[frame.performative.handle] as Receiver | undefined;
    if (link !== undefined && link.is_receiver()) {
      const partial = link._incomplete;
      const size = (partial === undefined ? 0 : (received.get(partial) ?? 0)) + (frame.payload?.length ?? 0);
      if (size > DELIVERY_BYTES_MAX) throw new GuardError('a delivery exceeds the largest message');
      if (partial === undefined && link.credit <= 0) throw new GuardError('a transfer without credit');
      if (frame.performative.message_format === 0) frame.performative.value[3] = undefined;
      onTransfer.call(this, frame);
      if (link._incomplete !== undefined) received.set(link._incomplete, size);
    } else {
      onTransfer.call(this, frame);
    }
  };
}
