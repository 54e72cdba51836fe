import type { BedId, DeviceId, MetricName } from '@vigil/contracts';
import { attribute, bringsMetric, type DeviceSpan } from '@vigil/domain';
import { type AssignmentSnapshot, type DeviceAssignments, SNAPSHOT_MS } from '../ports/device-assignments.js';

/** Which device was where, by the newest that the store knows. Asked for before each batch; cheap while nothing has changed. */
export class Whereabouts {
  private known: AssignmentSnapshot | null = null;
  private atBed = new Map<BedId, { readonly deviceId: DeviceId; readonly span: DeviceSpan }[]>();

  constructor(private readonly assignments: Pick<DeviceAssignments, 'snapshot' | 'rev'>) {}

  /** @param nowMs event time @throws PlatformError 'store-unavailable' */
  async refresh(nowMs: number): Promise<void> {
    if (this.known !== null && this.known.rev === (await this.assignments.rev())) return;
    const known = await this.assignments.snapshot(nowMs);
    const atBed = new Map<BedId, { readonly deviceId: DeviceId; readonly span: DeviceSpan }[]>();
    for (const [deviceId, spans] of known.spans) {
      for (const span of spans) atBed.set(span.bedId, [...(atBed.get(span.bedId) ?? []), { deviceId, span }]);
    }
    [this.known, this.atBed] = [known, atBed];
  }

  /**
   * The bed of what a device brought at a moment of event time, and which of its metrics are that bed's from it. Null: nobody's.
   * @param stamped where the gateway saw it; that counts for what is older than assignments are kept for
   */
  bedOf(
    deviceId: DeviceId,
    atMs: number,
    stamped: { readonly bedId: BedId | null; readonly nowMs: number },
  ): { readonly bedId: BedId; readonly brings: (metric: MetricName) => boolean } | null {
    if (atMs < stamped.nowMs - SNAPSHOT_MS) return stamped.bedId === null ? null : { bedId: stamped.bedId, brings: () => true };
    const span = attribute(this.known?.spans.get(deviceId) ?? [], atMs);
    if (span === null) return null;
    const others = this.othersAt(span.bedId, deviceId, atMs);
    return { bedId: span.bedId, brings: (metric) => bringsMetric(metric, span, others) };
  }

  /** Who brings this metric of a bed at a moment: the devices that were there and claim it. */
  devicesOf(bedId: BedId, metric: MetricName, atMs: number): readonly DeviceId[] {
    const there = (this.atBed.get(bedId) ?? []).filter(({ span }) => holds(span, atMs));
    return there
      .filter(({ deviceId, span }) => {
        const others = there.filter((other) => other.deviceId !== deviceId).map((other) => other.span);
        return bringsMetric(metric, span, others);
      })
      .map(({ deviceId }) => deviceId)
      .sort();
  }

  private othersAt(bedId: BedId, deviceId: DeviceId, atMs: number): readonly DeviceSpan[] {
    const there = this.atBed.get(bedId) ?? [];
    return there.filter((other) => other.deviceId !== deviceId && holds(other.span, atMs)).map(({ span }) => span);
  }
}

function holds(span: DeviceSpan, atMs: number): boolean {
  return span.fromMs <= atMs && (span.toMs === null || atMs < span.toMs);
}
