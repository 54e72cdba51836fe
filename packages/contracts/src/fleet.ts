import { z } from 'zod';
import { DeviceFacts } from './device-message.js';
import { BedId, CareUnitId, EpochMs } from './ids.js';
import { DeviceFaultCode, GatewayFaultCode } from './gateway-event.js';

/** A fault that its gateway says holds; `atMs`: gateway time at which it said so last. */
const fault = <T extends z.ZodType>(code: T) => z.array(z.object({ fault: code, atMs: EpochMs }));

/** `GET /api/v1/devices`: one device of the site, or one that a gateway knows and the site does not. Nothing of a patient. */
export const FleetDevice = z.object({
  deviceId: z.string(),
  /** Of the gateway that told of it last; else the site's. */
  gatewayId: z.string().nullable(),
  /** False for a device that connects without being in the site. */
  inSite: z.boolean(),
  bed: z.object({ bedId: BedId, label: z.string(), careUnitId: CareUnitId }).nullable(),
  /** As its gateway told last, at `atMs`; null when none has told of it. */
  state: z
    .object({
      atMs: EpochMs,
      /** False when nobody has told for so long that it says nothing of now. */
      isCurrent: z.boolean(),
      connected: z.boolean(),
      /** When its last message came, and how long ago that was in wall time. */
      lastSeenMs: EpochMs.nullable(),
      lastSeenAgeMs: z.number().nullable(),
      /** Positive when the device's clock is behind. */
      skewMs: z.number().nullable(),
      clockSuspect: z.boolean(),
      certificateNotAfterMs: EpochMs.nullable(),
      said: DeviceFacts,
      accepted: z.number().int(),
      rejected: z.number().int(),
      duplicates: z.number().int(),
    })
    .nullable(),
  faults: fault(DeviceFaultCode),
});
export type FleetDevice = z.infer<typeof FleetDevice>;

/** `GET /api/v1/gateways` */
export const FleetGateway = z.object({
  gatewayId: z.string(),
  inSite: z.boolean(),
  state: z
    .object({
      atMs: EpochMs,
      /** Wall time since then. */
      ageMs: z.number(),
      isCurrent: z.boolean(),
      beds: z.number().int(),
      /** Messages that the log has not settled, and the age of the oldest in wall time. */
      pending: z.number().int(),
      oldestPendingMs: z.number(),
      accepted: z.number().int(),
      rejected: z.number().int(),
      /** Null where the gateway does not tell. */
      spoolBytes: z.number().int().nullable(),
      lagMs: z.number().nullable(),
      version: z.string().nullable(),
      configIssuedAtMs: EpochMs.nullable(),
    })
    .nullable(),
  faults: fault(GatewayFaultCode),
});
export type FleetGateway = z.infer<typeof FleetGateway>;
