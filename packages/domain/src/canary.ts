import type { LogEventOf } from '@vigil/contracts';
import { type Conditions, NO_EVIDENCE } from './conditions.js';
import { contentHash } from './hash.js';
import type { PagingPolicy } from './paging-policy.js';
import type { GatewayState } from './state.js';

/** The condition of the test alarm. */
export const CANARY = 'canary';
/** Whom its page is for: nobody. A row of the store, so that a page has a person like every other. */
export const CANARY_STAFF = 'vigil-canary';

/** True for the test alarm of a gateway: it is on no screen and in no count. A device that calls itself so has none. */
export function isCanary(alarm: {
  readonly conditionCode: string;
  readonly origin: string;
  readonly gatewayId: string | null;
}): boolean {
  return alarm.conditionCode === CANARY && alarm.origin === 'canary' && alarm.gatewayId !== null;
}

/** A gateway's test message: the alarm of the one before ends, and a new one begins, which pages by the channel that measures. */
export function stepCanary(gateway: GatewayState, event: LogEventOf<'canary'>, conditions: Conditions): void {
  const { bootId, seq, atMs } = event;
  const known = gateway.canary;
  // Each has a number of its own, so one that the log has twice measures nothing.
  if (known?.bootId === bootId && seq <= known.seq) return;
  gateway.canary = { bootId, seq };
  conditions.closeOne(CANARY, atMs);
  conditions.raise(
    {
      ...{ conditionCode: CANARY, kind: 'technical', priority: 'high', metric: null },
      ...{ evidence: NO_EVIDENCE, ruleId: CANARY, origin: 'canary' },
    },
    atMs,
  );
}

const ROUTE: PagingPolicy['routes'][number] = {
  ...{ priorities: ['high'], kinds: null, conditionCodes: [CANARY], acceptsNeeded: 1, arriveWithinMs: null, repeat: null },
  // Until the next one ends it; nobody is told after.
  steps: [{ tell: [{ kind: 'person', staffId: CANARY_STAFF as never }], waitMs: 86_400_000 }],
};

/** What it follows, whatever the site's policy says: it measures the way, and must tell no person. */
export const CANARY_POLICY: PagingPolicy = {
  ...{ hash: contentHash(['vigil', CANARY, 1]), name: CANARY, routes: [ROUTE] },
  ...{ declineEscalates: false, nextChannelMs: 60_000, burstMs: 0 },
};
