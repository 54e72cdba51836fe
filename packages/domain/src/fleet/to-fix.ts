import { type DeviceToFix, type EpochMs, FIX_KINDS, type FleetDevice } from '@vigil/contracts';
import { differsFromRecord, faultWords, percent } from './words.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Batteries at or below are charged today, and at once. Percent. */
export const BATTERY_LOW_PCT = 20;
export const BATTERY_EMPTY_PCT = 10;
/** A device that says nothing for so long (wall time) is off, lost or broken. */
export const NOT_SEEN_WALL_MS = DAY_MS;
/** Wall time in which every gateway has heard that a device may not speak; what it said until then is no surprise. */
const LOCKED_OUT_WALL_MS = 60_000;
/** A clock further off than this makes its times hard to read although they are corrected. */
export const SKEW_MS_MAX = 2_000;
/** Share of messages that are refused beyond which something is set wrongly, and how many it takes to say so. */
export const REJECTED_SHARE_MAX = 0.05;
const REJECTED_OF_MIN = 20;
/** Reconnections within an hour of wall time beyond which the line is bad. */
export const RECONNECTS_PER_HOUR_MAX = 6;
/** Wall time before its end at which a certificate, and before its due day at which a calibration, comes onto the list. */
export const CERTIFICATE_SOON_MS = 30 * DAY_MS;
export const CALIBRATION_SOON_DAYS = 14;
/** Most that one answer names; `leftOut` counts the rest. */
export const TO_FIX_MAX = 1_000;

/** A device whose messages wait because it was at no bed. */
export interface HeldFacts {
  readonly deviceId: string;
  readonly count: number;
  readonly fromMs: number;
}

export interface FleetNow {
  readonly devices: readonly FleetDevice[];
  /** The tray; null where it can't be looked at. */
  readonly held: readonly HeldFacts[] | null;
  /** Event time and wall time. */
  readonly nowMs: number;
  readonly wallMs: number;
  /** Event time per wall time. */
  readonly rate: number;
}

type Found = Pick<DeviceToFix, 'kind' | 'severity' | 'what'> & {
  readonly sinceMs?: number | null;
  readonly dueDay?: string;
};
type Told = NonNullable<FleetDevice['state']>;

/**
 * What somebody should put right at the devices today, the worst first: by severity, then by kind in the order of `FIX_KINDS`, then by
 * device. Total and deterministic: the same fleet gives the same list. Of what nobody has told for three minutes only what stays true
 * is said. A battery, a clock or a line that its gateway no longer tells of may have mended.
 */
export function toFixToday(now: FleetNow): { readonly items: readonly DeviceToFix[]; readonly leftOut: number } {
  const tray = new Map((now.held ?? []).map((held) => [held.deviceId, held]));
  const known = new Set(now.devices.map(({ deviceId }) => deviceId));
  const all = now.devices.flatMap((device) =>
    findings(device, tray.get(device.deviceId), now).map((found) => item(device.deviceId, device.bed?.bedId ?? null, found)),
  );
  for (const held of tray.values()) if (!known.has(held.deviceId)) all.push(item(held.deviceId, null, inTray(held)));
  all.sort(byNeed);
  return { items: all.slice(0, TO_FIX_MAX), leftOut: Math.max(0, all.length - TO_FIX_MAX) };
}

const SEVERITIES: readonly DeviceToFix['severity'][] = ['now', 'today', 'soon'];

function byNeed(a: DeviceToFix, b: DeviceToFix): number {
  return (
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    FIX_KINDS.indexOf(a.kind) - FIX_KINDS.indexOf(b.kind) ||
    (a.deviceId < b.deviceId ? -1 : a.deviceId > b.deviceId ? 1 : 0)
  );
}

function item(deviceId: string, bedId: DeviceToFix['bedId'], { sinceMs = null, dueDay, ...found }: Found): DeviceToFix {
  return {
    deviceId,
    bedId,
    ...found,
    sinceMs: sinceMs === null ? null : (Math.round(sinceMs) as EpochMs),
    dueDay: dueDay ?? null,
  };
}

function findings(device: FleetDevice, held: HeldFacts | undefined, now: FleetNow): readonly Found[] {
  const { state, record } = device;
  const isGone = record?.state === 'retired';
  return [
    ...(held === undefined ? [] : [inTray(held)]),
    ...(state === null ? [] : ofIdentity(device, state, now)),
    ...(isGone ? [] : ofPresence(device, now)),
    ...(state === null || !state.isCurrent || isGone ? [] : ofState(device, state, now)),
    ...(isGone ? [] : ofDays(device, now)),
  ];
}

const inTray = ({ count, fromMs }: HeldFacts): Found => ({
  kind: 'in-tray',
  severity: 'now',
  sinceMs: fromMs,
  what: `${count} messages wait because it stood at no bed: say in the tray where it was.`,
});

