import type { DeviceMessage, LogEventOf, MetricName } from '@vigil/contracts';
import { attribute, bringsMetric } from './attribution.js';
import { type Conditions, NO_EVIDENCE } from './conditions.js';
import { own } from './own.js';
import { CHANNEL_CONFLICT } from './rules/built-in.js';
import type { AssignedSpan, BedState } from './state.js';

/** Spans of one device that a bed remembers; those that ended first go. */
export const SPANS_MAX = 8;
/** Devices that a bed remembers; of more, those that left first go. One that is still here never does. */
export const DEVICES_MAX = 64;
/**
 * What a device sends for so long (wall time, scaled) after its last span here is no straggler: whoever stamps its messages still
 * believes that it is here.
 */
export const STILL_SENDING_WALL_MS = 60_000;
/** Two devices send one metric while both have done so within this (wall time, scaled). */
export const CONTESTED_WALL_MS = 60_000;

type Assigned = LogEventOf<'deviceAssigned'>;
const NO_SPANS: readonly AssignedSpan[] = [];
const endOf = ({ fromMs, toMs }: Pick<AssignedSpan, 'fromMs' | 'toMs'>): number =>
  toMs === null ? Infinity : Math.max(toMs, fromMs);

/**
 * Takes note of where a device stood when. What was told before assignments had names says all that there is of the device; what has a
 * name takes the place of the same assignment where its `rev` is higher, and of a nameless span in the same time. So it does not
 * matter in which order, how late or how often it is told.
 */
export function noteAssigned(bed: BedState, event: Assigned): void {
  const { deviceId, assignmentId, rev = 1, fromMs, toMs, intervalsMs, channels = null, voided } = event;
  if (assignmentId === undefined) {
    remember(bed, deviceId, [{ fromMs, toMs, channels, intervalsMs }]);
    return;
  }
  const known = own(bed.devices, deviceId) ?? NO_SPANS;
  const same = known.find((span) => span.assignmentId === assignmentId);
  if (same !== undefined && (same.rev ?? 0) >= rev) return;
  // One that never held stays known as an empty one, so that an older word of it, which comes later, does not bring it back.
  const span: AssignedSpan = { assignmentId, rev, fromMs, toMs: voided === true ? fromMs : toMs, channels, intervalsMs };
  const others = known.filter((each) => each !== same && (each.assignmentId !== undefined || !isInSameTime(each, event)));
  remember(bed, deviceId, newest([...others, span]));
}

function remember(bed: BedState, deviceId: string, spans: readonly AssignedSpan[]): void {
  bed.devices[deviceId] = spans;
  const ids = Object.keys(bed.devices);
  if (ids.length <= DEVICES_MAX) return;
  const lastMs = (id: string): number => Math.max(...bed.devices[id]!.map(endOf));
  const gone = ids.filter((id) => id !== deviceId && lastMs(id) !== Infinity);
  const oldest = gone.sort((a, b) => lastMs(a) - lastMs(b) || (a < b ? -1 : 1)).slice(0, ids.length - DEVICES_MAX);
  const without = <T>(of: Record<string, T>) => Object.fromEntries(Object.entries(of).filter(([id]) => !oldest.includes(id)));
  bed.devices = without(bed.devices);
  bed.sources = without(bed.sources);
}

function isInSameTime(one: Pick<AssignedSpan, 'fromMs' | 'toMs'>, other: Pick<AssignedSpan, 'fromMs' | 'toMs'>): boolean {
  return one.fromMs === other.fromMs || (one.fromMs < endOf(other) && other.fromMs < endOf(one));
}

const nameOf = ({ assignmentId = '' }: AssignedSpan): string => assignmentId;
const byName = (a: AssignedSpan, b: AssignedSpan): number => (nameOf(a) < nameOf(b) ? -1 : 1);

function newest(spans: AssignedSpan[]): readonly AssignedSpan[] {
  const kept = spans.sort((a, b) => (endOf(a) === endOf(b) ? byName(a, b) : endOf(a) - endOf(b))).slice(-SPANS_MAX);
  return kept.sort((a, b) => a.fromMs - b.fromMs || byName(a, b));
}

/** True where no span of the device here holds at `atMs` or later. */
export function hasGone(bed: BedState, deviceId: string, atMs: number): boolean {
  return (own(bed.devices, deviceId) ?? NO_SPANS).every((span) => endOf(span) <= atMs);
}

/** The span in which the device was here at `atMs`; null where it was not. */
export function spanAt(bed: Pick<BedState, 'devices'>, deviceId: string, atMs: number): AssignedSpan | null {
  const spans = own(bed.devices, deviceId);
  return spans === undefined ? null : attribute(spans, atMs);
}

