import type { Site } from '@vigil/contracts';
import { pagingPolicyOf, type PagingPolicy, sitePolicyContent } from '@vigil/domain';

/** The escalation policy of site.yaml, in the units of the domain. */
export function sitePolicy(escalation: Site['escalation']): PagingPolicy {
  return pagingPolicyOf(sitePolicyContent(escalation));
}
