import { constants } from 'node:fs';
import { access, open, readdir, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fine, type Finding, mend, systemCode } from './finding.js';

const SAMPLES = 16;
const SAMPLE_BYTES = 4 * 1024;
/** An acknowledgement waits for one such write; devices with a window of a few messages fall behind above it. */
const SLOW_SYNC_MS = 50;
const MIB = 1024 * 1024;
/** Folders that the first start makes; one that was made by another user stops every later start. */
const PARTS = ['spool', 'anchor'];

/** Whether the gateway may keep its data there, has the room for its spool, and how fast the disk makes a write durable. */
export async function folderFindings(dataDir: string, spoolBytesMax: number): Promise<Finding[]> {
  const what = 'data folder';
  const folder = resolve(dataDir);
  let mode: number;
  try {
    mode = (await stat(folder)).mode;
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') return [mend(what, `${folder} can't be looked at (${systemCode(error)})`)];
    return [await absent(folder)];
  }
  const isWide = process.platform !== 'win32' && (mode & 0o077) !== 0;
  const findings = [
    isWide
      ? mend(what, `others can look into ${folder}; run: chmod 700 ${folder}`)
      : fine(what, `${folder} is there and for its owner only`),
  ];
  try {
    findings.push(await room(folder, spoolBytesMax), await speed(folder));
    for (const part of PARTS) await access(join(folder, part), constants.R_OK | constants.W_OK | constants.X_OK).catch(orAbsent);
  } catch (error) {
    const say = `${folder} can't be written (${systemCode(error)}); give it and all in it to the user of the gateway`;
    findings.push(mend(what, say));
  }
  return findings;
}

/** @throws the error, but for one that says that nothing is there */
function orAbsent(error: unknown): void {
  if (systemCode(error) !== 'ENOENT') throw error;
}

/** A folder that the first start makes: the one around it must let it. */
async function absent(folder: string): Promise<Finding> {
  for (let around = dirname(folder); ; around = dirname(around)) {
    try {
      await access(around, constants.W_OK | constants.X_OK);
      return fine('data folder', `${folder} is made by the first start`);
    } catch (error) {
      if (systemCode(error) === 'ENOENT' && around !== dirname(around)) continue;
      return mend('data folder', `${folder} is missing and ${around} is not writable; make the folder, mode 700, for this user`);
    }
  }
}

async function room(folder: string, spoolBytesMax: number): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const spool = join(folder, 'spool');
  const names = (await readdir(spool).catch(() => [])).filter((name) => name.endsWith('.seg'));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(spool, name)).catch(() => ({ size: 0 }))).size));
  const used = sizes.reduce((sum, size) => sum + size, 0);
  const needed = Math.max(0, spoolBytesMax - used);
  const mib = (bytes: number): string => `${Math.floor(bytes / MIB)} MiB`;
  if (free >= needed)
    return fine('disk space', `${mib(free)} free; the spool has ${mib(used)} and may grow to ${mib(spoolBytesMax)}`);
  const say = `${mib(free)} free, but the spool may need ${mib(needed)} more; make room or lower --spool-max-bytes`;
  return mend('disk space', say);
}

/** How long one small write takes to be durable: PUBACK waits for that. */
async function speed(folder: string): Promise<Finding> {
  const file = join(folder, `.doctor-${process.pid}`);
  const handle = await open(file, 'wx', 0o600);
  const takenMs: number[] = [];
  try {
    const bytes = Buffer.alloc(SAMPLE_BYTES, 1);
    for (let i = 0; i < SAMPLES; i++) {
      const startedMs = performance.now();
      await handle.write(bytes, 0, bytes.length, i * SAMPLE_BYTES);
      await handle.datasync();
      takenMs.push(performance.now() - startedMs);
    }
  } finally {
    await handle.close();
    await rm(file, { force: true });
  }
  takenMs.sort((a, b) => a - b);
  const say = `a write is durable after ${takenMs[SAMPLES / 2]!.toFixed(1)} ms (median of ${SAMPLES}), ${takenMs.at(-1)!.toFixed(1)} ms at most`;
  if (takenMs[SAMPLES / 2]! <= SLOW_SYNC_MS) return fine('disk speed', say);
  return mend('disk speed', `${say}; acknowledgements wait for that: use a local SSD, and nothing else that writes much`);
}
