import { z } from 'zod';
import { CareUnitId } from './ids.js';

/** As a person dials it from inside the hospital. */
const phoneNumber = z.string().regex(/^[0-9+*#][0-9+*# ()-]{0,23}$/);

/** Sets of colours for parameters. A ward shares one; nobody has a set of their own (dashboard.md §1.2). */
export const Palette = z.enum(['philips-like', 'ge-like', 'draeger-like', 'colour-blind-safe']);
export type Palette = z.infer<typeof Palette>;

/**
 * How the screens of a site say things: `display` of the site file, `GET /api/v1/display`. Everybody may ask, also before
 * signing in; nothing of a patient is in it. What is stored, sent and compared with limits stays in the units of `METRICS`.
 */
export const DisplaySettings = z.strictObject({
  /** Language of a screen whose person has chosen none: BCP 47, the language alone. */
  language: z
    .string()
    .regex(/^[a-z]{2,3}$/)
    .default('en'),
  /** UCUM. Of body temperature; of blood pressures; of carbon dioxide. */
  units: z
    .strictObject({
      temperature: z.enum(['Cel', '[degF]']).default('Cel'),
      bloodPressure: z.enum(['mm[Hg]', 'kPa']).default('mm[Hg]'),
      carbonDioxide: z.enum(['mm[Hg]', 'kPa']).default('mm[Hg]'),
    })
    .prefault({}),
  clock: z.enum(['24h', '12h']).default('24h'),
  /** Whom to call when Vigil can't say something: shown where a command was not sent. */
  call: z
    .strictObject({
      number: phoneNumber.nullable().default(null),
      /** Of a care unit, where it is another one. */
      careUnits: z.record(CareUnitId, phoneNumber).default({}),
    })
    .prefault({}),
  palette: Palette.default('philips-like'),
  /** Accept by keyboard takes `a` and then Enter. */
  acceptNeedsEnter: z.boolean().default(false),
  /** Least loudness of alarm sounds that a person may choose, per cent of the machine's. */
  soundPctMin: z.number().int().min(10).max(100).default(40),
  /** Most of a name that a station shows while nobody is signed in on it. */
  stationNames: z.enum(['full', 'initials', 'none']).default('full'),
});
export type DisplaySettings = z.infer<typeof DisplaySettings>;

/** The number of a care unit, or else of the site; null where nobody has set one. */
export function callNumberOf({ call }: DisplaySettings, careUnitId: CareUnitId): string | null {
  return call.careUnits[careUnitId] ?? call.number;
}
