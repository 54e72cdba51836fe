import type { AlarmKind, PolicyRoute, Priority } from '@vigil/contracts';
import { covers, KINDS } from './routes.js';

export interface DeadRoute {
  readonly index: number;
  /** Indexes of the routes before it that take its alarms. */
  readonly by: readonly number[];
  /** All of its alarms; else those of some of its priorities or kinds. */
  readonly isWhole: boolean;
}

/** Routes that earlier ones keep from ever deciding. */
export function deadRoutes(routes: readonly PolicyRoute[]): readonly DeadRoute[] {
  return routes.flatMap((route, index) => {
    const cells = route.priorities.flatMap((priority) => (route.kinds ?? KINDS).map((kind) => ({ priority, kind })));
    const taken = cells.map((cell) => takenBy(routes.slice(0, index), route, cell));
    const by = [...new Set(taken.flatMap((each) => each ?? []))].sort((a, b) => a - b);
    return by.length === 0 ? [] : [{ index, by, isWhole: taken.every((each) => each !== null) }];
  });
}

/** The routes that together take all alarms of one priority and kind before `route` is asked; null where some are left to it. */
function takenBy(
  before: readonly PolicyRoute[],
  route: PolicyRoute,
  { priority, kind }: { readonly priority: Priority; readonly kind: AlarmKind },
): readonly number[] | null {
  const first = before.flatMap((each, index) =>
    each.priorities.includes(priority) && (each.kinds ?? KINDS).includes(kind) ? [{ each, index }] : [],
  );
  const whole = first.find(({ each }) => each.conditionCodes === undefined);
  if (whole !== undefined) return [whole.index];
  if (route.conditionCodes === undefined) return null;
  const found = route.conditionCodes.map((code) =>
    first.find(({ each }) => each.conditionCodes?.some((outer) => covers(outer, code))),
  );
  return found.every((each) => each !== undefined) ? found.map((each) => each.index) : null;
}
