import { createPublicKey, type KeyObject } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BackupError } from './backup-error.js';
import { type Header, readHeader } from './container.js';
import { runsToKeep } from './retention.js';
import { runIds, runPath } from './target.js';

/** A pack that is being written is never this old. */
const PART_MS_MAX = 24 * 3_600_000;

/** The headers of all runs that can be read, the newest first. */
export function headersOf(folder: string, signer: KeyObject): readonly Header[] {
  return runIds(folder).flatMap((runId) => {
    const path = runPath(folder, runId);
    try {
      const { header } = readHeader(readFileSync(path), signer, path);
      return header.kind === 'run' && header.runId === runId ? [header] : [];
    } catch (error) {
      if (error instanceof BackupError) return [];
      throw error;
    }
  });
}

/**
 * Takes away runs that are no longer kept, then packs that no run needs. While one run can't be read no pack goes: it may be needed by it.
 * @param signer the site's private key; its public half is taken
 * @returns how many runs went
 */
export function dropOldRuns(
  folder: string,
  { signer, nowMs, keepDays }: { readonly signer: KeyObject; readonly nowMs: number; readonly keepDays: number },
): number {
  const headers = headersOf(folder, createPublicKey(signer));
  const isEachRead = headers.length === runIds(folder).length;
  const kept = runsToKeep(headers, nowMs, keepDays);
  const old = headers.filter(({ runId }) => !kept.has(runId));
  for (const { runId } of old) rmSync(runPath(folder, runId), { force: true });
  if (!isEachRead) return old.length;
  const needed = new Set(headers.filter(({ runId }) => kept.has(runId)).flatMap(({ packs }) => packs.map(({ id }) => id)));
  const packs = join(folder, 'packs');
  for (const name of readdirSync(packs)) {
    const isPart = name.endsWith('.part');
    const isLost = isPart ? nowMs - statSync(join(packs, name)).mtimeMs > PART_MS_MAX : !needed.has(name.replace(/\.pack$/, ''));
    if (isLost) rmSync(join(packs, name), { force: true });
  }
  return old.length;
}
