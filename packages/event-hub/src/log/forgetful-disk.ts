import { basename, dirname } from 'node:path';
import type { Disk, DiskFile } from './disk.js';

/** Sectors survive a power loss whole or not at all. */
const SECTOR_BYTES = 512;

type Change = { readonly at: number; readonly bytes: Buffer } | { readonly truncatedTo: number };

interface Inode {
  /** What a read gives back. */
  content: Buffer;
  /** What is on disk for certain, and what may be, in the order in which it was done. */
  durable: Buffer;
  pending: Change[];
}

interface NameChange {
  readonly name: string;
  readonly inode: Inode | null;
}

interface Folder {
  names: Map<string, Inode>;
  durable: Map<string, Inode>;
  /** Names that were made, replaced or removed since the folder's last sync, in order; a new name is two of them. */
  pending: (readonly NameChange[])[];
}

/** How much of what was not synced survives a power loss. */
export type Survival = 'nothing' | 'everything' | 'some';

export interface ForgetfulDiskOptions {
  /** All files together; beyond it writes fail with ENOSPC. */
  readonly bytesMax?: number;
}

/**
 * A disk for tests, in memory, that keeps what was synced apart from what was only written, for bytes as for names.
 *
 * Of names that were not synced any may survive, in whatever order they were changed.
 *
 * Each write, truncation, sync and change of a name counts as one operation; one of them can fail, or be the last
 * before the power goes. A sync that fails forgets what it was to write, as file systems do: the bytes can still be
 * read and never reach the disk, whatever is synced later.
 */
export class ForgetfulDisk implements Disk {
  private readonly folders = new Map<string, Folder>();
  private count = 0;
  private failing: { readonly at: number; readonly how: 'error' | 'power' } | null = null;
  private isOff = false;

  constructor(private readonly options: ForgetfulDiskOptions = {}) {}

  /** Operations so far. */
  get operations(): number {
    return this.count;
  }

  /** The `at`-th operation from now on, counted from 1, fails with EIO; or does not happen, nor anything after it. */
  failAt(at: number, how: 'error' | 'power'): void {
    this.failing = { at: this.count + at, how };
  }

  /** The disk as the next process finds it. `random` gives numbers from 0 to below 1. */
  afterPowerLoss(survival: Survival, random: () => number): ForgetfulDisk {
    const next = new ForgetfulDisk(this.options);
    const survivors = new Map<Inode, Inode>();
    for (const [path, folder] of this.folders) {
      const names = new Map(folder.durable);
      const chance = survival === 'nothing' ? 0 : survival === 'everything' ? 1 : random();
      for (const { name, inode } of folder.pending.filter(() => random() < chance).flat()) {
        if (inode === null) names.delete(name);
        else names.set(name, inode);
      }
      const fresh = new Map([...names].map(([name, inode]) => [name, survivor(inode, survivors, survival, random)] as const));
      next.folders.set(path, { names: new Map(fresh), durable: new Map(fresh), pending: [] });
    }
    return next;
  }

  async open(path: string, how: 'read' | 'change' | 'create'): Promise<DiskFile> {
    const folder = this.folder(dirname(path));
    const known = folder.names.get(basename(path));
    if (known === undefined && how !== 'create') throw failure('ENOENT', path);
    if (how !== 'create') return this.file(known!);
    this.operate();
    if (known !== undefined) {
      this.truncate(known, 0);
      return this.file(known);
    }
    const inode: Inode = { content: Buffer.alloc(0), durable: Buffer.alloc(0), pending: [] };
    this.change(folder, [{ name: basename(path), inode }]);
    return this.file(inode);
  }

  async list(path: string): Promise<string[]> {
    return [...this.folder(path).names.keys()];
  }

  async rename(from: string, to: string): Promise<void> {
    const inode = this.folder(dirname(from)).names.get(basename(from));
    if (inode === undefined) throw failure('ENOENT', from);
    this.operate();
    const taken = { name: basename(from), inode: null };
    const given = { name: basename(to), inode };
    const [fromFolder, toFolder] = [this.folder(dirname(from)), this.folder(dirname(to))];
    if (fromFolder === toFolder) return this.change(fromFolder, [taken, given]);
    this.change(toFolder, [given]);
    this.change(fromFolder, [taken]);
  }

  async remove(path: string): Promise<void> {
    const folder = this.folder(dirname(path));
    if (!folder.names.has(basename(path))) return;
    this.operate();
    this.change(folder, [{ name: basename(path), inode: null }]);
  }

  async stat(path: string): Promise<{ readonly bytes: number } | null> {
    const inode = this.folders.get(dirname(path))?.names.get(basename(path));
    return inode === undefined ? null : { bytes: inode.content.length };
  }

