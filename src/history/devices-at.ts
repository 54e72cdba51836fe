import type { BedId, DeviceId } from '@vigil/contracts';
import type { Span } from '../access/visible-time.js';
import type { DeviceAssignments } from '../ports/device-assignments.js';
import type { DeviceAtBed } from './data-quality.js';

const PAGE = 200;
/** Assignments that are looked at, newest first. */
const PAGES_MAX = 50;

/** Which devices were where in a time, cut to it: of one bed, of one device, or of all. @throws PlatformError('store-unavailable') */
export async function devicesAt(
  assignments: Pick<DeviceAssignments, 'list'>,
  of: { readonly bedId?: BedId; readonly deviceId?: DeviceId },
  range: Span,
): Promise<readonly DeviceAtBed[]> {
  const found: DeviceAtBed[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const page = await assignments.list({ ...of, limit: PAGE, cursor });
    for (const { deviceId, bedId, fromMs, toMs, voided } of page.items) {
      const slot = { fromMs: Math.max(fromMs, range.fromMs), toMs: Math.min(toMs ?? range.toMs, range.toMs) };
      if (!voided && slot.fromMs < slot.toMs) found.push({ deviceId, bedId, ...slot });
    }
    if (page.next === null) break;
    cursor = page.next;
  }
  return found;
}
