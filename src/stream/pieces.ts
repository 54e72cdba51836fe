import type { DeviceId } from '@vigil/contracts';
import type { AttributionIndex } from './attribution-index.js';
import type { Stretch } from './brought.js';

export type Piece = Pick<Stretch, 'toBedId' | 'fromMs' | 'toMs'>;

/** The stretch in its order, cut where the device changes its place. */
export function piecesOf(
  index: Pick<AttributionIndex, 'spansOf' | 'spanAt'>,
  deviceId: DeviceId,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number | null },
): readonly Piece[] {
  const endMs = toMs ?? Infinity;
  const cuts = index.spansOf(deviceId).flatMap((span) => [span.fromMs, span.toMs ?? Infinity]);
  const within = [...new Set(cuts)].filter((cut) => cut > fromMs && cut < endMs).sort((a, b) => a - b);
  const starts = [fromMs, ...within];
  return starts.map((startMs, n) => ({
    toBedId: index.spanAt(deviceId, startMs)?.bedId ?? null,
    fromMs: startMs,
    toMs: starts[n + 1] ?? toMs,
  }));
}
