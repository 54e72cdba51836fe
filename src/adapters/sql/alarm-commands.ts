import type { Clock } from '@vigil/clock';
import {
  type AlarmId,
  bedKey,
  type BedId,
  type CareUnitId,
  gatewayKey,
  type GatewayId,
  type LogEventOf,
  type LogKey,
  unitKey,
} from '@vigil/contracts';
import { arriveEscalation, invariant, PlatformError } from '@vigil/domain';
import type { AlarmCommand, CommandOutcome } from '../../ports/alarms.js';
import { alarmView } from './alarm-views.js';
import { appendAuditOrKeep } from './audit-row.js';
import type { SqlContext } from './context.js';
import { keepAnswer } from './escalation-answer.js';
import { loadEscalation, replaceEscalation } from './escalation-row.js';
import { alarmChanged } from './live-events.js';
import { relay } from './outbox.js';
import type { AlarmRow } from './schema.js';
import { FIRST, type Tx } from './sql.js';

export type CommandKind = LogEventOf<'command'>['command'] | 'decline' | 'arrive' | 'pass';

/** "Seen": the engine silences the signal when the command reaches it by the log; until then it is pending. Who is going is there with it. */
export function acknowledgeAlarm(context: SqlContext, command: AlarmCommand): Promise<CommandOutcome> {
  return carryOut(context, 'acknowledge', command, async (tx, alarm) => {
    if (command.ifRev !== null && command.ifRev !== alarm.rev) throw refused('revision-moved', command.alarmId);
    await tx.db
      .updateTable('alarm')
      .set({ acknowledge_command_id: command.commandId })
      .where('alarm_id', '=', alarm.alarm_id)
      .execute();
    await arriveByAcknowledging(tx, context.clock, command);
    return 'acknowledge';
  });
}

/** Of somebody who has just answered in this very moment it is left out: nobody waits for it but the arrival timer, which asks again. */
async function arriveByAcknowledging(tx: Tx, clock: Clock, command: AlarmCommand): Promise<void> {
  const escalation = await loadEscalation(tx.db, command.alarmId, clock);
  if (escalation?.accepts.some((each) => each.by === command.by && each.arrivedAtMs === null) !== true) return;
  const arrived = arriveEscalation(escalation, command.by, command.wallMs);
  if (arrived === null || !(await replaceEscalation(tx, clock, arrived, escalation.rev))) return;
  await keepAnswer(tx, command, 'arrive', null, arrived);
}

/**
 * Carries out a command once: what it does, its row, its audit row, the change that screens see, and its event for the log.
 *
 * @param act answers what the log is told; null: nothing, because the engine has no use for it
 */
export async function carryOut(
  context: SqlContext,
  kind: CommandKind,
  command: AlarmCommand,
  act: (tx: Tx, alarm: AlarmRow) => Promise<LogEventOf<'command'>['command'] | null>,
): Promise<CommandOutcome> {
  return context.sql.transaction(async (tx) => {
    const view = async () => {
      const found = await alarmView(tx.db, context, command.alarmId, context.clock.wallMs());
      if (found === null) throw refused('not-found', command.alarmId);
      return found;
    };
    if (await isRepeated(tx, kind, command)) return { alarm: await view(), repeated: true };
    const alarm = await tx.db.selectFrom('alarm').selectAll().where('alarm_id', '=', command.alarmId).executeTakeFirst();
    if (alarm === undefined) throw refused('not-found', command.alarmId);
    const told = await act(tx, alarm);
    await record(tx, context, { kind, told }, command, alarm);
    return { alarm: await view(), repeated: false };
  }, FIRST);
}

async function isRepeated(tx: Tx, kind: CommandKind, command: AlarmCommand): Promise<boolean> {
  const known = await tx.db.selectFrom('command').selectAll().where('command_id', '=', command.commandId).executeTakeFirst();
  if (known === undefined) return false;
  const same = known.command === kind && known.alarm_id === command.alarmId && known.staff_id === command.by;
  if (!same) throw refused('conflict', command.alarmId);
  return true;
}

async function record(
  tx: Tx,
  context: SqlContext,
  { kind, told }: { readonly kind: CommandKind; readonly told: LogEventOf<'command'>['command'] | null },
  command: AlarmCommand,
  alarm: AlarmRow,
): Promise<void> {
  const atMs = Math.round(command.nowMs);
  await tx.db
    .insertInto('command')
    .values({
      command_id: command.commandId,
      alarm_id: command.alarmId,
      command: kind,
      staff_id: command.by,
      at_ms: atMs,
      at_wall_ms: command.wallMs,
    })
    .execute();
  await touchAlarm(tx, command.alarmId, atMs);
  await appendAuditOrKeep(tx, context, command.audit, command.wallMs);
  const changes = await alarmChanged(tx, command.alarmId);
  if (told !== null) {
    await relay(tx, context.notices, {
      kind: 'command',
      id: `command/${command.commandId}`,
      key: alarmKey(alarm),
      origin: context.origin,
      atMs,
      command: told,
      commandId: command.commandId,
      alarmId: command.alarmId,
      alarmRev: alarm.rev,
      by: command.by,
    });
  }
  tx.afterCommit(() => context.notices.alarms.publish(changes));
}

/** Lists by `since` find the alarm again although its transition is older. */
export async function touchAlarm(tx: Tx, alarmId: string, nowMs: number): Promise<void> {
  await tx.db
    .updateTable('alarm')
    .set({ changed_ms: nowMs })
    .where('alarm_id', '=', alarmId)
    .where('changed_ms', '<', nowMs)
    .execute();
}

/** The log key under which the engine keeps the alarm. */
export function alarmKey(alarm: Pick<AlarmRow, 'bed_id' | 'gateway_id' | 'care_unit_id'>): LogKey {
  if (alarm.bed_id !== null) return bedKey(alarm.bed_id as BedId);
  if (alarm.gateway_id !== null) return gatewayKey(alarm.gateway_id as GatewayId);
  invariant(alarm.care_unit_id !== null, 'an alarm to be of a bed, of a gateway or of a care unit');
  return unitKey(alarm.care_unit_id as CareUnitId);
}

export function refused(code: 'not-found' | 'conflict' | 'revision-moved', alarmId: AlarmId): PlatformError {
  return new PlatformError(code, { ids: [`alarm:${alarmId}`] });
}
