import { AlarmLoad, OnCallNow, PolicyInForce, StatusView } from '@vigil/contracts';
import type { Answer } from './problem.js';
import { request } from './request.js';

const seg = encodeURIComponent;

export const onCallNow = (careUnitId: string): Promise<Answer<OnCallNow>> =>
  request('GET', `/api/v1/on-call/now?careUnit=${seg(careUnitId)}`, OnCallNow);
export const policyInForce = (careUnitId: string): Promise<Answer<PolicyInForce>> =>
  request('GET', `/api/v1/policies/in-force?careUnit=${seg(careUnitId)}`, PolicyInForce);
export const wayOfAlarms = (): Promise<Answer<StatusView>> => request('GET', '/api/v1/status', StatusView);

/** Event times, half open. */
export function alarmLoadPath(careUnitId: string, fromMs: number, toMs: number, format: 'json' | 'csv'): string {
  return `/api/v1/reports/alarm-load?careUnit=${seg(careUnitId)}&from=${fromMs}&to=${toMs}&format=${format}`;
}
export const alarmLoadOf = (careUnitId: string, fromMs: number, toMs: number): Promise<Answer<AlarmLoad>> =>
  request('GET', alarmLoadPath(careUnitId, fromMs, toMs, 'json'), AlarmLoad);
