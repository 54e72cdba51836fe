/**
 * What one run added: sealed blocks one behind the other. Each block has a number in its pack, which is its nonce and part of what its
 * tag covers; the key of a pack is derived from the repository key and the id of its run, which is never given again.
 */
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { BackupError, fileTrouble } from './backup-error.js';
import { derived, type PackFacts } from './container.js';

/** A page of a database has 4 KiB; a block of eight keeps the list of blocks short. */
export const BLOCK_BYTES = 32 * 1024;
const TAG_BYTES = 16;
const READ_BYTES = 4 * 1024 * 1024;
const PLAIN = 0;
const DEFLATED = 1;

/** Where a block is. */
export interface BlockRef {
  readonly packId: string;
  readonly seq: number;
  readonly offset: number;
  readonly bytes: number;
}

export const packPath = (folder: string, packId: string): string => join(folder, 'packs', `${packId}.pack`);

export class PackWriter {
  private readonly key: Buffer;
  private readonly hash = createHash('sha256');
  private readonly fd: number;
  private seq = 0;
  private offset = 0;
  private waiting: Buffer[] = [];
  private waitingBytes = 0;

  constructor(
    private readonly folder: string,
    readonly packId: string,
    repositoryKey: Buffer,
  ) {
    this.key = derived(repositoryKey, packId, 'pack');
    this.fd = openSync(this.partPath, 'wx', 0o600);
  }

  get bytes(): number {
    return this.offset;
  }

  add(block: Buffer): BlockRef {
    const packed = deflateRawSync(block, { level: 1 });
    const content = packed.length < block.length ? [Buffer.from([DEFLATED]), packed] : [Buffer.from([PLAIN]), block];
    const cipher = createCipheriv('aes-256-gcm', this.key, nonceOf(this.seq));
    cipher.setAAD(aadOf(this.packId, this.seq));
    const sealed = Buffer.concat([...content.map((part) => cipher.update(part)), cipher.final(), cipher.getAuthTag()]);
    const ref = { packId: this.packId, seq: this.seq, offset: this.offset, bytes: sealed.length };
    this.waiting.push(sealed);
    this.waitingBytes += sealed.length;
    this.seq += 1;
    this.offset += sealed.length;
    if (this.waitingBytes >= READ_BYTES) this.flush();
    return ref;
  }

  /** On the disk and under its name. Null where nothing was added. */
  end(): PackFacts | null {
    this.flush();
    fsyncSync(this.fd);
    closeSync(this.fd);
    if (this.seq === 0) {
      rmSync(this.partPath);
      return null;
    }
    renameSync(this.partPath, packPath(this.folder, this.packId));
    return { id: this.packId, bytes: this.offset, sha256: this.hash.digest('hex') };
  }

  /** Leaves nothing behind. */
  drop(): void {
    try {
      closeSync(this.fd);
    } catch {
      // It was closed by `end`.
    }
    rmSync(this.partPath, { force: true });
  }

  private get partPath(): string {
    return `${packPath(this.folder, this.packId)}.part`;
  }

  private flush(): void {
    if (this.waitingBytes === 0) return;
    const bytes = Buffer.concat(this.waiting);
    this.waiting = [];
    this.waitingBytes = 0;
    this.hash.update(bytes);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.fd, bytes, at);
    } catch (error) {
      throw fileTrouble(this.partPath, error);
    }
  }
}

/** Reads blocks of one pack. */
export class PackReader {
  private readonly key: Buffer;
  private readonly fd: number;

  constructor(
    private readonly folder: string,
    private readonly packId: string,
    repositoryKey: Buffer,
  ) {
    this.key = derived(repositoryKey, packId, 'pack');
    this.fd = openSync(packPath(folder, packId), 'r');
  }

  /** @throws BackupError `damaged` */
  block({ seq, offset, bytes }: BlockRef): Buffer {
    const sealed = Buffer.alloc(bytes);
    const read = readSync(this.fd, sealed, 0, bytes, offset);
    try {
      if (read !== bytes) throw new Error('short');
      const decipher = createDecipheriv('aes-256-gcm', this.key, nonceOf(seq));
      decipher.setAAD(aadOf(this.packId, seq));
      decipher.setAuthTag(sealed.subarray(bytes - TAG_BYTES));
      const plain = Buffer.concat([decipher.update(sealed.subarray(0, bytes - TAG_BYTES)), decipher.final()]);
      return plain[0] === DEFLATED ? inflateRawSync(plain.subarray(1), { maxOutputLength: BLOCK_BYTES }) : plain.subarray(1);
    } catch {
      throw new BackupError(
        'damaged',
        `${packPath(this.folder, this.packId)} is damaged, or of other keys; take another copy or an older back-up`,
      );
    }
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** Whether a pack is what it was when its run ended. Needs no key. @throws BackupError `damaged` */
export function requirePack(folder: string, { id, bytes, sha256 }: PackFacts): void {
  const path = packPath(folder, id);
  const damaged = (why: string): BackupError =>
    new BackupError('damaged', `${path} ${why}; take another copy or an older back-up`);
  if (!existsSync(path)) throw damaged('is missing');
  const size = statSync(path).size;
  if (size !== bytes) throw damaged(`has ${size} bytes instead of ${bytes}`);
  const hash = createHash('sha256');
  const fd = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(READ_BYTES);
    for (let read = readSync(fd, buffer); read > 0; read = readSync(fd, buffer)) hash.update(buffer.subarray(0, read));
  } finally {
    closeSync(fd);
  }
  if (hash.digest('hex') !== sha256) throw damaged('was changed');
}

function nonceOf(seq: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(seq, 8);
  return nonce;
}

function aadOf(packId: string, seq: number): Buffer {
  return Buffer.from(`vigil-backup-block:${packId}:${seq}`);
}
