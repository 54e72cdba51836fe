import { type AlarmId, AlarmTransition, DeviceFacts, type DeviceId, DeviceState, RuleSet } from '@vigil/contracts';
import {
  type AlarmRecord,
  AlarmRecords,
  RECORD_OTHERS_MAX,
  RECORD_PAGES_MAX,
  RECORD_STEPS_MAX,
  type StoredHop,
} from '../../ports/alarm-records.js';
import { namesOf } from './alarm-views.js';
import type { SqlContext } from './context.js';
import type { AlarmHopRow, AlarmRow } from './schema.js';
import type { Db } from './sql.js';
import { INSTALLATION } from './sql-rule-set-versions.js';

/** The record of an alarm, put together from its rows. */
export class SqlAlarmRecords extends AlarmRecords {
  constructor(private readonly context: Pick<SqlContext, 'sql'>) {
    super();
  }

  override record(alarmId: AlarmId, beforeMs: number): Promise<AlarmRecord | null> {
    return this.context.sql.snapshot(async ({ db }) => {
      const alarm = await db.selectFrom('alarm').selectAll().where('alarm_id', '=', alarmId).executeTakeFirst();
      if (alarm === undefined) return null;
      const { steps, stepsCut } = await stepsOf(db, alarmId);
      const first = steps[0]?.transition;
      if (first === undefined) return null;
      const rules = await rulesOf(db, first.ruleSetHash, steps[0]?.hop?.storedWallMs ?? null);
      const { escalation, pages, pagesCut } = await toldOf(db, alarmId);
      const names = await namesOf(db, [
        ...steps.map(({ transition }) => transition.by),
        ...pages.map((page) => page.staffId),
        ...[escalation?.acceptedBy ?? null, rules.proposedBy, rules.approvedBy],
      ]);
      const others = await othersOf(db, alarm, beforeMs);
      return { steps, stepsCut, ...rules, escalation, pages, pagesCut, others, names };
    });
  }

  override async deviceFacts(deviceId: DeviceId): Promise<DeviceFacts> {
    const row = await this.context.sql.query((db) =>
      db.selectFrom('device_state').select('content_json').where('device_id', '=', deviceId).executeTakeFirst(),
    );
    const state = row === undefined ? undefined : DeviceState.safeParse(JSON.parse(row.content_json)).data;
    return state?.said ?? DeviceFacts.parse({});
  }
}

async function stepsOf(db: Db, alarmId: string): Promise<Pick<AlarmRecord, 'steps' | 'stepsCut'>> {
  const half = RECORD_STEPS_MAX / 2;
  const read = (order: 'asc' | 'desc') =>
    db
      .selectFrom('alarm_transition as t')
      .leftJoin('alarm_hop as h', (join) => join.onRef('h.alarm_id', '=', 't.alarm_id').onRef('h.rev', '=', 't.rev'))
      .select(['t.rev', 't.content_json', 'h.partition_number', 'h.sequence'])
      .select(['h.hub_wall_ms', 'h.read_wall_ms', 'h.stepped_wall_ms', 'h.stored_wall_ms'])
      .where('t.alarm_id', '=', alarmId)
      .orderBy('t.rev', order)
      .limit(half)
      .execute();
  const [first, newest] = [await read('asc'), await read('desc')];
  const last = first.at(-1)?.rev ?? 0;
  const rest = newest.filter((row) => row.rev > last).reverse();
  const steps = [...first, ...rest].map((row) => ({
    transition: AlarmTransition.parse(JSON.parse(row.content_json)),
    hop: hopOf(row),
  }));
  return { steps, stepsCut: (rest[0]?.rev ?? last + 1) > last + 1 };
}

type HopColumns = { [Column in keyof Omit<AlarmHopRow, 'alarm_id' | 'rev' | 'read_offset'>]: AlarmHopRow[Column] | null };

function hopOf(row: HopColumns): StoredHop | null {
  if (row.partition_number === null) return null;
  return {
    partition: row.partition_number,
    sequence: row.sequence!,
    hubWallMs: row.hub_wall_ms!,
    readWallMs: row.read_wall_ms!,
    steppedWallMs: row.stepped_wall_ms!,
    storedWallMs: row.stored_wall_ms!,
  };
}

