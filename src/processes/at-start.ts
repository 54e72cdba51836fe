import { wallElapsedMs } from '@vigil/clock';
import { PROCESS_SILENT_MS } from '../health/site-processes.js';
import type { Escalations } from '../ports/escalations.js';
import type { PartitionOwners } from '../ports/partition-owners.js';
import type { Siblings } from '../ports/siblings.js';

export interface StartStores {
  readonly siblings: Siblings;
  readonly partitionOwners: Pick<PartitionOwners, 'releaseDead'>;
  readonly escalations: Pick<Escalations, 'releaseDead'>;
}

export interface Starting {
  readonly processId: string;
  readonly role: string;
  readonly wallMs: number;
}

/**
 * Says the first word of a process, before it reads or does anything: the others must not take it for dead. Answers whether it is a whole
 * Vigil in one process, and no process of a site that is run in parts has said anything lately: then whoever held partitions and pages
 * before is dead, and they are freed at once. Beside living parts nothing is: what a dead one held, they free by its silence.
 */
export async function beginProcess(stores: StartStores, { processId, role, wallMs }: Starting): Promise<boolean> {
  const { siblings, partitionOwners, escalations } = stores;
  const isAlone = role === 'all' && (await noPartsHere(siblings, wallMs));
  await siblings.leave(processId, wallMs);
  await siblings.say({ processId, role, json: '{}' }, wallMs);
  if (isAlone) {
    await partitionOwners.releaseDead();
    await escalations.releaseDead();
  }
  return isAlone;
}

async function noPartsHere(siblings: Siblings, wallMs: number): Promise<boolean> {
  const rows = await siblings.all();
  return rows.every((row) => row.role === 'all' || wallElapsedMs(row.saidWallMs, wallMs) > PROCESS_SILENT_MS);
}
