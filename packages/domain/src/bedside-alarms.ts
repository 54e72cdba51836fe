import type { BedsideAlarm, LogEventOf } from '@vigil/contracts';
import { type Conditions, NO_EVIDENCE } from './conditions.js';
import { own } from './own.js';
import { BEDSIDE_RULE, TOO_MANY } from './rules/built-in.js';
import { type BedsideAlarmsOf, BOOTS_MAX, type BedState } from './state.js';

/** Alarms of bedside devices that stand at one bed at most; one more is an alarm of its own. */
export const BEDSIDE_ALARMS_PER_BED_MAX = 64;
/** Names of such alarms that are remembered per bed, so that a device with ever new names fills nothing. */
const NAMES_MAX = 256;
/** A device that sends readings and has sent none for so long (wall time, scaled) can't end what it raised. */
export const BEDSIDE_SILENT_WALL_MS = 60_000;

export { BEDSIDE_RULE, TOO_MANY };

export const bedsideCode = (code: string): string => `device.${code}`;

/** When a device said it: of the patient who is here, now or some time ago, or of one before. */
export type BedsideTime = 'now' | 'late' | 'beforeStay';

/**
 * Passes on what a bedside device raised or ended: Vigil decides nothing about it. One condition per name and bed; it
 * holds while one device says so, with the highest priority that was said.
 *
 * What comes late may be over, and its end is then right behind it; or it stands, and nobody says it again. So it is raised
 * and its pages wait (as those of an outage do). What was said before the stay raises nothing, and both still end what is
 * older than they are.
 *
 * @returns how many found no room
 */
export function stepBedsideAlarms(
  bed: BedState,
  event: LogEventOf<'deviceAlarm'>,
  when: BedsideTime,
  conditions: Conditions,
): number {
  const { deviceId, bootId } = event;
  const device = own(bed.bedside, deviceId) ?? { bootId, bootMs: event.atMs, earlier: [], said: {} };
  (bed.bedside ??= {})[deviceId] = device;
  // Of a boot that another one has followed: over, whatever it says.
  if (device.bootId !== event.bootId) return 0;
  let tooMany = 0;
  for (const alarm of event.alarms) {
    const before = own(device.said, alarm.code);
    if (before !== undefined && event.seq < before.seq) continue;
    if (!alarm.active) {
      // Kept as said, so that an older message that comes later does not raise it again.
      device.said[alarm.code] = { seq: event.seq, active: false };
      endUnlessHeld(bed, alarm.code, event.atMs, conditions);
    } else if (when === 'beforeStay') {
      // It stands already, because the gateway raised it in an outage or another device holds it: this one holds it too.
      if (conditions.isActive(bedsideCode(alarm.code))) device.said[alarm.code] = { seq: event.seq, active: true };
    } else {
      if (before?.active !== true && standing(bed) >= BEDSIDE_ALARMS_PER_BED_MAX) {
        tooMany += 1;
        continue;
      }
      device.said[alarm.code] = { seq: event.seq, active: true };
      raise(bed, alarm, event, when === 'late', conditions);
    }
  }
  forgetNames(bed, device);
  if (tooMany > 0) raiseTooMany(event, conditions);
  else if (standing(bed) === 0) conditions.end(TOO_MANY, event.atMs);
  return tooMany;
}

/**
 * A device that started anew has forgotten what it raised, and says again what still holds. Call for its alarms, and for
 * readings that are not late.
 */
export function noteBoot(
  bed: BedState,
  message: Pick<LogEventOf<'deviceAlarm'>, 'deviceId' | 'bootId' | 'atMs'>,
  conditions: Conditions,
): void {
  const device = own(bed.bedside, message.deviceId);
  if (device === undefined || device.bootId === message.bootId || message.atMs < device.bootMs) return;
  // Messages of two boots may mix: one that was followed does not come back.
  if (device.earlier.includes(message.bootId)) return;
  endAllOf(bed, message.deviceId, message.atMs, conditions);
  const earlier = [...device.earlier, device.bootId].slice(-BOOTS_MAX);
  bed.bedside![message.deviceId] = { bootId: message.bootId, bootMs: message.atMs, earlier, said: {} };
}

