import type { CareUnitId, PolicyContent, PolicyFinding, PolicyRoute } from '@vigil/contracts';
import { deadRoutes } from './dead-routes.js';
import { peopleOf, type PolicySite, targetWord } from './people.js';
import { routeIndexFor } from './routes.js';

/** Wall seconds after which the last step of alarms comes late. */
const LAST_STEP_LATE_S = 15 * 60;
export const FINDINGS_MAX = 200;

type Say = (severity: PolicyFinding['severity'], code: string, path: string, message: string, careUnitId?: CareUnitId) => void;

/**
 * What is wrong with a policy at this site, most serious first; pure, at most `FINDINGS_MAX`. Anything `refused` means that a high
 * alarm of a patient might be told to nobody, or that a part of the policy is not what its author believes. Cycles are none of it: steps
 * follow each other in a list and name people or schedules, and a schedule names people, never a step, a policy or another schedule.
 */
export function policyFindings(content: PolicyContent, site: PolicySite): readonly PolicyFinding[] {
  const findings: PolicyFinding[] = [];
  const say: Say = (severity, code, path, message, careUnitId) =>
    void findings.push({ severity, code, path, message, careUnitId: careUnitId ?? null });
  checkPriorities(content.routes, say);
  for (const { index, by, isWhole } of deadRoutes(content.routes)) {
    const before = by.map((each) => each + 1).join(' and ');
    if (isWhole) say('refused', 'route-dead', `routes.${index}`, `never decides: route ${before} takes all its alarms first`);
    else
      say('warning', 'route-partly-dead', `routes.${index}`, `of some of its priorities route ${before} takes all alarms first`);
  }
  for (const [index, route] of content.routes.entries()) {
    checkTargets(route, index, site, say);
    checkTimes(route, index, say);
    for (const unit of site.careUnitIds) checkUnit(route, index, unit, site, say);
  }
  const rank = { refused: 0, warning: 1, added: 2 } as const;
  return findings.sort((a, b) => rank[a.severity] - rank[b.severity]).slice(0, FINDINGS_MAX);
}

/** Each alarm of a patient of high priority is told to somebody, whatever else the routes say. */
function checkPriorities(routes: readonly PolicyRoute[], say: Say): void {
  const usual = { kind: 'physiological', conditionCode: null } as const;
  if (routeIndexFor(routes, { ...usual, priority: 'high' }) === null) {
    say('refused', 'high-not-told', 'routes', 'no route is for high physiological alarms: nobody would be told of them');
  }
  if (routeIndexFor(routes, { ...usual, priority: 'medium' }) === null) {
    say('warning', 'medium-not-told', 'routes', 'no route is for medium physiological alarms: screens alone show them');
  }
  if (routeIndexFor(routes, { kind: 'technical', priority: 'high', conditionCode: null }) === null) {
    say('warning', 'technical-not-told', 'routes', 'no route is for high technical alarms: screens alone show them');
  }
  const unaccepted = routeIndexFor(routes, { kind: 'technical', priority: 'high', conditionCode: 'notAccepted' });
  const path = unaccepted === null ? 'routes' : `routes.${unaccepted}`;
  if (unaccepted === null || routes[unaccepted]!.steps.length === 0) {
    say('refused', 'not-accepted-not-told', path, 'nobody is told that nobody has accepted (condition notAccepted)');
  } else if (routes[unaccepted]!.repeat === null) {
    say(
      'warning',
      'not-accepted-once',
      path,
      'that nobody has accepted is told once and then falls silent: let the route repeat',
    );
  }
  checkTrouble(routes, say);
  for (const [index, { priorities, kinds, steps }] of routes.entries()) {
    const isOfPatients = kinds === undefined || kinds.includes('physiological');
    if (steps.length > 0 || !priorities.includes('high') || !isOfPatients) continue;
    say(
      'refused',
      'high-not-told',
      `routes.${index}.steps`,
      'high physiological alarms of this route are told to nobody: it has no steps',
    );
  }
}

/** That something is wrong with being told is told, too, and again. */
function checkTrouble(routes: readonly PolicyRoute[], say: Say): void {
  const index = routeIndexFor(routes, { kind: 'technical', priority: 'high', conditionCode: 'onCall.nobodyOnCall' });
  const path = index === null ? 'routes' : `routes.${index}`;
  if (index === null || routes[index]!.steps.length === 0) {
    say('warning', 'on-call-not-told', path, 'trouble with being told (onCall.*) is told to nobody: screens alone show it');
  } else if (routes[index]!.repeat === null) {
    say(
      'warning',
      'on-call-once',
      path,
      'trouble with being told (onCall.*) is told once and then falls silent: let the route repeat',
    );
  }
}

function checkTargets(route: PolicyRoute, index: number, site: PolicySite, say: Say): void {
  for (const [at, step] of route.steps.entries()) {
    for (const [each, target] of step.tell.entries()) {
      if (target.kind === 'role' || peopleOf(site, target, '') !== null) continue;
      const path = `routes.${index}.steps.${at}.tell.${each}`;
      say('refused', `unknown-${target.kind}`, path, `${targetWord(target)}: not there, or no longer in use`);
    }
  }
}

function checkTimes({ steps }: PolicyRoute, index: number, say: Say): void {
  const beforeLastS = steps.slice(0, -1).reduce((sum, { waitS }) => sum + waitS, 0);
  if (beforeLastS <= LAST_STEP_LATE_S) return;
  const path = `routes.${index}.steps.${steps.length - 1}`;
  say(
    'warning',
    'last-step-late',
    path,
    `the last step is told ${Math.round(beforeLastS / 60)} min after the alarm, later than 15 min`,
  );
}

/** What only shows with the people of one care unit. */
function checkUnit(route: PolicyRoute, index: number, unit: CareUnitId, site: PolicySite, say: Say): void {
  if (route.steps.length === 0) return;
  const path = `routes.${index}`;
  const all = new Set<string>();
  for (const [at, { tell }] of route.steps.entries()) {
    for (const [each, target] of tell.entries()) {
      const people = peopleOf(site, target, unit) ?? [];
      for (const person of people) all.add(person);
      if (people.length > 0 || target.kind === 'person') continue;
      const what = target.kind === 'role' ? 'nobody has it there, a week back and ahead' : 'has nobody in it';
      say('warning', 'empty-target', `${path}.steps.${at}.tell.${each}`, `${targetWord(target)}: ${what}`, unit);
    }
  }
  if (all.size === 0) {
    const isGrave = route.priorities.includes('high');
    say(isGrave ? 'refused' : 'warning', 'no-reachable-step', `${path}.steps`, 'no step finds anybody there', unit);
  } else if (all.size < route.acceptsNeeded) {
    const message = `${route.acceptsNeeded} people have to accept and its steps find ${all.size}: it would never be accepted`;
    say(isFixed(route) ? 'refused' : 'warning', 'too-few-people', `${path}.acceptsNeeded`, message, unit);
  } else if (all.size === 1) {
    say('warning', 'one-person', `${path}.steps`, 'all its steps find the same one person', unit);
  }
}

/** It names people and schedules alone, so that no other shift finds more. */
function isFixed({ steps }: PolicyRoute): boolean {
  return steps.every(({ tell }) => tell.every(({ kind }) => kind !== 'role'));
}
