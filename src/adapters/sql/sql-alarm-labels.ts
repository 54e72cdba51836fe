import type { AlarmView } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { AlarmLabels, type LabelCommand, LABELS_MAX } from '../../ports/alarm-labels.js';
import { touchAlarm } from './alarm-commands.js';
import { alarmView } from './alarm-views.js';
import { appendAuditOrKeep } from './audit-row.js';
import type { SqlContext } from './context.js';
import { isDone } from './done-commands.js';
import { alarmChanged } from './live-events.js';
import type { Tx } from './sql.js';

/** Labels of alarms, in SQL. */
export class SqlAlarmLabels extends AlarmLabels {
  constructor(private readonly context: SqlContext) {
    super();
  }

  set(command: LabelCommand): Promise<{ readonly alarm: AlarmView; readonly repeated: boolean }> {
    const { sql, clock } = this.context;
    return sql.transaction(async (tx) => {
      const repeated = await this.isRepeated(tx, command);
      if (!repeated) await this.write(tx, command);
      const alarm = await alarmView(tx.db, this.context, command.alarmId, clock.wallMs());
      if (alarm === null) throw refused('not-found', command);
      return { alarm, repeated };
    });
  }

  private isRepeated(tx: Tx, { commandId, alarmId, label, by, wallMs }: LabelCommand): Promise<boolean> {
    return isDone(tx, { commandId, action: 'alarm.label', subject: `alarm:${alarmId}`, by, wallMs, content: { label } });
  }

  private async write(tx: Tx, command: LabelCommand): Promise<void> {
    const { notices } = this.context;
    const { alarmId, label, by, nowMs, wallMs } = command;
    const atMs = Math.round(nowMs);
    const alarm = await tx.db.selectFrom('alarm').select('alarm_id').where('alarm_id', '=', alarmId).executeTakeFirst();
    if (alarm === undefined) throw refused('not-found', command);
    const newest = await tx.db
      .selectFrom('alarm_label')
      .select('rev')
      .where('alarm_id', '=', alarmId)
      .orderBy('rev', 'desc')
      .limit(1)
      .executeTakeFirst();
    const rev = (newest?.rev ?? 0) + 1;
    if (rev > LABELS_MAX) throw refused('conflict', command);
    const row = { alarm_id: alarmId, rev, label, staff_id: by, at_ms: atMs, at_wall_ms: Math.round(wallMs) };
    await tx.db.insertInto('alarm_label').values(row).execute();
    // Reports count by this line; one that is not there yet takes the label along when it comes.
    await tx.db.updateTable('alarm_fact').set({ label }).where('alarm_id', '=', alarmId).execute();
    await touchAlarm(tx, alarmId, atMs);
    await appendAuditOrKeep(tx, this.context, command.audit, wallMs);
    const changes = await alarmChanged(tx, alarmId);
    tx.afterCommit(() => notices.alarms.publish(changes));
  }
}

function refused(code: 'not-found' | 'conflict', { alarmId }: LabelCommand): PlatformError {
  return new PlatformError(code, { ids: [`alarm:${alarmId}`] });
}
