import type { AlarmTransition, AlarmTrigger, CommandId, EpochMs, LogEvent, StaffId } from '@vigil/contracts';
import { shelfOver } from './shelf-of.js';
import type { KeyState, OpenAlarm } from './state.js';

/** Where an alarm is, and what is in force there. */
export interface Told {
  readonly holder: KeyState;
  readonly ruleSetHash: string;
  /** Null where no message of a device made it. */
  readonly trigger: AlarmTrigger | undefined;
}

/** What has become of an alarm, for whoever is told. */
export function transitionOf(
  { holder, ruleSetHash, trigger }: Told,
  alarm: OpenAlarm,
  cause: AlarmTransition['cause'],
  atMs: number,
  by: StaffId | null,
  commandId: CommandId | null,
): AlarmTransition {
  const shelf = shelfOver(holder, alarm);
  return {
    v: 1,
    alarmId: alarm.alarmId,
    rev: alarm.rev,
    cause,
    bedId: holder.kind === 'bed' ? holder.bedId : null,
    gatewayId: holder.kind === 'gateway' ? holder.gatewayId : null,
    ...(holder.kind === 'unit' ? { careUnitId: holder.careUnitId } : {}),
    encounterId: alarm.encounterId,
    conditionCode: alarm.conditionCode,
    kind: alarm.kind,
    priority: alarm.signal.priority,
    metric: alarm.metric,
    active: alarm.active,
    presence: alarm.signal.presence,
    onsetMs: alarm.onsetMs as EpochMs,
    atMs: atMs as EpochMs,
    evidence: alarm.evidence,
    ruleId: alarm.ruleId,
    ruleSetHash,
    origin: alarm.origin,
    by,
    commandId,
    ...(alarm.adopted === undefined ? {} : { adopted: alarm.adopted }),
    ...(trigger === undefined ? {} : { trigger }),
    ...(shelf === undefined ? {} : { shelvedUntilMs: shelf.toMs as EpochMs }),
    ...(alarm.flapping === true ? { flapping: true as const } : {}),
  };
}

/** The device message in hand. What a gateway judged by itself keeps the message that the gateway had. */
export function triggerOf(event: LogEvent | null): AlarmTrigger | undefined {
  if (event === null) return undefined;
  if (event.kind === 'localAlarm') return event.transition.trigger;
  if (event.kind === 'canary') {
    const { gatewayId, bootId, seq, atMs, sentWallMs } = event;
    return { deviceId: 'canary' as AlarmTrigger['deviceId'], gatewayId, bootId, seq, deviceAtMs: atMs, gatewayAtMs: sentWallMs };
  }
  if (event.kind !== 'deviceMessage' && event.kind !== 'deviceAlarm') return undefined;
  const { deviceId, gatewayId, bootId, seq, deviceAtMs, gatewayAtMs } = event;
  return { deviceId, gatewayId, bootId, seq, deviceAtMs, gatewayAtMs };
}
