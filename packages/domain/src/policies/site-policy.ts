import { PolicyContent, type Priority, type SiteSteps } from '@vigil/contracts';
import { contentHash } from '../hash.js';
import { type PagingPolicy, pagingPolicy } from '../paging-policy.js';

/** What is said of alarms that nobody accepted and of trouble with being told: in the default policy it is repeated until it is over. */
export const NEVER_SILENT_CODES = ['notAccepted', 'onCall.*'] as const;
/** Wall seconds after which it is said again. */
export const NEVER_SILENT_AGAIN_S = 300;

const ALL: readonly Priority[] = ['high', 'medium', 'low'];

/**
 * The policy of steps as site.yaml has described them from the first version on. Total: steps by role for some priorities become one route for those, one for what must not
 * fall silent, and none for the others, which screens alone show.
 */
export function policyOfSteps({ steps, priorities }: SiteSteps): PolicyContent {
  const told = steps.map(({ tell, waitS }) => ({ tell: [{ kind: 'role', role: tell }], waitS }));
  const paged = ALL.filter((priority) => priorities.includes(priority));
  const isSilent = told.length === 0 || paged.length === 0;
  const neverSilent = {
    ...{ priorities: ALL, conditionCodes: NEVER_SILENT_CODES, steps: told },
    repeat: { afterS: NEVER_SILENT_AGAIN_S, times: null },
  };
  const routes = isSilent ? [{ priorities: ALL, steps: [] }] : [neverSilent, { priorities: paged, steps: told }];
  return PolicyContent.parse({ v: 1, name: 'site.yaml', routes });
}

/** A policy in the units of the domain, under the name that it has for ever: the SHA-256 of its canonical JSON. */
export function pagingPolicyOf(content: PolicyContent): PagingPolicy {
  return pagingPolicy(content, contentHash(content));
}

/** The words of a policy again: `pagingPolicyOf(policyContent(policy))` is the same policy, under the same hash. */
export function policyContent({ name, routes, declineEscalates, nextChannelMs, burstMs }: PagingPolicy): PolicyContent {
  return PolicyContent.parse({
    ...{ v: 1, name, declineEscalates, nextChannelS: nextChannelMs / 1_000, burstS: burstMs / 1_000 },
    routes: routes.map(({ priorities, kinds, conditionCodes, steps, acceptsNeeded, arriveWithinMs, repeat }) => ({
      ...{ priorities, acceptsNeeded },
      ...(kinds === null ? {} : { kinds }),
      ...(conditionCodes === null ? {} : { conditionCodes }),
      steps: steps.map(({ tell, waitMs }) => ({ tell, waitS: waitMs / 1_000 })),
      arriveWithinS: arriveWithinMs === null ? null : arriveWithinMs / 1_000,
      repeat: repeat === null ? null : { afterS: repeat.afterMs / 1_000, times: repeat.times },
    })),
  });
}
