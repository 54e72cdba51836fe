import { z } from 'zod';
import { BedId, DeviceId, EpochMs } from './ids.js';

/** Devices that the tray shows at most. */
export const TRAY_SHOWN_MAX = 500;

/**
 * `GET /api/v1/tray`: a device of which messages wait because it was at no bed when it sent them. Nothing of what it measured. Who says
 * where it was (`POST /api/v1/device-assignments` with `fromMs`, or a correction) gives them to that bed.
 */
export const TrayDevice = z.object({
  deviceId: DeviceId,
  /** As the registry has it. */
  model: z.string().nullable(),
  /** Where it stands now; null: nowhere. */
  bedId: BedId.nullable(),
  messages: z.number().int().positive(),
  /** Event time of the oldest and of the newest. */
  oldestMs: EpochMs,
  newestMs: EpochMs,
  /** Since when the oldest waits, wall time. */
  sinceWallMs: EpochMs,
});
export type TrayDevice = z.infer<typeof TrayDevice>;
