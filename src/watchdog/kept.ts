import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder, writeWhole } from '@vigil/audit-chain';
import { BedId, EpochMs } from '@vigil/contracts';
import { z } from 'zod';
import type { GatewayWatch } from './watch.js';

const Outage = z.object({ sinceMs: z.number(), toldMs: z.number() });
const Lost = z.object({
  id: z.string(),
  atMs: EpochMs,
  bedIds: z.array(BedId),
  onLog: z.boolean(),
  backAtMs: EpochMs.nullable(),
});
const Kept = z.record(
  z.string(),
  z.object({
    lastStatusId: z.string().nullable(),
    lastStatusMs: z.number(),
    bedIds: z.array(BedId),
    lost: Lost.nullable(),
    outage: Outage.nullable(),
  }),
);

/** What the last run knew of the gateways; nothing when there is no file or it is damaged (the watchdog then starts afresh). */
export function readKept(file: string): Record<string, GatewayWatch> {
  if (!existsSync(file)) return {};
  try {
    return Kept.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return {};
  }
}

/** On the disk when it returns: what is lost here is an alarm that nothing ends. */
export function writeKept(file: string, gateways: Readonly<Record<string, GatewayWatch>>): void {
  makeFolder(dirname(file));
  writeWhole(file, JSON.stringify(gateways), 0o600);
}
