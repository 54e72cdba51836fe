import { z } from 'zod';

const id = z.string().max(200);
const IDS_MAX = 500;

/** A hint of another process (`SiteHint`); ids only. */
export const Hint = z.discriminatedUnion('of', [
  z.object({
    of: z.literal('alarms'),
    changes: z.array(z.object({ alarmId: id, careUnitId: id, cursor: z.number().int() })).max(IDS_MAX),
  }),
  z.object({ of: z.enum(['beds', 'scores']), bedIds: z.array(id).max(IDS_MAX) }),
  z.object({ of: z.enum(['relay', 'inbound', 'stations', 'sessions']) }),
  z.object({ of: z.literal('audio-pause'), careUnitId: id }),
]);

/** One that is not understood, such as a newer version's, is passed over. */
export const HintOrNull = Hint.nullable().catch(null);
