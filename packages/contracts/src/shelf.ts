import { z } from 'zod';
import { Priority } from './rule-set.js';
import { BedId, EncounterId, EpochMs, StaffId } from './ids.js';
import { writtenText } from './written-text.js';

/** Longest shelving (event time), whatever a person asks for. There is none without an end. */
export const SHELF_MS_MAX = 12 * 3_600_000;
/** The same for a condition that was ever high at this stay, which takes a second person. */
export const SHELF_HIGH_MS_MAX = 2 * 3_600_000;

/** Longest shelving of what has this priority. */
export const longestShelfMs = (priority: Priority): number => (priority === 'high' ? SHELF_HIGH_MS_MAX : SHELF_MS_MAX);

/** A second person has so long (event time) to agree; then the first one has to ask anew. */
export const SHELF_AGREE_MS_MAX = 10 * 60_000;

/** `person`: taken back. `time-over`: its end. `left`: the stay ended or another patient lies here. `raised`: it became more urgent than what was shelved. `not-allowed`: nobody may shelve it by the rules that hold. */
export const ShelfEndCause = z.enum(['person', 'time-over', 'left', 'raised', 'not-allowed']);
export type ShelfEndCause = z.infer<typeof ShelfEndCause>;

/** `POST /api/v1/encounters/{id}/shelves`: one condition of one patient is not annunciated until `toMs`. */
export const NewShelf = z.strictObject({
  conditionCode: z.string().min(1).max(80),
  /** Event time. */
  toMs: EpochMs,
  reason: z.enum(['treatment-known', 'artefact-known', 'goal-of-care', 'device-being-replaced', 'other']),
  /** For colleagues; kept sealed. */
  note: writtenText(200).optional(),
});
export type NewShelf = z.infer<typeof NewShelf>;

/** Event times. `waiting`: of a high alarm, and the second person has not agreed yet: nothing is shelved. */
export const Shelf = z.object({
  shelfId: z.string().min(1).max(64),
  encounterId: EncounterId,
  bedId: BedId,
  conditionCode: z.string().max(80),
  state: z.enum(['waiting', 'holds', 'ended', 'refused']),
  fromMs: EpochMs.nullable(),
  toMs: EpochMs,
  reason: NewShelf.shape.reason,
  /** Highest priority that it hides: what becomes more urgent is annunciated. */
  priority: Priority,
  by: StaffId,
  secondBy: StaffId.nullable(),
  endCause: ShelfEndCause.nullable(),
  endedMs: EpochMs.nullable(),
  rev: z.number().int().positive(),
  /** Null without one, and where it can't be read now. */
  note: z.string().nullable(),
});
export type Shelf = z.infer<typeof Shelf>;
