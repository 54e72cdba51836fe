import type { SpoolDisk, SpoolFile } from '../spool/disk.js';

/** Sectors survive a power loss whole or not at all. */
const SECTOR_BYTES = 512;

interface Stored {
  bytes: Buffer;
  /** What a power loss leaves of the content for certain. */
  synced: Buffer;
  /** Written since then, in order; any of it may survive. */
  pending: { readonly at: number; readonly bytes: Buffer }[];
}

/** How much of what was not synced survives a power loss. */
export type Survival = 'nothing' | 'everything' | 'some';

const stored = (bytes: Buffer, synced = Buffer.from(bytes)): Stored => ({ bytes: Buffer.from(bytes), synced, pending: [] });

/**
 * A disk in memory that loses power: `afterPowerLoss` is a disk with only what was synced, names included, plus
 * whatever part of the rest the caller lets through.
 *
 * Each write, sync and change of a name counts as one operation; one of them can fail, or be the first that does not
 * happen any more. A sync that fails forgets what it was to write, as file systems do.
 */
export class FakeDisk implements SpoolDisk {
  files = new Map<string, Stored>();
  private syncedNames = new Map<string, Stored>();
  readonly aside: string[] = [];
  /** Thrown by the next writes or syncs while set. */
  failing: { readonly write?: Error; readonly sync?: Error; readonly create?: Error } = {};
  /** Syncs wait for this while set. */
  holdSync: Promise<void> | null = null;
  syncs = 0;
  /** What `freeBytes` answers. */
  free: number | null = null;
  operations = 0;
  private failure: { readonly at: number; readonly how: 'error' | 'power' } | null = null;
  private isOff = false;

  static with(files: ReadonlyMap<string, Buffer>): FakeDisk {
    const disk = new FakeDisk();
    for (const [name, bytes] of files) disk.files.set(name, stored(bytes));
    disk.syncedNames = new Map(disk.files);
    return disk;
  }

  /** The `at`-th operation from now on, counted from 1, fails with EIO; or does not happen, nor anything after it. */
  failAt(at: number, how: 'error' | 'power'): void {
    this.failure = { at: this.operations + at, how };
  }

  /** Everything as it is now: what kill -9 leaves. */
  afterKill(): FakeDisk {
    return FakeDisk.with(new Map([...this.files].map(([name, f]) => [name, f.bytes])));
  }

  /** @param random numbers from 0 to below 1, for what survives by chance */
  afterPowerLoss(survival: Survival = 'nothing', random: () => number = () => 0): FakeDisk {
    const names = new Map(this.syncedNames);
    for (const name of new Set([...this.files.keys(), ...this.syncedNames.keys()])) {
      const now = this.files.get(name);
      if (now === names.get(name) || survival === 'nothing' || (survival === 'some' && random() < 0.5)) continue;
      if (now === undefined) names.delete(name);
      else names.set(name, now);
    }
    return FakeDisk.with(new Map([...names].map(([name, file]) => [name, survivor(file, survival, random)])));
  }

  segments(): string[] {
    return [...this.files.keys()].filter((n) => n.endsWith('.seg')).sort();
  }

  async list(): Promise<string[]> {
    return [...this.files.keys()];
  }

  async create(name: string): Promise<SpoolFile> {
    if (this.failing.create !== undefined) throw this.failing.create;
    this.operate();
    const file = stored(Buffer.alloc(0));
    this.files.set(name, file);
    return this.fileOf(file);
  }

  async openForRead(name: string): Promise<SpoolFile> {
    const file = this.files.get(name);
    if (file === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return this.fileOf(file);
  }

  async remove(name: string): Promise<void> {
    if (!this.files.has(name)) return;
    this.operate();
    this.files.delete(name);
  }

  async syncNames(): Promise<void> {
    this.operate();
    this.syncedNames = new Map(this.files);
  }

  async freeBytes(): Promise<number | null> {
    return this.free;
  }

  async keepAside(name: string): Promise<void> {
    this.aside.push(name);
  }

  async readSmall(name: string): Promise<Buffer | null> {
    return this.files.get(name)?.bytes ?? null;
  }

  async replaceDurably(name: string, bytes: Buffer): Promise<void> {
    if (this.failing.write !== undefined) throw this.failing.write;
    this.operate();
    const file = stored(bytes);
    this.files.set(name, file);
    // The content is on disk before the name is: a power loss leaves the old file or the new one.
    this.operate();
    await this.syncNames();
  }

  async replaceSmall(name: string, bytes: Buffer): Promise<void> {
    this.operate();
    this.files.set(name, { ...stored(bytes, Buffer.alloc(0)), pending: [{ at: 0, bytes: Buffer.from(bytes) }] });
  }

  private operate(forget?: Stored): void {
    this.operations++;
    if (this.isOff) throw new Error('the power is off');
    if (this.failure?.at !== this.operations) return;
    if (forget !== undefined && this.failure.how === 'error') forget.pending = [];
    this.isOff = this.failure.how === 'power';
    throw Object.assign(new Error('a failing disk'), { code: 'EIO' });
  }

  private fileOf(file: Stored): SpoolFile {
    return {
      write: async (bytes, position) => {
        if (this.failing.write !== undefined) throw this.failing.write;
        // A write that the power loss cuts short may have begun.
        if (!this.isOff) file.pending.push({ at: position, bytes: Buffer.from(bytes) });
        this.operate();
        file.bytes = written(file.bytes, position, bytes);
      },
      sync: async () => {
        const upTo = file.pending.length;
        if (this.holdSync !== null) await this.holdSync;
        if (this.failing.sync !== undefined) throw this.failing.sync;
        this.operate(file);
        this.syncs++;
        for (const { at, bytes } of file.pending.splice(0, upTo)) file.synced = written(file.synced, at, bytes);
      },
      read: async (into, position) => {
        if (this.isOff) throw new Error('the power is off');
        return position >= file.bytes.length ? 0 : file.bytes.copy(into, 0, position);
      },
      size: async () => file.bytes.length,
      close: async () => undefined,
    };
  }
}

function written(content: Buffer, at: number, bytes: Buffer): Buffer {
  const next = Buffer.alloc(Math.max(content.length, at + bytes.length));
  content.copy(next);
  bytes.copy(next, at);
  return next;
}

function survivor({ synced, pending }: Stored, survival: Survival, random: () => number): Buffer {
  let content = synced;
  if (survival === 'nothing') return content;
  for (const { at, bytes } of pending) {
    for (let from = 0; from < bytes.length; from += SECTOR_BYTES - ((at + from) % SECTOR_BYTES)) {
      const to = from + SECTOR_BYTES - ((at + from) % SECTOR_BYTES);
      if (survival === 'everything' || random() < 0.5) content = written(content, at + from, bytes.subarray(from, to));
    }
  }
  return content;
}
