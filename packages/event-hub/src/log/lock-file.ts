import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isFull } from './disk.js';
import { LogError } from './log-error.js';

const heldHere = new Set<string>();

interface Owner {
  readonly pid: number;
  /** When that process started, as the kernel counts; tells a reused pid apart. Null where it can't be known. */
  readonly startedAt: string | null;
}

/**
 * Takes the folder for this process; returns how to give it back. The lock of a process that no longer runs is taken over.
 *
 * @throws LogError `locked` when a running process has it
 */
export function lockFolder(folder: string): () => void {
  const path = join(resolve(folder), 'lock');
  if (heldHere.has(path)) throw new LogError('locked', `${folder} is open in this process already`);
  const me: Owner = { pid: process.pid, startedAt: startedAt(process.pid) };
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(path, JSON.stringify(me), { flag: 'wx', mode: 0o600 });
      break;
    } catch (e) {
      if (isFull(e)) {
        // It may be there and empty.
        rmSync(path, { force: true });
        throw new LogError('config', `the disk of ${folder} is full to the last byte; free some, a few KiB let readers read`, e);
      }
      if ((e as NodeJS.ErrnoException).code !== 'EEXIST') throw e;
    }
    const owner = readOwner(path);
    if (attempt === 3 || (owner !== null && isRunning(owner))) {
      throw new LogError('locked', `${folder} is in use by process ${owner?.pid ?? 'unknown'}; stop it first`);
    }
    rmSync(path, { force: true });
  }
  heldHere.add(path);
  return () => {
    heldHere.delete(path);
    rmSync(path, { force: true });
  };
}

/** Null for a lock file that a crash left empty or that is gone meanwhile. */
function readOwner(path: string): Owner | null {
  try {
    const owner = JSON.parse(readFileSync(path, 'utf8')) as Owner;
    return Number.isInteger(owner.pid) ? owner : null;
  } catch {
    return null;
  }
}

function isRunning(owner: Owner): boolean {
  if (owner.pid === process.pid) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  // Dead, and not yet collected by its parent: it holds nothing any more.
  if (stateOf(owner.pid) === 'Z') return false;
  const now = startedAt(owner.pid);
  return owner.startedAt === null || now === null || owner.startedAt === now;
}

/** Fields of the kernel's process table from the third on; the second may hold anything. Null where there is no such table. */
function statOf(pid: number): readonly string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

const stateOf = (pid: number): string | null => statOf(pid)?.[0] ?? null;

/** Field 22, together with the boot that it counts from. */
function startedAt(pid: number): string | null {
  const ticks = statOf(pid)?.[19];
  if (ticks === undefined) return null;
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return `${boot}:${ticks}`;
  } catch {
    return null;
  }
}
