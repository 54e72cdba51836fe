import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { z } from 'zod';
import { BackupError, fileTrouble } from './backup-error.js';

const MARK_FILE = 'vigil-backup.json';
export const KEYS_FILE = 'keys.vgk';
export const ERASED_FILE = 'erased.vge';
const RUN_SUFFIX = '.run';

const Mark = z.object({ format: z.number(), siteId: z.string(), targetId: z.string(), holds: z.enum(['data', 'keys']) });
export type Mark = z.infer<typeof Mark>;

/**
 * Makes a folder the place of the back-ups of one site, or finds that it is. Data and keys never share one.
 * @throws BackupError `target`, `other-site`, `newer-version`
 */
export function openTarget(folder: string, siteId: string, holds: Mark['holds']): Mark {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new BackupError('target', `${folder} can't be written: is the disk there, and does it belong to this user?`, error);
  }
  const known = readMark(folder);
  if (known === null) {
    const strange = readdirSync(folder).filter((name) => name !== 'lost+found');
    if (strange.length > 0)
      throw new BackupError('target', `${folder} holds other files (${strange[0]}): give back-ups an empty folder of their own`);
    const mark: Mark = { format: 1, siteId, targetId: randomBytes(8).toString('hex'), holds };
    writeWhole(join(folder, MARK_FILE), Buffer.from(`${JSON.stringify(mark)}\n`));
    if (holds === 'data') for (const name of ['packs', 'runs']) mkdirSync(join(folder, name), { mode: 0o700 });
    return mark;
  }
  if (known.siteId !== siteId) {
    throw new BackupError(
      'other-site',
      `${folder} holds the back-ups of ${known.siteId}, and this is ${siteId}: take another folder`,
    );
  }
  if (known.holds !== holds) {
    throw new BackupError('target', `${folder} holds the ${known.holds}: data and keys are kept apart, in folders of their own`);
  }
  return known;
}

/** Null where the folder is none. @throws BackupError `newer-version`, `damaged` */
export function readMark(folder: string): Mark | null {
  const path = join(folder, MARK_FILE);
  if (!existsSync(path)) return null;
  try {
    const mark = Mark.parse(JSON.parse(readFileSync(path, 'utf8')));
    if (mark.format === 1) return mark;
  } catch (error) {
    throw new BackupError('damaged', `${path} is damaged: write it anew from another copy of these back-ups`, error);
  }
  throw new BackupError('newer-version', `${folder} was written by a later version of Vigil: use that version`);
}

/** Whoever finds one folder must not find the other in it. */
export function requireApart(folders: Readonly<Record<string, string>>): void {
  const all = Object.entries(folders).map(([name, folder]) => [name, resolve(folder)] as const);
  for (const [name, folder] of all) {
    for (const [other, above] of all) {
      if (name === other || !(folder === above || folder.startsWith(`${above}${sep}`))) continue;
      throw new BackupError(
        'target',
        `the ${name} folder ${folder} is in the ${other} folder ${above}: keep them apart, best on other machines`,
      );
    }
  }
}

/** Whether two paths are on one disk, as far as the system says. */
export function isSameDisk(a: string, b: string): boolean {
  return statSync(a).dev === statSync(b).dev;
}

/** Whole or not at all, also after a power cut. @throws BackupError `disk-full` */
export function writeWhole(path: string, bytes: Buffer, mode = 0o600): void {
  const part = `${path}.part`;
  try {
    const fd = openSync(part, 'w', mode);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(part, path);
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(part, { force: true });
    throw fileTrouble(path, error);
  }
}

/**
 * Puts a newer file in the place of an older one and overwrites the older one's bytes: keys that were destroyed since go with it, as far
 * as the disk writes where it is told to.
 */
export function replaceForGood(path: string, bytes: Buffer): void {
  const old = existsSync(path) ? openSync(path, 'r+') : null;
  try {
    const oldBytes = old === null ? 0 : statSync(path).size;
    writeWhole(path, bytes);
    if (old === null) return;
    overwrite(old, oldBytes);
  } finally {
    if (old !== null) closeSync(old);
  }
}

function overwrite(fd: number, bytes: number): void {
  const zeros = Buffer.alloc(Math.min(bytes, 1024 * 1024));
  for (let at = 0; at < bytes;) at += writeSync(fd, zeros, 0, Math.min(zeros.length, bytes - at), at);
  fsyncSync(fd);
}

export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

export const runPath = (folder: string, runId: string): string => join(folder, 'runs', `${runId}${RUN_SUFFIX}`);

/** Ids of the runs whose file is there, the newest first: an id begins with its time. */
export function runIds(folder: string): readonly string[] {
  const runs = join(folder, 'runs');
  if (!existsSync(runs)) return [];
  const names = readdirSync(runs).filter((name) => name.endsWith(RUN_SUFFIX));
  return names
    .map((name) => name.slice(0, -RUN_SUFFIX.length))
    .sort()
    .reverse();
}

/** `20261122T125900Z-4f2a…`: in the order of their times, and never given twice. */
export function newRunId(wallMs: number): string {
  return `${new Date(wallMs).toISOString().replace(/[-:]|\.\d+/g, '')}-${randomBytes(6).toString('hex')}`;
}
