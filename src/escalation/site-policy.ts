import { pagingPolicyOf, policyOfSteps, type PagingPolicy, type SiteSteps } from '@vigil/domain';

/** The escalation policy of site.yaml, in the units of the domain. */
export function sitePolicy(escalation: SiteSteps): PagingPolicy {
  return pagingPolicyOf(policyOfSteps(escalation));
}
