import { z } from 'zod';

/**
 * What somebody wrote, without the blanks around it: 1 to `max` characters. The pattern tells readers of the JSON schema, which knows
 * no trimming, that blanks alone are nothing.
 */
export const writtenText = (max: number) => z.string().regex(/\S/, 'not only blanks').trim().min(1).max(max);