function ofIdentity({ record }: FleetDevice, state: Told, { rate }: FleetNow): readonly Found[] {
  const found: Found[] = [];
  if (record === null) {
    if (!state.isCurrent) return [];
    const what = 'It connects and is not in the registry: register it, or take its access away.';
    return [{ kind: 'not-in-registry', severity: 'now', sinceMs: state.lastSeenMs, what }];
  }
  const differs = differsFromRecord(record, state.said);
  if (differs.length > 0) {
    const what = `Another device may speak under this name: its ${differs.join(' and ')} is not the registry's. Go and look.`;
    found.push({ kind: 'wrong-device', severity: 'now', what });
  }
  const fromMs = (record.stateSinceMs ?? 0) + LOCKED_OUT_WALL_MS * rate;
  const isThere = state.isCurrent && state.connected && state.atMs > fromMs;
  if (record.state !== 'in-use' && (isThere || (state.lastSeenMs ?? 0) > fromMs)) {
    const was = record.state === 'retired' ? 'retired' : 'in quarantine';
    const what = `It is ${was} and still sends: find it, and see how it is let in.`;
    found.push({ kind: 'locked-out-sending', severity: 'now', sinceMs: record.stateSinceMs, what });
  }
  return found;
}

function ofPresence({ bed, record, state }: FleetDevice, { nowMs, rate }: FleetNow): readonly Found[] {
  const seenMs = state?.lastSeenMs ?? null;
  if (bed !== null && seenMs === null) {
    const what = 'It is assigned to a bed and was never heard there: switch it on, or end the assignment.';
    return [{ kind: 'unheard-at-bed', severity: 'now', what }];
  }
  if (record?.state !== 'in-use' || seenMs === null || (nowMs - seenMs) / rate < NOT_SEEN_WALL_MS) return [];
  const what = 'It has not been heard for a day: find it, and say in the registry where it is.';
  return [{ kind: 'not-seen', severity: bed === null ? 'soon' : 'now', sinceMs: seenMs, what }];
}

function ofState({ faults }: FleetDevice, state: Told, now: FleetNow): readonly Found[] {
  const found: Found[] = [];
  for (const { fault } of faults) {
    // These two stand below, with what they need.
    if (fault === 'clockSuspect' || fault === 'certificateExpiring') continue;
    found.push({ kind: 'fault', severity: 'now', what: faultWords(fault) });
  }
  const { batteryPercent, mains } = state.said;
  if (batteryPercent !== undefined && batteryPercent <= BATTERY_LOW_PCT && mains !== true) {
    const severity = batteryPercent <= BATTERY_EMPTY_PCT ? 'now' : 'today';
    found.push({ kind: 'battery', severity, what: `Its battery is at ${percent(batteryPercent)}: plug it in or change it.` });
  }
  if (state.clockSuspect || Math.abs(state.skewMs ?? 0) > SKEW_MS_MAX) {
    const what = state.clockSuspect
      ? 'Its clock is wrong beyond what can be corrected: set it.'
      : `Its clock is ${(Math.abs(state.skewMs!) / 1_000).toFixed(1)} s off: set it.`;
    found.push({ kind: 'clock', severity: state.clockSuspect ? 'now' : 'today', what });
  }
  return [...found, ...ofCounts(state, now)];
}

function ofCounts({ recent, atMs }: Told, { rate }: FleetNow): readonly Found[] {
  if (recent === null) return [];
  const { accepted, rejected, reconnects, sinceMs } = recent;
  const found: Found[] = [];
  const share = rejected / Math.max(1, accepted + rejected);
  if (accepted + rejected >= REJECTED_OF_MIN && share >= REJECTED_SHARE_MAX) {
    const what = `${percent(share * 100)} of its messages are refused: look at what it sends (rejects), and at its firmware.`;
    found.push({ kind: 'rejects', severity: 'today', sinceMs, what });
  }
  const hours = Math.max(1, (atMs - sinceMs) / rate / HOUR_MS);
  if (reconnects !== null && reconnects / hours >= RECONNECTS_PER_HOUR_MAX) {
    const what = `It connected again ${reconnects} times within an hour: look at its cable, its radio and its place.`;
    found.push({ kind: 'reconnects', severity: 'today', sinceMs, what });
  }
  return found;
}

/** What the calendar says; of a device that nobody hears as well. */
function ofDays({ record, state }: FleetDevice, { wallMs }: FleetNow): readonly Found[] {
  const found: Found[] = [];
  const endMs = state?.certificateNotAfterMs ?? null;
  if (endMs !== null && endMs - wallMs <= CERTIFICATE_SOON_MS && record?.state !== 'quarantined') {
    const isOver = endMs <= wallMs;
    const what = isOver
      ? 'Its certificate has ended, so that it may not speak: enrol it anew.'
      : 'Its certificate ends soon: enrol it anew before that day.';
    const severity = isOver ? 'now' : endMs - wallMs <= DAY_MS ? 'today' : 'soon';
    found.push({ kind: 'certificate', severity, dueDay: dayOf(endMs), what });
  }
  if (record === null) return found;
  const due = record.calibrationDueDay;
  const soonDay = dayOf(wallMs + CALIBRATION_SOON_DAYS * DAY_MS);
  if (due !== null && due <= soonDay) {
    const isOver = due <= dayOf(wallMs);
    const what = isOver
      ? 'Its calibration is due: take it out of use until it is done.'
      : 'Its calibration is due soon: plan it.';
    found.push({ kind: 'calibration', severity: isOver ? 'today' : 'soon', dueDay: due, what });
  }
  const said = state?.said.firmware;
  if (said !== undefined && record.firmwareWanted !== null && said.trim() !== record.firmwareWanted) {
    const what = 'It has another firmware than it should: bring it up to what the registry says, or correct the registry.';
    found.push({ kind: 'firmware', severity: 'soon', what });
  }
  return found;
}

/** ISO day in UTC: days as text compare like days. */
const dayOf = (wallMs: number): string => new Date(wallMs).toISOString().slice(0, 10);
