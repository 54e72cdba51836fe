import { AlarmId, type PolicyContent, StaffId } from '@vigil/contracts';
import type { EscalatingAlarm, Escalation, EscalationStep, OnDuty } from './escalation.js';
import type { AlarmNews } from './follow-alarm.js';
import { nextPages } from './next-pages.js';
import type { PagingPolicy, PagingRoute } from './paging-policy.js';
import { pagingPolicyOf } from './policies/site-policy.js';

/** For tests: a ward with a primary nurse, somebody in charge and two of a team. */
export const [amy, bob, cyd, dee] = ['amy', 'bob', 'cyd', 'dee'].map((id) => StaffId.parse(id)) as [
  StaffId,
  StaffId,
  StaffId,
  StaffId,
];

export const WARD: readonly OnDuty[] = [
  { staffId: amy, target: 'role:primary', forBed: true },
  { staffId: bob, target: 'role:charge', forBed: false },
  { staffId: cyd, target: 'role:rapid-response', forBed: false },
  { staffId: dee, target: 'role:rapid-response', forBed: false },
];

type Route = PolicyContent['routes'][number];
type Role = 'primary' | 'buddy' | 'charge' | 'rapid-response';

export const stepOf = (role: Role, waitS: number): Route['steps'][number] => ({ tell: [{ kind: 'role', role }], waitS });

/** The primary nurse at once, who is in charge after 30 s, the end after another 60 s. */
export function policyWith(route: Partial<Route> = {}, more: Partial<PolicyContent> = {}): PagingPolicy {
  const content: PolicyContent = {
    ...{ v: 1, name: 'test', declineEscalates: true, nextChannelS: 20, burstS: 30 },
    routes: [
      {
        ...{ priorities: ['high'], steps: [stepOf('primary', 30), stepOf('charge', 60)] },
        ...{ acceptsNeeded: 1, arriveWithinS: null, repeat: null },
        ...route,
      },
    ],
    ...more,
  };
  return pagingPolicyOf(content);
}

export const routeIn = (policy: PagingPolicy): PagingRoute => policy.routes[0]!;

export const alarm = (more: Partial<EscalatingAlarm> = {}): EscalatingAlarm => ({
  ...{ alarmId: AlarmId.parse('a'.repeat(26)), priority: 'high', kind: 'physiological', conditionCode: 'spo2.low' },
  ...more,
});

export const news = (cause: AlarmNews['cause'], more: Partial<AlarmNews> = {}): AlarmNews => ({
  ...{ cause, priority: 'high', kind: 'physiological', conditionCode: 'spo2.low', active: cause !== 'end' && cause !== 'closed' },
  ...{ wasAsUrgent: false, wasActive: true, isElsewhere: false, isShelved: false },
  ...more,
});

/** What is due at these times, one after the other. */
export function ticks(
  from: Escalation,
  policy: PagingPolicy,
  people: readonly OnDuty[],
  atMs: readonly number[],
): readonly EscalationStep[] {
  let escalation = from;
  return atMs.map((nowMs) => {
    const step = nextPages(escalation, routeIn(policy), people, nowMs);
    escalation = step.escalation;
    return step;
  });
}
