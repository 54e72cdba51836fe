import { type AlarmId, AlarmReadings, type BedId, type DeviceId, SNAPSHOT_AFTER_MS, SNAPSHOT_BEFORE_MS } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { AlarmSnapshots, type FollowedAt, type SnapshotDue, type TakenSnapshot } from '../../ports/alarm-snapshots.js';
import { followTransitions } from './alarm-facts.js';
import type { SqlContext } from './context.js';
import { rowOrThrow } from './fields.js';
import type { AlarmSnapshotRow } from './schema-alarm-records.js';
import { SEALED } from './sealed-columns.js';
import type { Db } from './sql.js';

/** Of one bed within 90 s; the contract allows one more. */
const DEVICES_MAX = 63;

/** Readings around alarms, in SQL, sealed for the patient. */
export class SqlAlarmSnapshots extends AlarmSnapshots {
  constructor(private readonly context: Pick<SqlContext, 'sql' | 'fields'>) {
    super();
  }

  follow(at: FollowedAt, limit: number): Promise<number> {
    return this.context.sql.transaction((tx) => followTransitions(tx, at, limit));
  }

  async due(wallMs: number, limit: number): Promise<readonly SnapshotDue[]> {
    return this.context.sql.query(async (db) => {
      const rows = await db
        .selectFrom('alarm_snapshot')
        .selectAll()
        .where('next_wall_ms', '<=', wallMs)
        .where('moved', '=', 0)
        .orderBy('next_wall_ms')
        .limit(limit)
        .execute();
      const found: SnapshotDue[] = [];
      for (const row of rows) found.push({ ...dueOf(row), devices: await devicesAt(db, row) });
      return found;
    });
  }

  async keep({ alarmId, content, readings, complete, nextWallMs, wallMs }: TakenSnapshot): Promise<void> {
    const row = await this.rowOf(alarmId);
    if (row === undefined) return;
    const kept = { looks: row.looks + 1, next_wall_ms: nextWallMs };
    // A later look may find less: history was thinned, or its file was lost.
    const isBetter = row.looks === 0 || readings > row.readings || (complete && row.complete === 0 && readings === row.readings);
    const patientId = isBetter ? await this.patientOf(row.encounter_id) : row.patient_id;
    const taken = { ...row, content: JSON.stringify(content), patient_id: patientId };
    const sealed = isBetter ? await this.sealedOrErased(taken) : '';
    const better = {
      patient_id: patientId,
      readings,
      complete: complete ? 1 : 0,
      taken_wall_ms: Math.round(wallMs),
      content: sealed,
    };
    await this.context.sql.query((db) =>
      db
        .updateTable('alarm_snapshot')
        .set({ ...kept, ...(isBetter ? better : {}) })
        .where('alarm_id', '=', alarmId)
        .where('looks', '=', row.looks)
        // Who it is about has changed meanwhile: it is taken again, for them.
        .where('encounter_id', row.encounter_id === null ? 'is' : '=', row.encounter_id)
        .execute(),
    );
  }

  async later(alarmId: AlarmId, nextWallMs: number): Promise<void> {
    await this.context.sql.query((db) =>
      db
        .updateTable('alarm_snapshot')
        .set({ next_wall_ms: Math.round(nextWallMs) })
        .where('alarm_id', '=', alarmId)
        .execute(),
    );
  }

  async reseal(limit: number): Promise<number> {
    const rows = await this.context.sql.query((db) =>
      db
        .selectFrom('alarm_snapshot')
        .selectAll()
        .where('next_wall_ms', '>=', 0)
        .where('moved', '=', 1)
        .orderBy('next_wall_ms')
        .limit(limit)
        .execute(),
    );
    for (const row of rows) await this.move(row);
    return rows.length;
  }

  async of(alarmId: AlarmId): Promise<AlarmReadings | 'none' | 'waiting'> {
    const row = await this.rowOf(alarmId);
    if (row === undefined) return (await this.isOfBed(alarmId)) ? 'waiting' : 'none';
    if (row.looks === 0) return 'waiting';
    // Of somebody who was erased before it was taken: there is nothing to open.
    if (row.content === '') throw new PlatformError('not-found');
    const [opened] = await this.context.fields.openRows(SEALED.alarmSnapshot, [row]);
    const { content } = rowOrThrow(opened!);
    const { questioned_by: questioned } = await this.context.sql.query((db) =>
      db.selectFrom('alarm').select('questioned_by').where('alarm_id', '=', alarmId).executeTakeFirstOrThrow(),
    );
    return AlarmReadings.parse({
      ...(JSON.parse(content) as object),
      ...{ alarmId, bedId: row.bed_id, encounterId: row.encounter_id, origin: row.origin },
      ...{ complete: row.complete === 1, takenWallMs: row.taken_wall_ms },
      ...(questioned === null ? {} : { questioned }),
    });
  }

