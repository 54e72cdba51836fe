import { AudioPause, type CareUnitId, type NewAudioPause } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { AudioPauses } from '../../ports/audio-pauses.js';
import type { Change } from '../../ports/change.js';
import type { Outcome } from '../../ports/stay-limits.js';
import { appendAudit } from './audit-row.js';
import { doneBy } from './authored.js';
import type { SqlContext } from './context.js';
import { isDone } from './done-commands.js';
import { Listeners } from './notices.js';
import type { AudioPauseRow } from './schema-shelves.js';

/** Which screens make no sound, in SQL. */
export class SqlAudioPauses extends AudioPauses {
  readonly changed = new Listeners<CareUnitId>();

  constructor(private readonly context: Pick<SqlContext, 'sql'>) {
    super();
  }

  pause(careUnitId: CareUnitId, { stationId, seconds }: NewAudioPause, change: Change): Promise<Outcome<AudioPause>> {
    const fromWallMs = Math.round(change.wallMs);
    const row: AudioPauseRow = {
      ...{ care_unit_id: careUnitId, station_id: stationId ?? '', pause_id: change.commandId },
      ...{ from_wall_ms: fromWallMs, until_wall_ms: fromWallMs + seconds * 1_000, set_by: change.by ?? 'system' },
    };
    return this.context.sql.transaction(async (tx) => {
      const unit = await tx.db
        .selectFrom('care_unit')
        .select('care_unit_id')
        .where('care_unit_id', '=', careUnitId)
        .executeTakeFirst();
      if (unit === undefined) throw new PlatformError('not-found', { ids: [`careUnit:${careUnitId}`] });
      const { commandId, wallMs } = change;
      const content = { stationId: stationId ?? null, seconds };
      const command = {
        action: 'audio.pause',
        subject: `careUnit:${careUnitId}`,
        content,
        commandId,
        wallMs,
        by: doneBy(change),
      };
      if (await isDone(tx, command)) {
        const known = await tx.db.selectFrom('audio_pause').selectAll().where('pause_id', '=', commandId).executeTakeFirst();
        // Another one has taken its place since.
        if (known === undefined) throw new PlatformError('conflict', { ids: [`careUnit:${careUnitId}`] });
        return { value: pauseOf(known), repeated: true };
      }
      await tx.db
        .insertInto('audio_pause')
        .values(row)
        .onConflict((c) => c.columns(['care_unit_id', 'station_id']).doUpdateSet(row))
        .execute();
      await appendAudit(tx, change.audit, wallMs);
      tx.afterCommit(() => this.changed.tell(careUnitId));
      return { value: pauseOf(row), repeated: false };
    });
  }

  end(careUnitId: CareUnitId, pauseId: string, change: Change): Promise<AudioPause | null> {
    const wallMs = Math.round(change.wallMs);
    return this.context.sql.transaction(async (tx) => {
      const known = await tx.db
        .selectFrom('audio_pause')
        .selectAll()
        .where('care_unit_id', '=', careUnitId)
        .where('pause_id', '=', pauseId)
        .executeTakeFirst();
      if (known === undefined || known.until_wall_ms <= wallMs) return null;
      const ended = { ...known, until_wall_ms: Math.max(known.from_wall_ms, wallMs) };
      await tx.db.updateTable('audio_pause').set(ended).where('pause_id', '=', pauseId).execute();
      await appendAudit(tx, change.audit, change.wallMs);
      tx.afterCommit(() => this.changed.tell(careUnitId));
      return pauseOf(ended);
    });
  }

  onChange(listener: (careUnitId: CareUnitId) => void): () => void {
    return this.changed.add(listener);
  }

  async inForce(careUnitId: CareUnitId, wallMs: number): Promise<readonly AudioPause[]> {
    const rows = await this.context.sql.query((db) =>
      db
        .selectFrom('audio_pause')
        .selectAll()
        .where('care_unit_id', '=', careUnitId)
        // A clock that was put back must not make a pause of seconds one of hours.
        .where('from_wall_ms', '<=', Math.round(wallMs))
        .where('until_wall_ms', '>', Math.round(wallMs))
        .orderBy('station_id')
        .execute(),
    );
    return rows.map(pauseOf);
  }
}

function pauseOf(row: AudioPauseRow): AudioPause {
  return AudioPause.parse({
    ...{ pauseId: row.pause_id, careUnitId: row.care_unit_id, stationId: row.station_id === '' ? null : row.station_id },
    ...{ fromWallMs: row.from_wall_ms, untilWallMs: row.until_wall_ms, by: row.set_by },
  });
}
