import { z } from 'zod';
import { BedId, DeviceId, EpochMs, GatewayId } from './ids.js';

/**
 * No control and no format character (Unicode Cc and Cf) and no line break, one by one: readers of the JSON schema know no `\p{…}`,
 * and no escape for what is beyond the first plane, so that those stand in it themselves.
 */
const INVISIBLE = [
  ...['\\u0000-\\u001f', '\\u007f-\\u009f', '\\u00ad', '\\u0600-\\u0605', '\\u061c', '\\u06dd', '\\u070f', '\\u0890-\\u0891'],
  ...['\\u08e2', '\\u180e', '\\u200b-\\u200f', '\\u2028-\\u202e', '\\u2060-\\u206f', '\\ufeff', '\\ufff9-\\ufffb'],
  ...['\u{110bd}', '\u{110cd}', '\u{13430}-\u{1343f}', '\u{1bca0}-\u{1bca3}', '\u{1d173}-\u{1d17a}', '\u{e0000}-\u{e007f}'],
].join('');
const ONE_LINE = new RegExp(`^[^${INVISIBLE}]*[^${INVISIBLE}\\s][^${INVISIBLE}]*$`, 'u');

/** One line of plain text for people who look after devices; nothing of a patient. */
const line = (max: number) => z.string().trim().min(1).max(max).regex(ONE_LINE, 'one line of text');

/**
 * What somebody knows of a device beside what it says itself. `serial` and `udi` (human readable form) identify the device; they
 * stay out of logs, metric labels and the audit trail. `calibrationDueDay`: the first day on which it may no longer be used
 * uncalibrated, ISO, UTC.
 */
export const DEVICE_FACTS = {
  manufacturer: line(64),
  model: line(64),
  serial: line(64),
  udi: line(128),
  /** The firmware that it should have. */
  firmwareWanted: line(64),
  /** A department, never a patient. */
  owner: line(80),
  /** Where it is kept or mounted; which bed it watches is an assignment. */
  place: line(80),
  calibrationDueDay: z.iso.date(),
} as const;
const optionalFacts = z.object(DEVICE_FACTS).partial().shape;
const knownFacts = {
  manufacturer: DEVICE_FACTS.manufacturer.nullable(),
  model: DEVICE_FACTS.model.nullable(),
  serial: DEVICE_FACTS.serial.nullable(),
  udi: DEVICE_FACTS.udi.nullable(),
  firmwareWanted: DEVICE_FACTS.firmwareWanted.nullable(),
  owner: DEVICE_FACTS.owner.nullable(),
  place: DEVICE_FACTS.place.nullable(),
  calibrationDueDay: DEVICE_FACTS.calibrationDueDay.nullable(),
} as const;

/** `quarantined`: it may not speak until somebody releases it. `retired`: it is gone, and its id stays taken. */
export const DeviceUse = z.enum(['in-use', 'quarantined', 'retired']);
export type DeviceUse = z.infer<typeof DeviceUse>;

/** Why a device changed its use. A closed list: free text could name a patient. */
export const DeviceUseReason = z.enum([
  'wrong-readings',
  'damaged',
  'security',
  'recalled',
  'maintenance',
  'calibration',
  'lost',
  'replaced',
  'checked',
  'other',
]);
export type DeviceUseReason = z.infer<typeof DeviceUseReason>;

/** What a device of the site should be: its entry in the registry. */
export const RegisteredDevice = z.object({
  deviceId: DeviceId,
  gatewayId: GatewayId,
  /** How often it sends what: the name of one of the site's profiles; null for one that is older than the registry. */
  profile: z.string().nullable(),
  ...knownFacts,
  state: DeviceUse,
  /** Why and since when (event time) it is in this state; null before anybody changed it. */
  stateReason: DeviceUseReason.nullable(),
  stateSinceMs: EpochMs.nullable(),
  /** What commands name by If-Match. */
  rev: z.number().int().positive(),
});
export type RegisteredDevice = z.infer<typeof RegisteredDevice>;

/** `POST /api/v1/devices` */
export const NewDevice = z.strictObject({
  deviceId: DeviceId,
  gatewayId: GatewayId,
  profile: z.string().min(1).max(64),
  ...optionalFacts,
});
export type NewDevice = z.infer<typeof NewDevice>;

/** `PATCH /api/v1/devices/{id}`, with If-Match. What is left out stays; null: not known any more. */
export const ChangeDevice = z
  .strictObject({ gatewayId: GatewayId, ...knownFacts })
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'say at least one thing that changes')
  .meta({ minProperties: 1 });
export type ChangeDevice = z.infer<typeof ChangeDevice>;

/** `POST /api/v1/devices/{id}/quarantine`, `/release` and `/retire`, with If-Match. */
export const ChangeDeviceUse = z.strictObject({ reason: DeviceUseReason });
export type ChangeDeviceUse = z.infer<typeof ChangeDeviceUse>;

/** A bed that a device is assigned to still. */
export const OpenSpan = z.object({ assignmentId: z.string(), bedId: BedId, fromMs: EpochMs });
export type OpenSpan = z.infer<typeof OpenSpan>;

/** A certificate of a device. */
export const DeviceCertificate = z.object({
  /** SHA-256 of the certificate, lower-case hex. */
  fingerprint: z.string(),
  fromWallMs: EpochMs,
  toWallMs: EpochMs,
  revokedWallMs: EpochMs.nullable(),
  /** The gateway takes it: listed, not over, and the device is in use. */
  maySpeak: z.boolean(),
});
export type DeviceCertificate = z.infer<typeof DeviceCertificate>;

/** `POST /api/v1/devices/{id}/enrolments`: shown this once. `expiresWallMs`: 15 minutes on. */
export const DeviceEnrolment = z.object({ deviceId: DeviceId, token: z.string(), expiresWallMs: EpochMs });
export type DeviceEnrolment = z.infer<typeof DeviceEnrolment>;

/** Largest request of a device (PEM), in characters. */
const CSR_CHARS_MAX = 8_192;

/** `POST /api/v1/device-enrolments`: the token, and a PKCS #10 request (PEM) whose key never leaves the device. */
export const RedeemEnrolment = z.strictObject({
  token: z.string().min(16).max(128),
  csr: z
    .string()
    .max(CSR_CHARS_MAX)
    .regex(/^\s*-----BEGIN (NEW )?CERTIFICATE REQUEST-----/, 'a PKCS #10 request in PEM'),
});
export type RedeemEnrolment = z.infer<typeof RedeemEnrolment>;

/** The device's certificate, and the authority by which it knows its gateway (null where the gateway has none yet); both PEM. */
export const EnrolledDevice = z.object({
  deviceId: DeviceId,
  certificate: z.string(),
  gatewayAuthority: z.string().nullable(),
  notAfterWallMs: EpochMs,
});
export type EnrolledDevice = z.infer<typeof EnrolledDevice>;

/** What a change of use answers. `openSpans`: quarantine ends no assignment; a person does, or sets another device beside it. */
export const DeviceUseChanged = z.object({ device: RegisteredDevice, openSpans: z.array(OpenSpan) });
export type DeviceUseChanged = z.infer<typeof DeviceUseChanged>;