  async waiting(): Promise<{ readonly count: number; readonly oldestWallMs: number | null }> {
    const row = await this.context.sql.query((db) =>
      db
        .selectFrom('alarm_snapshot')
        .select((eb) => [eb.fn.countAll<number>().as('count'), eb.fn.min('queued_wall_ms').as('oldest')])
        .where('next_wall_ms', '>=', 0)
        .where('looks', '=', 0)
        .executeTakeFirstOrThrow(),
    );
    return { count: Number(row.count), oldestWallMs: row.oldest === null ? null : Number(row.oldest) };
  }

  /** From the keys of one patient to those of another; what can't be opened any more is gone with its patient. */
  private async move(row: AlarmSnapshotRow): Promise<void> {
    const [opened] = await this.context.fields.openRows(SEALED.alarmSnapshot, [row]);
    const { unreadable } = opened!;
    if (unreadable === 'away') throw new PlatformError('keys-unavailable', {}, true);
    const patientId = await this.patientOf(row.encounter_id);
    const readable = opened!.row;
    const content = readable === null ? '' : await this.sealedOrErased({ ...readable, patient_id: patientId });
    // What was tampered with stays as it is, and is refused to whoever reads it.
    const moved = unreadable === 'tampered' ? {} : { content, patient_id: patientId };
    await this.context.sql.query((db) =>
      db
        .updateTable('alarm_snapshot')
        .set({ ...moved, moved: 0, next_wall_ms: null })
        .where('alarm_id', '=', row.alarm_id)
        .where('encounter_id', row.encounter_id === null ? 'is' : '=', row.encounter_id)
        .execute(),
    );
  }

  /** Nothing is kept of somebody who was erased. */
  private sealedOrErased(row: AlarmSnapshotRow): Promise<string> {
    return this.context.fields.sealRow(SEALED.alarmSnapshot, row).then(
      (sealed) => sealed.content,
      (error: unknown) => {
        if (error instanceof PlatformError && error.code === 'conflict') return '';
        throw error;
      },
    );
  }

  private async rowOf(alarmId: AlarmId): Promise<AlarmSnapshotRow | undefined> {
    return this.context.sql.query((db) =>
      db.selectFrom('alarm_snapshot').selectAll().where('alarm_id', '=', alarmId).executeTakeFirst(),
    );
  }

  private async isOfBed(alarmId: AlarmId): Promise<boolean> {
    const alarm = await this.context.sql.query((db) =>
      db.selectFrom('alarm').select('bed_id').where('alarm_id', '=', alarmId).executeTakeFirst(),
    );
    return (alarm?.bed_id ?? null) !== null;
  }

  private async patientOf(encounterId: string | null): Promise<string | null> {
    if (encounterId === null) return null;
    // Also of a stay that was voided: it was sealed for whom it was believed to be of, and has to open.
    const stay = await this.context.sql.query((db) =>
      db.selectFrom('encounter').select('patient_id').where('encounter_id', '=', encounterId).executeTakeFirst(),
    );
    return stay?.patient_id ?? null;
  }
}

function dueOf(row: AlarmSnapshotRow): Omit<SnapshotDue, 'devices'> {
  const { alarm_id, bed_id, onset_ms, queued_wall_ms, looks } = row;
  return { alarmId: alarm_id as AlarmId, bedId: bed_id as BedId, onsetMs: onset_ms, queuedWallMs: queued_wall_ms, looks };
}

async function devicesAt(db: Db, { bed_id, onset_ms, device_id }: AlarmSnapshotRow): Promise<readonly DeviceId[]> {
  const rows = await db
    .selectFrom('device_assignment')
    .select('device_id')
    .distinct()
    .where('bed_id', '=', bed_id)
    .where('from_ms', '<', onset_ms + SNAPSHOT_AFTER_MS)
    .where((eb) => eb.or([eb('to_ms', 'is', null), eb('to_ms', '>', onset_ms - SNAPSHOT_BEFORE_MS)]))
    .where('voided_wall_ms', 'is', null)
    .orderBy('device_id')
    .limit(DEVICES_MAX)
    .execute();
  return [...new Set([...(device_id === null ? [] : [device_id]), ...rows.map((row) => row.device_id)])] as DeviceId[];
}
