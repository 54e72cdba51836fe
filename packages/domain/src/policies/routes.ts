import type { AlarmKind, PolicyRoute, Priority } from '@vigil/contracts';

export const KINDS: readonly AlarmKind[] = ['physiological', 'technical'];

/** What picks a route; `conditionCode` null: one that no route names. */
export interface Wanted {
  readonly priority: Priority;
  readonly kind: AlarmKind;
  readonly conditionCode: string | null;
}

/** Index of the first route that decides about such an alarm; null: none does. */
export function routeIndexFor(routes: readonly PolicyRoute[], { priority, kind, conditionCode }: Wanted): number | null {
  const index = routes.findIndex(
    (route) =>
      route.priorities.includes(priority) &&
      (route.kinds ?? KINDS).includes(kind) &&
      (route.conditionCodes === undefined ||
        (conditionCode !== null && route.conditionCodes.some((pattern) => covers(pattern, conditionCode)))),
  );
  return index < 0 ? null : index;
}

/** True where every code that `inner` (a code or `x.*`) fits is fitted by `outer`. */
export function covers(outer: string, inner: string): boolean {
  if (!outer.endsWith('.*')) return outer === inner;
  return inner.startsWith(outer.slice(0, -1));
}
