import type { Clock } from '@vigil/clock';
import type { BedId, DeviceId } from '@vigil/contracts';
import type { DeviceSpan } from '@vigil/domain';
import { Registry } from 'prom-client';
import type { AssignmentSnapshot, DeviceAssignments } from '../../src/ports/device-assignments.js';
import { Attribution } from '../../src/stream/attribution.js';
import { AttributionIndex } from '../../src/stream/attribution-index.js';
import { AttributionMetrics } from '../../src/stream/attribution-metrics.js';

/** Assignments that a test sets as it likes. */
export class AssignedSpans implements Pick<DeviceAssignments, 'rev' | 'snapshot'> {
  private now: AssignmentSnapshot = { rev: 1, spans: new Map() };

  /** Spans of a device, `[bed, from, to, channels]` each. */
  set(deviceId: string, ...spans: readonly (readonly [string, number, number | null, DeviceSpan['channels']?])[]): void {
    const all = spans.map(([bedId, fromMs, toMs, channels = null], n) => ({
      ...{ assignmentId: `${deviceId}-${n}`, bedId: bedId as BedId, fromMs, toMs, channels },
    }));
    this.now = { rev: this.now.rev + 1, spans: new Map([...this.now.spans, [deviceId as DeviceId, all]]) };
  }

  rev = (): Promise<number> => Promise.resolve(this.now.rev);
  snapshot = (): Promise<AssignmentSnapshot> => Promise.resolve(this.now);
}

/** For tests that are about something else: every device has always been at the bed under which its messages come. */
export function allAtHome(clock: Clock): Pick<Attribution, 'sort' | 'pass' | 'again'> {
  return {
    sort: async (messages) => {
      const assigned = new AssignedSpans();
      for (const { deviceId, bedId } of messages) if (bedId !== null) assigned.set(deviceId, [bedId, 0, null]);
      const nowhere = { log: { append: () => Promise.resolve() }, held: { hold: () => Promise.resolve([]) } };
      const parts = { index: new AttributionIndex(assigned, clock), metrics: new AttributionMetrics(new Registry()), clock };
      return new Attribution({ ...parts, ...nowhere }).sort(messages);
    },
    again: () => Promise.resolve(null),
    pass: () => Promise.resolve(),
  };
}
