import type { AlarmId, AlarmView, CareUnitId, Page } from '@vigil/contracts';
import { Alarms, type AlarmCommand, type AlarmFilter, type AnswerCommand, type CommandOutcome } from '../../ports/alarms.js';
import { acknowledgeAlarm } from './alarm-commands.js';
import { acceptAlarm, arriveAlarm, declineAlarm, passAlarm } from './answer-commands.js';
import { alarmView, alarmViews } from './alarm-views.js';
import type { SqlContext } from './context.js';
import { decodeCursor, pageOf } from './cursor.js';

/** Alarms as people see them, from SQL. */
export class SqlAlarms extends Alarms {
  constructor(private readonly context: SqlContext) {
    super();
  }

  /** Newest onset first. */
  async list(filter: AlarmFilter): Promise<Page<AlarmView>> {
    const after = decodeCursor(filter.cursor, ['number', 'string']);
    const { careUnitIds, stay } = filter;
    if (careUnitIds.length === 0 && stay === undefined) return { items: [], next: null };
    return this.context.sql.snapshot(async ({ db }) => {
      let query = db
        .selectFrom('alarm as a')
        .innerJoin('escalation as e', 'e.alarm_id', 'a.alarm_id')
        .select(['a.alarm_id', 'a.onset_ms'])
        .where((eb) => {
          const inUnits = eb
            .selectFrom('alarm_care_unit as u')
            .select('u.alarm_id')
            .whereRef('u.alarm_id', '=', 'a.alarm_id')
            .where('u.care_unit_id', 'in', [...careUnitIds]);
          return eb.or([
            ...(careUnitIds.length === 0 ? [] : [eb.exists(inUnits)]),
            ...(stay === undefined ? [] : [eb.and([eb('a.bed_id', '=', stay.bedId), eb('a.onset_ms', '>=', stay.sinceMs)])]),
          ]);
        })
        .orderBy('a.onset_ms', 'desc')
        .orderBy('a.alarm_id', 'desc')
        .limit(filter.limit + 1);
      if (filter.presence !== undefined) query = query.where('a.presence', '=', filter.presence);
      if (filter.escalation !== undefined) query = query.where('e.state', '=', filter.escalation);
      if (filter.bed !== undefined) query = query.where('a.bed_id', '=', filter.bed);
      if (filter.sinceMs !== undefined) query = query.where('a.changed_ms', '>=', filter.sinceMs);
      if (after !== null) {
        const [onsetMs, alarmId] = [Number(after[0]), String(after[1])];
        query = query.where((eb) =>
          eb.or([eb('a.onset_ms', '<', onsetMs), eb.and([eb('a.onset_ms', '=', onsetMs), eb('a.alarm_id', '<', alarmId)])]),
        );
      }
      const { items, next } = pageOf(
        await query.execute(),
        filter.limit,
        (row) => row.alarm_id,
        (row) => [row.onset_ms, row.alarm_id],
      );
      return { items: await alarmViews(db, this.context, items, this.context.clock.wallMs()), next };
    });
  }

  async get(alarmId: AlarmId): Promise<AlarmView | null> {
    return this.context.sql.snapshot(({ db }) => alarmView(db, this.context, alarmId, this.context.clock.wallMs()));
  }

  async open(careUnitId: CareUnitId): Promise<{ readonly cursor: number; readonly alarms: readonly AlarmView[] }> {
    return this.context.sql.snapshot(async ({ db }) => {
      const unit = await db
        .selectFrom('care_unit')
        .select('last_cursor')
        .where('care_unit_id', '=', careUnitId)
        .executeTakeFirst();
      const rows = await db
        .selectFrom('alarm as a')
        .innerJoin('alarm_care_unit as u', 'u.alarm_id', 'a.alarm_id')
        .select('a.alarm_id')
        .where('a.is_open', '=', 1)
        .where('u.care_unit_id', '=', careUnitId)
        .orderBy('a.onset_ms')
        .orderBy('a.alarm_id')
        .execute();
      const ids = rows.map((r) => r.alarm_id);
      return {
        cursor: unit?.last_cursor ?? 0,
        alarms: await alarmViews(db, this.context, ids, this.context.clock.wallMs()),
      };
    });
  }

  async changedSince(
    careUnitId: CareUnitId,
    cursor: number,
  ): Promise<readonly { readonly cursor: number; readonly alarm: AlarmView }[] | null> {
    return this.context.sql.snapshot(async ({ db }) => {
      const span = await db
        .selectFrom('care_unit as c')
        .leftJoin('live_event as l', 'l.care_unit_id', 'c.care_unit_id')
        .select(({ fn }) => ['c.last_cursor', fn.min('l.cursor').as('oldest')])
        .where('c.care_unit_id', '=', careUnitId)
        .groupBy('c.last_cursor')
        .executeTakeFirst();
      if (span === undefined || cursor > span.last_cursor) return null;
      if (cursor < Number(span.oldest ?? span.last_cursor + 1) - 1) return null;
      const rows = await db
        .selectFrom('live_event')
        .select(({ fn }) => ['alarm_id', fn.max('cursor').as('newest')])
        .where('care_unit_id', '=', careUnitId)
        .where('cursor', '>', cursor)
        .groupBy('alarm_id')
        .execute();
      const cursors = new Map(rows.map((r) => [r.alarm_id, Number(r.newest)]));
      const ids = [...cursors.keys()].sort((a, b) => cursors.get(a)! - cursors.get(b)!);
      const alarms = await alarmViews(db, this.context, ids, this.context.clock.wallMs());
      return alarms.map((alarm) => ({ cursor: cursors.get(alarm.alarmId)!, alarm }));
    });
  }

  accept(command: AlarmCommand): Promise<CommandOutcome> {
    return acceptAlarm(this.context, command);
  }

  arrive(command: AlarmCommand): Promise<CommandOutcome> {
    return arriveAlarm(this.context, command);
  }

  decline(command: AnswerCommand): Promise<CommandOutcome> {
    return declineAlarm(this.context, command);
  }

  pass(command: AnswerCommand): Promise<CommandOutcome> {
    return passAlarm(this.context, command);
  }

  acknowledge(command: AlarmCommand): Promise<CommandOutcome> {
    return acknowledgeAlarm(this.context, command);
  }
}
