import type { Site } from '@vigil/contracts';
import type { EscalationPolicy } from '@vigil/domain';

/** The escalation policy of site.yaml, in the units of the domain. */
export function sitePolicy(escalation: Site['escalation']): EscalationPolicy {
  return {
    steps: escalation.steps.map(({ tell, waitS }) => ({ tell, waitMs: waitS * 1_000 })),
    priorities: escalation.priorities,
  };
}
