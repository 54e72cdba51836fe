import { AlarmTransition, type AlarmId, type ChangeReason, type Correction, type PatientId } from '@vigil/contracts';
import type { Change } from '../../ports/change.js';
import { nextNumber } from './counters.js';
import type { Span, Stretch } from './device-conflicts.js';
import { liveStays } from './live-stays.js';
import type { CorrectedRow, ReattributionRow } from './schema-stays.js';
import type { Db, Tx } from './sql.js';

/** Alarms that one correction marks at most, newest first. */
const QUESTIONED_MAX = 500;
/** Alarms of one stretch that are looked at. A bed that has more in the time of one mistake has other troubles. */
const LOOKED_AT_MAX = 20_000;

export type CorrectionKind = 'device' | 'stay' | 'void' | 'reopen' | 'cancel-transfer' | 'merge' | 'person';

export interface NewCorrection {
  readonly correctionId: string;
  readonly kind: CorrectionKind;
  /** E.g. `encounter:…`. */
  readonly subject: string;
  /** Whose keys seal the note; null: the site's. */
  readonly patientId: string | null;
  /** Rows as they were and as they are: ids and times, and what is sealed stays sealed. */
  readonly before: unknown;
  readonly after: unknown;
  readonly reason: ChangeReason;
  /** Sealed. */
  readonly note: string | null;
}

export async function insertCorrection(
  tx: Tx,
  made: NewCorrection,
  change: Pick<Change, 'by' | 'source' | 'wallMs'>,
): Promise<void> {
  await tx.db
    .insertInto('correction')
    .values({
      ...{ correction_id: made.correctionId, kind: made.kind, subject: made.subject, patient_id: made.patientId },
      ...{ before_json: JSON.stringify(made.before, unindexed), after_json: JSON.stringify(made.after, unindexed) },
      ...{ set_by: change.by, source: change.source, reason: made.reason, note: made.note },
      at_wall_ms: Math.round(change.wallMs),
    })
    .execute();
}

/** By a copy of a blind index somebody could be looked for whom an erasure has taken out of the row that it is of. */
function unindexed(column: string, value: unknown): unknown {
  return column.endsWith('_index') ? undefined : value;
}

/** Puts one stretch where `Corrections.since` finds it. */
export async function insertCorrected(tx: Tx, row: Omit<CorrectedRow, 'seq'>): Promise<void> {
  const seq = await nextNumber(tx, 'corrected');
  await tx.db
    .insertInto('corrected')
    .values({ ...row, seq })
    .execute();
}

export interface DeviceStretch extends Stretch {
  readonly deviceId: string;
}

/** What devices brought in these stretches follows: a job for each, due at once. */
export async function insertJobs(
  tx: Tx,
  correctionId: string,
  stretches: readonly DeviceStretch[],
  wallMs: number,
): Promise<void> {
  for (const [n, { deviceId, fromBedId, toBedId, fromMs, toMs }] of stretches.entries()) {
    const span = { device_id: deviceId, from_bed_id: fromBedId, to_bed_id: toBedId, from_ms: fromMs, to_ms: toMs };
    const isCorrected = { correction_id: correctionId, wrong_encounter_id: null, encounter_id: null };
    await insertCorrected(tx, { ...isCorrected, what: 'device', ...span });
    const job: ReattributionRow = {
      ...{ job_id: `${correctionId}/${n}`, correction_id: correctionId, ...span },
      ...{ state: 'waiting', moved: 0, runs: 0, next_wall_ms: Math.round(wallMs), lease_wall_ms: null },
    };
    await tx.db.insertInto('reattribution').values(job).execute();
  }
}

/** Marks the alarms that a message of the device raised in one of these stretches. None of them is taken back. */
export async function questionAlarms(
  tx: Tx,
  correctionId: string,
  stretches: readonly DeviceStretch[],
): Promise<readonly AlarmId[]> {
  const found = new Map<AlarmId, number>();
  for (const stretch of stretches) {
    for (const { alarm_id, onset_ms } of await raisedBy(tx.db, stretch)) found.set(alarm_id as AlarmId, onset_ms);
  }
  const newest = [...found].sort((a, b) => b[1] - a[1]).slice(0, QUESTIONED_MAX);
  for (const [alarmId] of newest) {
    await tx.db.updateTable('alarm').set({ questioned_by: correctionId }).where('alarm_id', '=', alarmId).execute();
  }
  return newest.map(([alarmId]) => alarmId);
}