/** @param atWallMs when the alarm was stored: who stood behind the rules then; null: who does now */
async function rulesOf(
  db: Db,
  hash: string,
  atWallMs: number | null,
): Promise<Pick<AlarmRecord, 'ruleSet' | 'proposedBy' | 'approvedBy'>> {
  const content = await db.selectFrom('rule_set').select('content_json').where('hash', '=', hash).executeTakeFirst();
  const version = await db
    .selectFrom('rule_set_version')
    .select(['proposed_by', 'approved_by'])
    .where('hash', '=', hash)
    .executeTakeFirst();
  const people = { proposedBy: version?.proposed_by ?? null, approvedBy: version?.approved_by ?? null };
  return {
    ruleSet: content === undefined ? null : RuleSet.parse(JSON.parse(content.content_json)),
    ...(atWallMs === null ? people : await peopleThen(db, hash, atWallMs, people)),
  };
}

type People = Pick<AlarmRecord, 'proposedBy' | 'approvedBy'>;

/** A set that came into force a second time was proposed and approved anew: those people did not stand behind an alarm of before. */
async function peopleThen(db: Db, hash: string, atWallMs: number, now: People): Promise<People> {
  const changes = await db
    .selectFrom('rule_set_change')
    .select(['action', 'staff_id', 'at_wall_ms'])
    .where('hash', '=', hash)
    .where('action', 'in', ['propose', 'approve'])
    .orderBy('rev')
    .execute();
  if (changes.every(({ at_wall_ms }) => at_wall_ms <= atWallMs)) return now;
  const by = (action: string): string =>
    changes.findLast((each) => each.action === action && each.at_wall_ms <= atWallMs)?.staff_id ?? INSTALLATION;
  return { proposedBy: by('propose'), approvedBy: by('approve') };
}

async function toldOf(db: Db, alarmId: string): Promise<Pick<AlarmRecord, 'escalation' | 'pages' | 'pagesCut'>> {
  const row = await db.selectFrom('escalation').selectAll().where('alarm_id', '=', alarmId).executeTakeFirst();
  const pages = await db
    .selectFrom('page')
    .select(['step', 'staff_id', 'channel', 'reason', 'state', 'queued_wall_ms', 'sent_wall_ms'])
    .where('alarm_id', '=', alarmId)
    .orderBy('queued_wall_ms')
    .orderBy('page_id')
    .limit(RECORD_PAGES_MAX + 1)
    .execute();
  return {
    escalation:
      row === undefined
        ? null
        : {
            state: row.state,
            startedWallMs: row.started_wall_ms,
            // While it runs again, for a higher priority, nobody has accepted that.
            acceptedBy: row.state === 'accepted' ? row.accepted_by : null,
            acceptedWallMs: row.state === 'accepted' ? row.accepted_wall_ms : null,
          },
    pages: pages.slice(0, RECORD_PAGES_MAX).map((page) => ({
      step: page.step,
      staffId: page.staff_id,
      channel: page.channel,
      reason: page.reason,
      state: page.state,
      queuedWallMs: page.queued_wall_ms,
      sentWallMs: page.sent_wall_ms,
    })),
    pagesCut: pages.length > RECORD_PAGES_MAX,
  };
}

async function othersOf(db: Db, alarm: AlarmRow, beforeMs: number): Promise<AlarmRecord['others']> {
  const { bed_id: bedId, gateway_id: gatewayId, onset_ms: onsetMs, alarm_id: alarmId } = alarm;
  const rows = await db
    .selectFrom('alarm')
    .select(['content_json', 'onset_ms', 'ended_ms'])
    .where((eb) => (bedId === null ? eb('gateway_id', '=', gatewayId) : eb('bed_id', '=', bedId)))
    .where('alarm_id', '<>', alarmId)
    // Of every alarm but test alarms.
    .where('care_unit_id', 'is not', null)
    .where('onset_ms', '<=', onsetMs)
    .where((eb) => eb.or([eb('ended_ms', 'is', null), eb('ended_ms', '>=', onsetMs - beforeMs)]))
    .orderBy('onset_ms', 'desc')
    .orderBy('alarm_id')
    .limit(RECORD_OTHERS_MAX)
    .execute();
  return rows.map((row) => {
    const { conditionCode, ruleId, kind } = AlarmTransition.parse(JSON.parse(row.content_json));
    return { conditionCode, ruleId, kind, onsetMs: row.onset_ms, endedMs: row.ended_ms };
  });
}
