import { z } from 'zod';
import { DEVICE_FACTS, DeviceUse } from './device-registry.js';
import { BedId, CareUnitId, DeviceId, EpochMs } from './ids.js';
import { MetricName } from './metric.js';
import { Quality, ReadingValue } from './reading.js';

const fact = <T extends z.ZodType>(type: T) => type.nullable();

/**
 * `GET /api/v1/devices/{id}/check`: what somebody at a bedside compares with the device in front of them before it is put to the bed.
 * Event times. `record`: as the registry has it. `bed`: where it stands now.
 *
 * `readings`: the newest of each metric of the last minute. They are shown while they are nobody's: of a device at no bed, or at a bed
 * of a care unit of the caller in which nobody lies. Else `withheld` says why there are none: `of-a-patient`, or `elsewhere` (another care
 * unit).
 */
export const DeviceCheck = z.object({
  deviceId: DeviceId,
  nowMs: EpochMs,
  record: z.object({
    ...{ manufacturer: fact(DEVICE_FACTS.manufacturer), model: fact(DEVICE_FACTS.model), serial: fact(DEVICE_FACTS.serial) },
    ...{ place: fact(DEVICE_FACTS.place), state: DeviceUse },
  }),
  bed: z
    .object({
      ...{ bedId: BedId, label: z.string(), careUnitId: CareUnitId, fromMs: EpochMs },
      ...{ assignmentId: z.string(), rev: z.number().int().positive(), occupied: z.boolean() },
    })
    .nullable(),
  withheld: z.enum(['of-a-patient', 'elsewhere']).nullable(),
  readings: z
    .array(z.object({ metric: MetricName, value: ReadingValue, unit: z.string(), quality: Quality, atMs: EpochMs }))
    .max(64),
});
export type DeviceCheck = z.infer<typeof DeviceCheck>;
