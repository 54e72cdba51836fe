import { z } from 'zod';

/** `?limit=&cursor=` of every list. */
export const Paging = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(200).optional(),
});