  /** Folders survive; losing one is not among what this disk can do. */
  async makeFolder(path: string): Promise<void> {
    for (let at = path; !this.folders.has(at); at = dirname(at)) {
      this.folders.set(at, { names: new Map(), durable: new Map(), pending: [] });
      if (dirname(at) === at) break;
    }
  }

  async syncFolder(path: string): Promise<void> {
    const folder = this.folder(path);
    this.operate();
    folder.durable = new Map(folder.names);
    folder.pending = [];
  }

  async freeBytes(): Promise<number> {
    return (await this.totalBytes()) - this.usedBytes();
  }

  async totalBytes(): Promise<number> {
    return this.options.bytesMax ?? Number.MAX_SAFE_INTEGER;
  }

  private file(inode: Inode): DiskFile {
    const sync = async (): Promise<void> => {
      try {
        this.operate();
      } catch (error) {
        if (!this.isOff) inode.pending = [];
        throw error;
      }
      inode.durable = applied(inode.durable, inode.pending);
      inode.pending = [];
    };
    return {
      read: async (into, position) => {
        this.checkPower();
        return position < inode.content.length ? inode.content.copy(into, 0, position) : 0;
      },
      write: async (bytes, position) => {
        this.operate();
        const grown = Math.max(0, position + bytes.length - inode.content.length);
        if (this.usedBytes() + grown > (this.options.bytesMax ?? Infinity)) throw failure('ENOSPC', 'write');
        const change = { at: position, bytes: Buffer.from(bytes) };
        inode.content = applied(inode.content, [change]);
        inode.pending.push(change);
      },
      datasync: sync,
      sync,
      truncate: async (bytes) => {
        this.operate();
        this.truncate(inode, bytes);
      },
      size: async () => inode.content.length,
      close: async () => undefined,
    };
  }

  private truncate(inode: Inode, bytes: number): void {
    const change = { truncatedTo: bytes };
    inode.content = applied(inode.content, [change]);
    inode.pending.push(change);
  }

  private change(folder: Folder, changes: readonly NameChange[]): void {
    for (const { name, inode } of changes) {
      if (inode === null) folder.names.delete(name);
      else folder.names.set(name, inode);
    }
    folder.pending.push(changes);
  }

  private folder(path: string): Folder {
    this.checkPower();
    const folder = this.folders.get(path);
    if (folder === undefined) throw failure('ENOENT', path);
    return folder;
  }

  private usedBytes(): number {
    const inodes = new Set([...this.folders.values()].flatMap((folder) => [...folder.names.values()]));
    return [...inodes].reduce((sum, inode) => sum + inode.content.length, 0);
  }

  private operate(): void {
    this.checkPower();
    this.count++;
    if (this.failing === null || this.count !== this.failing.at) return;
    this.isOff = this.failing.how === 'power';
    throw failure('EIO', 'operation');
  }

  private checkPower(): void {
    if (this.isOff) throw failure('EIO', 'the power is off');
  }
}

function failure(code: string, what: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}

function applied(before: Buffer, changes: readonly Change[]): Buffer {
  let content = before;
  for (const change of changes) {
    if ('truncatedTo' in change) {
      const cut = Buffer.alloc(change.truncatedTo);
      content.copy(cut);
      content = cut;
      continue;
    }
    const end = change.at + change.bytes.length;
    if (end > content.length) content = Buffer.concat([content, Buffer.alloc(end - content.length)]);
    else if (content === before) content = Buffer.from(content);
    change.bytes.copy(content, change.at);
  }
  return content;
}

/** One file after the power loss; the same for each name that it has. */
function survivor(inode: Inode, survivors: Map<Inode, Inode>, survival: Survival, random: () => number): Inode {
  const known = survivors.get(inode);
  if (known !== undefined) return known;
  const changes =
    survival === 'nothing'
      ? []
      : survival === 'everything'
        ? inode.pending
        : inode.pending.flatMap((change) => torn(change, random));
  const content = applied(inode.durable, changes);
  const fresh: Inode = { content, durable: content, pending: [] };
  survivors.set(inode, fresh);
  return fresh;
}

/** Those sectors of a write that reached the disk; any of them may have, in any order. */
function torn(change: Change, random: () => number): Change[] {
  if ('truncatedTo' in change) return random() < 0.5 ? [change] : [];
  const chance = random();
  const kept: Change[] = [];
  for (let at = change.at; at < change.at + change.bytes.length;) {
    const end = Math.min(change.at + change.bytes.length, at - (at % SECTOR_BYTES) + SECTOR_BYTES);
    if (random() < chance) kept.push({ at, bytes: change.bytes.subarray(at - change.at, end - change.at) });
    at = end;
  }
  return kept;
}
