import type { AlarmKind, PageTarget, PolicyContent, Priority } from '@vigil/contracts';

/** A step of a policy in the units of the domain: wall milliseconds. */
export interface PagingStep {
  readonly tell: readonly PageTarget[];
  readonly waitMs: number;
}

export interface PagingRoute {
  readonly priorities: readonly Priority[];
  /** Null: all. */
  readonly kinds: readonly AlarmKind[] | null;
  readonly conditionCodes: readonly string[] | null;
  /** None: nobody is paged. */
  readonly steps: readonly PagingStep[];
  readonly acceptsNeeded: number;
  readonly arriveWithinMs: number | null;
  readonly repeat: { readonly afterMs: number; readonly times: number | null } | null;
}

/** Who is told of which alarms, in which order and how soon. `hash` names the version for ever. */
export interface PagingPolicy {
  readonly hash: string;
  readonly name: string;
  readonly routes: readonly PagingRoute[];
  readonly declineEscalates: boolean;
  readonly nextChannelMs: number;
  readonly burstMs: number;
}

export function pagingPolicy(content: PolicyContent, hash: string): PagingPolicy {
  return {
    hash,
    name: content.name,
    declineEscalates: content.declineEscalates,
    nextChannelMs: content.nextChannelS * 1_000,
    burstMs: content.burstS * 1_000,
    routes: content.routes.map((route) => ({
      priorities: route.priorities,
      kinds: route.kinds ?? null,
      conditionCodes: route.conditionCodes ?? null,
      steps: route.steps.map(({ tell, waitS }) => ({ tell, waitMs: waitS * 1_000 })),
      acceptsNeeded: route.acceptsNeeded,
      arriveWithinMs: route.arriveWithinS === null ? null : route.arriveWithinS * 1_000,
      repeat: route.repeat === null ? null : { afterMs: route.repeat.afterS * 1_000, times: route.repeat.times },
    })),
  };
}

/** What of an alarm picks its route. */
export interface RoutedAlarm {
  readonly priority: Priority;
  readonly kind: AlarmKind;
  readonly conditionCode: string;
}

/** Index of the first route that fits; null where none does: nobody is paged. */
export function routeFor(policy: PagingPolicy, alarm: RoutedAlarm): number | null {
  const index = policy.routes.findIndex(
    (route) =>
      route.priorities.includes(alarm.priority) &&
      (route.kinds === null || route.kinds.includes(alarm.kind)) &&
      (route.conditionCodes === null || route.conditionCodes.some((code) => fits(code, alarm.conditionCode))),
  );
  return index < 0 ? null : index;
}

/** `x.*` fits all that begin with `x.`. */
function fits(pattern: string, code: string): boolean {
  return pattern.endsWith('.*') ? code.startsWith(pattern.slice(0, -1)) : pattern === code;
}

/** One word for a target, so that whom it found can be looked up. */
export function targetKey(target: PageTarget): string {
  switch (target.kind) {
    case 'role':
      return `role:${target.role}`;
    case 'schedule':
      return `schedule:${target.scheduleId}`;
    case 'person':
      return `person:${target.staffId}`;
  }
}
