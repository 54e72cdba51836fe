import type { StaffChannel } from '@vigil/contracts';
import type { QueuedPage } from './escalations.js';

/**
 * Sends one page by one channel. A resolved `send` means that the provider took it, which is not delivery and steers
 * nothing (D12). @throws PlatformError('pager-unavailable', retryable as it may be)
 */
export abstract class Pager {
  abstract readonly channel: StaffChannel;
  abstract send(page: QueuedPage): Promise<{ readonly receipt: string }>;
}

/** All channels that this site has. */
export abstract class Pagers {
  abstract all(): readonly Pager[];
}
