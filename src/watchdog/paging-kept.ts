import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder, writeWhole } from '@vigil/audit-chain';
import { CareUnitId, EpochMs } from '@vigil/contracts';
import { z } from 'zod';
import type { PagingKept } from './paging-watch.js';

const Outage = z.object({ sinceMs: z.number(), toldMs: z.number() });
const Kept = z.object({
  trouble: z
    .object({
      id: z.string().max(80),
      atMs: EpochMs,
      careUnitIds: z.array(CareUnitId),
      onLog: z.boolean(),
      overAtMs: EpochMs.nullable(),
    })
    .nullable(),
  outage: Outage.nullable(),
  canary: Outage.nullable(),
  // A file of before has none.
  screens: Outage.nullable().default(null),
  careUnitIds: z.array(CareUnitId),
});

/** What the last run had said of paging; null when there is no file or it is damaged: what it had said is then said again. */
export function readPagingKept(file: string): PagingKept | null {
  if (!existsSync(file)) return null;
  try {
    return Kept.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

/** On the disk when it returns: what is lost here is an alarm that nothing ends. */
export function writePagingKept(file: string, { trouble, outage, canary, screens, careUnitIds }: PagingKept): void {
  makeFolder(dirname(file));
  writeWhole(file, JSON.stringify({ trouble, outage, canary, screens, careUnitIds }), 0o600);
}
