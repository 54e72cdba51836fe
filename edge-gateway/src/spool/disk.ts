import { copyFile, type FileHandle, link, mkdir, open, readdir, readFile, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../replace-file.js';

/** The file operations that the spool's promises rest on; a fake of them forgets what was not synced. */
export interface SpoolDisk {
  /** Names of all files of the spool's folder, in no order. */
  list(): Promise<string[]>;
  /** An empty file under this name; a file that is there is emptied. */
  create(name: string): Promise<SpoolFile>;
  openForRead(name: string): Promise<SpoolFile>;
  remove(name: string): Promise<void>;
  /** Makes created and removed names durable. */
  syncNames(): Promise<void>;
  /** Keeps the bytes that a segment has now, and what lies beside it, under another name, out of the spool's way. */
  keepAside(name: string): Promise<void>;
  /** Null when there is none. @throws whatever the disk throws otherwise */
  readSmall(name: string): Promise<Buffer | null>;
  /** Replaces a small file; durable, name and content, when it resolves. A crash leaves the old content or the new. */
  replaceDurably(name: string, bytes: Buffer): Promise<void>;
  /** Replaces a small file at once. Not durable before the operating system says so. */
  replaceSmall(name: string, bytes: Buffer): Promise<void>;
  /** What of the volume this process may still fill; null when nothing tells. */
  freeBytes(): Promise<number | null>;
}

export interface SpoolFile {
  write(bytes: Buffer, position: number): Promise<void>;
  /** Resolves once every byte written before is durable. */
  sync(): Promise<void>;
  /** Fills `into` from `position` on and tells how many bytes there were. */
  read(into: Buffer, position: number): Promise<number>;
  size(): Promise<number>;
  close(): Promise<void>;
}

export const ASIDE = 'quarantine';
/** What lies beside a segment. */
const BESIDE = ['.key', '.toc'];
/** Damaged segments that are kept for inspection; the oldest go first. */
const ASIDE_MAX = 16;

/** A folder of the machine, mode 0700. */
export class NodeDisk implements SpoolDisk {
  private constructor(private readonly folder: string) {}

  static async open(folder: string): Promise<NodeDisk> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return new NodeDisk(folder);
  }

  list(): Promise<string[]> {
    return readdir(this.folder);
  }

  async create(name: string): Promise<SpoolFile> {
    return new NodeFile(await open(join(this.folder, name), 'w+', 0o600));
  }

  async openForRead(name: string): Promise<SpoolFile> {
    // Read and write, because fdatasync of a file that another start wrote needs it on some systems.
    const path = join(this.folder, name);
    return new NodeFile(await open(path, 'r+').catch((error: unknown) => openReadOnly(path, error)));
  }

  remove(name: string): Promise<void> {
    return rm(join(this.folder, name), { force: true });
  }

  async syncNames(): Promise<void> {
    // Windows can't open folders; there NTFS journals names by itself.
    if (process.platform === 'win32') return;
    const folder = await open(this.folder, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  async keepAside(name: string): Promise<void> {
    await mkdir(join(this.folder, ASIDE), { recursive: true, mode: 0o700 });
    const aside = join(this.folder, ASIDE);
    const kept = (await readdir(aside)).filter((old) => !BESIDE.some((suffix) => old.endsWith(suffix))).sort();
    for (const old of kept.slice(0, Math.max(0, kept.length - ASIDE_MAX + 1))) {
      for (const gone of [old, ...BESIDE.map((suffix) => old + suffix)]) await rm(join(aside, gone), { force: true });
    }
    for (const part of [name, ...BESIDE.map((suffix) => name + suffix)]) {
      const from = join(this.folder, part);
      const to = join(aside, part);
      await rm(to, { force: true });
      // A link costs no space; a file system without links gets a copy. Most segments have no key beside them.
      const copy = link(from, to).catch(() => copyFile(from, to));
      await (part === name ? copy : copy.catch(() => undefined));
    }
  }

  async readSmall(name: string): Promise<Buffer | null> {
    try {
      return await readFile(join(this.folder, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  async freeBytes(): Promise<number | null> {
    try {
      const { bavail, bsize } = await statfs(this.folder);
      return bavail * bsize;
    } catch {
      return null;
    }
  }

  async replaceDurably(name: string, bytes: Buffer): Promise<void> {
    await replaceFile(join(this.folder, name), bytes, { flush: true });
    await this.syncNames();
  }

  async replaceSmall(name: string, bytes: Buffer): Promise<void> {
    await replaceFile(join(this.folder, name), bytes);
  }
}

/** What is on a disk that has become read-only can still be sent. */
function openReadOnly(path: string, error: unknown): Promise<FileHandle> {
  if ((error as NodeJS.ErrnoException).code !== 'EROFS') throw error;
  return open(path, 'r');
}

class NodeFile implements SpoolFile {
  constructor(private readonly handle: FileHandle) {}

  async write(bytes: Buffer, position: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      done += (await this.handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
    }
  }

  sync(): Promise<void> {
    return this.handle.datasync();
  }

  async read(into: Buffer, position: number): Promise<number> {
    let done = 0;
    while (done < into.length) {
      const { bytesRead } = await this.handle.read(into, done, into.length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  async size(): Promise<number> {
    return (await this.handle.stat()).size;
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}
