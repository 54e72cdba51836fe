import type { BedId, MetricName } from '@vigil/contracts';

/** A device at a bed, event time, half open; `toMs` null: still there. `channels` null: all that no other device there names. */
export interface DeviceSpan {
  readonly assignmentId: string;
  readonly bedId: BedId;
  readonly fromMs: number;
  readonly toMs: number | null;
  readonly channels: readonly MetricName[] | null;
}

/** What `attribute` looks at. Spans of one bed need not name it. */
type SpanInTime = Pick<DeviceSpan, 'fromMs' | 'toMs'> & Partial<Pick<DeviceSpan, 'bedId'>>;

/**
 * Whose a message of a device is: the span that holds at its event time, whenever it arrives. Null where there is none, and where
 * two name different beds: it is then nobody's until a person says whose.
 *
 * @param spans all of this device, in any order, without those that were voided
 */
export function attribute<Span extends SpanInTime>(spans: readonly Span[], atMs: number): Span | null {
  let found: Span | null = null;
  for (const span of spans) {
    if (atMs < span.fromMs || (span.toMs !== null && atMs >= span.toMs)) continue;
    if (found !== null && found.bedId !== span.bedId) return null;
    if (found === null || span.fromMs > found.fromMs) found = span;
  }
  return found;
}

/**
 * True where a device brings this metric to its bed. One that names its metrics brings these and no others; one that names none
 * brings what nobody else names.
 *
 * @param others spans of other devices at the same bed and moment
 */
export function bringsMetric(
  metric: MetricName,
  span: Pick<DeviceSpan, 'channels'>,
  others: readonly Pick<DeviceSpan, 'channels'>[],
): boolean {
  if (span.channels !== null) return span.channels.includes(metric);
  return !others.some(({ channels }) => channels?.includes(metric) === true);
}
