import type { BedId, CorrectAssignment, DeviceAssignment } from '@vigil/contracts';

/** Event time, half open; `toMs: null`: until further notice. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number | null;
}

export interface TouchedBed {
  readonly bedId: BedId;
  readonly stretch: Stretch;
}

/**
 * The beds, and the time at each, whose readings another than before would be after this correction. Nothing of what stays as it is
 * counts: whoever lay there meanwhile is not concerned.
 */
export function touchedBy(
  before: Pick<DeviceAssignment, 'bedId' | 'fromMs' | 'toMs'>,
  { bedId = before.bedId, fromMs = before.fromMs, toMs = before.toMs, voided }: CorrectAssignment,
): readonly TouchedBed[] {
  const old = { fromMs: before.fromMs, toMs: before.toMs };
  const after = { fromMs, toMs };
  const touched: readonly TouchedBed[] =
    voided === true
      ? [{ bedId: before.bedId, stretch: old }]
      : bedId === before.bedId
        ? without(old, after)
            .concat(without(after, old))
            .map((stretch) => ({ bedId, stretch }))
        : [
            { bedId: before.bedId, stretch: old },
            { bedId, stretch: after },
          ];
  return touched.filter(({ stretch }) => endOf(stretch) > stretch.fromMs);
}

const endOf = ({ toMs }: Stretch): number => toMs ?? Infinity;
const stretch = (fromMs: number, endMs: number): Stretch => ({ fromMs, toMs: endMs === Infinity ? null : endMs });

/** What of `one` is not in `other`: at most a piece before it and a piece after it. */
function without(one: Stretch, other: Stretch): Stretch[] {
  const before = stretch(one.fromMs, Math.min(endOf(one), other.fromMs));
  const after = stretch(Math.max(one.fromMs, endOf(other)), endOf(one));
  return [before, after].filter((piece) => endOf(piece) > piece.fromMs);
}
