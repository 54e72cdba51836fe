import { listOf, StandbyView } from '@vigil/contracts';
import type { z } from 'zod';
import type { Answer } from './problem.js';
import { request } from './request.js';

const Standbys = listOf(StandbyView);

/** Asked by the page itself: it is no use of anybody's session. */
export const standbyOf = (careUnitId: string): Promise<Answer<z.infer<typeof Standbys>>> =>
  request('GET', `/api/v1/care-units/${encodeURIComponent(careUnitId)}/standby`, Standbys, { background: true });