/** An alarm's first transition names the message that raised it. Its onset is at or before that message: a delay lies between. */
async function raisedBy(db: Db, { deviceId, fromMs, toMs }: DeviceStretch) {
  let query = db
    .selectFrom('alarm as a')
    .innerJoin('alarm_transition as t', 't.alarm_id', 'a.alarm_id')
    .select(['a.alarm_id', 'a.onset_ms', 't.content_json'])
    .where('t.rev', '=', 1)
    .where('t.content_json', 'like', `%"deviceId":"${deviceId}"%`)
    .where('a.onset_ms', '>=', fromMs - LONGEST_DELAY_MS)
    .orderBy('a.onset_ms', 'desc')
    .limit(LOOKED_AT_MAX);
  if (toMs !== null) query = query.where('a.onset_ms', '<', toMs);
  return (await query.execute()).filter(({ content_json }) => {
    const trigger = AlarmTransition.shape.trigger.safeParse((JSON.parse(content_json) as { trigger?: unknown }).trigger).data;
    if (trigger?.deviceId !== deviceId) return false;
    return trigger.deviceAtMs >= fromMs && (toMs === null || trigger.deviceAtMs < toMs);
  });
}

/** Rules wait no longer than this (event time) before they raise an alarm. */
const LONGEST_DELAY_MS = 24 * 3_600_000;

/** Who lay in one of these beds in this time; for the audit trail. */
export async function patientsIn(db: Db, bedIds: readonly string[], span: Span): Promise<readonly PatientId[]> {
  if (bedIds.length === 0) return [];
  const toMs = span.toMs ?? Number.MAX_SAFE_INTEGER;
  const now = await liveStays(db)
    .select('e.patient_id')
    .where('e.bed_id', 'in', [...bedIds])
    .where((eb) => eb(eb.fn.coalesce('e.bed_since_ms', 'e.admitted_ms'), '<', toMs))
    .where((eb) => eb.or([eb('e.discharged_ms', 'is', null), eb('e.discharged_ms', '>', span.fromMs)]))
    .execute();
  const before = await db
    .selectFrom('past_bed')
    .select('patient_id')
    .where('bed_id', 'in', [...bedIds])
    .where('from_ms', '<', toMs)
    .where('to_ms', '>', span.fromMs)
    .execute();
  return [...new Set([...now, ...before].map((row) => row.patient_id as PatientId))].sort();
}

/** The answer to a correction, from its rows: the same when the command comes again. */
export async function correctionOf(db: Db, correctionId: string): Promise<Correction | null> {
  const row = await db.selectFrom('correction').selectAll().where('correction_id', '=', correctionId).executeTakeFirst();
  if (row === undefined) return null;
  const jobs = await db
    .selectFrom('reattribution')
    .selectAll()
    .where('correction_id', '=', correctionId)
    .orderBy('job_id')
    .execute();
  const alarms = await db
    .selectFrom('alarm')
    .select('alarm_id')
    .where('questioned_by', '=', correctionId)
    .orderBy('onset_ms', 'desc')
    .limit(QUESTIONED_MAX)
    .execute();
  return {
    correctionId,
    atWallMs: row.at_wall_ms as Correction['atWallMs'],
    reattribution: progressOf(jobs),
    questioned: alarms.map(({ alarm_id }) => alarm_id as AlarmId),
  };
}

/** Of all jobs of a correction together. */
function progressOf(jobs: readonly ReattributionRow[]): Correction['reattribution'] {
  const [first] = jobs;
  if (first === undefined) return null;
  const states = new Set(jobs.map(({ state }) => state));
  const state = states.has('running') || states.size > 1 ? 'running' : first.state;
  return { jobId: first.job_id, state, moved: jobs.reduce((sum, { moved }) => sum + Number(moved), 0) };
}
