import {
  POLICY_ROUTES_MAX,
  type PolicyContent,
  type PolicyFinding,
  type PolicyRoute,
  type Priority,
  type Site,
} from '@vigil/contracts';
import { NEVER_SILENT_AGAIN_S, NEVER_SILENT_CODES, policyOfSteps } from './site-policy.js';
import { covers, routeIndexFor } from './routes.js';

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
  const missing = NEVER_SILENT_CODES.filter(
    (code) => !content.routes.some(({ conditionCodes }) => conditionCodes?.includes(code)),
  );
  const high = routeIndexFor(content.routes, { priority: 'high', kind: 'physiological', conditionCode: null });
  const steps = high === null ? [] : content.routes[high]!.steps;
  if (missing.length === 0 || steps.length === 0 || content.routes.length >= POLICY_ROUTES_MAX) return { content, findings: [] };
  const route: PolicyRoute = {
    ...{ priorities: [...ALL], conditionCodes: missing, steps },
    ...{ acceptsNeeded: 1, arriveWithinS: null, repeat: REPEAT },
  };
  // After those that say something of one such alarm alone, so that it takes nothing from them.
  const at = content.routes.findLastIndex(({ conditionCodes }) => conditionCodes?.some(isNeverSilent)) + 1;
  return {
    content: { ...content, routes: content.routes.toSpliced(at, 0, route) },
    findings: [
      {
        severity: 'added',
        code: 'never-silent',
        path: `routes.${at}`,
        message: `added: ${missing.join(' and ')} go to the steps of the high alarms, again every ${NEVER_SILENT_AGAIN_S / 60} minutes while they last`,
        careUnitId: null,
      },
    ],
  };
}

function isNeverSilent(pattern: string): boolean {
  return NEVER_SILENT_CODES.some((code) => covers(code, pattern));
}

/** The policy that site.yaml describes, by steps or as a policy; what must not fall silent is in it either way. */
export function sitePolicyContent(escalation: Site['escalation']): PolicyContent {
  return 'routes' in escalation ? neverSilent(escalation).content : policyOfSteps(escalation);
}
