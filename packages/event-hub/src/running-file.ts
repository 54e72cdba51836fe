import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from './atomic-file.js';
import { isFull } from './log/disk.js';

const Address = z.object({ host: z.string(), port: z.number().int() });
const Running = z.object({
  pid: z.number().int(),
  /** Where clients connect without TLS and with it; null where they can't. */
  plain: Address.nullable(),
  tls: Address.nullable(),
  /** Null for a hub that serves no HTTP. */
  httpPort: z.number().int().nullable(),
});
export type Running = z.infer<typeof Running>;

const pathOf = (dataDir: string): string => join(dataDir, 'running.json');

/**
 * Says in the data folder where the hub that has it is reached, for the commands. Returns how to take that back. Only
 * the lock says whether a hub runs; after a crash this file is stale.
 */
export async function tellRunning(dataDir: string, where: Omit<Running, 'pid'>): Promise<() => Promise<void>> {
  const running: Running = { pid: process.pid, ...where };
  try {
    await writeFileAtomically(pathOf(dataDir), `${JSON.stringify(running)}\n`);
  } catch (error) {
    // On a full disk the hub serves readers all the same; only the commands do not find it.
    if (!isFull(error)) throw error;
    await rm(pathOf(dataDir), { force: true });
  }
  return () => rm(pathOf(dataDir), { force: true });
}

/** What the running hub of a folder says of itself; null when there is nothing that can be read. */
export async function readRunning(dataDir: string): Promise<Running | null> {
  try {
    return Running.parse(JSON.parse(await readFile(pathOf(dataDir), 'utf8')));
  } catch {
    return null;
  }
}
