import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { BackupError } from './backup-error.js';

/**
 * One back-up of a data folder at a time. A lock whose process is gone is taken over.
 * @throws BackupError `in-use`
 */
export async function whileLocked<T>(path: string, run: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (!take(path)) {
    const holder = Number(readFileSync(path, 'utf8'));
    if (isAlive(holder))
      throw new BackupError('in-use', `another back-up of this folder is running (process ${holder}); this one was not begun`);
    rmSync(path, { force: true });
    if (!take(path)) throw new BackupError('in-use', 'another back-up of this folder has just begun');
  }
  try {
    return await run();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path: string): boolean {
  try {
    const fd = openSync(path, 'wx', 0o600);
    writeSync(fd, String(process.pid));
    closeSync(fd);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
