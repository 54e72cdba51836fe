import type { SpoolDisk, SpoolFile } from '../spool/disk.js';

interface Stored {
  bytes: Buffer;
  /** What a power loss leaves of the content. */
  synced: Buffer;
}

/**
 * A disk in memory that loses power: `afterPowerLoss` is a disk with only what was synced, names included, plus
 * whatever part of the last write the caller lets through.
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

  static with(files: ReadonlyMap<string, Buffer>): FakeDisk {
    const disk = new FakeDisk();
    for (const [name, bytes] of files) disk.files.set(name, { bytes: Buffer.from(bytes), synced: Buffer.from(bytes) });
    disk.syncedNames = new Map(disk.files);
    return disk;
  }

  /** Everything as it is now: what kill -9 leaves. */
  afterKill(): FakeDisk {
    return FakeDisk.with(new Map([...this.files].map(([name, f]) => [name, f.bytes])));
  }

  afterPowerLoss(): FakeDisk {
    return FakeDisk.with(new Map([...this.syncedNames].map(([name, f]) => [name, f.synced])));
  }

  segments(): string[] {
    return [...this.files.keys()].filter((n) => n.endsWith('.seg')).sort();
  }

  async list(): Promise<string[]> {
    return [...this.files.keys()];
  }

  async create(name: string): Promise<SpoolFile> {
    if (this.failing.create !== undefined) throw this.failing.create;
    const stored: Stored = { bytes: Buffer.alloc(0), synced: Buffer.alloc(0) };
    this.files.set(name, stored);
    return this.fileOf(stored);
  }

  async openForRead(name: string): Promise<SpoolFile> {
    const stored = this.files.get(name);
    if (stored === undefined) throw new Error('ENOENT');
    return this.fileOf(stored);
  }

  async remove(name: string): Promise<void> {
    this.files.delete(name);
  }

  async syncNames(): Promise<void> {
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
    this.files.set(name, { bytes: Buffer.from(bytes), synced: Buffer.from(bytes) });
    await this.syncNames();
  }

  async replaceSmall(name: string, bytes: Buffer): Promise<void> {
    this.files.set(name, { bytes, synced: Buffer.alloc(0) });
  }

  private fileOf(stored: Stored): SpoolFile {
    return {
      write: async (bytes, position) => {
        if (this.failing.write !== undefined) throw this.failing.write;
        const size = Math.max(stored.bytes.length, position + bytes.length);
        const next = Buffer.alloc(size);
        stored.bytes.copy(next);
        bytes.copy(next, position);
        stored.bytes = next;
      },
      sync: async () => {
        const upTo = stored.bytes;
        if (this.holdSync !== null) await this.holdSync;
        if (this.failing.sync !== undefined) throw this.failing.sync;
        this.syncs++;
        stored.synced = Buffer.from(upTo);
      },
      read: async (into, position) => (position >= stored.bytes.length ? 0 : stored.bytes.copy(into, 0, position)),
      size: async () => stored.bytes.length,
      close: async () => undefined,
    };
  }
}
