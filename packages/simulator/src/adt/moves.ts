import type { BedId } from '@vigil/contracts';
import { hash32, unit } from '../physiology/random.js';
import type { RecordedStay } from './transfers.js';

/** Share of the bed time that the stays take at first; the rest is room for waiting. */
const OCCUPANCY = 0.8;
/** Recorded time between two stays of one person at least; really it may be years. */
const BETWEEN_MS = 3_600_000;

export interface MovePlanOptions {
  /** The beds to use; the same beds and seed give the same plan. */
  readonly beds: readonly BedId[];
  /** From the first admission to the last discharge, event time. */
  readonly spanMs: number;
  readonly seed: number;
}

/** `stay` counts the stays of a plan from 0, `person` their persons. `atMs`: event time since the start of the plan. */
export interface Move {
  readonly kind: 'admit' | 'transfer' | 'discharge';
  readonly atMs: number;
  readonly stay: number;
  readonly person: number;
  /** Where the patient lies then; with a discharge, where the patient lay. */
  readonly bedId: BedId;
}

export interface MovePlan {
  /** In order of time; at one moment in the order in which they have to be told. */
  readonly moves: readonly Move[];
  /** Patients who waited for a free bed before they came in. */
  readonly waited: number;
  /** Moves that were left out because no bed was free: the patient stayed. */
  readonly stayedPut: number;
}

/**
 * Puts recorded stays into these beds, compressed in time. Pure; the same stays and options give the same plan.
 *
 * The rule: each recorded unit has beds of its own choice (a seeded order of all beds). Who comes in takes the first free one of that
 * order; while none is free, everybody waits in the order of arrival, and a stay is as long as it was recorded, from when it
 * begins. Who moves takes the first free bed of the new unit's order, also within a unit, and stays put while none is free. A
 * discharge frees the bed for who has waited longest. Stays of one person follow each other in their recorded order.
 */
export function planMoves(stays: readonly RecordedStay[], { beds, spanMs, seed }: MovePlanOptions): MovePlan {
  if (beds.length === 0 || stays.length === 0) return { moves: [], waited: 0, stayedPut: 0 };
  const ward = new Ward(stays, beds, seed);
  for (let next = ward.next(); next !== undefined; next = ward.next()) ward.take(next);
  return { moves: compressed(ward.moves, spanMs), waited: ward.waited, stayedPut: ward.stayedPut };
}

interface Due {
  readonly atMs: number;
  /** Discharges come before moves, and those before arrivals, so that a bed that is just free is found. */
  readonly rank: 0 | 1 | 2;
  readonly stay: number;
  /** Index of the place that begins; of no use with a discharge. */
  readonly place: number;
}

/** One walk through all stays, in recorded time. */
class Ward {
  readonly moves: Move[] = [];
  waited = 0;
  stayedPut = 0;
  private readonly due: Due[] = [];
  private readonly waiting: number[] = [];
  private readonly free: Set<BedId>;
  private readonly bedOf = new Map<number, BedId>();
  private readonly persons: readonly number[];
  private readonly orders = new Map<string, readonly BedId[]>();

  constructor(
    private readonly stays: readonly RecordedStay[],
    private readonly beds: readonly BedId[],
    private readonly seed: number,
  ) {
    this.free = new Set(beds);
    const subjects = [...new Set(stays.map(({ subject }) => subject))];
    this.persons = stays.map(({ subject }) => subjects.indexOf(subject));
    const totalMs = stays.reduce((sum, stay) => sum + lengthOf(stay), 0);
    const spreadMs = totalMs / (beds.length * OCCUPANCY);
    stays.forEach((_, stay) => {
      // A person's later stays arrive when the one before is over.
      if (this.persons[stay - 1] === this.persons[stay]) return;
      this.arrives(stay, unit(hash32(`arrival/${seed}`), this.persons[stay]!) * spreadMs);
    });
  }

  next(): Due | undefined {
    let best = 0;
    for (let n = 1; n < this.due.length; n++) if (order(this.due[n]!, this.due[best]!) < 0) best = n;
    return this.due.splice(best, 1)[0];
  }

