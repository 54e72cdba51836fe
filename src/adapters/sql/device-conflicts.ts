import type { AssignmentConflict, MetricName } from '@vigil/contracts';
import { attribute, type DeviceSpan } from '@vigil/domain';
import type { DeviceAssignmentRow } from './schema-stays.js';

/** Event time, half open; `toMs` null: still. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number | null;
}

/** Half open: two spans of which the one ends where the other begins have no moment in common. */
export function overlaps(a: Span, b: Span): boolean {
  return (b.toMs === null || a.fromMs < b.toMs) && (a.toMs === null || b.fromMs < a.toMs);
}

export function spanOf(row: Pick<DeviceAssignmentRow, 'from_ms' | 'to_ms'>): Span {
  return { fromMs: row.from_ms, toMs: row.to_ms };
}

export function channelsOf(row: Pick<DeviceAssignmentRow, 'channels_json'>): readonly MetricName[] | null {
  return row.channels_json === null ? null : (JSON.parse(row.channels_json) as readonly MetricName[]);
}

export function deviceSpan(row: DeviceAssignmentRow): DeviceSpan {
  return { assignmentId: row.assignment_id, bedId: row.bed_id as DeviceSpan['bedId'], ...spanOf(row), channels: channelsOf(row) };
}

/**
 * What stands in the way of a span: another bed for its device, another span of its own at the bed, and metrics of the bed that
 * another device names too.
 *
 * @param others spans of this device and at this bed, without the one itself and without those that were voided
 */
export function conflictsOf(wanted: DeviceAssignmentRow, others: readonly DeviceAssignmentRow[]): AssignmentConflict[] {
  const found: AssignmentConflict[] = [];
  for (const other of others) {
    if (!overlaps(spanOf(wanted), spanOf(other))) continue;
    const isOwn = other.device_id === wanted.device_id;
    const isHere = other.bed_id === wanted.bed_id;
    if (isOwn) found.push(conflictWith(isHere ? 'overlap' : 'device-elsewhere', other));
    else if (isHere)
      for (const metric of bothName(wanted, other)) found.push({ ...conflictWith('channel-claimed', other), metric });
  }
  return found;
}

function bothName(a: DeviceAssignmentRow, b: DeviceAssignmentRow): readonly MetricName[] {
  const named = channelsOf(b);
  return named === null ? [] : (channelsOf(a) ?? []).filter((metric) => named.includes(metric));
}

function conflictWith(kind: AssignmentConflict['kind'], row: DeviceAssignmentRow): AssignmentConflict {
  const { device_id: deviceId, bed_id: bedId, from_ms: fromMs, to_ms: toMs } = row;
  return { kind, deviceId, bedId, fromMs, toMs } as AssignmentConflict;
}

/** What a device brought in this time was said to be of one bed and is of another, or of none. */
export interface Stretch extends Span {
  readonly fromBedId: string;
  readonly toBedId: string | null;
}

/**
 * Each stretch of time in which the bed that a device belonged to is no longer its bed. What belonged to nobody and now does is not
 * among them: nothing of it was stored at a bed.
 */
export function movedStretches(before: readonly DeviceSpan[], after: readonly DeviceSpan[]): readonly Stretch[] {
  const edges = [...before, ...after].flatMap(({ fromMs, toMs }) => (toMs === null ? [fromMs] : [fromMs, toMs]));
  const points = [...new Set(edges)].sort((a, b) => a - b);
  const moved: Stretch[] = [];
  for (const [at, fromMs] of points.entries()) {
    const fromBedId = attribute(before, fromMs)?.bedId ?? null;
    const toBedId = attribute(after, fromMs)?.bedId ?? null;
    if (fromBedId === null || fromBedId === toBedId) continue;
    const toMs = points[at + 1] ?? null;
    const last = moved.at(-1);
    const goesOn = last?.toMs === fromMs && last.fromBedId === fromBedId && last.toBedId === toBedId;
    if (goesOn) moved[moved.length - 1] = { ...last, toMs };
    else moved.push({ fromBedId, toBedId, fromMs, toMs });
  }
  return moved;
}
