import { join } from 'node:path';
import type { KeyPort, Opener } from '@vigil/sealed-records';
import type { Batch } from './batch.js';
import { type Disk, type DiskFile } from './disk.js';
import { frameAt, FRAME_HEAD_BYTES } from './frame.js';
import type { BlockPlace } from './index-table.js';
import { LogError } from './log-error.js';
import { damagedAt, openFrame } from './scan-frames.js';
import { HEAD_BYTES_MAX, readSide } from './segment-keys.js';
import { openSegment, segmentName } from './segment.js';

const OPENERS_MAX = 64;
/** The usual block at most: what lies between two marks, and the group commit that goes beyond. */
const ROOM_BYTES_MAX = 6 * 1024 * 1024;

interface Block {
  readonly batches: Promise<Batch[]>;
  readonly bytes: number;
}

/**
 * Reads blocks of the log for consumers that are behind. A few are kept, so that the partitions and groups that catch
 * up together read and open each block once. One is read at a time: each takes its size twice while it is opened.
 */
export class BlockReader {
  private readonly blocks = new Map<string, Block>();
  private keptBytes = 0;
  private turn: Promise<unknown> = Promise.resolve();
  /** Blocks are read into the same memory: a buffer for each would wait for the garbage collector. */
  private room = Buffer.alloc(0);
  private readonly openers = new Map<number, Promise<Opener>>();

  constructor(
    private readonly folder: string,
    private readonly hubId: string,
    private readonly keys: KeyPort,
    private readonly disk: Disk,
    /** How much of the log is kept, beside the block that was read last. */
    private readonly bytesMax: number,
  ) {}

  /** All batches of a block, in log order. @throws LogError `corrupt` when the disk gives back something else */
  read(place: BlockPlace): Promise<Batch[]> {
    const key = `${place.segment.number}:${place.from}:${place.to}`;
    const known = this.blocks.get(key);
    const block = known ?? this.enqueue(place);
    this.forget(key);
    this.blocks.set(key, block);
    this.keptBytes += block.bytes;
    if (known === undefined) block.batches.catch(() => this.blocks.get(key) === block && this.forget(key));
    for (const oldest of this.blocks.keys()) {
      if (this.keptBytes <= this.bytesMax || oldest === key) break;
      this.forget(oldest);
    }
    return block.batches;
  }

  private forget(key: string): void {
    this.keptBytes -= this.blocks.get(key)?.bytes ?? 0;
    this.blocks.delete(key);
  }

  private enqueue(place: BlockPlace): Block {
    const batches = this.turn.then(() => this.load(place));
    this.turn = batches.catch(() => undefined);
    return { batches, bytes: place.to - place.from };
  }

  private roomFor(bytes: number): Buffer {
    if (bytes > ROOM_BYTES_MAX) return Buffer.allocUnsafeSlow(bytes);
    if (this.room.length < bytes) this.room = Buffer.allocUnsafeSlow(bytes);
    return this.room.subarray(0, bytes);
  }

  private async load({ segment: { number, holes }, from, to }: BlockPlace): Promise<Batch[]> {
    const file = await this.disk.open(join(this.folder, segmentName(number)), 'read');
    try {
      const opener = await this.opener(number, file);
      const bytes = this.roomFor(to - from);
      const bytesRead = await file.read(bytes, from);
      if (bytesRead < bytes.length) throw new LogError('corrupt', `${segmentName(number)} is shorter than it was`);
      const batches: Batch[] = [];
      for (let at = 0; at < bytes.length;) {
        const hole = holes.find((range) => range.from === from + at);
        if (hole !== undefined) {
          at = hole.to - from;
          continue;
        }
        const sealed = frameAt(bytes, at);
        if (sealed === null) throw damagedAt(number, from + at, 'no whole and unharmed record starts there');
        for (const batch of openFrame(opener, sealed, number, from + at)) batches.push(batch);
        at += FRAME_HEAD_BYTES + sealed.length;
      }
      return batches;
    } finally {
      await file.close();
    }
  }

  private opener(number: number, file: DiskFile): Promise<Opener> {
    const known = this.openers.get(number);
    if (known !== undefined) return known;
    const fresh = this.open(number, file);
    fresh.catch(() => this.openers.delete(number));
    this.openers.set(number, fresh);
    if (this.openers.size > OPENERS_MAX) this.openers.delete(this.openers.keys().next().value!);
    return fresh;
  }

  private async open(number: number, file: DiskFile): Promise<Opener> {
    const { folder, hubId, keys, disk } = this;
    const head = Buffer.alloc(HEAD_BYTES_MAX);
    const bytes = head.subarray(0, await file.read(head, 0));
    return (await openSegment(keys, { hubId, number, bytes, side: await readSide(disk, folder, number) })).opener;
  }
}
