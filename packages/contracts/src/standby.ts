import { z } from 'zod';
import { BedId, EncounterId, EpochMs, StaffId } from './ids.js';
import { writtenText } from './written-text.js';

/** A patient is away from the monitor for at most so long (event time), whatever a person asks for. */
export const STANDBY_MS_MAX = 4 * 3_600_000;

/** Where the patient is meanwhile. */
export const StandbyPlace = z.enum(['imaging', 'theatre', 'walking', 'bathing', 'transport', 'other']);
export type StandbyPlace = z.infer<typeof StandbyPlace>;

/** `data-back`: the monitor sends values again. `time-over`: its hard end. `left`: the stay ended. */
export const StandbyEndCause = z.enum(['person', 'data-back', 'time-over', 'left']);
export type StandbyEndCause = z.infer<typeof StandbyEndCause>;

/** `POST /api/v1/encounters/{id}/standby`: that nothing comes from this patient's monitor is expected until `toMs`. */
export const SetStandby = z.strictObject({
  place: StandbyPlace,
  /** Event time, at most `STANDBY_MS_MAX` from now; left out: as long as the site allows. */
  toMs: EpochMs.optional(),
  /** For colleagues; kept sealed. */
  note: writtenText(200).optional(),
});
export type SetStandby = z.infer<typeof SetStandby>;

/** One standby of a stay, event time. It hides silence only, never what is measured. */
export const Standby = z.object({
  standbyId: z.string().min(1).max(64),
  encounterId: EncounterId,
  bedId: BedId,
  place: StandbyPlace,
  fromMs: EpochMs,
  toMs: EpochMs,
  /** Null while it holds. */
  endedMs: EpochMs.nullable(),
  cause: StandbyEndCause.nullable(),
  setBy: StaffId,
  /** Null without one, and where it can't be read now. */
  note: z.string().nullable(),
});
export type Standby = z.infer<typeof Standby>;

/** Answer to commands, and a line of `GET /api/v1/care-units/{id}/standby`. `remindMs`: event time from which on Vigil says that it ends soon. */
export const StandbyView = Standby.extend({ remindMs: EpochMs });
export type StandbyView = z.infer<typeof StandbyView>;
