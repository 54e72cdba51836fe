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

  /** Transfers that link credit and session window allow now. */
  allowedTransfers(): number {
    const { outgoing } = this.link.session;
    const window = (outgoing.remote_window ?? 0) - (outgoing.next_transfer_id - (outgoing.remote_next_transfer_id ?? 0));
    const allowed = Math.min(this.link.credit, window);
    return Number.isFinite(allowed) ? allowed : 0;
  }

  /** Adds one delivery; returns the frames it took, or 0 when it does not fit into what is left of the window. */
  add(bytes: Buffer, from: number, size: number, windowLeft: number): number {
    const payload = this.last === null ? null : withLastEnqueued(bytes.subarray(from, from + size), this.last());
    const source = payload ?? bytes;
    const start = payload === null ? from : 0;
    const total = payload?.length ?? size;
    const room = this.frameBytesMax - TRANSFER_HEAD_BYTES;
    const frames = Math.max(1, Math.ceil(total / room));
    if (frames > 1 && frames > Math.max(windowLeft, this.allowedTransfers())) return 0;
    const { session } = this.link;
    const deliveryId = session.outgoing.next_delivery_id;
    for (let done = 0, frame = 0; frame < frames; frame++) {
      const part = Math.min(room, total - done);
      const head = {
        channel: session.local.channel,
        handle: this.link.local.handle,
        deliveryId,
        settled: this.isSettled,
        more: frame + 1 < frames,
        payloadBytes: part,
      };
      const sourceAt = start + done;
      this.out.add(TRANSFER_HEAD_BYTES + part, (chunk, at) => {
        source.copy(chunk, writeTransferHead(chunk, at, head), sourceAt, sourceAt + part);
      });
      done += part;
    }
    session.outgoing.next_delivery_id++;
    session.outgoing.next_pending_delivery++;
    session.outgoing.next_transfer_id += frames;
    this.link.credit--;
    // The peer counts to 2^32 and starts again; the library would not, and could not write what is beyond.
    this.link.delivery_count = (this.link.delivery_count + 1) >>> 0;
    return frames;
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
