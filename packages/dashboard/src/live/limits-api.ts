import { listOf, type SetStayLimits, StayLimits } from '@vigil/contracts';
import type { z } from 'zod';
import type { Answer } from './problem.js';
import { request } from './request.js';

const LimitsList = listOf(StayLimits);
const seg = encodeURIComponent;
const path = (encounterId: string, metric: string): string => `/api/v1/encounters/${seg(encounterId)}/limits/${seg(metric)}`;

/** One press is one key; the revision is the one that the person saw. */
export interface LimitsCommand {
  readonly key: string;
  readonly rev?: number;
}
const headers = ({ key, rev = 0 }: LimitsCommand): Record<string, string> => ({ 'idempotency-key': key, 'if-match': `"${rev}"` });

export const stayLimits = (encounterId: string): Promise<Answer<z.infer<typeof LimitsList>>> =>
  request('GET', `/api/v1/encounters/${seg(encounterId)}/limits`, LimitsList);
export const setLimits = (
  encounterId: string,
  metric: string,
  body: SetStayLimits,
  by: LimitsCommand,
): Promise<Answer<StayLimits>> => request('PUT', path(encounterId, metric), StayLimits, { body, headers: headers(by) });
export const takeLimitsBack = (encounterId: string, metric: string, by: LimitsCommand): Promise<Answer<StayLimits>> =>
  request('DELETE', path(encounterId, metric), StayLimits, { headers: headers(by) });
