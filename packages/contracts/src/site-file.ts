import { z } from 'zod';
import { DEVICE_FACTS } from './device-registry.js';
import { BedId, CareUnitId, DeviceId, GatewayId, StaffId } from './ids.js';
import { StaffRole } from './log-event.js';
import { MetricName } from './metric.js';
import { BedAlias } from './place.js';
import { writtenText } from './written-text.js';

/** Bounds of one file. The text is at most 1 MB in any case. */
export const SITE_BEDS_MAX = 5_000;
const DEVICES_MAX = 10_000;

const profileName = z.string().min(1).max(64);

/**
 * What can be taken into a site that runs, and out of it: the words of site.yaml, without anything of a patient. A list that the file
 * leaves out stays as it is; one that is there is the whole of it.
 */
export const SiteFile = z.strictObject({
  v: z.literal(1),
  careUnits: z
    .array(z.strictObject({ careUnitId: CareUnitId, label: writtenText(60) }))
    .max(500)
    .optional(),
  beds: z
    .array(z.strictObject({ bedId: BedId, careUnitId: CareUnitId, label: writtenText(20) }))
    .max(SITE_BEDS_MAX)
    .optional(),
  /** What the hospital calls the beds. */
  bedAliases: z
    .array(z.strictObject(BedAlias.pick({ system: true, value: true, bedId: true }).shape))
    .max(2 * SITE_BEDS_MAX)
    .optional(),
  /** Expected intervals of the metrics of a kind of device, in ms of event time. */
  profiles: z
    .record(z.string().min(1).max(48), z.strictObject({ intervalsMs: z.partialRecord(MetricName, z.number().int().positive()) }))
    .optional(),
  devices: z
    .array(
      z.strictObject({
        deviceId: DeviceId,
        gatewayId: GatewayId,
        profile: profileName,
        /** For the simulator, and taken by it alone. */
        recording: z.string().max(32).optional(),
        /** What the registry knows of it; taken when the device is new. */
        ...z.object(DEVICE_FACTS).partial().shape,
      }),
    )
    .max(DEVICES_MAX)
    .optional(),
  /** Standing ones; shifts are for those who make them. */
  staffAssignments: z
    .array(z.strictObject({ staffId: StaffId, careUnitId: CareUnitId, bedId: BedId.nullable(), role: StaffRole }))
    .max(DEVICES_MAX)
    .optional(),
});
export type SiteFile = z.infer<typeof SiteFile>;

export const SitePart = z.enum(['careUnit', 'bed', 'bedAlias', 'profile', 'device', 'staffAssignment']);
export type SitePart = z.infer<typeof SitePart>;

/** Why a change can't be made, in words that programs know too. */
export const SiteRefusal = z.enum([
  /** Somebody lies there, or a device stands there. */
  'in-use',
  'was-retired',
  'unknown-care-unit',
  'unknown-bed',
  'unknown-gateway',
  'unknown-profile',
  'unknown-staff',
]);
export type SiteRefusal = z.infer<typeof SiteRefusal>;

/** One line of a diff. `id`: of the part; of an alias its system and value, of a staff assignment who, where and as what. */
export const SiteChange = z.object({
  part: SitePart,
  id: z.string(),
  do: z.enum(['add', 'change', 'retire']),
  /** What becomes another, each with what it was and will be. */
  changes: z.array(z.object({ field: z.string(), from: z.string().nullable(), to: z.string().nullable() })),
  /** It can't be done, and so nothing of the file is; null where it can. */
  refused: SiteRefusal.nullable(),
});
export type SiteChange = z.infer<typeof SiteChange>;

/** `POST /api/v1/site/import`: the text of a site.yaml. */
export const SiteImport = z.strictObject({ file: z.string().min(1).max(1_000_000) });

/** What a file would do, or has done. */
export const SiteDiff = z.object({
  /** True when it was done. */
  applied: z.boolean(),
  /** At most `SITE_DIFF_MAX` of them; `count` says how many there are. */
  changes: z.array(SiteChange),
  count: z.number().int().nonnegative(),
  refused: z.number().int().nonnegative(),
  /** Parts of the file that an import does not take, e.g. `ruleSet`. */
  leftOut: z.array(z.string()),
});
export type SiteDiff = z.infer<typeof SiteDiff>;

/** Most lines of one answer. */
export const SITE_DIFF_MAX = 10_000;
