import { z } from 'zod';

/** Milliseconds since the Unix epoch, UTC. Event time unless the name says otherwise. */
export const EpochMs = z.number().int().nonnegative().brand<'EpochMs'>();
export type EpochMs = z.infer<typeof EpochMs>;

const slug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,47}$/, 'lower-case letters, digits and hyphens, at most 48');

export const BedId = slug.brand<'BedId'>();
export type BedId = z.infer<typeof BedId>;

export const CareUnitId = slug.brand<'CareUnitId'>();
export type CareUnitId = z.infer<typeof CareUnitId>;

export const DeviceId = slug.brand<'DeviceId'>();
export type DeviceId = z.infer<typeof DeviceId>;

export const GatewayId = slug.brand<'GatewayId'>();
export type GatewayId = z.infer<typeof GatewayId>;

/** Opaque; never a hospital number. */
export const PatientId = slug.brand<'PatientId'>();
export type PatientId = z.infer<typeof PatientId>;

/** One stay of one patient. */
export const EncounterId = slug.brand<'EncounterId'>();
export type EncounterId = z.infer<typeof EncounterId>;

export const StaffId = slug.brand<'StaffId'>();
export type StaffId = z.infer<typeof StaffId>;

/** base32(sha256(bedId, conditionCode, onsetMs)), decisions.md D4. */
export const AlarmId = z
  .string()
  .regex(/^[a-z2-7]{26}$/, 'an alarm id')
  .brand<'AlarmId'>();
export type AlarmId = z.infer<typeof AlarmId>;

/** Names one command for ever, so that sending it twice is harmless. */
export const CommandId = z.uuid().brand<'CommandId'>();
export type CommandId = z.infer<typeof CommandId>;

/** Partition key on the log: one writer and one order per key. */
export const LogKey = z.string().regex(/^(bed|device|gateway|unit):[a-z0-9-]{1,48}$/, 'bed:…, device:…, gateway:… or unit:…');
export type LogKey = z.infer<typeof LogKey>;

export const bedKey = (bedId: BedId): LogKey => `bed:${bedId}`;
export const deviceKey = (deviceId: DeviceId): LogKey => `device:${deviceId}`;
export const gatewayKey = (gatewayId: GatewayId): LogKey => `gateway:${gatewayId}`;
/** Of what concerns a care unit and none of its beds: that nobody is on call, that a page reaches nobody. */
export const unitKey = (careUnitId: CareUnitId): LogKey => `unit:${careUnitId}`;
