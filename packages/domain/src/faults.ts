import type { DeviceFaultCode, GatewayFaultCode, LogEventOf, Priority } from '@vigil/contracts';
import { SOURCE_IDLE_WALL_MS } from './bed-time.js';
import { type Conditions, NO_EVIDENCE } from './conditions.js';
import { own } from './own.js';
import type { BedState, GatewayState } from './state.js';

/**
 * What is technically wrong, as a condition each. `high`: what is shown may be another patient's, or nothing more is kept.
 * `medium`: part of the watching is missing, or somebody may be tampering. `low`: nothing is missing yet.
 * Reasons: docs/adr/0037.
 */
export const FAULT_PRIORITY: Readonly<Record<DeviceFaultCode | GatewayFaultCode | 'deviceMismatch', Priority>> = {
  deviceMismatch: 'medium',
  sessionConflict: 'high',
  wrongTopic: 'medium',
  unitChanged: 'medium',
  flooding: 'low',
  clockSuspect: 'low',
  certificateExpiring: 'low',
  spoolWithheld: 'high',
  spoolRolledBack: 'high',
  spoolDamaged: 'medium',
  diskLow: 'medium',
  clockStepped: 'medium',
  configRefused: 'medium',
  configUnread: 'low',
  watchStale: 'low',
  watchFailed: 'medium',
};

/** Faults that a message shows by itself, without its gateway saying so. */
export type ShownFault = 'deviceMismatch' | 'clockSuspect';

/** A gateway repeats what holds every minute; what it has not repeated for this long (wall time, scaled) it has forgotten. */
export const FAULT_REPEAT_WALL_MS_MAX = 180_000;

/** Devices that are remembered per fault; a bed has a handful, a gateway's own key those without a bed. */
const FAULTY_MAX = 256;

type Sign = Pick<LogEventOf<'deviceMessage'>, 'deviceId' | 'gatewayAtMs' | 'atMs' | 'origin'>;
type Code = keyof typeof FAULT_PRIORITY;

/** A message of the device shows its fault. */
export function noteFault(bed: BedState, code: ShownFault, sign: Sign, conditions: Conditions): void {
  ((bed.faults ??= {})[code] ??= {})[sign.deviceId] = sign.gatewayAtMs;
  raise(code, sign, conditions);
}

/** A device that is well speaks for itself: the fault of another holds until that one is well or has been silent. */
export function endFault(bed: BedState, code: ShownFault, sign: Sign, rate: number, conditions: Conditions): void {
  const faulty = bed.faults?.[code];
  if (faulty !== undefined) {
    for (const [deviceId, lastMs] of Object.entries(faulty)) {
      const isOver = deviceId === sign.deviceId || sign.gatewayAtMs - lastMs > SOURCE_IDLE_WALL_MS * rate;
      if (isOver) delete faulty[deviceId];
    }
  }
  endIfOver(bed, code, sign.atMs, conditions);
}

/** Somebody had a time here that was not the bed's: said as long as a gateway's word counts, whoever it was. */
export function suspectClock(bed: BedState, who: string, conditions: Conditions): void {
  const said = ((bed.reportedFaults ??= {}).clockSuspect ??= {});
  if (!Object.hasOwn(said, who) && Object.keys(said).length >= FAULTY_MAX) return;
  said[who] = bed.clockMs;
  raise('clockSuspect', { atMs: bed.clockMs as Sign['atMs'], origin: bed.lastOrigin }, conditions);
}

/**
 * A gateway says that a fault holds or is over; saying it again changes nothing. What was said so long ago that it would have
 * been repeated since raises nothing: it comes from a backlog.
 */
export function stepFault(
  holder: BedState | GatewayState,
  event: LogEventOf<'deviceFault'> | LogEventOf<'gatewayFault'>,
  rate: number,
  conditions: Conditions,
): void {
  const who = event.kind === 'deviceFault' ? event.deviceId : event.gatewayId;
  const said = ((holder.reportedFaults ??= {})[event.fault] ??= {});
  const known = own(said, who);
  if (known !== undefined && event.atMs < known) return;
  if (!event.active) {
    delete said[who];
    endIfOver(holder, event.fault, event.atMs, conditions);
    return;
  }
  const isOld = clockOf(holder) - event.atMs > FAULT_REPEAT_WALL_MS_MAX * rate;
  if (isOld || (known === undefined && Object.keys(said).length >= FAULTY_MAX)) return;
  said[who] = event.atMs;
  raise(event.fault, event, conditions);
}

/**
 * Ends what no gateway has repeated. A gateway that started anew, or is gone, can't say that a fault is over. So do alarms that
 * were taken over from elsewhere without anybody who has the fault.
 */
export function dropForgottenFaults(holder: BedState | GatewayState, rate: number, conditions: Conditions): void {
  const nowMs = clockOf(holder);
  const graceMs = holder.graceFromMs ?? 0;
  // Nothing was said at a time that has not come yet: the clock was wrong then.
  const isForgotten = (lastMs: number): boolean =>
    nowMs - (lastMs > nowMs ? graceMs : Math.max(lastMs, graceMs)) > FAULT_REPEAT_WALL_MS_MAX * rate;
  if (holder.reportedFaults !== undefined) {
    for (const [code, said] of Object.entries(holder.reportedFaults)) {
      for (const [who, lastMs] of Object.entries(said)) if (isForgotten(lastMs)) delete said[who];
      endIfOver(holder, code as Code, nowMs, conditions);
    }
  }
  // This runs with each message: a bed without alarms makes no list of them.
  for (const open in holder.alarms) {
    const { active, conditionCode, ruleId, onsetMs } = holder.alarms[open]!;
    const isFault = active && ruleId === conditionCode && Object.hasOwn(FAULT_PRIORITY, conditionCode);
    if (isFault && isForgotten(onsetMs)) endIfOver(holder, conditionCode as Code, nowMs, conditions);
  }
}

/** The device is not at this bed any more, and no time may pass here without one. */
export function detachFaults(bed: BedState, deviceId: string, atMs: number, conditions: Conditions): void {
  for (const known of [bed.faults, bed.reportedFaults]) {
    for (const [code, said] of Object.entries(known ?? {})) {
      if (own(said, deviceId) === undefined) continue;
      delete said[deviceId];
      endIfOver(bed, code as Code, atMs, conditions);
    }
  }
}

/** Both ways of knowing agree that nobody has the fault any more. */
function endIfOver(holder: BedState | GatewayState, code: Code, atMs: number, conditions: Conditions): void {
  if (holder.kind === 'bed' && hasAny(holder.faults?.[code])) return;
  if (holder.reportedFaults !== undefined) {
    if (hasAny(holder.reportedFaults[code])) return;
    delete holder.reportedFaults[code];
  }
  conditions.end(code, atMs);
}

const hasAny = (said: object | undefined): boolean => said !== undefined && Object.keys(said).length > 0;

function raise(code: Code, { atMs, origin }: Pick<Sign, 'atMs' | 'origin'>, conditions: Conditions): void {
  conditions.raise(
    {
      conditionCode: code,
      kind: 'technical',
      priority: FAULT_PRIORITY[code],
      metric: null,
      evidence: NO_EVIDENCE,
      ruleId: code,
      origin,
    },
    atMs,
  );
}

const clockOf = (holder: BedState | GatewayState): number => holder.clockMs ?? 0;
