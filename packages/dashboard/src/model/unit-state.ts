import type { BedId, BedView, CareUnitDelta, CareUnitSnapshot, MetricName, ReadingView } from '@vigil/contracts';

/** What of a bed changes seldom. Its identity changes only with its content, so that a tile renders only then. */
export type BedInfo = Omit<BedView, 'readings'>;

export interface UnitState {
  readonly label: string;
  readonly seq: number;
  /** In their fixed order. */
  readonly order: readonly BedId[];
  readonly beds: ReadonlyMap<BedId, BedInfo>;
  readonly readings: ReadonlyMap<BedId, ReadonlyMap<MetricName, ReadingView>>;
}

const byNumber = new Intl.Collator('en', { numeric: true });

/** Beds keep their place: ordered by label, numbers as numbers, whatever order the server sends. */
export function fromSnapshot(snapshot: CareUnitSnapshot): UnitState {
  const beds = [...snapshot.beds].sort((a, b) => byNumber.compare(a.label, b.label) || byNumber.compare(a.bedId, b.bedId));
  return {
    label: snapshot.label,
    seq: snapshot.seq,
    order: beds.map((b) => b.bedId),
    beds: new Map(beds.map((b) => [b.bedId, infoOf(b)])),
    readings: new Map(beds.map((b) => [b.bedId, readingsOf(b)])),
  };
}

export type DeltaOutcome =
  | { readonly kind: 'applied'; readonly state: UnitState }
  /** Known already: nothing to do. */
  | { readonly kind: 'old' }
  /** Something is missing (a delta or a bed): only a snapshot helps. */
  | { readonly kind: 'gap' };

export function applyDelta(state: UnitState, delta: CareUnitDelta): DeltaOutcome {
  if (delta.seq <= state.seq) return { kind: 'old' };
  if (delta.seq !== state.seq + 1) return { kind: 'gap' };
  const beds = new Map(state.beds);
  const readings = new Map(state.readings);
  for (const change of delta.beds) {
    const [info, known] = [beds.get(change.bedId), readings.get(change.bedId)];
    if (!info || !known) return { kind: 'gap' };
    const ofPatient = isOfPatient(info, change) ? change.readings.filter((r) => isOfStay(info, r)) : [];
    if (ofPatient.length > 0) readings.set(change.bedId, new Map([...known, ...ofPatient.map((r) => [r.metric, r] as const)]));
    const lost = change.coverageLost ?? info.coverageLost;
    if (lost !== info.coverageLost || change.scores !== undefined) {
      const scores = change.scores === undefined ? {} : { scores: change.scores };
      beds.set(change.bedId, { ...info, coverageLost: lost, ...scores });
    }
  }
  return { kind: 'applied', state: { ...state, seq: delta.seq, beds, readings } };
}

/**
 * A bed with another patient or device starts anew: readings of who lay there before are dropped, so that no number
 * of one patient stands under the name of another.
 */
export function applyAssignment(state: UnitState, bed: BedView): UnitState {
  const order = state.beds.has(bed.bedId) ? state.order : [...state.order, bed.bedId];
  return {
    ...state,
    order,
    beds: new Map([...state.beds, [bed.bedId, infoOf(bed)]]),
    readings: new Map([...state.readings, [bed.bedId, readingsOf(bed)]]),
  };
}

/**
 * Who lies where comes over one channel and what is measured over another, so either may be ahead. What is of somebody else than
 * the name on the tile waits for the snapshot, which brings both.
 */
function isOfPatient(info: BedInfo, change: CareUnitDelta['beds'][number]): boolean {
  return change.encounterId === undefined || change.encounterId === (info.encounter?.encounterId ?? null);
}

/** Measured before the stay began: of whoever lay there before. */
function isOfStay({ encounter }: Pick<BedView, 'encounter'>, { atMs }: ReadingView): boolean {
  return encounter === null || atMs >= encounter.sinceMs;
}

function infoOf({ readings: _, ...info }: BedView): BedInfo {
  return info;
}

function readingsOf(bed: BedView): ReadonlyMap<MetricName, ReadingView> {
  return new Map(bed.readings.filter((r) => isOfStay(bed, r)).map((r) => [r.metric, r]));
}
