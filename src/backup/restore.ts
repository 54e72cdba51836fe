import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { BackupError, fileTrouble } from './backup-error.js';
import { treeOf } from './block-writer.js';
import type { Erased } from './databases.js';
import type { OpenedBackup } from './open-backup.js';
import { PackReader } from './pack.js';
import type { FileInRun } from './run.js';
import { syncFolder } from './target.js';

/** While it is there the folder is half of something, and nothing starts in it. */
export const RESTORING_FOLDER = '.restoring';
const KEY_STORE = 'keys.db';
const STORE = 'vigil.db';
const ROOM_FACTOR = 1.1;

export interface RestoreSteps {
  /** Makes the store of wrapped keys, and destroys those of whoever was erased: before there is any key that opens them. */
  readonly keyStore: (file: string, text: string, erased: readonly Erased[]) => Promise<void>;
  /** Whatever has to be true before the folder is used. Nothing is moved into place where it throws. */
  readonly finish: (folder: string) => Promise<void>;
}

/** @throws BackupError `target` where the folder holds anything but what a restore left that was cut off */
export function requireEmpty(into: string): void {
  if (!existsSync(into)) return;
  const names = readdirSync(into).filter((name) => name !== RESTORING_FOLDER && name !== 'lost+found');
  if (names.length > 0)
    throw new BackupError(
      'target',
      `${into} is not empty (${names[0]}): a restore takes an empty folder, and overwrites nothing`,
    );
}

/**
 * Writes a back-up that was checked into an empty folder. All of it is made in a folder inside, and moved into place at the end, the database last.
 *
 * @throws BackupError `disk-full`, `damaged`, `target`
 */
export async function restoreInto(
  into: string,
  dataFolder: string,
  { run, keys, erased }: Pick<OpenedBackup, 'run' | 'keys' | 'erased'>,
  steps: RestoreSteps,
): Promise<void> {
  requireEmpty(into);
  const at = join(into, RESTORING_FOLDER);
  rmSync(at, { recursive: true, force: true });
  mkdirSync(at, { recursive: true, mode: 0o700 });
  try {
    requireRoom(
      at,
      run.files.reduce((sum, { bytes }) => sum + bytes, 0),
    );
    if (keys.keyStore !== null) await steps.keyStore(join(at, KEY_STORE), keys.keyStore, erased);
    const repositoryKey = Buffer.from(keys.repositoryKey, 'base64');
    const packs = new Packs(dataFolder, repositoryKey);
    try {
      for (const file of run.files) writeFromBlocks(at, file, packs);
    } finally {
      packs.close();
    }
    for (const { path, mode, base64 } of keys.files) writeFile(join(at, path), mode, [Buffer.from(base64, 'base64')]);
    await steps.finish(at);
  } catch (error) {
    rmSync(at, { recursive: true, force: true });
    throw fileTrouble(into, error);
  }
  moveUp(at, into);
}

function requireRoom(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes >= bytes * ROOM_FACTOR) return;
  const mib = (n: number): number => Math.ceil(n / 1024 ** 2);
  throw new BackupError(
    'disk-full',
    `${folder} has ${mib(freeBytes)} MiB free, and the restore takes ${mib(bytes * ROOM_FACTOR)} MiB: take a larger disk`,
  );
}

/** Readers of packs, each opened once. */
class Packs {
  private readonly byId = new Map<string, PackReader>();

  constructor(
    private readonly folder: string,
    private readonly repositoryKey: Buffer,
  ) {}

  reader(packId: string): PackReader {
    const known = this.byId.get(packId) ?? new PackReader(this.folder, packId, this.repositoryKey);
    this.byId.set(packId, known);
    return known;
  }

  close(): void {
    for (const reader of this.byId.values()) reader.close();
  }
}

/** @throws BackupError `damaged` when it is not the file that was read */
function writeFromBlocks(folder: string, { path, mode, blocks, tree }: FileInRun, packs: Packs): void {
  const hashes: Buffer[] = [];
  const contents = function* (): Generator<Buffer> {
    for (const ref of blocks) {
      const block = packs.reader(ref.packId).block(ref);
      hashes.push(createHash('sha256').update(block).digest());
      yield block;
    }
  };
  writeFile(join(folder, path), mode, contents());
  if (treeOf(hashes) !== tree)
    throw new BackupError('damaged', `${path} does not come out as it went in; take another copy or an older back-up`);
}

function writeFile(path: string, mode: number, contents: Iterable<Buffer>): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fd = openSync(path, 'wx', mode);
  try {
    for (const bytes of contents) for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Nothing starts while the folder inside is there, so a cut in the middle is told, and the restore is done again. */
function moveUp(at: string, into: string): void {
  const names = readdirSync(at).sort((a, b) => Number(a === STORE) - Number(b === STORE));
  for (const name of names) renameSync(join(at, name), join(into, name));
  syncFolder(into);
  rmdirSync(at);
  syncFolder(into);
}
