import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import type { BlockIndex, KnownBlock } from './block-index.js';
import { BLOCK_BYTES, type PackWriter } from './pack.js';
import type { Pace } from './pace.js';
import type { FileInRun } from './run.js';

const READ_BLOCKS = 32;

/** Cuts files into blocks and adds to the pack what the run before did not have at the same place. */
export class BlockWriter {
  readonly files: FileInRun[] = [];
  readonly known = new Map<string, readonly KnownBlock[]>();
  readBytes = 0;

  constructor(
    private readonly pack: PackWriter,
    /** Null for a full run. */
    private readonly before: BlockIndex | null,
    private readonly pace: Pace,
  ) {}

  addBytes(path: string, mode: number, bytes: Buffer): void {
    const add = this.begin(path);
    for (let at = 0; at < bytes.length; at += BLOCK_BYTES) add.block(bytes.subarray(at, at + BLOCK_BYTES));
    add.end(mode);
  }

  addFile(path: string, mode: number, file: string): void {
    const add = this.begin(path);
    const fd = openSync(file, 'r');
    try {
      const buffer = Buffer.alloc(BLOCK_BYTES * READ_BLOCKS);
      for (let read = fill(fd, buffer); read > 0; read = fill(fd, buffer)) {
        for (let at = 0; at < read; at += BLOCK_BYTES) add.block(buffer.subarray(at, Math.min(at + BLOCK_BYTES, read)));
        this.pace.took(read);
      }
    } finally {
      closeSync(fd);
    }
    add.end(mode);
  }

  private begin(path: string): { readonly block: (block: Buffer) => void; readonly end: (mode: number) => void } {
    const before = this.before?.files.get(path) ?? [];
    const blocks: KnownBlock[] = [];
    let bytes = 0;
    return {
      block: (block) => {
        const hash = createHash('sha256').update(block).digest();
        const same = before[blocks.length];
        blocks.push({ hash, ref: same?.hash.equals(hash) === true ? same.ref : this.pack.add(block) });
        bytes += block.length;
      },
      end: (mode) => {
        const tree = treeOf(blocks.map(({ hash }) => hash));
        this.files.push({ path, mode, bytes, tree, blocks: blocks.map(({ ref }) => ref) });
        this.known.set(path, blocks);
        this.readBytes += bytes;
      },
    };
  }
}

export function treeOf(hashes: readonly Buffer[]): string {
  const tree = createHash('sha256');
  for (const hash of hashes) tree.update(hash);
  return tree.digest('hex');
}

/** Reads until the buffer is full or the file has ended, so that blocks begin at the same places each time. */
function fill(fd: number, buffer: Buffer): number {
  let filled = 0;
  for (;;) {
    const read = readSync(fd, buffer, filled, buffer.length - filled, null);
    filled += read;
    if (read === 0 || filled === buffer.length) return filled;
  }
}
