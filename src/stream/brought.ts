import { type BedId, type DeviceId, METRIC_NAMES } from '@vigil/contracts';
import type { ObservationStore } from '../ports/observation-store.js';
import type { AttributionIndex } from './attribution-index.js';

/** Where samples of one device are, and the one bed at which it was in all of [fromMs, toMs). */
export interface Stretch {
  readonly deviceId: DeviceId;
  readonly fromBedId: BedId | null;
  readonly toBedId: BedId | null;
  readonly fromMs: number;
  readonly toMs: number | null;
}

/**
 * Moves what the device brings to that bed; what another device brings there becomes nobody's. Which that is, is asked for the
 * beginning of the stretch.
 * @returns samples that were moved
 */
export async function moveBrought(
  { index, observations }: { readonly index: AttributionIndex; readonly observations: Pick<ObservationStore, 'reassign'> },
  stretch: Stretch,
): Promise<number> {
  const { deviceId, fromBedId, toBedId, fromMs } = stretch;
  const span = toBedId === null ? null : index.spanAt(deviceId, fromMs);
  if (span === null || span.bedId !== toBedId) return observations.reassign({ ...stretch, toBedId: null });
  const brought = METRIC_NAMES.filter((metric) => index.brings(metric, deviceId, span, fromMs));
  if (brought.length === METRIC_NAMES.length) return observations.reassign(stretch);
  const moved = await observations.reassign({ ...stretch, metrics: brought });
  if (fromBedId === null) return moved;
  const others = METRIC_NAMES.filter((metric) => !brought.includes(metric));
  return moved + (await observations.reassign({ ...stretch, toBedId: null, metrics: others }));
}
