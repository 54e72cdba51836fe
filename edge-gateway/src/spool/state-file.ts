import { headerKeyId, type KeyPort, openSegmentHeaders, SealError, Sealer } from '@vigil/sealed-records';
import { z } from 'zod';
import type { SpoolDisk, SpoolFile } from './disk.js';
import type { Range } from './ranges.js';

const count = z.number().int().nonnegative();
const range = z.tuple([count, count]);

const SegmentRow = z.object({
  first: count,
  /** Digest of its header, which no other segment ever has. */
  head: z.string(),
  headBytes: count,
  /** Place behind its last record, and its size; null while it is written to. */
  end: count.nullable(),
  bytes: count.nullable(),
  /** When its first and its last record were appended, wall time. */
  fromMs: z.number(),
  toMs: z.number(),
  /** Its unsettled places once it was decided that they go; written before anything of it goes. */
  evicting: z.array(range).nullable(),
});

const SpoolState = z.object({
  v: z.literal(1),
  /** Counts every writing of the state, across starts. */
  epoch: count,
  /** No record that was acknowledged by then has a later place. */
  nextIndex: count,
  segments: z.array(SegmentRow),
  /** Segments that may still be there, because their removal was under way. */
  removing: z.array(count),
});
export type SpoolState = z.infer<typeof SpoolState>;
export type SegmentRow = z.infer<typeof SegmentRow>;

export const rangesOf = (rows: readonly (readonly [number, number])[]): Range[] => rows.map(([from, to]) => ({ from, to }));

const NAMES = ['state.0', 'state.1'] as const;
export const STATE_COPIES = NAMES.length;
/** Room that is taken at once, so that a full disk does not stop the writing that frees it. */
const ROOM_BYTES = 64 * 1024;
const LENGTH_BYTES = 4;

export interface LoadedState {
  readonly state: SpoolState | null;
  /** A copy was there and does not open. */
  readonly damaged: boolean;
}

/**
 * What the spool should hold, sealed, in two files that are written in turn and in place: one of them is whole at any
 * moment, and writing takes no new space and one fdatasync.
 */
export class StateFile {
  private sealer: Sealer | null = null;
  /** The file that was read or written whole last; the other is written next. */
  private good = 1;
  private readonly room = [0, 0];

  constructor(
    private readonly disk: SpoolDisk,
    private readonly keys: KeyPort,
    private readonly gatewayId: string,
  ) {}

  /** The key-encryption key that the newest copy depends on; null before the first one was written. */
  get keyId(): string | null {
    return this.sealer === null ? null : headerKeyId(this.sealer.header);
  }

  /** @throws SealError `key-unknown` when copies are there and none of them is sealed with a key of this gateway */
  async load(): Promise<LoadedState> {
    const found: SpoolState[] = [];
    const failed: unknown[] = [];
    for (const [slot, name] of NAMES.entries()) {
      const bytes = await this.disk.readSmall(name);
      this.room[slot] = bytes?.length ?? 0;
      // A file of nothing but zeros was made and never written.
      if (bytes === null || bytes.every((byte) => byte === 0)) continue;
      try {
        const state = await this.open(bytes);
        if (found.every(({ epoch }) => epoch < state.epoch)) this.good = slot;
        found.push(state);
      } catch (error) {
        failed.push(error);
      }
    }
    if (found.length === 0) {
      const foreign = failed.find((error) => error instanceof SealError && error.code === 'key-unknown');
      if (foreign !== undefined && failed.length === NAMES.length) throw foreign;
    }
    const state = found.reduce<SpoolState | null>((best, next) => (best === null || next.epoch > best.epoch ? next : best), null);
    return { state, damaged: failed.length > 0 };
  }

  /** Durable when it resolves. @throws whatever disk or keys throw; the copy before is whole then */
  async write(state: SpoolState): Promise<void> {
    if (this.sealer === null || this.keyId !== this.keys.currentKeyId) {
      this.sealer = await Sealer.create(this.keys, this.context);
    }
    const { sealer } = this;
    const sealed = sealer.seal(Buffer.from(JSON.stringify(state)), Buffer.from(this.context));
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(sealed.length);
    const bytes = Buffer.concat([sealer.header, length, sealed]);
    const slot = 1 - this.good;
    const file = await this.file(slot, bytes.length);
    try {
      await file.write(bytes, 0);
      await file.sync();
      this.good = slot;
    } finally {
      await file.close();
    }
  }

  private async file(slot: number, need: number): Promise<SpoolFile> {
    const name = NAMES[slot]!;
    if (this.room[slot]! > 0) {
      const file = await this.disk.openForRead(name);
      if (this.room[slot]! < need) await file.write(Buffer.alloc(2 * need - this.room[slot]!), this.room[slot]!);
      this.room[slot] = Math.max(this.room[slot]!, need);
      return file;
    }
    const file = await this.disk.create(name);
    await file.write(Buffer.alloc(Math.max(ROOM_BYTES, 2 * need)), 0);
    await file.sync();
    await this.disk.syncNames();
    this.room[slot] = Math.max(ROOM_BYTES, 2 * need);
    return file;
  }

  private async open(bytes: Buffer): Promise<SpoolState> {
    const { opener, headerLength } = await openSegmentHeaders(this.keys, { own: bytes, side: null }, this.context);
    const from = headerLength + LENGTH_BYTES;
    const sealed = bytes.subarray(from, from + bytes.readUInt32BE(headerLength));
    return SpoolState.parse(JSON.parse(opener.open(sealed, Buffer.from(this.context)).toString('utf8')));
  }

  private get context(): string {
    return `spool-state:${this.gatewayId}`;
  }
}
