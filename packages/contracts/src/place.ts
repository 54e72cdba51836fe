import { z } from 'zod';
import { BedId, CareUnitId, EpochMs, StaffId } from './ids.js';
import { ChangeReason } from './interval.js';
import { writtenText } from './written-text.js';

const careUnitLabel = writtenText(60);
const bedLabel = writtenText(20);
const rev = z.number().int().positive();

/** `GET /api/v1/care-units/{id}`: as it is set up. `rev` is what commands name by If-Match. */
export const CareUnitPlace = z.object({ careUnitId: CareUnitId, label: careUnitLabel, retired: z.boolean(), rev });
export type CareUnitPlace = z.infer<typeof CareUnitPlace>;
export const NewCareUnit = z.strictObject({ careUnitId: CareUnitId, label: careUnitLabel });
export const ChangeCareUnit = z.strictObject({ label: careUnitLabel });

/** `GET /api/v1/beds/{id}/place`: as it is set up, nothing of who lies there. The id stays, whatever else changes. */
export const BedPlace = z.object({ bedId: BedId, careUnitId: CareUnitId, label: bedLabel, retired: z.boolean(), rev });
export type BedPlace = z.infer<typeof BedPlace>;
export const NewBed = z.strictObject({ bedId: BedId, careUnitId: CareUnitId, label: bedLabel });
export type NewBed = z.infer<typeof NewBed>;
export const ChangeBed = z
  .strictObject({ careUnitId: CareUnitId.optional(), label: bedLabel.optional() })
  .refine((change) => Object.values(change).some((each) => each !== undefined), { message: 'at least one of careUnitId, label' });
export type ChangeBed = z.infer<typeof ChangeBed>;

/** `PATCH /api/v1/beds/{id}/place`, with If-Match. */
export const ChangeBedRequest = z
  .strictObject({ careUnitId: CareUnitId.optional(), label: bedLabel.optional(), reason: ChangeReason.default('routine') })
  .refine(({ careUnitId, label }) => careUnitId !== undefined || label !== undefined, {
    message: 'at least one of careUnitId, label',
  })
  .meta({ anyOf: [{ required: ['careUnitId'] }, { required: ['label'] }] });

/** What the hospital calls a bed: `system` and `value` as its feed sends them, and nothing that is only alike. */
export const PlaceName = z.strictObject({ system: z.string().max(160), value: z.string().min(1).max(120) });
export type PlaceName = z.infer<typeof PlaceName>;
export const BedAlias = z.object({ ...PlaceName.shape, bedId: BedId, by: StaffId.nullable(), atWallMs: EpochMs });
export type BedAlias = z.infer<typeof BedAlias>;
/** `PUT /api/v1/bed-aliases?system=&value=` */
export const SetBedAlias = z.strictObject({ bedId: BedId });
