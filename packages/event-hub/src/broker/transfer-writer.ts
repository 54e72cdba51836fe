import { writeLong } from '../wire/event.js';
import { SECTION, skipValue } from '../wire/scan.js';
import { TRANSFER_HEAD_BYTES, writeTransferHead } from '../wire/transfer.js';
import type { Sender } from './amqp.js';
import { ChunkPool, SendBuffer } from './send-buffer.js';

/** What a consumer that tracks the end of its partition is told with each event. */
export interface LastEnqueued {
  readonly next: number;
  readonly offset: string;
  readonly lastEnqueuedMs: number;
  readonly nowMs: number;
}

interface Begun {
  readonly source: Buffer;
  /** What lies before this is written. */
  readonly at: number;
  readonly end: number;
  readonly deliveryId: number;
}

/** All links of the process. */
const POOL = new ChunkPool();

/**
 * Writes deliveries past the AMQP library, straight to the socket, and keeps the library's counters as if it had
 * written them. Nothing else is sent on these links, and the library writes its own frames at once, so the order on
 * the socket holds.
 */
export class TransferWriter {
  private readonly out: SendBuffer;
  private readonly frameBytesMax: number;
  /** A delivery of which not all is written. */
  private begun: Begun | null = null;

  constructor(
    private readonly link: Sender,
    private readonly isSettled: boolean,
    private readonly last: (() => LastEnqueued) | null,
  ) {
    this.out = new SendBuffer(link.connection.socket, POOL);
    this.frameBytesMax = Math.max(512, link.connection.max_frame_size ?? Infinity);
  }

  get pendingBytes(): number {
    return this.out.pendingBytes;
  }

  /** False while a delivery is half sent. */
  get isWhole(): boolean {
    return this.begun === null;
  }

  /** Deliveries that may be begun now, by link credit and session window. Each takes one transfer at least. */
  allowedDeliveries(): number {
    const allowed = this.begun === null && !this.hasAnswerWaiting() ? Math.min(this.link.credit, this.window()) : 0;
    return Number.isFinite(allowed) ? allowed : 0;
  }

  /** Can an answer of the library go out first, on this session and through a window that is open? */
  get isBehindAnswer(): boolean {
    return this.hasAnswerWaiting() && this.window() > 0;
  }

  /** Ids are given out and sent in order: what the library has waiting would never go out behind one of ours. */
  private hasAnswerWaiting(): boolean {
    const { outgoing } = this.link.session;
    return outgoing.next_pending_delivery < outgoing.next_delivery_id;
  }

  /** Begins a delivery when one is allowed. What the window holds back of it goes out with `goOn`. */
  add(bytes: Buffer, from: number, size: number): void {
    const payload = this.last === null ? null : withLastEnqueued(bytes.subarray(from, from + size), this.last());
    const at = payload === null ? from : 0;
    const { outgoing } = this.link.session;
    const deliveryId = outgoing.next_delivery_id++;
    this.begun = { source: payload ?? bytes, at, end: at + (payload?.length ?? size), deliveryId };
    outgoing.next_pending_delivery++;
    this.link.credit--;
    // The peer counts to 2^32 and starts again; the library would not, and could not write what is beyond.
    this.link.delivery_count = (this.link.delivery_count + 1) >>> 0;
    this.goOn();
  }

  /** Goes on with the delivery that was begun, as far as the window allows. True when none is left half sent. */
  goOn(): boolean {
    const { session, local } = this.link;
    const room = this.frameBytesMax - TRANSFER_HEAD_BYTES;
    for (let { begun } = this; begun !== null; begun = this.begun) {
      if (!(this.window() > 0)) return false;
      const { source, at, end, deliveryId } = begun;
      const payloadBytes = Math.min(room, end - at);
      const more = at + payloadBytes < end;
      const { channel } = session.local;
      const head = { channel, handle: local.handle, deliveryId, settled: this.isSettled, more, payloadBytes };
      this.out.add(TRANSFER_HEAD_BYTES + payloadBytes, (chunk, start) => {
        source.copy(chunk, writeTransferHead(chunk, start, head), at, at + payloadBytes);
      });
      session.outgoing.next_transfer_id++;
      this.begun = more ? { ...begun, at: at + payloadBytes } : null;
    }
    return true;
  }

  /** Transfers that the session window allows; not a number before the peer has said. */
  private window(): number {
    const { outgoing } = this.link.session;
    return (outgoing.remote_window ?? 0) - (outgoing.next_transfer_id - (outgoing.remote_next_transfer_id ?? 0));
  }

  /** Hands what was added to the socket. */
  flush(): void {
    this.out.flush();
  }

  /** Answers a consumer that asked to have its credit used up: there is nothing more to send. */
  drained(): void {
    if (!this.link._draining || this.link.credit <= 0) return;
    // The library counts what is left down one by one, so it is left one.
    this.link.delivery_count = (this.link.delivery_count + this.link.credit - 1) >>> 0;
    this.link.credit = 1;
    this.link.set_drained(true);
    this.link.connection._register();
  }
}

const symbol = (name: string): Buffer => Buffer.from([0xa3, name.length, ...Buffer.from(name, 'ascii')]);
const LAST_SEQUENCE = symbol('last_enqueued_sequence_number');
const LAST_OFFSET = symbol('last_enqueued_offset');
const LAST_TIME = symbol('last_enqueued_time_utc');
const RETRIEVED = symbol('runtime_info_retrieval_time_utc');

/** Puts the delivery annotations behind the header section, where they belong. */
function withLastEnqueued(event: Buffer, { next, offset, lastEnqueuedMs, nowMs }: LastEnqueued): Buffer {
  const headerEnd = event[2] === SECTION.header ? skipValue(event, 3, event.length) : 0;
  const long = (code: number, value: number): Buffer => {
    const out = Buffer.alloc(9);
    out[0] = code;
    writeLong(out, value, 1);
    return out;
  };
  const entries = Buffer.concat([
    ...[LAST_SEQUENCE, long(0x81, next - 1)],
    ...[LAST_OFFSET, Buffer.from([0xa1, offset.length]), Buffer.from(offset)],
    ...[LAST_TIME, long(0x83, lastEnqueuedMs)],
    ...[RETRIEVED, long(0x83, nowMs)],
  ]);
  const head = Buffer.from([0x00, 0x53, SECTION.deliveryAnnotations, 0xc1, entries.length + 1, 8]);
  return Buffer.concat([event.subarray(0, headerEnd), head, entries, event.subarray(headerEnd)]);
}