/** Ends what silent devices raised: nobody can end it any more, and the silence has an alarm of its own. */
export function dropSilentBedside(bed: BedState, rate: number, conditions: Conditions): void {
  if (bed.bedside === undefined) return;
  for (const [deviceId, device] of Object.entries(bed.bedside)) {
    const source = own(bed.sources, deviceId);
    // A device that sends alarms alone (a pump) is expected to be silent.
    if (source === undefined || source.lastSeenMs === 0 || !Object.values(device.said).some((said) => said.active)) continue;
    const heardMs = Math.max(source.lastSeenMs, bed.graceFromMs);
    if (bed.clockMs - heardMs > BEDSIDE_SILENT_WALL_MS * rate) endAllOf(bed, deviceId, bed.clockMs, conditions);
  }
}

/** The device is not at this bed any more. */
export function detachBedside(bed: BedState, deviceId: string, atMs: number, conditions: Conditions): void {
  endAllOf(bed, deviceId, atMs, conditions);
  if (bed.bedside !== undefined) delete bed.bedside[deviceId];
}

function endAllOf(bed: BedState, deviceId: string, atMs: number, conditions: Conditions): void {
  const device = own(bed.bedside, deviceId);
  if (device === undefined) return;
  for (const [code, said] of Object.entries(device.said)) {
    if (!said.active) continue;
    said.active = false;
    endUnlessHeld(bed, code, atMs, conditions);
  }
  if (standing(bed) === 0) conditions.end(TOO_MANY, atMs);
}

function endUnlessHeld(bed: BedState, code: string, atMs: number, conditions: Conditions): void {
  const isHeld = Object.values(bed.bedside ?? {}).some((device) => own(device.said, code)?.active === true);
  if (isHeld) return;
  const open = conditions.openOf(bedsideCode(code));
  // The numbering of the device decides what is newer, not its clock.
  if (open !== undefined) conditions.end(open.conditionCode, open.adopted === undefined ? atMs : Math.max(atMs, open.onsetMs));
}

function raise(
  bed: BedState,
  alarm: BedsideAlarm,
  event: LogEventOf<'deviceAlarm'>,
  isLate: boolean,
  conditions: Conditions,
): void {
  const open = conditions.openOf(bedsideCode(alarm.code));
  if (!isLate && open?.active === true && open.adopted === 'held') conditions.confirm(open, event.atMs);
  conditions.raise(
    {
      conditionCode: bedsideCode(alarm.code),
      kind: alarm.kind,
      priority: alarm.priority,
      metric: alarm.metric ?? null,
      evidence: NO_EVIDENCE,
      ruleId: BEDSIDE_RULE,
      origin: event.origin,
    },
    Math.max(event.atMs, (bed.bedsideOnsetFloorMs ?? -1) + 1),
    isLate,
  );
}

function raiseTooMany(event: LogEventOf<'deviceAlarm'>, conditions: Conditions): void {
  conditions.raise(
    {
      conditionCode: TOO_MANY,
      kind: 'technical',
      priority: 'high',
      metric: null,
      evidence: NO_EVIDENCE,
      ruleId: TOO_MANY,
      origin: event.origin,
    },
    event.atMs,
  );
}

/** Different conditions that devices hold at this bed. */
function standing(bed: BedState): number {
  const codes = new Set<string>();
  for (const device of Object.values(bed.bedside ?? {})) {
    for (const [code, said] of Object.entries(device.said)) if (said.active) codes.add(code);
  }
  return codes.size;
}

/**
 * Bounds the names that are remembered. Onsets of forgotten names leave a floor, so that an alarm id is never given twice.
 */
function forgetNames(bed: BedState, device: BedsideAlarmsOf): void {
  const over = Object.entries(device.said).filter(([, said]) => !said.active);
  for (const [code] of over.sort(([, a], [, b]) => a.seq - b.seq).slice(0, Math.max(0, over.length - NAMES_MAX))) {
    delete device.said[code];
  }
  const onsets = (bed.lastOnsets ??= {});
  const names = Object.keys(onsets).filter((code) => code.startsWith('device.') && !Object.hasOwn(bed.alarms, code));
  if (names.length <= NAMES_MAX) return;
  for (const name of names.sort((a, b) => onsets[a]! - onsets[b]!).slice(0, names.length - NAMES_MAX)) {
    bed.bedsideOnsetFloorMs = Math.max(bed.bedsideOnsetFloorMs ?? 0, onsets[name]!);
    delete onsets[name];
    delete bed.toldOnsets?.[name];
  }
}
