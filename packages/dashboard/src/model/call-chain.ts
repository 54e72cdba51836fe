import type { OnCallNow, PageTarget, PolicyRoute } from '@vigil/contracts';

/** Whom a step would tell now. */
export interface ChainPerson {
  readonly staffId: string;
  /** Null: nobody of this name is in what was asked for. */
  readonly name: string | null;
  readonly reachability: OnCallNow['roles'][number]['reachability'];
}

export interface ChainStep {
  readonly targets: readonly { readonly target: PageTarget; readonly people: readonly ChainPerson[] }[];
  /** Seconds after the alarm at which it is told, where nobody answers before. */
  readonly afterS: number;
  /** Nobody is there for any target: the step is skipped. */
  readonly isEmpty: boolean;
}

/**
 * The steps of a route with whom each would tell now. A step that nobody is there for is skipped at once, so that the next one
 * comes as early.
 */
export function chainOf(route: PolicyRoute, now: OnCallNow, nameOf: (staffId: string) => string | null): readonly ChainStep[] {
  let afterS = 0;
  return route.steps.map((step) => {
    const targets = step.tell.map((target) => ({ target, people: peopleOf(target, now, nameOf) }));
    const isEmpty = targets.every(({ people }) => people.length === 0);
    const at = afterS;
    if (!isEmpty) afterS += step.waitS;
    return { targets, afterS: at, isEmpty };
  });
}

function peopleOf(target: PageTarget, now: OnCallNow, nameOf: (staffId: string) => string | null): readonly ChainPerson[] {
  switch (target.kind) {
    case 'role': {
      const found = new Map(now.roles.filter(({ role }) => role === target.role).map((each) => [each.staffId, each]));
      return [...found.values()].map(({ staffId, name, reachability }) => ({ staffId, name, reachability }));
    }
    case 'schedule': {
      const schedule = now.schedules.find(({ scheduleId }) => scheduleId === target.scheduleId);
      return (schedule?.people ?? []).map(({ staffId, name, reachability }) => ({ staffId, name, reachability }));
    }
    case 'person': {
      const { staffId } = target;
      const known = [...now.roles, ...now.schedules.flatMap(({ people }) => people)].find((each) => each.staffId === staffId);
      return [{ staffId, name: nameOf(staffId), reachability: known?.reachability ?? null }];
    }
  }
}

/** Schedules that somebody is told by and that have nobody now. */
export function emptySchedules(now: OnCallNow): readonly string[] {
  return now.schedules.filter(({ people }) => people.length === 0).map(({ label }) => label);
}

/** Nobody at all would be told. */
export const isNobody = (now: OnCallNow): boolean =>
  now.roles.length === 0 && now.schedules.every(({ people }) => people.length === 0);

/** A hand-over note counts as news for a turn that began or begins within so long of now. */
const ABOUT_MS = 12 * 3_600_000;

export interface TurnNotice {
  readonly scheduleId: string;
  readonly label: string;
  readonly noteMs: number;
  /** Null: the turn has begun. */
  readonly fromMs: number | null;
}

/** What a person whose turn has begun, or begins soon, is to read. */
export function turnNotices(now: OnCallNow, staffId: string): readonly TurnNotice[] {
  return now.schedules.flatMap(({ scheduleId, label, people, next, newestNoteMs: noteMs }): TurnNotice[] => {
    if (noteMs === null) return [];
    if (people.some((person) => person.staffId === staffId)) return [{ scheduleId, label, noteMs, fromMs: null }];
    const isSoon = next !== null && next.staffId === staffId && next.fromMs - now.atMs <= ABOUT_MS;
    return isSoon ? [{ scheduleId, label, noteMs, fromMs: next.fromMs }] : [];
  });
}
