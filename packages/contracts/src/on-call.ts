import { z } from 'zod';
import { CareUnitId, EpochMs, StaffId } from './ids.js';
import { writtenText } from './written-text.js';

export const ScheduleId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,47}$/, 'lower-case letters, digits and hyphens, at most 48')
  .brand<'ScheduleId'>();
export type ScheduleId = z.infer<typeof ScheduleId>;

/** IANA name, e.g. `Europe/Vienna`. */
export const TimeZoneName = z
  .string()
  .min(1)
  .max(60)
  .refine((name) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: name });
      return true;
    } catch {
      return false;
    }
  }, 'a time zone of the IANA list');

const localTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'HH:MM, local time');
const localDate = z.iso.date();

/** Monday is 1 (ISO 8601). */
export const Weekday = z.number().int().min(1).max(7);

export const PARTICIPANTS_MAX = 50;
export const ROTATIONS_MAX = 12;
export const OVERRIDES_MAX = 2_000;

/**
 * People who take turns. A turn is `every` of `unit` long on the local clock and begins at `handoverTime` local time, the first on
 * `startDate`: turns of 12 hours begin at 07:00 and 19:00 all year. A local time that a change of the clock skips is taken as the
 * change, one that happens twice as its first; a turn that is skipped altogether is nobody's.
 */
export const Rotation = z.strictObject({
  rotationId: z.string().regex(/^[a-z0-9][a-z0-9-]{0,47}$/),
  label: writtenText(60),
  unit: z.enum(['hour', 'day', 'week']),
  every: z.number().int().min(1).max(168),
  startDate: localDate,
  handoverTime: localTime,
  /** Null: until further notice. On this day, at `handoverTime`, it is over: one that follows it begins on the same day. */
  endDate: localDate.nullable().default(null),
  participants: z.array(StaffId).min(1).max(PARTICIPANTS_MAX),
  /**
   * Only at these times of local days; left out: always. Where `to` is not after `from`, it is on the next day. Turns go on meanwhile.
   */
  hours: z
    .array(z.strictObject({ weekdays: z.array(Weekday).min(1).max(7), from: localTime, to: localTime }))
    .min(1)
    .max(14)
    .optional(),
});
export type Rotation = z.infer<typeof Rotation>;

/** Who is on call, in one time zone. All rotations count at once: each brings one person at most. */
export const ScheduleContent = z.strictObject({
  v: z.literal(1),
  label: writtenText(60),
  careUnitId: CareUnitId,
  timeZone: TimeZoneName,
  rotations: z.array(Rotation).max(ROTATIONS_MAX),
});
export type ScheduleContent = z.infer<typeof ScheduleContent>;

/**
 * What differs from the rotations in a span `[fromMs, toMs)` of wall time. `replace`: `staffId` takes the turns of `instead` (null: of
 * everybody); where nobody has a turn, nothing changes. `add`: `staffId` is on call too. `remove`: `instead` is not. Where several overlap, each is done in the order of `seq`.
 */
export const Override = z.object({
  overrideId: z.string().min(1).max(64),
  seq: z.number().int().nonnegative(),
  kind: z.enum(['replace', 'add', 'remove']),
  staffId: StaffId.nullable(),
  instead: StaffId.nullable(),
  fromMs: EpochMs,
  toMs: EpochMs,
});
export type Override = z.infer<typeof Override>;

/**
 * One person for one span `[fromMs, toMs)` of wall time. `rotationId`: whose turns they are; null for one who was added. `overrideId`:
 * what made it differ from the rotation; null where it does not.
 */
export const OnCallShift = z.object({
  staffId: StaffId,
  fromMs: EpochMs,
  toMs: EpochMs,
  rotationId: z.string().nullable(),
  overrideId: z.string().nullable(),
});
export type OnCallShift = z.infer<typeof OnCallShift>;