/** True for a message of a device that was here at another time: a backlog, or a straggler. That is nothing to alarm about. */
export function isOfOtherTime(
  bed: BedState,
  { deviceId, atMs, gatewayAtMs }: Pick<DeviceMessage, 'deviceId' | 'atMs' | 'gatewayAtMs'>,
  rate: number,
): boolean {
  const spans = own(bed.devices, deviceId);
  if (spans === undefined) return false;
  const endMs = Math.max(...spans.map(endOf));
  return atMs < endMs || gatewayAtMs - endMs <= STILL_SENDING_WALL_MS * rate;
}

/** The message with the readings that its device brings to this bed; the message itself where these are all. */
export function broughtOf(bed: BedState, span: AssignedSpan, message: DeviceMessage): DeviceMessage {
  if (span.channels === null && !isNamedByOthers(bed, message.deviceId)) return message;
  const others = othersAt(bed, message.deviceId, message.atMs);
  const readings = message.readings.filter(({ metric }) => bringsMetric(metric, span, others));
  return readings.length === message.readings.length ? message : { ...message, readings };
}

/** Most beds have devices that name nothing: this runs with each message, and makes nothing. */
function isNamedByOthers(bed: BedState, deviceId: string): boolean {
  for (const id in bed.devices) {
    if (id === deviceId) continue;
    for (const { channels } of bed.devices[id]!) if (channels !== null) return true;
  }
  return false;
}

function othersAt(bed: BedState, deviceId: string | null, atMs: number): AssignedSpan[] {
  return Object.entries(bed.devices).flatMap(([id, spans]) => (id === deviceId ? [] : (attribute(spans, atMs) ?? [])));
}

/** True for a metric that some device which is here at `atMs` may bring: one that nobody brings is not missed. */
export function isBrought(bed: BedState, metric: MetricName, atMs: number): boolean {
  const here = othersAt(bed, null, atMs);
  return here.some((span) =>
    bringsMetric(
      metric,
      span,
      here.filter((other) => other !== span),
    ),
  );
}

/**
 * Takes note of the metrics in a message that more than one device may think its own: where both go on sending one that either of
 * them names, somebody has to decide which of them is connected to this patient.
 */
export function noteContested(bed: BedState, said: DeviceMessage, rate: number, conditions: Conditions): void {
  const { deviceId, gatewayAtMs } = said;
  const others = othersAt(bed, deviceId, said.atMs);
  const both: MetricName[] = [];
  for (const { metric, value } of said.readings) {
    // A socket without a probe sends a metric without a value.
    if (value === null) continue;
    const isNamed = others.some(({ channels }) => channels?.includes(metric) === true);
    const isContested = isSentByOther(bed.contested?.[metric], deviceId, gatewayAtMs, rate);
    if (!isNamed && !isContested) continue;
    ((bed.contested ??= {})[metric] ??= {})[deviceId] = gatewayAtMs;
    if (isContested) both.push(metric);
  }
  if (both.length > 0 && !conditions.isActive(CHANNEL_CONFLICT)) raise(both, said, conditions);
}

function isSentByOther(senders: Record<string, number> | undefined, deviceId: string, atMs: number, rate: number): boolean {
  return Object.entries(senders ?? {}).some(([id, lastMs]) => id !== deviceId && atMs - lastMs <= CONTESTED_WALL_MS * rate);
}

function raise(metrics: readonly MetricName[], { atMs, origin }: DeviceMessage, conditions: Conditions): void {
  conditions.raise(
    {
      ...{ conditionCode: CHANNEL_CONFLICT, kind: 'technical', priority: 'medium', metric: null },
      ...{ evidence: { ...NO_EVIDENCE, because: [...metrics] }, ruleId: CHANNEL_CONFLICT, origin },
    },
    atMs,
  );
}

/** Forgets who has stopped sending. Over, once no metric comes from two devices any more. */
export function dropContested(bed: BedState, rate: number, conditions: Conditions): void {
  if (bed.contested === undefined) return;
  let isContested = false;
  for (const [metric, senders] of Object.entries(bed.contested)) {
    for (const [deviceId, lastMs] of Object.entries(senders)) {
      if (bed.clockMs - lastMs > CONTESTED_WALL_MS * rate) delete senders[deviceId];
    }
    const count = Object.keys(senders).length;
    if (count === 0) delete bed.contested[metric as MetricName];
    isContested ||= count > 1;
  }
  if (!isContested) conditions.end(CHANNEL_CONFLICT, bed.clockMs);
  if (Object.keys(bed.contested).length === 0) delete bed.contested;
}