  take({ atMs, rank, stay, place }: Due): void {
    if (rank === 0) this.discharge(stay, atMs);
    else if (rank === 1) this.move(stay, place, atMs);
    else if (this.waiting.length > 0 || !this.admit(stay, atMs)) {
      this.waited += 1;
      this.waiting.push(stay);
    }
  }

  private arrives(stay: number, atMs: number): void {
    this.due.push({ atMs, rank: 2, stay, place: 0 });
  }

  private admit(stay: number, atMs: number): boolean {
    const { places } = this.stays[stay]!;
    const bedId = this.freeBed(places[0].unit);
    if (bedId === undefined) return false;
    this.lie(stay, bedId);
    this.say('admit', stay, bedId, atMs);
    const startMs = places[0].fromMs;
    places.forEach(({ fromMs }, place) => {
      if (place > 0) this.due.push({ atMs: atMs + fromMs - startMs, rank: 1, stay, place });
    });
    this.due.push({ atMs: atMs + lengthOf(this.stays[stay]!), rank: 0, stay, place: 0 });
    return true;
  }

  private move(stay: number, place: number, atMs: number): void {
    const to = this.freeBed(this.stays[stay]!.places[place]!.unit);
    if (to === undefined) {
      this.stayedPut += 1;
      return;
    }
    this.free.add(this.bedOf.get(stay)!);
    this.lie(stay, to);
    this.say('transfer', stay, to, atMs);
    this.admitWaiting(atMs);
  }

  private discharge(stay: number, atMs: number): void {
    const bedId = this.bedOf.get(stay)!;
    this.bedOf.delete(stay);
    this.free.add(bedId);
    this.say('discharge', stay, bedId, atMs);
    if (this.persons[stay + 1] === this.persons[stay]) this.arrives(stay + 1, atMs + BETWEEN_MS);
    this.admitWaiting(atMs);
  }

  private admitWaiting(atMs: number): void {
    while (this.waiting.length > 0 && this.admit(this.waiting[0]!, atMs)) this.waiting.shift();
  }

  private lie(stay: number, bedId: BedId): void {
    this.bedOf.set(stay, bedId);
    this.free.delete(bedId);
  }

  private say(kind: Move['kind'], stay: number, bedId: BedId, atMs: number): void {
    this.moves.push({ kind, atMs, stay, person: this.persons[stay]!, bedId });
  }

  private freeBed(recordedUnit: string): BedId | undefined {
    return this.orderOf(recordedUnit).find((bedId) => this.free.has(bedId));
  }

  private orderOf(recordedUnit: string): readonly BedId[] {
    const known = this.orders.get(recordedUnit);
    if (known !== undefined) return known;
    const rank = new Map(this.beds.map((bedId) => [bedId, hash32(`${this.seed}/${recordedUnit}/${bedId}`)]));
    const sorted = this.beds.toSorted((a, b) => rank.get(a)! - rank.get(b)! || (a < b ? -1 : 1));
    this.orders.set(recordedUnit, sorted);
    return sorted;
  }
}

const lengthOf = ({ places }: RecordedStay): number => places.at(-1)!.toMs - places[0].fromMs;

const order = (a: Due, b: Due): number => a.atMs - b.atMs || a.rank - b.rank || a.stay - b.stay || a.place - b.place;

/**
 * The same moves within `spanMs`, in whole milliseconds. The order stays. No stay and no bed has two moves in one millisecond, because
 * half-open intervals of no length hold nothing.
 */
function compressed(moves: readonly Move[], spanMs: number): readonly Move[] {
  const [first, last] = [moves[0]?.atMs ?? 0, moves.at(-1)?.atMs ?? 0];
  const scale = last > first ? spanMs / (last - first) : 0;
  const latest = new Map<string, number>();
  let nowMs = 0;
  return moves.map((move) => {
    const after = [`stay/${move.stay}`, `bed/${move.bedId}`].map((key) => (latest.get(key) ?? -1) + 1);
    nowMs = Math.max(nowMs, Math.round((move.atMs - first) * scale), ...after);
    for (const key of [`stay/${move.stay}`, `bed/${move.bedId}`]) latest.set(key, nowMs);
    return { ...move, atMs: nowMs };
  });
}
