import { z } from 'zod';
import { DeviceFacts } from './device-message.js';
import { DeviceCertificate, OpenSpan, RegisteredDevice } from './device-registry.js';
import { BedId, CareUnitId, EpochMs } from './ids.js';
import { DeviceFaultCode, GatewayFaultCode } from './gateway-event.js';

/** A fault that its gateway says holds; `atMs`: gateway time at which it said so last. */
const fault = <T extends z.ZodType>(code: T) => z.array(z.object({ fault: code, atMs: EpochMs }));

/** `GET /api/v1/devices`: one device of the site, or one that a gateway knows and the site does not. Nothing of a patient. */
export const FleetDevice = z.object({
  deviceId: z.string(),
  /** Of the gateway that told of it last; else the site's. */
  gatewayId: z.string().nullable(),
  /** In the registry and not retired. False for a device that connects without being known here. */
  inSite: z.boolean(),
  /** What it should be; null for a stranger. */
  record: RegisteredDevice.nullable().default(null),
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
      /** How often it connected again since its gateway started; null where the gateway does not tell. */
      reconnects: z.number().int().nullable().default(null),
      /**
       * The same since `sinceMs` (event time): half an hour to an hour back once it has been heard for so long, at most since the
       * gateway started. Null before a second word of it.
       */
      recent: z
        .object({
          sinceMs: EpochMs,
          accepted: z.number().int(),
          rejected: z.number().int(),
          reconnects: z.number().int().nullable(),
        })
        .nullable()
        .default(null),
    })
    .nullable(),
  faults: fault(DeviceFaultCode),
});
export type FleetDevice = z.infer<typeof FleetDevice>;

/** `GET /api/v1/devices/{id}` */
export const DeviceDetail = z.object({
  device: RegisteredDevice,
  /** How it is, as its gateway told last. */
  fleet: FleetDevice,
  /** Beds that it is assigned to still. */
  openSpans: z.array(OpenSpan),
  /** It may speak by a token, on the machine of its gateway. */
  hasToken: z.boolean(),
  certificates: z.array(DeviceCertificate),
});
export type DeviceDetail = z.infer<typeof DeviceDetail>;

/** What can be wrong with a device, the worst first; what each means is in docs/runbook.md, "Devices to fix". */
export const FIX_KINDS = [
  'wrong-device',
  'locked-out-sending',
  'in-tray',
  'unheard-at-bed',
  'not-in-registry',
  'fault',
  'certificate',
  'battery',
  'clock',
  'rejects',
  'reconnects',
  'not-seen',
  'calibration',
  'firmware',
] as const;

/** One thing that somebody should put right at a device. */
export const DeviceToFix = z.object({
  deviceId: z.string(),
  kind: z.enum(FIX_KINDS),
  /** `now`: readings are missing or may be somebody else's. `today`: they soon will be. `soon`: on the next round. */
  severity: z.enum(['now', 'today', 'soon']),
  bedId: BedId.nullable(),
  /** Event time since which it is so, as far as anybody knows. */
  sinceMs: EpochMs.nullable(),
  /** Day (ISO, UTC) on which it is due or was; null where there is none. */
  dueDay: z.iso.date().nullable(),
  /** One sentence: what it is and what to do. */
  what: z.string(),
});
export type DeviceToFix = z.infer<typeof DeviceToFix>;

/** `GET /api/v1/fleet/to-fix`, the worst first. `leftOut`: so many more than an answer holds. */
export const ToFixToday = z.object({
  items: z.array(DeviceToFix),
  leftOut: z.number().int().nonnegative(),
  /** False while the list of devices without a bed could not be looked at. */
  trayKnown: z.boolean(),
});
export type ToFixToday = z.infer<typeof ToFixToday>;

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
