import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** In the data folder, with the process id of whoever changes the files of the site. */
export const SITE_LOCK = 'site.lock';
const LOOK_EVERY_MS = 50;
const WAIT_MS = 10_000;

/**
 * Runs a command that reads files of the site and writes them anew (site.yaml, devices.json, certificates), while no other
 * such command does: of two at once, one would write away what the other enrolled or revoked. Waits up to `waitMs` of wall
 * time for another one; what a command that was killed left is taken over.
 *
 * @throws Error with one line that says what to do when the other one does not end
 */
export async function whileLocked<T>(dataDir: string, run: () => T | Promise<T>, waitMs = WAIT_MS): Promise<T> {
  const file = join(dataDir, SITE_LOCK);
  for (let waitedMs = 0; !take(file); waitedMs += LOOK_EVERY_MS) {
    if (waitedMs >= waitMs) {
      throw new Error(
        `another command changes ${dataDir} (process ${ownerOf(file) ?? 'unknown'}); if there is none, remove ${file}`,
      );
    }
    await sleep(LOOK_EVERY_MS);
  }
  try {
    return await run();
  } finally {
    if (ownerOf(file) === process.pid) rmSync(file, { force: true });
  }
}

/** True when it is ours, or when there is no folder yet and so nothing to protect. */
function take(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return true;
    if (code !== 'EEXIST') throw error;
  }
  const owner = ownerOf(file);
  if (owner !== null && !isRunning(owner)) rmSync(file, { force: true });
  return false;
}

/** Null for a file that is gone meanwhile, or not written yet. */
function ownerOf(file: string): number | null {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10) || null;
  } catch {
    return null;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
