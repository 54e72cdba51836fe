import { PolicyHash, ScheduleId } from '@vigil/contracts';

/** What of the rota is on the screen: which schedule, and a day of the week. */
export interface RotaSearch {
  readonly schedule?: ScheduleId | undefined;
  readonly week?: string | undefined;
}

export function rotaSearch(search: Record<string, unknown>): RotaSearch {
  const schedule = ScheduleId.safeParse(search['schedule']);
  const week = search['week'];
  const isDay = typeof week === 'string' && /^20\d\d-\d\d-\d\d$/.test(week) && !Number.isNaN(Date.parse(week));
  return { ...(schedule.success ? { schedule: schedule.data } : {}), ...(isDay ? { week } : {}) };
}

/** Which version of which policy; all of them where it is left out. */
export interface PoliciesSearch {
  readonly policy?: PolicyHash | undefined;
}

export function policiesSearch(search: Record<string, unknown>): PoliciesSearch {
  const policy = PolicyHash.safeParse(search['policy']);
  return policy.success ? { policy: policy.data } : {};
}
