import type { BedId, DeviceId, Reattribution } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { auditEntry } from '../../ports/audit-trail.js';
import type { Corrected, ReattributionJob } from '../../ports/corrections.js';
import { appendAudit } from './audit-row.js';
import { patientsIn } from './corrections-rows.js';
import type { CorrectedRow, ReattributionRow } from './schema-stays.js';
import type { Db, Tx } from './sql.js';

/** Wall time from one run to the next at most. A next run further ahead is of a clock that was put back since. */
const NEXT_MS_MAX = 3_600_000;

/**
 * Takes jobs that are due: nobody else gets them while the lease lasts. A lease, or a next run, further ahead than one can be is of a
 * clock that was wrong, and holds nobody up.
 */
export async function takeDueJobs(
  tx: Tx,
  { wallMs, leaseMs, limit }: { readonly wallMs: number; readonly leaseMs: number; readonly limit: number },
): Promise<readonly ReattributionJob[]> {
  const nowMs = Math.round(wallMs);
  const rows = await tx.db
    .selectFrom('reattribution')
    .selectAll()
    .where('state', 'in', ['waiting', 'running'])
    .where((eb) => eb.or([eb('next_wall_ms', '<=', nowMs), eb('next_wall_ms', '>', nowMs + NEXT_MS_MAX)]))
    .where((eb) =>
      eb.or([eb('lease_wall_ms', 'is', null), eb('lease_wall_ms', '<=', nowMs), eb('lease_wall_ms', '>', nowMs + leaseMs)]),
    )
    .orderBy('next_wall_ms')
    .orderBy('job_id')
    .limit(limit)
    .execute();
  for (const { job_id } of rows) {
    await tx.db
      .updateTable('reattribution')
      .set({ lease_wall_ms: nowMs + leaseMs, state: 'running' })
      .where('job_id', '=', job_id)
      .execute();
  }
  return rows.map(jobOf);
}

function jobOf(row: ReattributionRow): ReattributionJob {
  return {
    jobId: row.job_id,
    correctionId: row.correction_id,
    deviceId: row.device_id as DeviceId,
    fromBedId: row.from_bed_id as BedId,
    toBedId: row.to_bed_id as BedId | null,
    fromMs: row.from_ms,
    toMs: row.to_ms,
    runs: row.runs,
  };
}

/** One that is done already stays as it is. @throws PlatformError('not-found') */
export async function ranJob(
  tx: Tx,
  jobId: string,
  run: { readonly moved: number; readonly nextWallMs: number | null },
  wallMs: number,
): Promise<Reattribution> {
  const row = await tx.db.selectFrom('reattribution').selectAll().where('job_id', '=', jobId).executeTakeFirst();
  if (row === undefined) throw new PlatformError('not-found');
  if (row.state === 'done') return { jobId, state: 'done', moved: Number(row.moved) };
  const moved = Number(row.moved) + run.moved;
  const isLast = run.nextWallMs === null;
  const state = isLast ? 'done' : 'waiting';
  const next = isLast ? null : Math.round(run.nextWallMs!);
  await tx.db
    .updateTable('reattribution')
    .set({ moved, state, runs: row.runs + 1, next_wall_ms: next, lease_wall_ms: null })
    .where('job_id', '=', jobId)
    .execute();
  if (isLast) await auditDone(tx, row, moved, wallMs);
  return { jobId, state, moved };
}

async function auditDone(tx: Tx, row: ReattributionRow, moved: number, wallMs: number): Promise<void> {
  const beds = row.to_bed_id === null ? [row.from_bed_id] : [row.from_bed_id, row.to_bed_id];
  const patientIds = await patientsIn(tx.db, beds, { fromMs: row.from_ms, toMs: row.to_ms });
  const to = row.to_bed_id === null ? 'no bed' : `bed:${row.to_bed_id}`;
  const entry = auditEntry({
    ...{ actor: 'system:reattribution', action: 'assignment.reattribute', object: `correction:${row.correction_id}` },
    ...{ outcome: 'allowed', patientIds },
    detail: `${moved} readings of device:${row.device_id} from bed:${row.from_bed_id} to ${to}`,
  });
  await appendAudit(tx, entry, wallMs);
}

/** In the order in which it was put right. */
export async function correctedSince(db: Db, seq: number, limit: number): Promise<readonly Corrected[]> {
  const rows = await db.selectFrom('corrected').selectAll().where('seq', '>', seq).orderBy('seq').limit(limit).execute();
  return rows.map(correctedOf);
}

function correctedOf(row: CorrectedRow): Corrected {
  const common = { seq: row.seq, correctionId: row.correction_id, fromMs: row.from_ms, toMs: row.to_ms };
  const of =
    row.what === 'device'
      ? { is: 'device', deviceId: row.device_id, fromBedId: row.from_bed_id, toBedId: row.to_bed_id }
      : { is: 'stay', bedId: row.from_bed_id, wrongEncounterId: row.wrong_encounter_id, encounterId: row.encounter_id };
  return { ...common, ...of } as Corrected;
}
