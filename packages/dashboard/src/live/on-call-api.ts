import {
  AlarmLoad,
  type AskSwap,
  HandoverNote,
  listOf,
  type NewOverride,
  OnCallNow,
  OverrideView,
  PolicyInForce,
  ReachabilityView,
  Schedule,
  ScheduleChange,
  type ScheduleContent,
  ShiftPlan,
  type ShiftPreview,
  StaffMember,
  StatusView,
  Swap,
  TestPage,
} from '@vigil/contracts';
import type { z } from 'zod';
import type { Answer } from './problem.js';
import { request } from './request.js';
import { uuid } from './uuid.js';

const seg = encodeURIComponent;
const ON_CALL = '/api/v1/on-call';
const Schedules = listOf(Schedule);
const Overrides = listOf(OverrideView);
const Changes = listOf(ScheduleChange);
const Notes = listOf(HandoverNote);
const Swaps = listOf(Swap);
const Staff = listOf(StaffMember);
type Of<T extends z.ZodType> = Promise<Answer<z.infer<T>>>;

/** Of one press: sent again by hand it is another command. */
const create = () => ({ 'idempotency-key': uuid() });
const change = (rev: number) => ({ 'if-match': `"${rev}"`, 'idempotency-key': uuid() });

export const onCallNow = (careUnitId: string): Promise<Answer<OnCallNow>> =>
  request('GET', `${ON_CALL}/now?careUnit=${seg(careUnitId)}`, OnCallNow, { background: true });
export const policyInForce = (careUnitId: string): Promise<Answer<PolicyInForce>> =>
  request('GET', `/api/v1/policies/in-force?careUnit=${seg(careUnitId)}`, PolicyInForce, { background: true });
export const wayOfAlarms = (): Promise<Answer<StatusView>> => request('GET', '/api/v1/status', StatusView, { background: true });

export const staff = (): Of<typeof Staff> => request('GET', '/api/v1/staff', Staff);
export const reachabilityOf = (staffId: string): Promise<Answer<ReachabilityView>> =>
  request('GET', `/api/v1/staff/${seg(staffId)}/reachability`, ReachabilityView, { background: true });

export const schedules = (careUnitId: string): Of<typeof Schedules> =>
  request('GET', `${ON_CALL}/schedules?careUnit=${seg(careUnitId)}`, Schedules);
export const createSchedule = (scheduleId: string, content: ScheduleContent): Promise<Answer<Schedule>> =>
  request('POST', `${ON_CALL}/schedules`, Schedule, { body: { scheduleId, content }, headers: create() });
export const changeSchedule = (schedule: Schedule, content: ScheduleContent): Promise<Answer<Schedule>> =>
  request('PUT', `${ON_CALL}/schedules/${seg(schedule.scheduleId)}`, Schedule, {
    body: { content },
    headers: change(schedule.rev),
  });
export const retireSchedule = ({ scheduleId, rev }: Schedule): Promise<Answer<Schedule>> =>
  request('DELETE', `${ON_CALL}/schedules/${seg(scheduleId)}`, Schedule, { headers: change(rev) });
export const scheduleChanges = (scheduleId: string): Of<typeof Changes> =>
  request('GET', `${ON_CALL}/schedules/${seg(scheduleId)}/changes`, Changes);

/** Wall times, half open. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}
const spanQuery = ({ fromMs, toMs }: Span): string => `from=${fromMs}&to=${toMs}`;
export const shifts = (scheduleId: string, span: Span): Promise<Answer<ShiftPlan>> =>
  request('GET', `${ON_CALL}/schedules/${seg(scheduleId)}/shifts?${spanQuery(span)}`, ShiftPlan);
export const preview = (asked: z.input<typeof ShiftPreview>): Promise<Answer<ShiftPlan>> =>
  request('POST', `${ON_CALL}/preview`, ShiftPlan, { body: asked });

export const overrides = (scheduleId: string, span: Span): Of<typeof Overrides> =>
  request('GET', `${ON_CALL}/schedules/${seg(scheduleId)}/overrides?${spanQuery(span)}`, Overrides);
export const addOverride = (scheduleId: string, body: z.input<typeof NewOverride>): Promise<Answer<OverrideView>> =>
  request('POST', `${ON_CALL}/schedules/${seg(scheduleId)}/overrides`, OverrideView, { body, headers: create() });
export const endOverride = (overrideId: string): Promise<Answer<OverrideView>> =>
  request('DELETE', `${ON_CALL}/overrides/${seg(overrideId)}`, OverrideView, { headers: create() });

export const swaps = (): Of<typeof Swaps> => request('GET', `${ON_CALL}/swaps`, Swaps);
export const askSwap = (body: z.input<typeof AskSwap>): Promise<Answer<Swap>> =>
  request('POST', `${ON_CALL}/swaps`, Swap, { body, headers: create() });
export type SwapAnswer = 'agree' | 'decline' | 'withdraw';
export const answerSwap = ({ swapId, rev }: Swap, answer: SwapAnswer): Promise<Answer<Swap>> =>
  answer === 'withdraw'
    ? request('DELETE', `${ON_CALL}/swaps/${seg(swapId)}`, Swap, { headers: change(rev) })
    : request('POST', `${ON_CALL}/swaps/${seg(swapId)}/${answer}`, Swap, { headers: change(rev) });

export const notes = (scheduleId: string): Of<typeof Notes> =>
  request('GET', `${ON_CALL}/schedules/${seg(scheduleId)}/handover-notes`, Notes);
export const writeNote = (scheduleId: string, text: string): Promise<Answer<HandoverNote>> =>
  request('POST', `${ON_CALL}/schedules/${seg(scheduleId)}/handover-notes`, HandoverNote, {
    body: { text },
    headers: create(),
  });

export const sendTestPage = (staffId: string): Promise<Answer<TestPage>> =>
  request('POST', `/api/v1/staff/${seg(staffId)}/test-pages`, TestPage);
export const testPage = (staffId: string, testId: string): Promise<Answer<TestPage>> =>
  request('GET', `/api/v1/staff/${seg(staffId)}/test-pages/${seg(testId)}`, TestPage, { background: true });

/** Event times, half open. */
export function alarmLoadPath(careUnitId: string, fromMs: number, toMs: number, format: 'json' | 'csv'): string {
  return `/api/v1/reports/alarm-load?careUnit=${seg(careUnitId)}&from=${fromMs}&to=${toMs}&format=${format}`;
}
export const alarmLoadOf = (careUnitId: string, fromMs: number, toMs: number): Promise<Answer<AlarmLoad>> =>
  request('GET', alarmLoadPath(careUnitId, fromMs, toMs, 'json'), AlarmLoad);
