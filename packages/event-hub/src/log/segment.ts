import { join } from 'node:path';
import {
  headerKeyId,
  type KeyPort,
  type OpenedSegment,
  openSegmentHeaders,
  OVERHEAD_BYTES,
  SealError,
  Sealer,
} from '@vigil/sealed-records';
import { type Disk, type DiskFile } from './disk.js';
import { frameAad, FRAME_HEAD_BYTES, writeFrameHead } from './frame.js';
import { LogError } from './log-error.js';

/** Segment files start with magic(4) | version u32 | segment number u64, then the header of sealed records. */
export const SEGMENT_HEAD_BYTES = 16;
const MAGIC_WORD = Buffer.from('VSEG', 'latin1').readUInt32BE(0);
const VERSION = 1;
const ZEROS = Buffer.alloc(256 * 1024);
const ROOM_STEP_BYTES = 256 * 1024;

export const segmentName = (number: number): string => `${String(number).padStart(20, '0')}.seg`;
/** What a segment's data key is bound to. */
export const segmentContext = (hubId: string, number: number): string => `hub:${hubId}:${number}`;

export interface SegmentBytes {
  readonly hubId: string;
  readonly number: number;
  /** The first bytes of the segment file. */
  readonly bytes: Buffer;
  /** What lies beside it (`segment-keys.ts`), or null. */
  readonly side: Buffer | null;
}

export interface Opened extends OpenedSegment {
  readonly framesAt: number;
}

/**
 * Opens what a segment file's first bytes describe; says where its frames start.
 *
 * @throws LogError `corrupt`, or `config` when a later version wrote it
 */
export async function openSegment(keys: KeyPort, { hubId, number, bytes, side }: SegmentBytes): Promise<Opened> {
  const fits = bytes.length >= SEGMENT_HEAD_BYTES && bytes.readUInt32BE(0) === MAGIC_WORD && bytes.readUInt32BE(8) === 0;
  const isNumber = fits && bytes.readUInt32BE(12) === number;
  if (!isNumber) throw new LogError('corrupt', `${segmentName(number)} does not start like segment ${number}`);
  if (bytes.readUInt32BE(4) !== VERSION) throw new LogError('config', `${segmentName(number)} was written by a newer Vigil`);
  try {
    const headers = { own: bytes.subarray(SEGMENT_HEAD_BYTES), side };
    const opened = await openSegmentHeaders(keys, headers, segmentContext(hubId, number));
    return { ...opened, framesAt: SEGMENT_HEAD_BYTES + opened.headerLength };
  } catch (cause) {
    const why = cause instanceof SealError ? cause.message : 'its key can not be had';
    throw new LogError('corrupt', `${segmentName(number)} can't be opened: ${why}`, cause);
  }
}

export interface SegmentPlace {
  readonly folder: string;
  readonly hubId: string;
  readonly number: number;
  readonly bytes: number;
  readonly keys: KeyPort;
  readonly disk: Disk;
}

/** The segment that is written to. One writer, one write at a time. */
export class SegmentWriter {
  private room = Buffer.alloc(0);

  private constructor(
    readonly place: SegmentPlace,
    private readonly file: DiskFile,
    private readonly sealer: Sealer,
    /** The file's first bytes, up to the frames. */
    readonly head: Buffer,
    /** Where the next frame goes. */
    private position: number,
  ) {}

  /**
   * Writes header and zeros to disk under a provisional name, so that later writes change no file size and their
   * fdatasync is one flush. `activate` gives it its name.
   */
  static async prepare(place: SegmentPlace): Promise<SegmentWriter> {
    const sealer = await Sealer.create(place.keys, segmentContext(place.hubId, place.number));
    const head = Buffer.alloc(SEGMENT_HEAD_BYTES);
    head.writeUInt32BE(MAGIC_WORD, 0);
    head.writeUInt32BE(VERSION, 4);
    head.writeUInt32BE(place.number, 12);
    const start = Buffer.concat([head, sealer.header]);
    const path = `${join(place.folder, segmentName(place.number))}.new`;
    const file = await place.disk.open(path, 'create');
    try {
      await file.write(start, 0);
      for (let at = start.length; at < place.bytes; at += ZEROS.length) {
        await file.write(ZEROS.subarray(0, Math.min(ZEROS.length, place.bytes - at)), at);
      }
      await file.sync();
    } catch (e) {
      await file.close().catch(() => undefined);
      await place.disk.remove(path).catch(() => undefined);
      throw e;
    }
    return new SegmentWriter(place, file, sealer, start, start.length);
  }

  get framesAt(): number {
    return this.head.length;
  }

  /** The key-encryption key that this segment's data key is wrapped with. */
  get keyId(): string {
    return headerKeyId(this.sealer.header);
  }

  /** From now on the segment is part of the log. */
  async activate(): Promise<void> {
    const { disk, folder, number } = this.place;
    const path = join(folder, segmentName(number));
    await disk.rename(`${path}.new`, path);
    await disk.syncFolder(folder);
  }

  /** Is there room for a record of `plainBytes`? A record larger than a segment gets an empty one to itself. */
  hasRoom(plainBytes: number): boolean {
    return this.position === this.framesAt || this.position + FRAME_HEAD_BYTES + 64 + plainBytes <= this.place.bytes;
  }

  get writtenBytes(): number {
    return this.position;
  }

  /** Seals `parts` as one record and writes it as one frame; durable after `flush`. Returns the frame's place. */
  async write(parts: readonly Buffer[]): Promise<{ at: number; end: number }> {
    const at = this.position;
    const frame = this.encode(parts, at);
    await this.file.write(frame, at);
    this.position = at + frame.length;
    return { at, end: this.position };
  }

  /** Every frame is made in the same memory: a buffer for each would keep the garbage collector busy. */
  private encode(parts: readonly Buffer[], at: number): Buffer {
    const size = FRAME_HEAD_BYTES + OVERHEAD_BYTES + parts.reduce((sum, part) => sum + part.length, 0);
    if (this.room.length < size) this.room = Buffer.allocUnsafeSlow(Math.ceil(size / ROOM_STEP_BYTES) * ROOM_STEP_BYTES);
    const frame = this.room.subarray(0, size);
    writeFrameHead(frame, this.sealer.sealInto(parts, frameAad(at), frame.subarray(FRAME_HEAD_BYTES)));
    return frame;
  }

  flush(): Promise<void> {
    return this.file.datasync();
  }

  /** Gives back what was preallocated and not used. */
  async seal(): Promise<void> {
    try {
      await this.file.truncate(this.position);
      await this.file.sync();
    } finally {
      await this.file.close();
    }
  }

  /** Lets go of the file and leaves it where it is. */
  async discard(): Promise<void> {
    await this.file.close().catch(() => undefined);
  }
}
