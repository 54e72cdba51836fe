import type { AlarmId, StaffChannel } from '@vigil/contracts';
import { type ErrorFacts, PlatformError } from '@vigil/domain';
import type { QueuedPage } from './escalations.js';

/** What a pager is given. `alarmId` is null for a message that is about no alarm: a test of the way itself. */
export type OutgoingPage = Omit<QueuedPage, 'alarmId' | 'failures'> & { readonly alarmId: AlarmId | null };

/** There is nobody at the address any more: it is of no use to try again, now or with the next page. */
export class AddressGone extends PlatformError {
  constructor(facts: ErrorFacts) {
    super('pager-unavailable', facts, false);
  }
}

/**
 * Sends one page by one channel. A resolved `send` means that the provider took it, which is not delivery and steers
 * nothing (D12). @throws PlatformError('pager-unavailable', retryable as it may be), AddressGone
 */
export abstract class Pager {
  abstract readonly channel: StaffChannel;
  abstract send(page: OutgoingPage): Promise<{ readonly receipt: string }>;
}

/** All channels that this site has. */
export abstract class Pagers {
  abstract all(): readonly Pager[];
}
