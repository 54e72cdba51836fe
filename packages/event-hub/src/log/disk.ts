import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';

/** An open file. Positions are bytes from its start; there is no cursor. */
export interface DiskFile {
  /** Fills `into` from `position` on; returns how many bytes there were, fewer than asked for only at the end of the file. */
  read(into: Buffer, position: number): Promise<number>;
  /** Writes all of `bytes`. They are on disk only after a sync. */
  write(bytes: Buffer, position: number): Promise<void>;
  /** Content and size are on disk when it resolves. After a failure the pages are in an unknown state: never try again. */
  datasync(): Promise<void>;
  /** As `datasync`, with the file's other attributes. */
  sync(): Promise<void>;
  truncate(bytes: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

/**
 * What the log needs of a file system, so that tests can take the power away.
 *
 * Errors are those of Node, told apart by `code`: `ENOENT`, `ENOSPC`, `EIO`. A new, renamed or removed name is on disk
 * only after `syncFolder`.
 */
export interface Disk {
  /** `read`: must exist. `change`: must exist, read and write. `create`: made or emptied, mode 0600. */
  open(path: string, how: 'read' | 'change' | 'create'): Promise<DiskFile>;
  /** Names in a folder, in no order. @throws ENOENT */
  list(folder: string): Promise<string[]>;
  /** Replaces what has the new name. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; one that is not there is no error. */
  remove(path: string): Promise<void>;
  /** Null when there is no such file. */
  stat(path: string): Promise<{ readonly bytes: number } | null>;
  /** Makes a folder and those above it, mode 0700; one that is there is no error. */
  makeFolder(path: string): Promise<void>;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): Promise<void>;
  /** Bytes that this process may still use on the disk of `folder`. */
  freeBytes(folder: string): Promise<number>;
  /** Size of the disk of `folder`. */
  totalBytes(folder: string): Promise<number>;
}

/** Did a write fail for want of space, so that it may succeed later? */
export const isFull = (error: unknown): boolean => {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
};

export const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** A whole file, or null when there is none. For small files and for one segment. */
export async function readWhole(disk: Disk, path: string): Promise<Buffer | null> {
  let file: DiskFile;
  try {
    file = await disk.open(path, 'read');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  try {
    const bytes = Buffer.allocUnsafeSlow(await file.size());
    const read = await file.read(bytes, 0);
    return bytes.subarray(0, read);
  } finally {
    await file.close();
  }
}

class NodeFile implements DiskFile {
  constructor(private readonly handle: FileHandle) {}

  async read(into: Buffer, position: number): Promise<number> {
    let done = 0;
    while (done < into.length) {
      const { bytesRead } = await this.handle.read(into, done, into.length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  async write(bytes: Buffer, position: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.handle.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
  }

  datasync(): Promise<void> {
    return this.handle.datasync();
  }

  sync(): Promise<void> {
    return this.handle.sync();
  }

  truncate(bytes: number): Promise<void> {
    return this.handle.truncate(bytes);
  }

  async size(): Promise<number> {
    return (await this.handle.stat()).size;
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

const FLAGS = { read: 'r', change: 'r+', create: 'w+' } as const;

/** The file system of this machine. */
export const nodeDisk: Disk = {
  open: async (path, how) => new NodeFile(await open(path, FLAGS[how], 0o600)),
  list: (folder) => readdir(folder),
  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, { force: true }),
  stat: async (path) => {
    try {
      return { bytes: (await stat(path)).size };
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  },
  makeFolder: async (path) => void (await mkdir(path, { recursive: true, mode: 0o700 })),
  syncFolder: async (path) => {
    // Windows has no such call; there names are durable with their files.
    if (process.platform === 'win32') return;
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
  freeBytes: async (folder) => {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
  totalBytes: async (folder) => {
    const { blocks, bsize } = await statfs(folder);
    return blocks * bsize;
  },
};
