import {
  POLICY_ROUTES_MAX,
  type PolicyContent,
  type PolicyFinding,
  type PolicyRoute,
  type Priority,
  type Site,
} from '@vigil/contracts';
import { NEVER_SILENT_AGAIN_S, NEVER_SILENT_CODES, policyOfSteps } from './site-policy.js';
import { routeIndexFor } from './routes.js';

const ALL: readonly Priority[] = ['high', 'medium', 'low'];
const REPEAT = { afterS: NEVER_SILENT_AGAIN_S, times: null } as const;

export interface Completed {
  readonly content: PolicyContent;
  readonly findings: readonly PolicyFinding[];
}

/**
 * Adds what keeps a policy from ending in silence where it says nothing of it: alarms that nobody accepted, and trouble with being
 * told, are told by the steps of the high physiological alarms, again every five minutes for as long as they last. Says what it has added.
 */
export function neverSilent(content: PolicyContent): Completed {
  const own = content.routes.findIndex((route) => NEVER_SILENT_CODES.some((code) => route.conditionCodes?.includes(code)));
  const high = routeIndexFor(content.routes, { priority: 'high', kind: 'physiological', conditionCode: null });
  const steps = high === null ? [] : content.routes[high]!.steps;
  if (own >= 0 || steps.length === 0 || content.routes.length >= POLICY_ROUTES_MAX) return { content, findings: [] };
  const route: PolicyRoute = {
    ...{ priorities: [...ALL], conditionCodes: [...NEVER_SILENT_CODES], steps },
    ...{ acceptsNeeded: 1, arriveWithinS: null, repeat: REPEAT },
  };
  return {
    content: { ...content, routes: [route, ...content.routes] },
    findings: [
      {
        severity: 'added',
        code: 'never-silent',
        path: 'routes.0',
        message: `added: ${NEVER_SILENT_CODES.join(' and ')} go to the steps of the high alarms, again every ${NEVER_SILENT_AGAIN_S / 60} minutes while they last`,
        careUnitId: null,
      },
    ],
  };
}

/** The policy that site.yaml describes, by steps or as a policy; what must not fall silent is in it either way. */
export function sitePolicyContent(escalation: Site['escalation']): PolicyContent {
  return 'routes' in escalation ? neverSilent(escalation).content : policyOfSteps(escalation);
}
