import type { BedsidePause, LogEventOf } from '@vigil/contracts';
import { BEDSIDE_SILENT_WALL_MS } from './bedside-alarms.js';
import { type Conditions, NO_EVIDENCE } from './conditions.js';
import { own } from './own.js';
import { BEDSIDE_OFF } from './rules/built-in.js';
import type { BedState } from './state.js';

/** Alarms of a bedside device that are off, or paused without an end, for so long (event time) are an alarm of their own. */
export const BEDSIDE_OFF_MS = 10 * 60_000;

/** Kinds that stop alarms and not only their sound. */
const STOPS_ALARMS: ReadonlySet<BedsidePause['kind']> = new Set(['alarmOff', 'alarmPaused']);

/**
 * Takes note of what a device says of its own pauses, all of them at once. Vigil mirrors them and can't end them. An older message, or
 * one of an earlier start, says nothing; one that an outage has kept back says what holds since then. Call it after `stepBedsideAlarms`.
 */
export function notePauses(bed: BedState, { deviceId, bootId, seq, gatewayAtMs, pauses }: LogEventOf<'deviceAlarm'>): void {
  if (pauses === undefined || own(bed.bedside, deviceId)?.bootId !== bootId) return;
  const before = own(bed.pauses, deviceId);
  if (before?.bootId === bootId && seq < before.seq) return;
  const saidMs = Math.min(gatewayAtMs, bed.clockMs);
  const sinceOf = ({ kind, sinceMs }: BedsidePause): number =>
    Math.min(sinceMs ?? before?.pauses.find((each) => each.kind === kind)?.sinceMs ?? saidMs, saidMs);
  const now = pauses.map((pause) => ({ kind: pause.kind, sinceMs: sinceOf(pause), untilMs: pause.untilMs ?? null }));
  (bed.pauses ??= {})[deviceId] = { bootId, seq, saidMs, pauses: now };
}

/** The bed's time was ahead: nothing was said, and nothing began, at a time that has not come. */
export function takePausesBack(bed: BedState, nowMs: number): void {
  for (const [deviceId, said] of Object.entries(bed.pauses ?? {})) {
    const pauses = said.pauses.map((pause) => ({ ...pause, sinceMs: Math.min(pause.sinceMs, nowMs) }));
    bed.pauses![deviceId] = { ...said, saidMs: Math.min(said.saidMs, nowMs), pauses };
  }
}

/** A device that started anew has no pause that it does not say again; one that has gone takes its own along. */
export function forgetPauses(bed: BedState, deviceId: string, bootId: string | null = null): void {
  const said = own(bed.pauses, deviceId);
  if (said === undefined || said.bootId === bootId) return;
  const { [deviceId]: _gone, ...rest } = bed.pauses!;
  if (Object.keys(rest).length === 0) delete bed.pauses;
  else bed.pauses = rest;
}

/**
 * Says (low) that a device at a patient's bed has its alarms off, or paused without an end, for ten minutes. Nobody knows it of a device
 * that has been silent for a minute: that has an alarm of its own. Runs after each event.
 */
export function settlePauses(bed: BedState, rate: number, conditions: Conditions): void {
  if (bed.pauses === undefined && !conditions.isActive(BEDSIDE_OFF)) return;
  const isOff = bed.encounter !== null && Object.keys(bed.pauses ?? {}).some((deviceId) => isOffFor(bed, deviceId, rate));
  if (!isOff) conditions.end(BEDSIDE_OFF, bed.clockMs);
  else if (!conditions.isActive(BEDSIDE_OFF)) {
    conditions.raise(
      {
        ...{ conditionCode: BEDSIDE_OFF, kind: 'technical', priority: 'low', metric: null, evidence: NO_EVIDENCE },
        ...{ ruleId: BEDSIDE_OFF, origin: bed.lastOrigin },
      },
      bed.clockMs,
    );
  }
}

function isOffFor(bed: BedState, deviceId: string, rate: number): boolean {
  const { saidMs, pauses } = bed.pauses![deviceId]!;
  const heardMs = Math.max(saidMs, own(bed.sources, deviceId)?.lastSeenMs ?? 0);
  if (bed.clockMs - heardMs > BEDSIDE_SILENT_WALL_MS * rate) return false;
  return pauses.some(
    ({ kind, sinceMs, untilMs }) => STOPS_ALARMS.has(kind) && untilMs === null && bed.clockMs - sinceMs > BEDSIDE_OFF_MS,
  );
}
